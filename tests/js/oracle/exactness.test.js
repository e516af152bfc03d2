/** What must hold exactly on any data, checked by brute force on many small random tables, most of them full of ties. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KMeans } from 'lakh';

const TABLES = 250;

/** A small linear congruential generator: the tables are the same in every run. @param {number} seed */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {number} seed */
function randomTable(seed) {
  const random = randomNumbers(seed);
  const below = (/** @type {number} */ n) => Math.floor(random() * n);
  const rows = 1 + below(seed % 5 === 0 ? 400 : 40);
  const cols = [1, 2, 3, 4, 5, 6, 8, 17][below(8)];
  const kind = ['whole', 'few values', 'real', 'far'][seed % 4];
  const value = {
    whole: () => below(256),
    'few values': () => below(3),
    real: () => random() + random() - 1,
    far: () => 1e5 + below(2000) / 8,
  }[kind];
  const data = Float32Array.from({ length: rows * cols }, /** @type {() => number} */ (value));
  const nClusters = 1 + below(Math.min(rows, 12));
  // Starts on rows, where whole numbers tie most, and near rows.
  const init = Float32Array.from(
    { length: nClusters * cols },
    (_, i) => data[(i * 7) % data.length] + (seed % 3 ? 0 : random()),
  );
  const sampleWeight = seed % 2 ? Float32Array.from({ length: rows }, () => below(8) / 4) : undefined;
  if (sampleWeight) sampleWeight[0] = 1;
  return { X: { data, shape: [rows, cols] }, nClusters, init: { data: init, shape: [nClusters, cols] }, sampleWeight };
}

/**
 * The nearest centre of each row, the lowest number when several are as near, and the squared distance.
 * @param {any} X
 * @param {any} clusterCenters
 */
function nearest({ data, shape: [rows, cols] }, clusterCenters) {
  const labels = new Int32Array(rows);
  const distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < clusterCenters.shape[0]; c++) {
      let distance = 0;
      for (let j = 0; j < cols; j++) distance += (data[i * cols + j] - clusterCenters.data[c * cols + j]) ** 2;
      if (distance < distances[i]) {
        distances[i] = distance;
        labels[i] = c;
      }
    }
  }
  return { labels, distances };
}

/** @param {number} cols @returns {('auto' | 'lloyd' | 'elkan' | 'filtering')[]} */
const algorithmsFor = (cols) => (cols <= 5 ? ['auto', 'lloyd', 'elkan', 'filtering'] : ['auto', 'lloyd', 'elkan']);

test('every algorithm gives the same labels and iterations, ties, duplicates, weights and empty clusters included', async () => {
  for (let seed = 0; seed < TABLES; seed++) {
    const { X, nClusters, init, sampleWeight } = randomTable(seed);
    let first;
    for (const algorithm of algorithmsFor(X.shape[1])) {
      const model = await new KMeans({ nClusters, init, algorithm, maxIter: 1 + (seed % 20) }).fit(X, { sampleWeight });
      const answer = { labels: Array.from(model.labels), nIter: model.nIter, converged: model.converged };
      first ??= answer;
      assert.deepEqual(answer, first, `table ${seed}, ${algorithm}`);
    }
  }
});

test('labels are the nearest of the reported centres, and the inertia is their sum', async () => {
  for (let seed = 0; seed < TABLES; seed++) {
    const { X, nClusters, sampleWeight } = randomTable(seed);
    for (const algorithm of algorithmsFor(X.shape[1])) {
      const model = await new KMeans({ nClusters, algorithm, maxIter: 1 + (seed % 20), randomState: seed }).fit(X, {
        sampleWeight,
      });
      const { labels, distances } = nearest(X, model.clusterCenters);
      assert.deepEqual(Array.from(model.labels), Array.from(labels), `table ${seed}, ${algorithm}`);
      const inertia = distances.reduce((sum, distance, i) => sum + distance * (sampleWeight?.[i] ?? 1), 0);
      assert.ok(Math.abs(model.inertia - inertia) <= 1e-6 * inertia, `table ${seed}: ${model.inertia}, not ${inertia}`);
      assert.deepEqual(await model.predict(X), model.labels, `table ${seed}: predict`);
    }
  }
});

test('merged pixels give the labels that the same pixels give as rows, from the same start', async () => {
  const random = randomNumbers(1);
  for (let round = 0; round < TABLES; round++) {
    const [width, height] = [1 + Math.floor(random() * 20), 1 + Math.floor(random() * 20)];
    const step = [255, 85, 17, 1][round % 4];
    const bytes = Uint8Array.from({ length: width * height * 3 }, () => Math.floor((random() * 256) / step) * step);
    const nClusters = 1 + Math.floor(random() * Math.min(8, width * height));
    // Starts on pixels keep every cluster from running empty, where merging does make a difference (see docs/verification.md).
    const distinct = [...new Set(Array.from({ length: width * height }, (_, i) => bytes.subarray(i * 3, i * 3 + 3).join()))];
    const k = Math.min(nClusters, distinct.length);
    const init = distinct.slice(0, k).map((color) => color.split(',').map(Number));
    for (const algorithm of algorithmsFor(3)) {
      const model = () => new KMeans({ nClusters: k, init, algorithm });
      const merged = await model().fit({ data: bytes, width, height });
      const single = await model().fit({ data: Float32Array.from(bytes), shape: [width * height, 3] });
      assert.deepEqual(merged.labels, single.labels, `round ${round}, ${algorithm}`);
      assert.deepEqual(merged.clusterCenters, single.clusterCenters, `round ${round}, ${algorithm}`);
      assert.equal(merged.nIter, single.nIter);
      assert.ok(Math.abs(merged.inertia - single.inertia) <= 1e-12 * single.inertia);
    }
  }
});
