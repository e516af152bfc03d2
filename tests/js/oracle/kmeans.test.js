/** KMeans from given centres against scikit-learn in double precision (tests/oracle/kmeans.py). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KMeans } from 'lakh';
import { readFixture, relativeDifference } from './fixture.js';

const fixture = readFixture('kmeans');
/** The filtering algorithm takes no more columns than this. */
const FEW_COLUMNS = 5;

for (const algorithm of /** @type {const} */ (['auto', 'lloyd', 'elkan', 'filtering'])) {
  for (const expected of fixture.cases) {
    if (algorithm === 'filtering' && fixture.table(expected.x).shape[1] > FEW_COLUMNS) continue;
    test(`${algorithm} agrees with scikit-learn: ${expected.name}`, async () => {
      const X = fixture.table(expected.x);
      const labels = fixture.array(expected.labels);
      const centers = fixture.array(expected.centers);
      const nClusters = centers.length / X.shape[1];
      const model = new KMeans({
        nClusters,
        init: { data: Float32Array.from(fixture.array(expected.init)), shape: [nClusters, X.shape[1]] },
        maxIter: expected.max_iter,
        tol: expected.tol,
        algorithm,
      });
      const sampleWeight = expected.weights ? Float32Array.from(fixture.array(expected.weights)) : undefined;
      await model.fit(X, { sampleWeight });
      assert.ok(
        Math.abs(model.inertia - expected.inertia) <= 1e-5 * expected.inertia,
        `inertia ${model.inertia} is not ${expected.inertia}`,
      );
      if (expected.any_order) return;
      assert.equal(countDifferent(model.labels, labels), 0, 'rows with another label');
      assert.ok(relativeDifference(model.clusterCenters.data, centers) < 1e-5, 'centres');
      assert.equal(model.nIter, expected.n_iter);
    });
  }
}

/** @param {ArrayLike<number>} got @param {ArrayLike<number>} wanted */
function countDifferent(got, wanted) {
  assert.equal(got.length, wanted.length);
  let different = 0;
  for (let i = 0; i < wanted.length; i++) if (got[i] !== wanted[i]) different++;
  return different;
}
