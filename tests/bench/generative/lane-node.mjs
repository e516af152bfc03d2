/** Training in Node, in a process of its own. Jobs come and go as messages. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { kernelsModule } from '../ready.mjs';
import { libraries } from './contenders.mjs';
import { TrainingLane } from './lane.mjs';

const require = createRequire(import.meta.url);
const folder = process.argv[2];
const { file, shape } = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')).digits;
const digits = { data: new Uint8Array(await readFile(path.join(folder, file))), shape };

// As modules they lack what Node needs.
const tf = require('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-wasm');
const lane = new TrainingLane(
  await libraries({ tf, jax: await import('@jax-js/jax'), lakh: await import('../../../bindings/index.js') }),
  digits,
  () => readFile(kernelsModule),
);

process.on('message', async (job) => {
  try {
    process.send?.(await lane.answer(/** @type {any} */ (job)));
  } catch (error) {
    process.send?.({ error: String(error?.stack ?? error) });
  }
});
process.send?.({ ready: true });
