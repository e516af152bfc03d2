/**
 * What training comes to on few digits, judged on rows that were not trained on, against 20 seeds of PyTorch and scikit-learn
 * (tests/oracle/training.py). A wrong gradient, a wrong optimiser or wrong random numbers would not get there.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RBM, VAE } from 'lakh';
import { readFixture } from './fixture.js';

const fixture = readFixture('training');
const SEEDS = 3;

/** @param {number} count */
const seeds = (count) => Array.from({ length: count }, (_, seed) => seed);

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How far the mean of our few seeds may lie on the wrong side of the reference's. @param {{ std: number }} reference */
const margin = ({ std }) => (3 * std) / Math.sqrt(SEEDS);

/** Rows to train on and rows to judge by, from 0 to 1. @param {any} about */
function digits({ x, scale, train }) {
  const { data, shape } = fixture.table(x);
  const values = Float32Array.from(data, (value) => value / scale);
  const cut = train * shape[1];
  return {
    train: { data: values.subarray(0, cut), shape: [train, shape[1]] },
    test: { data: values.subarray(cut), shape: [shape[0] - train, shape[1]] },
  };
}

/** @param {number} x */
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/**
 * The mean pseudo-likelihood of rows over all of their features.
 *
 * @param {RBM} machine
 * @param {{ data: Float32Array, shape: number[] }} rows
 */
function pseudoLikelihood({ components, interceptHidden, interceptVisible }, { data, shape: [rows, features] }) {
  const units = interceptHidden.length;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * features, (i + 1) * features);
    const inputs = Array.from({ length: units }, (_, unit) => {
      const weights = components.data.subarray(unit * features, (unit + 1) * features);
      return row.reduce((sum, value, j) => sum + value * weights[j], interceptHidden[unit]);
    });
    const before = inputs.reduce((sum, input) => sum + softplus(input), 0);
    for (let j = 0; j < features; j++) {
      const change = 1 - 2 * row[j];
      const after = inputs.reduce(
        (sum, input, unit) => sum + softplus(input + change * components.data[unit * features + j]),
        0,
      );
      total -= softplus(-(before - after - change * interceptVisible[j]));
    }
  }
  return total / rows;
}

test('an autoencoder trained on 1,500 digits describes other digits as well as PyTorch’s', async () => {
  const { hidden, latent_dim: latentDim, batch: batchSize, epochs, negative_bound: reference, ...data } = fixture.vae;
  const rows = digits(data);
  const losses = [];
  for (const randomState of seeds(SEEDS)) {
    const model = new VAE({ hidden: [hidden], latentDim, batchSize, epochs, randomState });
    await model.fit(rows.train);
    losses.push(-(await model.score(rows.test)));
  }
  const limit = reference.mean + margin(reference);
  assert.ok(mean(losses) <= limit, `-ELBO ${losses}, PyTorch ${reference.mean}, limit ${limit}`);
});

test('a Boltzmann machine trained on 1,500 digits gives other digits scikit-learn’s pseudo-likelihood', async () => {
  const { n_components: nComponents, batch: batchSize, epochs: nIter, pseudo_likelihood: reference, ...data } = fixture.rbm;
  const rows = digits(data);
  const scores = [];
  for (const randomState of seeds(SEEDS)) {
    const model = new RBM({ nComponents, batchSize, nIter, randomState });
    await model.fit(rows.train);
    scores.push(pseudoLikelihood(model, rows.test));
  }
  const limit = reference.mean - margin(reference);
  assert.ok(mean(scores) >= limit, `pseudo-likelihood ${scores}, scikit-learn ${reference.mean}, limit ${limit}`);
});
