import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VAE } from '../../bindings/index.js';
import { allNear, fails } from './expect.js';
import { asImages, bars, SIDE } from './generative_data.js';

const { X, labels } = bars(300);
const COLS = SIDE * SIDE;
const trained = await new VAE({ hidden: [32], batchSize: 30, epochs: 40, learningRate: 0.01 }).fit(X);

/** @param {{ data: Float32Array, shape: number[] }} matrix @param {number} i */
const row = ({ data, shape: [, cols] }, i) => data.slice(i * cols, (i + 1) * cols);

/** Where a picture has its bar. @param {Float32Array} picture */
function placeOf(picture) {
  const sums = [0, 0, 0];
  picture.forEach((value, at) => {
    sums[Math.floor((at % SIDE) / 2)] += value;
  });
  return sums.indexOf(Math.max(...sums));
}

test('it tells the pictures apart: each is reconstructed with its bar in its place', async () => {
  const again = await trained.reconstruct(X);
  const right = labels.filter((label, i) => placeOf(row(again, i)) === label).length;
  assert.ok(right > 285, `${right} of 300`);
  assert.ok(again.data.every((value) => value >= 0 && value <= 1));
});

test('reconstructing is decoding the means of the codes', async () => {
  const { mean, logVariance } = await trained.encode(X);
  assert.deepEqual(
    [mean.shape, logVariance.shape],
    [
      [300, 2],
      [300, 2],
    ],
  );
  assert.deepEqual(await trained.decode(mean), await trained.reconstruct(X));
});

test('samples are of all kinds, and a function of the seed', async () => {
  const samples = await trained.sample(200);
  assert.deepEqual(samples.shape, [200, COLS]);
  const places = new Set(Array.from({ length: 200 }, (_, i) => placeOf(row(samples, i))));
  assert.equal(places.size, 3);
  assert.deepEqual(await trained.sample(200), samples);
  assert.deepEqual(await trained.sample(200, { randomState: 0 }), samples);
  assert.notDeepEqual(await trained.sample(200, { randomState: 1 }), samples);
  await fails(() => trained.sample(0), { name: 'RangeError', message: /n must be/ });
  await fails(() => trained.sample(2, { randomState: -1 }), { name: 'RangeError', message: /randomState/ });
});

test('the way between two rows begins at the one and ends at the other', async () => {
  const way = await trained.interpolate(row(X, 0), Array.from(row(X, 1)), { steps: 7 });
  assert.deepEqual(way.shape, [7, COLS]);
  const ends = await trained.reconstruct([row(X, 0), row(X, 1)]);
  // Sums of few rows are rounded in another order than those of many.
  allNear(row(way, 0), row(ends, 0), 1e-5);
  allNear(row(way, 6), row(ends, 1), 1e-5);
  await fails(() => trained.interpolate(row(X, 0), row(X, 1), { steps: 1 }), { name: 'RangeError', message: /steps/ });
  await fails(() => trained.interpolate(/** @type {any} */ (3), row(X, 1)), { name: 'TypeError', message: /: a must/ });
});

test('the score is the mean of the rows’ bounds, which are those of their losses', async () => {
  const bounds = await trained.scoreSamples(X);
  const mean = bounds.reduce((sum, value) => sum + value, 0) / 300;
  assert.ok(Math.abs((await trained.score(X)) - mean) < 1e-9 * Math.abs(mean));
  const sampleWeight = Float32Array.from({ length: 300 }, (_, i) => Number(i === 4));
  assert.equal(await trained.score(X, { sampleWeight }), bounds[4]);
  const reconstruction = await trained.anomalyScores(X);
  assert.ok(reconstruction.every((loss, i) => loss < -bounds[i]));
});

test('what it has never seen is strange', async () => {
  const usual = await trained.anomalyScores(X);
  const checkers = Float32Array.from({ length: COLS }, (_, at) => (at + Math.floor(at / SIDE)) % 2);
  const [strange] = await trained.anomalyScores([checkers]);
  // A few of its own rows lie between the kinds.
  assert.ok(strange > usual.sort()[270], `${strange} against ${usual[270]}`);
});

test('a conditional model makes what it is told to', async () => {
  const params = { nClasses: 3, hidden: [32], batchSize: 30, epochs: 40, learningRate: 0.01 };
  for (const [model, given] of [
    [new VAE(params), X],
    [new VAE({ ...params, hidden: [16], filters: [8] }), asImages(X)],
  ]) {
    await model.fit(given, { labels });
    const wanted = Int32Array.from({ length: 60 }, (_, i) => i % 3);
    const samples = await model.sample(60, { labels: wanted });
    const right = wanted.filter((label, i) => placeOf(row(samples, i)) === label).length;
    assert.ok(right >= 58, `${right} of 60`);
    assert.deepEqual((await model.interpolate(row(X, 0), row(X, 1), { label: 2 })).shape, [10, COLS]);
  }
});

test('real values are described by normal distributions', async () => {
  const data = X.data.map((value) => 4 * value - 2);
  const model = new VAE({ likelihood: 'gaussian', hidden: [32], batchSize: 30, epochs: 40, learningRate: 0.01 });
  await model.fit({ data, shape: X.shape });
  const again = await model.reconstruct({ data, shape: X.shape });
  const error = again.data.reduce((sum, value, at) => sum + (value - data[at]) ** 2, 0) / data.length;
  assert.ok(error < 0.3, `mean squared error ${error}`);
});

test('codes are checked', async () => {
  await fails(() => trained.decode([[1, 2, 3]]), {
    name: 'RangeError',
    message: /Z must be of 2 columns \(latentDim\), got 3/,
  });
  await fails(() => trained.decode([[1, Number.NaN]]), { name: 'RangeError', message: /Z at row 0, column 1/ });
  await fails(() => new VAE().decode([[1, 2]]), { code: 'NOT_FITTED' });
  await fails(() => trained.decode([[1, 2]], { labels: [1] }), { name: 'TypeError', message: /labels/ });
});
