/** Training in a page: bundled by the harness into one script, driven through `globalThis.lane`. */
import * as jax from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as lakh from '../../../bindings/index.js';
import { libraries } from './contenders.mjs';
import { TrainingLane } from './lane.mjs';

globalThis.startLane = async () => {
  setWasmPaths('/tensorflow/');
  const { file, shape } = (await (await fetch('/data/index.json')).json()).digits;
  const digits = { data: new Uint8Array(await (await fetch(`/data/${file}`)).arrayBuffer()), shape };
  const kernels = async () => (await fetch('/kernels.wasm')).arrayBuffer();
  globalThis.lane = new TrainingLane(await libraries({ tf, jax, lakh }), digits, kernels);
};
