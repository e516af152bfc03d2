// The demos: served by `npm start`, and built as one offline HTML file a page by `npm run build` (scripts/demos.mjs).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** The package's public names, so that a demo imports what an outsider would. */
export const publicNames = [
  { find: /^lakh$/, replacement: here('bindings/index.js') },
  { find: /^lakh\/slim$/, replacement: here('bindings/slim.js') },
  { find: /^lakh\/worker$/, replacement: here('web/index.js') },
  { find: /^lakh\/web$/, replacement: here('web/images.js') },
];

export default defineConfig({
  root: here('demos'),
  resolve: { alias: publicNames },
  server: { host: '127.0.0.1', fs: { allow: [here('.')] } },
  worker: { format: 'iife' },
  build: { target: 'es2022', assetsInlineLimit: Number.MAX_SAFE_INTEGER, chunkSizeWarningLimit: 10_000 },
});
