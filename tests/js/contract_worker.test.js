import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as here from '../../bindings/index.js';
import * as lakh from '../../web/index.js';
import { contract, estimatorsOf } from './contract.js';
import { dataOf, trialOf } from './trials.js';

describe('every estimator in a worker', () => {
  for (const { name, check } of contract(lakh)) test(name, check);
});

test("'lakh/worker' exports what 'lakh' exports", () => {
  assert.deepEqual(Object.keys(lakh).sort(), Object.keys(here).sort());
  for (const [name, value] of Object.entries(lakh)) assert.equal(typeof value, typeof (/** @type {any} */ (here)[name]), name);
});

for (const [i, Class] of estimatorsOf(lakh).entries()) {
  const Here = estimatorsOf(here)[i];
  test(`${Class.estimator}: a worker learns the same bytes as here`, async () => {
    for (const X of dataOf(trialOf(Class), [300, 5], [30, 20])) {
      const [there, local] = [new Class(), new Here()];
      await Promise.all([there.fit(X), local.fit(X)]);
      assert.deepEqual(there.save(), local.save());
      assert.ok(Here.load(there.save()) instanceof Here);
    }
  });
}
