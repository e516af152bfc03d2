/** What a page downloads: the module, and the JavaScript that KMeans needs once a bundler has left out the rest. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from '../../scripts/run.mjs';
import { printBar } from './report.mjs';

const BARS = { module: 40_000, kmeans: 8_000 };

export async function measureSizes() {
  const { outputFiles } = await build({
    stdin: { contents: "export { KMeans } from 'lakh/slim';", resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  });
  const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
  return { module: gzipped(await readFile(path.join(root, 'dist/lakh.wasm'))), kmeans: gzipped(outputFiles[0].contents) };
}

/** @param {Awaited<ReturnType<typeof measureSizes>>} sizes */
export function printSizes({ module, kmeans }) {
  console.log('\nsizes, gzipped');
  printBar(`module: ${module} bytes`, `under ${BARS.module}`, module < BARS.module);
  printBar(`JavaScript for KMeans, minified: ${kmeans} bytes`, `under ${BARS.kmeans}`, kmeans < BARS.kmeans);
}
