// Exported models give elsewhere what they give here. onnxruntime-web stands for every other runtime.
import assert from 'node:assert/strict';
import test from 'node:test';
import { GAN, VAE } from 'lakh';
import * as ort from 'onnxruntime-web';
import { fails } from './expect.js';

ort.env.wasm.numThreads = 1;

/** Values in [0, 1] that follow no simple rule. */
const values = (/** @type {number} */ count, seed = 1) =>
  Float32Array.from({ length: count }, (_, i) => Math.abs(Math.sin(seed + i * i * 0.37)));

const oneHot = (/** @type {number[]} */ labels, /** @type {number} */ nClasses) =>
  Float32Array.from({ length: labels.length * nClasses }, (_, i) => Number(labels[Math.floor(i / nClasses)] === i % nClasses));

/**
 * Runs an ONNX file on matrices.
 *
 * @param {Uint8Array} bytes
 * @param {Record<string, { data: Float32Array, shape: number[] }>} inputs
 * @returns {Promise<Record<string, { data: Float32Array, shape: number[] }>>}
 */
async function runElsewhere(bytes, inputs) {
  const session = await ort.InferenceSession.create(bytes);
  assert.deepEqual([...session.inputNames], Object.keys(inputs));
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [name, new ort.Tensor('float32', data, shape)]),
  );
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { data: /** @type {Float32Array} */ (data), shape: [...dims] },
    ]),
  );
}

/**
 * @param {{ data: Float32Array, shape: number[] }} actual
 * @param {{ data: Float32Array, shape: number[] }} expected
 */
function assertClose(actual, expected) {
  assert.deepEqual(actual.shape, expected.shape);
  for (const [i, value] of expected.data.entries())
    assert.ok(
      Math.abs(actual.data[i] - value) <= 1e-5 * Math.max(1, Math.abs(value)),
      `${actual.data[i]} for ${value} at ${i}`,
    );
}

/** Sizes that are not halved evenly, several channels, labels: what a layer's geometry could get wrong. */
const ROWS = 9;
const models = {
  'a dense model': { hidden: [12, 7], latentDim: 3 },
  'a model without hidden layers': { hidden: [] },
  'a model of real values': {
    hidden: [8],
    likelihood: /** @type {const} */ ('gaussian'),
    activation: /** @type {const} */ ('tanh'),
  },
  'a conditional model': { hidden: [8], nClasses: 4, activation: /** @type {const} */ ('gelu') },
  'a convolutional model': { filters: [3, 5], hidden: [6], imageShape: [7, 10], activation: /** @type {const} */ ('silu') },
  'a convolutional model of one place': {
    filters: [2, 3, 4],
    hidden: [],
    imageShape: [9, 9],
    activation: /** @type {const} */ ('elu'),
  },
  'a conditional convolutional model': {
    filters: [4],
    hidden: [],
    imageShape: [2, 6, 5],
    nClasses: 3,
    activation: /** @type {const} */ ('leakyRelu'),
  },
  'a model with sigmoid units': { hidden: [9], activation: /** @type {const} */ ('sigmoid') },
};

for (const [name, { imageShape, ...params }] of Object.entries(models)) {
  test(`the encoder and decoder of ${name} give the same elsewhere`, async () => {
    const sides = imageShape ?? [11];
    const width = sides.reduce((product, side) => product * side);
    const X = { data: values(ROWS * width), shape: [ROWS, width] };
    const nClasses = 'nClasses' in params ? params.nClasses : 0;
    const labels = nClasses > 0 ? Array.from({ length: ROWS }, (_, i) => i % nClasses) : undefined;
    const model = new VAE({ ...params, imageShape: imageShape ?? null, batchSize: ROWS, epochs: 20, learningRate: 0.02 });
    await model.fit(X, { labels });
    const given = labels && { labels: { data: oneHot(labels, nClasses), shape: [ROWS, nClasses] } };

    const encoded = await runElsewhere(await model.toOnnx('encoder'), { x: X, ...given });
    const here = await model.encode(X, { labels });
    assert.deepEqual(Object.keys(encoded), ['mean', 'logVariance']);
    assertClose(encoded.mean, here.mean);
    assertClose(encoded.logVariance, here.logVariance);

    const decoded = await runElsewhere(await model.toOnnx('decoder'), { z: here.mean, ...given });
    assert.deepEqual(Object.keys(decoded), ['x']);
    assertClose(decoded.x, await model.decode(here.mean, { labels }));
  });
}

const adversaries = {
  'a dense network': { hidden: [12, 7] },
  'a critic': { hidden: [9], loss: /** @type {const} */ ('wgan-gp'), output: /** @type {const} */ ('linear') },
  'a convolutional network': { filters: [3, 5], hidden: [], imageShape: [7, 10] },
  'a conditional convolutional critic': {
    filters: [4],
    hidden: [6],
    imageShape: [2, 6, 5],
    nClasses: 3,
    loss: /** @type {const} */ ('hinge'),
    output: /** @type {const} */ ('tanh'),
  },
};

for (const [name, { imageShape, ...params }] of Object.entries(adversaries)) {
  test(`the generator and discriminator of ${name} give the same elsewhere`, async () => {
    const sides = imageShape ?? [11];
    const width = sides.reduce((product, side) => product * side);
    const X = { data: values(ROWS * width), shape: [ROWS, width] };
    const nClasses = 'nClasses' in params ? params.nClasses : 0;
    const labels = nClasses > 0 ? Array.from({ length: ROWS }, (_, i) => i % nClasses) : undefined;
    const rate = { generatorLearningRate: 0.01, discriminatorLearningRate: 0.01 };
    const shape = { latentDim: 4, imageShape: imageShape ?? null, batchSize: ROWS, epochs: 20, qualitySamples: 0 };
    const model = new GAN({ ...params, ...shape, ...rate });
    await model.fit(X, { labels });
    const given = labels && { labels: { data: oneHot(labels, nClasses), shape: [ROWS, nClasses] } };

    const codes = await model.drawCodes(ROWS);
    const generated = await runElsewhere(await model.toOnnx('generator'), { z: codes, ...given });
    assert.deepEqual(Object.keys(generated), ['x']);
    assertClose(generated.x, await model.generate(codes, { labels }));

    const judged = await runElsewhere(await model.toOnnx('discriminator'), { x: X, ...given });
    assert.deepEqual(Object.keys(judged), ['score']);
    assertClose(judged.score, { data: await model.discriminate(X, { labels }), shape: [ROWS, 1] });
  });
}

test('the file takes any number of rows, and says who made it and what the images are', async () => {
  const model = new VAE({ filters: [2], imageShape: [4, 6], batchSize: 2, epochs: 1 });
  await model.fit({ data: values(4 * 24), shape: [4, 24] });
  const bytes = await model.toOnnx('decoder');
  const codes = { data: values(2 * 500), shape: [500, 2] };
  const { x } = await runElsewhere(bytes, { z: codes });
  assertClose(x, await model.decode(codes));
  const text = new TextDecoder('latin1').decode(bytes);
  assert.match(text, /lakh/);
  assert.match(text, /VAE decoder/);
  assert.match(text, /imageShape.*\[4,6\]/s);
});

test('another part is refused by name', async () => {
  const model = new VAE({ batchSize: 2, epochs: 1 });
  await model.fit({ data: values(4 * 3), shape: [4, 3] });
  const give = (/** @type {any} */ part) => model.toOnnx(part);
  await fails(() => give('generator'), { name: 'RangeError', message: /part must be 'encoder' or 'decoder', got 'generator'/ });
  const adversary = new GAN({ batchSize: 2, epochs: 1, qualitySamples: 0 });
  await adversary.fit({ data: values(4 * 3), shape: [4, 3] });
  const message = /GAN: part must be 'generator' or 'discriminator', got 'decoder'/;
  await fails(() => adversary.toOnnx(/** @type {any} */ ('decoder')), { name: 'RangeError', message });
  await fails(() => give(undefined), { name: 'TypeError', message: /part must be 'encoder' or 'decoder', got undefined/ });
});

test('a model that has learned nothing cannot be exported', async () => {
  await fails(() => new VAE().toOnnx('encoder'), { code: 'NOT_FITTED' });
});
