/**
 * Memory of training, in processes of their own: the most that a dense autoencoder takes, and what long training leaves behind.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { printBar } from '../report.mjs';
import { RBM } from './networks.mjs';

const MB = 1e6;
const PEAK_BAR_MB = 64;
const GROWTH_BAR_MB = 1;
const STEPS = 10_000;
const PEAK_ROWS = 10_000;
const SMALL = { rows: 640, batchSize: 32, hidden: [32] };
const script = fileURLToPath(import.meta.url);

/** @type {Record<string, (lakh: any, folder: string) => Promise<number>>} megabytes */
const measures = {
  'peak of a dense autoencoder, beyond 10,000 digits': async (lakh, folder) => {
    const digits = readDigits(folder, PEAK_ROWS);
    await new lakh.VAE({ hidden: [2], epochs: 1, batchSize: 1 }).fit([[0], [1]]);
    const before = process.memoryUsage().rss;
    await new lakh.VAE({ epochs: 2 }).fit(digits);
    return (process.resourceUsage().maxRSS * 1024 - before) / MB;
  },
  [`growth over ${STEPS} steps, autoencoder`]: (lakh, folder) =>
    growth(folder, (epochs) => new lakh.VAE({ hidden: SMALL.hidden, batchSize: SMALL.batchSize, epochs })),
  [`growth over ${STEPS} steps, Boltzmann machine`]: (lakh, folder) =>
    growth(folder, (nIter) => new lakh.RBM({ ...RBM, nComponents: 32, batchSize: SMALL.batchSize, nIter })),
  [`growth over ${STEPS} steps, adversarial network`]: (lakh, folder) =>
    growth(folder, (epochs) => new lakh.GAN({ hidden: SMALL.hidden, batchSize: SMALL.batchSize, epochs, qualitySamples: 0 })),
};

/** @param {string} folder @param {number} rows */
function readDigits(folder, rows) {
  const { file, shape } = JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8')).digits;
  const data = new Float32Array(readFileSync(path.join(folder, file)).subarray(0, rows * shape[1]));
  for (let i = 0; i < data.length; i++) data[i] /= 255;
  return { data, shape: [rows, shape[1]] };
}

/** @type {WebAssembly.Memory[]} */
const memories = [];

/** Lets the module's memory be seen, which the package keeps to itself. */
function watchMemories() {
  WebAssembly.Memory = class extends WebAssembly.Memory {
    /** @param {WebAssembly.MemoryDescriptor} descriptor */
    constructor(descriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
}

/** What is in use: the module's memory, JavaScript's objects, and the arrays' contents. The resident set has the engine's whims. */
async function inUse() {
  await new Promise((resolve) => setTimeout(resolve, 100));
  /** @type {any} */ (globalThis).gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return memories.reduce((sum, { buffer }) => sum + buffer.byteLength, heapUsed + arrayBuffers);
}

/**
 * What 10,000 steps in one call and as many in a hundred calls leave behind, after 1,000 and ten calls that came before.
 *
 * @param {string} folder
 * @param {(epochs: number) => any} make
 */
async function growth(folder, make) {
  const digits = readDigits(folder, SMALL.rows);
  const epochs = STEPS / (SMALL.rows / SMALL.batchSize);
  const fit = async (/** @type {number} */ count) => {
    const model = make(count);
    await model.fit(digits);
    model.dispose();
  };
  const train = async (/** @type {number} */ share) => {
    await fit(share * epochs);
    for (let call = 0; call < share * 100; call++) await fit(epochs / 100);
  };
  await train(1 / 10);
  const before = await inUse();
  await train(1);
  return ((await inUse()) - before) / MB;
}

/** @param {string} folder */
export async function measureTrainingMemory(folder) {
  const rows = [];
  for (const what of Object.keys(measures)) {
    const child = fork(script, [folder, what], { execArgv: ['--expose-gc'] });
    const [{ mb }] = await once(child, 'message');
    const bar = what.startsWith('growth') ? GROWTH_BAR_MB : PEAK_BAR_MB;
    rows.push({ what, mb, bar, met: mb < bar });
    printBar(`${what}: ${mb.toFixed(2)} MB`, `under ${bar} MB`, mb < bar);
  }
  return rows;
}

if (process.argv[1] === script) {
  watchMemories();
  const lakh = await import('../../../bindings/index.js');
  process.send?.({ mb: await measures[process.argv[3]](lakh, process.argv[2]) });
  process.disconnect();
}
