// The demos: served by `npm start`, and built as one offline HTML file a page by `npm run build` (scripts/demos.mjs).
import { readFile } from 'node:fs/promises';
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

/**
 * The documentation at /docs/, built when it is first asked for.
 * @type {import('vite').Plugin}
 */
const docs = {
  name: 'docs',
  configureServer(server) {
    const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml', png: 'image/png' };
    /** @type {Promise<unknown> | undefined} */
    let built;
    // The documentation's way back, as it is in dist/.
    server.middlewares.use('/demos', (_request, response) => response.writeHead(302, { location: '/' }).end());
    server.middlewares.use('/docs', async (request, response, next) => {
      try {
        built ??= import('./scripts/docs.mjs').then(({ buildDocs }) => buildDocs());
        await built;
        const path = new URL(request.url ?? '/', 'http://docs').pathname;
        const name = path.endsWith('/') ? `${path}index.html` : path;
        const type = types[/** @type {keyof typeof types} */ (name.split('.').at(-1))];
        response.setHeader('content-type', type ?? 'application/octet-stream');
        response.end(await readFile(here(`dist/docs${decodeURI(name)}`)));
      } catch (error) {
        next(error);
      }
    });
  },
};

export default defineConfig({
  root: here('demos'),
  appType: 'mpa',
  plugins: [docs],
  resolve: { alias: publicNames },
  server: { host: '127.0.0.1', fs: { allow: [here('.')] } },
  worker: { format: 'iife' },
  build: { target: 'es2022', assetsInlineLimit: Number.MAX_SAFE_INTEGER, chunkSizeWarningLimit: 10_000 },
});
