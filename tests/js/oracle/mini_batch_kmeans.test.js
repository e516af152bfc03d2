/** MiniBatchKMeans against scikit-learn (tests/oracle/mini_batch_kmeans.py). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MiniBatchKMeans } from 'lakh';
import { readFixture, relativeDifference } from './fixture.js';

const fixture = readFixture('mini_batch_kmeans');
const SEEDS = 20;

for (const expected of fixture.partial) {
  test(`partial fits from given centres agree with scikit-learn: ${expected.name}`, async () => {
    const { data, shape } = fixture.table(expected.x);
    const [rows, cols] = shape;
    const init = Float32Array.from(fixture.array(expected.init));
    const weights = expected.weights ? Float32Array.from(fixture.array(expected.weights)) : undefined;
    const nClusters = init.length / cols;
    const model = new MiniBatchKMeans({ nClusters, init: { data: init, shape: [nClusters, cols] }, reassignmentRatio: 0 });
    for (let start = 0; start < rows; start += expected.batch) {
      const end = Math.min(start + expected.batch, rows);
      const batch = { data: data.subarray(start * cols, end * cols), shape: /** @type {const} */ ([end - start, cols]) };
      await model.partialFit(batch, { sampleWeight: weights?.subarray(start, end) });
      if (start === 0) compare(model, expected.after_first);
    }
    compare(model, expected.after_last);
  });
}

for (const expected of fixture.whole) {
  test(`whole fits end with an inertia like scikit-learn's: ${expected.name}`, async () => {
    const X = fixture.table(expected.x);
    let sum = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const model = new MiniBatchKMeans({
        nClusters: expected.n_clusters,
        batchSize: expected.batch_size,
        nInit: 1,
        randomState: seed,
      });
      await model.fit(X);
      const { inertia } = model;
      sum += inertia;
      // The best that 100 seeds of scikit-learn reached is near the optimum, so that less would be an error of the sum.
      assert.ok(inertia > 0.98 * expected.min, `inertia ${inertia}, the least of scikit-learn ${expected.min}`);
    }
    const error = expected.std / Math.sqrt(SEEDS);
    const limit = expected.mean * 1.005 + 3 * error;
    assert.ok(sum / SEEDS <= limit, `mean inertia ${sum / SEEDS} of lakh, ${expected.mean} of scikit-learn, limit ${limit}`);
  });
}

/** @param {MiniBatchKMeans} model @param {{ centers: any, counts: any }} expected */
function compare(model, { centers, counts }) {
  assert.ok(relativeDifference(model.clusterCenters.data, fixture.array(centers)) < 1e-5, 'centres');
  assert.ok(relativeDifference(savedCounts(model), fixture.array(counts)) < 1e-6, 'counts');
}

/** The counts stand in the saved model only: a .safetensors file. @param {MiniBatchKMeans} model */
function savedCounts(model) {
  const bytes = model.save().slice();
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  assert.equal(header.counts.dtype, 'F64');
  const [start, end] = header.counts.data_offsets;
  return new Float64Array(bytes.slice(8 + headerLength + start, 8 + headerLength + end).buffer);
}
