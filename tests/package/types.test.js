import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../scripts/run.mjs';
import { makeConsumer } from './consumer.js';

const execute = promisify(execFile);

const program = `
import { configure, KMeans, LakhError, MiniBatchKMeans, segmentImage, suggestK } from 'lakh';
import * as slim from 'lakh/slim';
import * as worker from 'lakh/worker';
import { imageToPng, readImage } from 'lakh/web';
import module from 'lakh/lakh.wasm';
import 'lakh/lakh.global.js';

configure({ wasm: module });
worker.configure({ worker: new URL('https://example.org/lakh.worker.js') });

export async function fit(rows: number[][], signal: AbortSignal): Promise<Int32Array> {
  const model = new KMeans({ nClusters: 3, init: 'k-means++', algorithm: 'auto' });
  await model.fit(rows, { signal, onProgress: ({ done, total }) => console.log(done / total) });
  const inertia: number = model.inertia;
  const { data, shape } = model.clusterCenters;
  const centers: Float32Array = data;
  const size: number = shape[0];
  const bytes: Uint8Array = model.save();
  const again: KMeans = await KMeans.load(bytes);
  for await (const state of model.steps(rows)) console.log(state.inertia, inertia, centers, size);
  return again.predict({ data: Float64Array.of(1, 2), shape: [1, 2] });
}

export async function segment(file: Blob): Promise<string[]> {
  const image = await readImage(file, { maxPixels: 1e6 });
  const { palette, recolored } = await segmentImage(image, { nClusters: 5, colorSpace: 'oklab' });
  await imageToPng(recolored as ImageData);
  return palette.map(({ hex, share }) => \`\${hex} \${share}\`);
}

export const others = [new globalThis.lakh.KMeans(), globalThis.lakh.readImage, new MiniBatchKMeans(), new slim.KMeans(), new worker.KMeans(), suggestK, LakhError];

// @ts-expect-error: k is a number
new KMeans({ nClusters: 'five' });
// @ts-expect-error: there is no such colour space
segmentImage(new ImageData(1, 1), { colorSpace: 'cmyk' });
`;

const consumer = await makeConsumer();
await consumer.write('program.ts', program);
await consumer.write(
  'program.cts',
  "import lakh = require('lakh');\nexport const model: lakh.KMeans = new lakh.KMeans({ nClusters: 2 });\n",
);

for (const [module, moduleResolution] of [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
]) {
  test(`a strict TypeScript program compiles under moduleResolution ${moduleResolution}`, async () => {
    const files = moduleResolution === 'bundler' ? ['program.ts'] : ['program.ts', 'program.cts'];
    const config = {
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: false,
        target: 'es2022',
        lib: ['es2022', 'esnext.disposable', 'dom', 'dom.iterable'],
        types: [],
        module,
        moduleResolution,
      },
      files,
    };
    const path = await consumer.write(`tsconfig.${moduleResolution}.json`, JSON.stringify(config));
    const outcome = await execute(join(root, 'node_modules/.bin/tsc'), ['-p', path]).catch((error) => error);
    assert.equal(outcome.stdout, '');
  });
}
