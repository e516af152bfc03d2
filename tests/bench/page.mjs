/** The lane of a browser: bundled by the harness into one script, driven through `globalThis.lane`. */
import * as glue from 'kmeans-wasm/kmeans_wasm_bg.js';
import { kmeans } from 'ml-kmeans';
import * as lakh from '../../bindings/index.js';
import { Lane, startKmeansWasm } from './contenders.mjs';
import { segmentFrames } from './frames.mjs';

async function load(name) {
  const index = await (await fetch('/data/index.json')).json();
  const { file, type, shape } = index[name];
  const buffer = await (await fetch(`/data/${file}`)).arrayBuffer();
  return { data: type === 'uint8' ? new Uint8Array(buffer) : new Float32Array(buffer), shape };
}

async function openCv() {
  const script = document.createElement('script');
  script.src = '/opencv.js';
  document.head.append(script);
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = reject;
  });
  // Not a plain `await cv`: Emscripten's module has a `then` that gives itself, for ever.
  const cv = globalThis.cv instanceof Promise ? await globalThis.cv : globalThis.cv;
  if (!cv.Mat) await new Promise((resolve) => (cv.onRuntimeInitialized = resolve));
  return { cv };
}

globalThis.startLane = async () => {
  const bytes = await (await fetch('/kmeans_wasm_bg.wasm')).arrayBuffer();
  // Chromium refuses to compile more than 8 MB synchronously; this is 31 kB.
  const libraries = { lakh, mlKmeans: kmeans, kmeansWasm: startKmeansWasm(glue, bytes), ...(await openCv()) };
  globalThis.lane = new Lane(libraries, load);
};

globalThis.segmentCamera = async (options) => segmentFrames(lakh, await load('camera'), options);
