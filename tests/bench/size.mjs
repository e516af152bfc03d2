/** What a page downloads: the module, of which clustering and images have a part, and the JavaScript that KMeans needs once a bundler has left out the rest. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { compile } from '../../scripts/cmake.mjs';
import { root } from '../../scripts/run.mjs';
import { printBar } from './report.mjs';

export const BARS = { module: 85_000, clustering: 40_000, kmeans: 8_000 };

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
  await compile('wasm', 'lakh_without_neural');
  return {
    module: gzipped(await readFile(path.join(root, 'dist/lakh.wasm'))),
    clustering: gzipped(await readFile(path.join(root, 'build/wasm/src/wasm/lakh_without_neural.wasm'))),
    kmeans: gzipped(outputFiles[0].contents),
  };
}

/** @param {Awaited<ReturnType<typeof measureSizes>>} sizes */
export function printSizes({ module, clustering, kmeans }) {
  console.log('\nsizes, gzipped');
  printBar(`module: ${module} bytes`, `under ${BARS.module}`, module < BARS.module);
  printBar(`its part for clustering and images: ${clustering} bytes`, `under ${BARS.clustering}`, clustering < BARS.clustering);
  printBar(`JavaScript for KMeans, minified: ${kmeans} bytes`, `under ${BARS.kmeans}`, kmeans < BARS.kmeans);
}
