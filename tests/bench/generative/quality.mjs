/**
 * What training comes to: lakh trains in Node on the 60,000 digits, and others judge. The bound is computed by PyTorch from lakh's
 * weights, pseudo-likelihoods by one function for lakh's machine and scikit-learn's, and a classifier says which digits were drawn.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { printBar } from '../report.mjs';
import { BATCH, RBM } from './networks.mjs';

const EPOCHS = 5;
const SAMPLES = 1000;
const DIGITS = 10;

/** What PyTorch reached when the bars were set, three seeds. */
const AUTOENCODERS = [
  { title: 'latent 2', params: {}, epochs: 1, bar: 176, reference: 174.6 },
  { title: 'latent 2', params: {}, epochs: 5, bar: 162, reference: 161.0 },
  { title: 'latent 20, 400 hidden units', params: { latentDim: 20, hidden: [400] }, epochs: 5, bar: 109.5, reference: 108.5 },
];

const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @param {string} folder */
async function readDigits(folder) {
  const { file, shape } = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')).digits;
  const data = new Float32Array(await readFile(path.join(folder, file)));
  for (let i = 0; i < data.length; i++) data[i] /= 255;
  return { data, shape };
}

/**
 * @typedef {object} Quality
 * @property {string} what
 * @property {number[]} values one a seed
 * @property {number} mean
 * @property {number} bar
 * @property {boolean} met
 * @property {boolean} lowerIsBetter
 * @property {{ name: string, mean: number }} reference
 * @property {number} [seconds] of training, one seed
 */

/**
 * @param {string} dataFolder
 * @param {{ ask: (job: any) => Promise<any> }} python
 * @param {number} seeds
 * @returns {Promise<Quality[]>}
 */
export async function measureQuality(dataFolder, python, seeds) {
  const lakh = await import('../../../bindings/index.js');
  const digits = await readDigits(dataFolder);
  const range = Array.from({ length: seeds }, (_, seed) => seed);
  /** Writes what the judge is to read. @param {Uint8Array} bytes */
  const handOver = async (bytes) => {
    const file = path.join(dataFolder, '..', 'judged.bin');
    await writeFile(file, bytes);
    return file;
  };
  const judge = async (/** @type {any} */ model, /** @type {any} */ job) =>
    python.ask({ ...job, file: await handOver(model.save({ training: false })) });
  const rows = [];
  const add = (/** @type {Quality} */ row) => {
    rows.push(row);
    printQuality(row);
  };

  /** @type {Map<string, { model: any, seconds: number }[]>} */
  const trained = new Map();
  for (const { title, params, epochs, bar, reference } of AUTOENCODERS) {
    const models =
      trained.get(title) ?? range.map((randomState) => ({ model: new lakh.VAE({ ...params, randomState }), seconds: 0 }));
    trained.set(title, models);
    const values = [];
    for (const [seed, entry] of models.entries()) {
      const { model } = entry;
      model.setParams({ epochs });
      const start = performance.now();
      await model.fit(digits, { resume: true });
      entry.seconds += (performance.now() - start) / 1000;
      const { latentDim } = model.getParams();
      values.push((await judge(model, { task: 'bound', latentDim, seed })).negativeBound);
    }
    add({
      what: `dense autoencoder, ${title}: test -ELBO after ${epochs} epoch${epochs > 1 ? 's' : ''}`,
      values,
      mean: mean(values),
      bar,
      met: mean(values) <= bar,
      lowerIsBetter: true,
      reference: { name: 'PyTorch', mean: reference },
      seconds: models[0].seconds,
    });
  }

  const [ours, theirs, seconds] = [[], [], []];
  for (const seed of range) {
    const model = new lakh.RBM({ ...RBM, batchSize: BATCH, nIter: EPOCHS, randomState: seed });
    const start = performance.now();
    await model.fit(digits);
    seconds.push((performance.now() - start) / 1000);
    ours.push((await judge(model, { task: 'pseudo-likelihood' })).mean);
    theirs.push((await python.ask({ task: 'fit rbm', epochs: EPOCHS, seed })).mean);
    model.dispose();
  }
  add({
    what: `Boltzmann machine: test pseudo-likelihood after ${EPOCHS} epochs`,
    values: ours,
    mean: mean(ours),
    bar: mean(theirs),
    met: mean(ours) >= mean(theirs),
    lowerIsBetter: false,
    reference: { name: 'scikit-learn', mean: mean(theirs) },
    seconds: seconds[0],
  });

  const [kinds, drawing] = [[], []];
  let accuracy = 0;
  for (const randomState of range) {
    const model = new lakh.GAN({ randomState });
    const start = performance.now();
    await model.fit(digits);
    drawing.push((performance.now() - start) / 1000);
    const { data } = await model.generate(SAMPLES);
    const file = await handOver(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const answer = await python.ask({ task: 'digits drawn', file });
    accuracy = answer.accuracy;
    kinds.push(answer.counts.filter((count) => count > 0).length);
    console.log(`  seed ${randomState}: ${answer.counts.join(', ')} of the digits 0 to 9`);
    model.dispose();
  }
  add({
    what: `dense adversarial network: different digits among ${SAMPLES} samples`,
    values: kinds,
    mean: Math.min(...kinds),
    bar: DIGITS,
    met: Math.min(...kinds) === DIGITS,
    lowerIsBetter: false,
    reference: { name: `a classifier that is right in ${(100 * accuracy).toFixed(1)} % of the test digits`, mean: DIGITS },
    seconds: drawing[0],
  });
  return rows;
}

/** @param {Quality} row */
function printQuality({ what, values, mean: average, bar, met, lowerIsBetter, reference, seconds }) {
  const shown = (/** @type {number} */ value) => (Number.isInteger(value) ? String(value) : value.toFixed(2));
  const note = `; by seed ${values.map(shown).join(', ')}; ${reference.name}: ${shown(reference.mean)}; ${seconds?.toFixed(1)} s a seed`;
  printBar(`${what}: ${shown(average)}`, `at ${lowerIsBetter ? 'most' : 'least'} ${shown(bar)}`, met, note);
}
