/**
 * Trains the models that come with the page on MNIST's 60,000 training digits, with lakh itself, and packs them into models/.
 *
 *     node demos/generate/make/models.js [vae] [gan] [rbm]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as lakh from '../../../bindings/index.js';
import { PIXELS, readMnist } from './mnist.js';
import { pack } from './pack.js';

/** Small enough for the page. @type {Record<string, () => any>} */
const models = {
  vae: () => new lakh.VAE({ hidden: [128], epochs: 25 }),
  gan: () =>
    new lakh.GAN({
      latentDim: 32,
      hidden: [128],
      epochs: 22,
      randomState: 1,
    }),
  rbm: () =>
    new lakh.RBM({
      nComponents: 64,
      nIter: 15,
      batchSize: 20,
      learningRate: 0.02,
      momentum: 0.5,
      weightDecay: 0.0002,
      shuffle: true,
    }),
};

/** @param {'train' | 't10k'} part */
function read(part) {
  const { pixels, labels, count } = readMnist(part);
  const data = Float32Array.from(pixels, (value) => value / 255);
  return { X: { data, shape: /** @type {[number, number]} */ ([count, PIXELS]) }, labels };
}

const [{ X, labels }, { X: validation }] = [read('train'), read('t10k')];
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(models);
mkdirSync(new URL('../models/', import.meta.url), { recursive: true });
for (const name of chosen) {
  let model = models[name]();
  let least = Number.POSITIVE_INFINITY;
  let best = new Uint8Array();
  const began = performance.now();
  for await (const { nEpochs } of model.steps(X, name === 'gan' ? { labels } : { validation })) {
    const { epochs } = model.history;
    const last = Object.entries(epochs).map(([series, values]) => `${series} ${values.at(-1)?.toPrecision(5)}`);
    console.log(`${name}, epoch ${nEpochs}: ${last.join(', ')}`);
    // Adversaries do not become better all the time.
    const distance = epochs.featureDistance?.at(-1) + (1 - epochs.modeCoverage?.at(-1));
    if (distance < least) [least, best] = [distance, model.save()];
  }
  if (best.length > 0) model = model.constructor.load(best);
  const before = await model.score?.(validation);
  const { packed, file } = pack(model);
  writeFileSync(new URL(`../models/${name}.packed`, import.meta.url), packed);
  const after = await model.constructor.load(file).score?.(validation);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${name}: ${seconds} s, ${packed.length} bytes, score ${before} before packing and ${after} after`);
}
