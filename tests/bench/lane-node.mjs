/** The lane of Node: a process of its own, so that the harness's memory is not its neighbour. Jobs come and go as messages. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Lane, startKmeansWasm } from './contenders.mjs';

const folder = process.argv[2];
const index = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8'));

async function load(name) {
  const { file, type, shape } = index[name];
  const bytes = await readFile(path.join(folder, file));
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return { data: type === 'uint8' ? new Uint8Array(buffer) : new Float32Array(buffer), shape };
}

/** In an object, because awaiting the library itself would never end: see below. */
async function openCv() {
  const imported = (await import('@techstark/opencv-js')).default;
  // Not a plain `await imported`: Emscripten's module has a `then` that gives itself, for ever.
  const cv = imported instanceof Promise ? await imported : imported;
  if (!cv.Mat) await new Promise((resolve) => (cv.onRuntimeInitialized = resolve));
  return { cv };
}

const glue = await import('kmeans-wasm/kmeans_wasm_bg.js');
const libraries = {
  lakh: await import('../../bindings/index.js'),
  kmeansWasm: startKmeansWasm(glue, await readFile(new URL(import.meta.resolve('kmeans-wasm/kmeans_wasm_bg.wasm')))),
  mlKmeans: (await import('ml-kmeans')).kmeans,
  ...(await openCv()),
};
const lane = new Lane(libraries, load);

process.on('message', async (job) => {
  try {
    process.send?.(await lane.answer(/** @type {any} */ (job)));
  } catch (error) {
    process.send?.({ error: String(error?.stack ?? error) });
  }
});
process.send?.({ ready: true });
