import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeepBeliefNetwork, RBM } from '../../bindings/index.js';
import * as there from '../../web/index.js';
import { fails } from './expect.js';
import { bars } from './generative_data.js';

const { X } = bars(90);
const params = { hidden: [12, 5], batchSize: 30, nIter: 3, randomState: 4 };
/** Of one machine: three batches an epoch. */
const STEPS = 9;

test('each machine is what it would be if it were trained by itself on what the one below says', async () => {
  const model = await new DeepBeliefNetwork(params).fit(X);
  const { hidden, ...own } = params;
  const first = await new RBM({ ...own, nComponents: 12 }).fit(X);
  const second = await new RBM({ ...own, nComponents: 5, randomState: 5 }).fit(await first.transform(X));
  assert.deepEqual(
    model.layers.map(({ components }) => components),
    [first.components, second.components],
  );
  assert.deepEqual(await model.transform(X), await second.transform(await first.transform(X)));
  assert.deepEqual([model.nSteps, model.nEpochs], [2 * STEPS, 6]);
  assert.deepEqual(Object.keys(model.weights).slice(0, 2), ['layers.0.components', 'layers.0.intercept_hidden']);
});

test('training goes on exactly, from any step of any machine, also from a file', async () => {
  const whole = (await new DeepBeliefNetwork(params).fit(X)).save();
  for (const stop of [1, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS - 1]) {
    const model = new DeepBeliefNetwork(params);
    for await (const { nSteps } of model.steps(X, { every: 1 })) if (nSteps === stop) break;
    assert.equal(model.nSteps, stop);
    const again = DeepBeliefNetwork.load(model.save());
    await again.fit(X, { resume: true });
    assert.deepEqual(again.save(), whole, `stopped after step ${stop}`);
    await again.fit(X, { resume: true });
    assert.deepEqual(again.save(), whole, 'there was nothing more to do');
  }
});

test('more data teach all machines, one after the other', async () => {
  const model = await new DeepBeliefNetwork(params).fit(X);
  const before = model.layers.map(({ components }) => components);
  await model.partialFit(bars(60, 3).X, { epochs: 2 });
  assert.deepEqual([model.nSteps, model.nEpochs], [2 * STEPS + 2 * 4, 10]);
  model.layers.forEach(({ components }, i) => {
    assert.notDeepEqual(components, before[i]);
  });
});

test('its machines work where it works', async () => {
  const model = await new there.DeepBeliefNetwork(params).fit(X);
  assert.ok(model.layers[0] instanceof there.RBM);
  assert.deepEqual(await model.transform(X), await (await new DeepBeliefNetwork(params).fit(X)).transform(X));
  model.setParams({ nIter: 4 });
  await fails(() => model.fit(X, { resume: true }), { name: 'RangeError', message: /nIter was changed from 3 to 4/ });
});
