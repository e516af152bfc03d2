import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RBM } from '../../bindings/index.js';
import { fails, near } from './expect.js';
import { bars } from './generative_data.js';

const rows = Array.from({ length: 100 }, (_, i) => (i % 2 ? [1, 1, 0, 0] : [0, 0, 1, 1]));
const trained = await new RBM({ nComponents: 3, nIter: 1000, learningRate: 0.02 }).fit(rows);

/** Every row of four zeros and ones. */
const all = Array.from({ length: 16 }, (_, i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1, (i >> 3) & 1]);

test('free energies are those of the definition', async () => {
  const { components, interceptHidden, interceptVisible } = trained;
  assert.deepEqual(components.shape, [3, 4]);
  const energies = await trained.freeEnergy(all);
  all.forEach((v, i) => {
    let energy = -v.reduce((sum, value, j) => sum + value * interceptVisible[j], 0);
    for (let h = 0; h < 3; h++)
      energy -= Math.log1p(
        Math.exp(interceptHidden[h] + v.reduce((sum, value, j) => sum + value * components.data[4 * h + j], 0)),
      );
    near(energies[i], energy, 1e-4, `row ${v}`);
  });
});

test('the partition function is the sum over all rows, by either method', async () => {
  const energies = await trained.freeEnergy(all);
  const sum = Math.log(energies.reduce((total, energy) => total + Math.exp(-energy), 0));
  const exact = await trained.logPartition({ method: 'exact' });
  near(exact.logPartition, sum, 1e-6);
  assert.equal(exact.error, 0);
  const { logPartition, error } = await trained.logPartition({ method: 'ais', nTemperatures: 2000, nChains: 200 });
  assert.ok(error > 0 && Math.abs(logPartition - sum) < 5 * error + 0.01, `${logPartition} ± ${error}, exactly ${sum}`);
  const likelihood = await trained.logLikelihood(rows);
  const mean = (await trained.freeEnergy(rows)).reduce((total, energy) => total - energy, 0) / 100;
  near(likelihood, mean - sum, 1e-6);
  assert.ok(likelihood > -1.5, 'it has learned that there are two kinds of rows (best: -0.69)');
});

test('chains end at rows like those of the data', async () => {
  const ends = await trained.gibbs(all, { nSteps: 50 });
  const kinds = all.filter((_, i) => ['1100', '0011'].includes(ends.data.slice(4 * i, 4 * i + 4).join('')));
  assert.ok(kinds.length >= 12, `${kinds.length} of 16`);
  assert.deepEqual(await trained.gibbs(all, { nSteps: 50 }), ends);
  assert.notDeepEqual(await trained.gibbs(all, { nSteps: 50, randomState: 1 }), ends);
  await fails(() => trained.gibbs(all, { nSteps: 0 }), { name: 'RangeError', message: /nSteps/ });
});

test('the score is higher for the data than for other rows', async () => {
  const data = await trained.score(rows);
  const other = await trained.score([
    [1, 0, 1, 0],
    [0, 1, 0, 1],
  ]);
  assert.ok(data > -1 && other < -4, `${data} against ${other}`);
});

test('large models are refused by enumeration, and options are checked', async () => {
  const wide = await new RBM({ nComponents: 25, nIter: 1 }).fit(rows);
  await fails(() => wide.logPartition({ method: 'exact' }), { name: 'RangeError', message: /nComponents must be at most 24/ });
  await fails(() => wide.logPartition({ method: /** @type {any} */ ('best') }), { name: 'RangeError', message: /method/ });
  await fails(() => wide.logPartition({ nTemperatures: 0 }), { name: 'RangeError', message: /nTemperatures/ });
  await fails(() => wide.logPartition(/** @type {any} */ ({ temperatures: 0 })), {
    name: 'TypeError',
    message: /temperatures/,
  });
});

test('Gaussian units take real values, and sparsity keeps hidden units quiet', async () => {
  const { X } = bars(200);
  const data = X.data.map((value) => 2 * value - 1);
  const gaussian = await new RBM({ visible: 'gaussian', nComponents: 6, learningRate: 0.01, nIter: 20 }).fit({
    data,
    shape: X.shape,
  });
  assert.ok(
    (await gaussian.score({ data, shape: X.shape })) >
      (await gaussian.score({ data: data.map((value) => -value), shape: X.shape })),
  );
  const active = async (/** @type {number} */ sparsityCost) => {
    const model = await new RBM({ nComponents: 20, nIter: 20, sparsityCost, sparsityTarget: 0.05 }).fit(X);
    const { data: hidden } = await model.transform(X);
    return hidden.reduce((sum, value) => sum + value, 0) / hidden.length;
  };
  const [free, sparse] = [await active(0), await active(1)];
  assert.ok(sparse < 0.5 * free, `${sparse} against ${free}`);
});
