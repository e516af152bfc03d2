import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GAN } from '../../bindings/index.js';
import { allNear, fails } from './expect.js';
import { asImages, bars, SIDE } from './generative_data.js';

const { X, labels } = bars(90);
const COLS = SIDE * SIDE;
const gan = (params = {}) =>
  new GAN({ latentDim: 6, hidden: [16], batchSize: 20, epochs: 3, nModes: 3, qualitySamples: 60, ...params });
/** 90 rows are five batches of 20, the last of 10. */
const BATCHES = 5;

test('training goes on exactly, from any step, also from a file and to more epochs', async () => {
  for (const params of [{}, { loss: 'wgan-gp', discriminatorSteps: 2, qualitySamples: 0 }]) {
    const whole = (await gan({ ...params, epochs: 4 }).fit(X)).save();
    for (const stop of [1, BATCHES, BATCHES + 2]) {
      const model = gan(params);
      for await (const { nSteps } of model.steps(X, { every: 1 })) if (nSteps === stop) break;
      assert.equal(model.nSteps, stop);
      const again = GAN.load(model.save()).setParams({ epochs: 4 });
      await again.fit(X, { resume: true });
      assert.deepEqual(again.save(), whole, `stopped after step ${stop}`);
    }
  }
});

test('the history has both losses, what the discriminator says, and the quality after each epoch', async () => {
  const model = await gan().fit(X, { labels });
  const { steps, epochs } = model.history;
  assert.deepEqual(Object.keys(steps), ['generatorLoss', 'discriminatorLoss', 'realScore', 'fakeScore']);
  for (const series of Object.values(steps)) assert.equal(series.length, 3 * BATCHES);
  for (const name of ['featureDistance', 'modeCoverage', 'diversity', 'classifierAccuracy', 'collapsed'])
    assert.equal(epochs[name].length, 3, name);
  assert.ok(epochs.modeCoverage.every((share) => [0, 1, 2, 3].some((modes) => Math.abs(share - modes / 3) < 1e-9)));
  assert.ok(epochs.classifierAccuracy[2] > 0.9, 'the three places of the bar are easy to tell apart');
  assert.equal(model.hasCollapsed, epochs.collapsed[2] === 1);
  assert.ok(!('modeCoverage' in (await gan({ qualitySamples: 0 }).fit(X)).history.epochs));
});

test('what judges quality is no part of the model', async () => {
  const model = await gan().fit(X);
  assert.ok(Object.keys(model.weights).every((name) => /^(generator|discriminator)\./.test(name)));
  const again = GAN.load(model.save({ training: false }));
  assert.deepEqual(await again.generate(5), await model.generate(5));
});

test('samples come from codes, which can be drawn and given', async () => {
  const model = await gan().fit(X);
  const codes = await model.drawCodes(30);
  assert.deepEqual(codes.shape, [30, 6]);
  assert.deepEqual(await model.generate(codes), await model.generate(30));
  assert.deepEqual(
    await model.generate(30, { randomState: 5 }),
    await model.generate(await model.drawCodes(30, { randomState: 5 })),
  );
  const [from, to] = [codes.data.subarray(0, 6), Array.from(codes.data.subarray(6, 12))];
  const way = await model.interpolate(from, to, { steps: 5 });
  assert.deepEqual(way.shape, [5, COLS]);
  const ends = await model.generate([from, to]);
  allNear(way.data.subarray(0, COLS), ends.data.subarray(0, COLS), 1e-4);
  allNear(way.data.subarray(4 * COLS), ends.data.subarray(COLS), 1e-4);
});

test('on so few rows its samples become clear, but of one kind, and it says so', async () => {
  const rates = { generatorLearningRate: 0.001, discriminatorLearningRate: 0.001 };
  const model = await gan({ hidden: [32], epochs: 600, ...rates }).fit(X, { labels });
  const { data } = await model.generate(60);
  let clear = 0;
  const places = new Set();
  for (let i = 0; i < 60; i++) {
    const sums = [0, 0, 0];
    for (let at = 0; at < COLS; at++) sums[Math.floor((at % SIDE) / 2)] += data[i * COLS + at] / (2 * SIDE);
    const [most, second] = sums.toSorted((a, b) => b - a);
    if (most > 0.6 && second < 0.4) clear++;
    places.add(sums.indexOf(most));
  }
  assert.ok(clear > 50, `${clear} of 60 are clear`);
  assert.equal(Math.round(3 * model.history.epochs.modeCoverage[599]), places.size);
  assert.equal(model.hasCollapsed, places.size < 2);
  const checkers = Array.from({ length: COLS }, (_, at) => (at + Math.floor(at / SIDE)) % 2);
  const scores = await model.discriminate(X);
  const [odd] = await model.discriminate([checkers]);
  assert.ok(scores.reduce((sum, score) => sum + score, 0) / 90 > odd);
});

test('labels are checked: a conditional model needs them, another may be told the kinds of rows', async () => {
  const conditional = await gan({ nClasses: 3, filters: [4] }).fit(asImages(X), { labels });
  assert.deepEqual((await conditional.generate(3, { labels: [0, 1, 2] })).shape, [3, COLS]);
  assert.equal((await conditional.discriminate(asImages(X), { labels })).length, 90);
  await fails(() => conditional.generate(3), { name: 'TypeError', message: /labels must be .* since nClasses is 3/ });
  await fails(() => gan({ nClasses: 3 }).fit(X), { name: 'TypeError', message: /labels/ });
  await fails(() => gan({ nModes: 2 }).fit(X, { labels }), {
    name: 'RangeError',
    message: /labels\[\d+\] must be an integer in 0\.\.1/,
  });
  await fails(() => gan({ qualitySamples: 0 }).fit(X, { labels }), { name: 'TypeError', message: /labels must be left out/ });
});

test('bad input is refused', async () => {
  const model = await gan({ qualitySamples: 0 }).fit(X);
  await fails(() => model.generate(0), { name: 'RangeError', message: /n must be/ });
  await fails(() => model.generate([[1, 2]]), { name: 'RangeError', message: /Z must be of 6 columns \(latentDim\), got 2/ });
  await fails(() => model.interpolate(/** @type {any} */ (1), [1]), { name: 'TypeError', message: /from/ });
  await fails(() => model.fit(X, /** @type {any} */ ({ validation: X })), { name: 'TypeError', message: /validation/ });
  const doubled = { data: X.data.map((value) => 2 * value), shape: X.shape };
  await fails(() => model.fit(doubled), { name: 'RangeError', message: /within \[0, 1\] for output 'sigmoid'/ });
  const shifted = { data: X.data.map((value) => value - 3), shape: X.shape };
  await fails(() => gan({ output: 'tanh' }).fit(shifted), {
    name: 'RangeError',
    message: /within \[-1, 1\] for output 'tanh'/,
  });
  await gan({ output: 'linear', qualitySamples: 0 }).fit(shifted);
  await fails(() => gan({ filters: [4, 4, 4] }).fit(asImages(X)), {
    name: 'RangeError',
    message: /layer discriminator\.\d+ does not fit/,
  });
  await fails(
    () => gan({ discriminatorOptimizer: 'sgd', discriminatorLearningRate: 1e6, loss: 'wgan-gp', epochs: 30 }).fit(X),
    { code: 'DIVERGED' },
  );
});
