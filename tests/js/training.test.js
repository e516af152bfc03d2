// What the generative models share: going on exactly, early ends, files, and what is refused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RBM, VAE } from '../../bindings/index.js';
import { fails, near } from './expect.js';
import { asImages, bars, SIDE } from './generative_data.js';

const { X, labels } = bars(90);
const { X: validation } = bars(40, 2);
const vae = (params = {}) => new VAE({ hidden: [12], batchSize: 20, epochs: 3, learningRate: 0.01, ...params });
const rbm = (params = {}) => new RBM({ nComponents: 8, batchSize: 20, nIter: 3, ...params });
/** 90 rows are five batches of 20, the last of 10. */
const BATCHES = 5;

for (const [name, make, epochs] of /** @type {[string, (params?: any) => any, string][]} */ ([
  ['VAE', vae, 'epochs'],
  ['RBM', rbm, 'nIter'],
  [
    'RBM with momentum and contrastive divergence',
    (more) => rbm({ momentum: 0.5, method: 'contrastive', shuffle: true, ...more }),
    'nIter',
  ],
])) {
  describe(`training of ${name}`, () => {
    test('goes on exactly, from any step, also from a file and to more epochs', async () => {
      const whole = (await make({ [epochs]: 4 }).fit(X, { validation })).save();
      for (const stop of [1, BATCHES - 1, BATCHES, BATCHES + 2, 3 * BATCHES]) {
        const model = make();
        for await (const { nSteps } of model.steps(X, { every: 1, validation })) if (nSteps === stop) break;
        assert.equal(model.nSteps, stop);
        const again = model.constructor.load(model.save()).setParams({ [epochs]: 4 });
        await again.fit(X, { resume: true, validation });
        assert.deepEqual(again.save(), whole, `stopped after step ${stop}`);
      }
    });

    test('shows a state every so many steps, and the estimator has it', async () => {
      const model = make();
      const seen = [];
      for await (const state of model.steps(X, { every: 4 })) {
        seen.push(state.nSteps);
        assert.equal(model.nSteps, state.nSteps);
        assert.equal(model.weights, state.weights);
      }
      assert.deepEqual(seen, [4, 8, 12, 15]);
      const ends = [];
      for await (const { nEpochs, nSteps } of model.steps(X)) ends.push([nEpochs, nSteps]);
      assert.deepEqual(
        ends,
        [1, 2, 3].map((epoch) => [epoch, epoch * BATCHES]),
      );
    });

    test('that is complete has nothing to go on with; without any before, it begins', async () => {
      const model = await make().fit(X, { resume: true });
      assert.equal(model.nEpochs, 3);
      const before = model.save();
      await model.fit(X, { resume: true });
      assert.deepEqual(model.save(), before);
      assert.deepEqual(before, (await make().fit(X)).save());
    });

    test('goes on with other data by partialFit, for as many epochs as asked', async () => {
      const model = await make().partialFit(X, { epochs: 2 });
      assert.equal(model.nEpochs, 2);
      await model.partialFit(bars(40, 3).X);
      assert.deepEqual([model.nEpochs, model.nSteps], [3, 2 * BATCHES + 2]);
      for await (const { nSteps } of model.steps(X, { every: 1, resume: false })) if (nSteps === 3) break;
      await model.partialFit(bars(40, 3).X);
      assert.deepEqual([model.nEpochs, model.nSteps], [1, 5], 'an unfinished epoch of other data is left');
    });

    test('with weights of 0 does not look at a row', async () => {
      const sampleWeight = new Float32Array(90).fill(1).fill(0, 80);
      const changed = { data: X.data.slice().fill(1, 80 * SIDE * SIDE), shape: X.shape };
      const [a, b] = [make(), make()];
      await a.fit(X, { sampleWeight });
      await b.fit(changed, { sampleWeight });
      assert.deepEqual(a.weights, b.weights);
    });

    test('refuses to go on with what does not belong to it', async () => {
      const model = await make().fit(X);
      await fails(() => model.fit(bars(40).X.data, { resume: true }), { name: 'TypeError' });
      await fails(() => model.fit([[0], [1]], { resume: true }), { name: 'RangeError' });
      for await (const _ of model.steps(X, { every: 2 })) break;
      const before = model.save();
      await fails(() => model.fit(bars(80).X, { resume: true }), {
        name: 'RangeError',
        message: /90 rows of the unfinished epoch/,
      });
      await fails(() => model.fit(X, { resume: 1 }), { name: 'TypeError', message: /resume/ });
      await fails(() => model.steps(X, { every: 0 }).next(), { name: 'RangeError', message: /every/ });
      await fails(() => model.steps(X, { every: '1' }).next(), { name: 'TypeError', message: /every/ });
      await fails(() => model.fit(X, { every: 1 }), { name: 'TypeError', message: /every/ });
      await fails(() => model.partialFit(X, { epochs: 0 }), { name: 'RangeError', message: /epochs/ });
      await fails(() => model.fit(X, { validation: [[1]] }), { name: 'RangeError', message: /validation.*36 columns, got 1/ });
      await fails(() => model.fit(X, { validation: [[Number.NaN]] }), { name: 'RangeError' });
      assert.deepEqual(model.save(), before);
    });

    test('of more rows a batch than there are is refused, and so are no epochs and values outside the range', async () => {
      await fails(() => make({ batchSize: 91 }).fit(X), {
        name: 'RangeError',
        message: /batchSize must be at most .* \(90\), got 91/,
      });
      await fails(() => make({ [epochs]: 0 }), { name: 'RangeError', message: new RegExp(epochs) });
      const bytes = { data: Uint8Array.from(X.data, (value) => 255 * value), shape: X.shape };
      await fails(() => make().fit(bytes), { name: 'RangeError', message: /at row 0, column 0 .*divide bytes by 255/ });
      const some = await make().fit(X);
      await fails(() => some.reconstruct(bytes), { name: 'RangeError', message: /divide bytes by 255/ });
      await fails(() => make().fit(X, { validation: bytes }), { name: 'RangeError', message: /validation at row 0/ });
    });

    test('leaves a small file when its own state is left out, which can be used and trained on', async () => {
      const model = await make().fit(X);
      const small = model.save({ training: false });
      assert.ok(small.length < 0.6 * model.save().length);
      const again = model.constructor.load(small);
      assert.deepEqual(await again.reconstruct(X), await model.reconstruct(X));
      assert.deepEqual(again.save(), small);
      assert.throws(() => again.history, { code: 'NOT_FITTED', message: /history/ });
      await again.partialFit(X);
      assert.equal(again.nEpochs, 1, 'a training of its own');
    });

    test('tells its progress in epochs, steps and losses', async () => {
      const told = /** @type {any[]} */ ([]);
      await make().fit(X, { onProgress: ({ metrics }) => told.push(metrics) });
      const last = told[told.length - 1];
      assert.deepEqual([last.epoch, last.step], [3, 3 * BATCHES]);
    });

    test('of another kind or from a newer lakh is not taken up', async () => {
      const bytes = (await make().fit(X)).save();
      const Other = make() instanceof VAE ? RBM : VAE;
      assert.throws(() => Other.load(bytes), { code: 'BAD_FILE', message: /it is a (VAE|RBM)/ });
      const text = Buffer.from(bytes).toString('latin1');
      assert.ok(text.includes('lakh 1 '));
    });
  });
}

describe('the history of a training', () => {
  test('has a value a step and a value an epoch, which is its mean', async () => {
    const { history } = await vae().fit(X, { validation });
    assert.deepEqual(Object.keys(history.steps), ['loss', 'reconstruction', 'divergence']);
    assert.deepEqual(Object.keys(history.epochs), ['loss', 'reconstruction', 'divergence', 'validationLoss']);
    for (const series of Object.values(history.steps)) assert.equal(series.length, 3 * BATCHES);
    for (const series of Object.values(history.epochs)) assert.equal(series.length, 3);
    const { loss, reconstruction, divergence } = history.steps;
    for (let i = 0; i < loss.length; i++) near(reconstruction[i] + divergence[i], loss[i], 1e-4);
    const rows = [20, 20, 20, 20, 10];
    const mean = rows.reduce((sum, n, i) => sum + n * loss[i], 0) / 90;
    near(history.epochs.loss[0], mean, 1e-4);
    assert.ok(history.epochs.loss[2] < history.epochs.loss[0]);
    const without = (await vae().fit(X)).history;
    assert.ok(!('validationLoss' in without.epochs));
  });

  test('of contrastive divergence has the reconstruction, that of validated training the score', async () => {
    const { history } = await rbm({ method: 'contrastive' }).fit(X, { validation });
    assert.deepEqual(Object.keys(history.steps), ['reconstruction']);
    assert.deepEqual(Object.keys(history.epochs), ['reconstruction', 'validationScore']);
    assert.deepEqual(Object.keys((await rbm().fit(X)).history.epochs), []);
  });
});

test('training that does not get better on validation data ends early with its best weights, and stays ended', async () => {
  const model = vae({ epochs: 200, patience: 2, learningRate: 0.05 });
  const few = { data: X.data.slice(0, 40 * SIDE * SIDE), shape: [40, SIDE * SIDE] };
  await model.fit(few, { validation });
  assert.ok(model.nEpochs < 200, `${model.nEpochs} epochs`);
  const { validationLoss } = model.history.epochs;
  const best = validationLoss.indexOf(Math.min(...validationLoss));
  assert.equal(model.nEpochs, best + 1 + 2);
  const before = model.save();
  await model.fit(few, { resume: true, validation });
  assert.deepEqual(model.save(), before);
  const then = await vae({ epochs: best + 1, learningRate: 0.05 }).fit(few);
  assert.deepEqual(model.weights, then.weights);

  const paused = vae({ epochs: 200, patience: 2, learningRate: 0.05 });
  for await (const { nEpochs } of paused.steps(few, { validation })) if (nEpochs === best + 2) break;
  const again = VAE.load(paused.save());
  await again.fit(few, { resume: true, validation });
  assert.deepEqual(again.save(), before);
});

test('patience that is set while training goes on counts from then on', async () => {
  const model = vae({ epochs: 2, learningRate: 0.05 });
  await model.fit(X, { validation });
  model.setParams({ epochs: 200, patience: 2 });
  await model.fit(X, { resume: true, validation });
  const { validationLoss } = model.history.epochs;
  const best = validationLoss.indexOf(Math.min(...validationLoss.slice(2)));
  assert.equal(model.nEpochs, best + 1 + 2);
  assert.deepEqual(model.weights, (await vae({ epochs: best + 1, learningRate: 0.05 }).fit(X)).weights);
});

test('training that diverges says where, and leaves the last weights that were finite', async () => {
  const model = vae({ learningRate: 1e6 });
  const error = await fails(() => model.fit(X), {
    name: 'LakhError',
    code: 'DIVERGED',
    message: /epoch 1, at step \d+, with a loss of/,
  });
  assert.match(error.message, /learning rate/);
  assert.ok(model.isFitted);
  for (const { data } of Object.values(model.weights)) assert.ok(data.every(Number.isFinite));
  const stepped = vae({ learningRate: 1e6 });
  await fails(
    async () => {
      for await (const _ of stepped.steps(X, { every: 1 }));
    },
    { code: 'DIVERGED' },
  );
  assert.deepEqual(stepped.weights, model.weights);
  assert.ok(VAE.load(model.save()).isFitted);
  await model.setParams({ learningRate: 0.001 }).fit(X);
  assert.equal(model.nEpochs, 3);
});

test('a network that has become another one cannot go on', async () => {
  const model = await vae().fit(X);
  model.setParams({ hidden: [13] });
  await fails(() => model.partialFit(X), { name: 'RangeError', message: /hidden was changed from \[12\] to \[13\]/ });
  assert.deepEqual((await model.decode([[0, 0]])).shape, [1, SIDE * SIDE], 'what was learned is used as it was learned');
  await model.fit(X);
});

test('layers that do not fit are named, with the sizes', async () => {
  await fails(() => vae({ filters: [4, 4, 4] }).fit(asImages(X)), {
    name: 'RangeError',
    message: /layer encoder\.4 does not fit: a kernel of 4 × 4 .* image of 1 × 1 with 4 channels/,
  });
  await fails(() => vae({ filters: [4] }).fit(X), { name: 'RangeError', message: /imageShape must be given with filters/ });
  await fails(() => vae({ filters: [4], imageShape: [6, 7] }).fit(X), {
    name: 'RangeError',
    message: /imageShape must be of as many values as X has columns \(36\), got \[6, 7\]/,
  });
  assert.equal((await vae({ filters: [4] }).fit(asImages(X))).nFeaturesIn, 36);
});

test('labels are checked, and wanted only where there are classes', async () => {
  const model = await vae({ nClasses: 3 }).fit(X, { labels, validation: { X: validation, labels: bars(40, 2).labels } });
  assert.ok(model.history.epochs.validationLoss.length === 3);
  await fails(() => model.fit(X), { name: 'TypeError', message: /labels must be .* since nClasses is 3/ });
  await fails(() => model.fit(X, { labels: [1, 2] }), {
    name: 'RangeError',
    message: /labels must be one a row \(90\), got 2/,
  });
  await fails(() => model.fit(X, { labels: labels.map((label) => label + 1) }), {
    name: 'RangeError',
    message: /labels\[\d+\] must be an integer in 0\.\.2, got 3/,
  });
  await fails(() => model.encode(X), { name: 'TypeError', message: /labels/ });
  await fails(() => model.sample(2, { labels: [0] }), { name: 'RangeError', message: /labels/ });
  await fails(() => vae().fit(X, { labels }), { name: 'TypeError', message: /labels must be left out/ });
  await fails(() => rbm().fit(X, { labels }), { name: 'TypeError', message: /labels/ });
  await fails(() => vae({ nClasses: 1 }), { name: 'RangeError', message: /nClasses/ });
});
