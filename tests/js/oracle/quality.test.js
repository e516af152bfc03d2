/** How good fits are on average, against 200 seeds of scikit-learn (tests/oracle/quality.py). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KMeans } from 'lakh';
import { readFixture } from './fixture.js';

const fixture = readFixture('quality');
const SEEDS = 20;
/** What lakh's mean may be above scikit-learn's. */
const TOLERANCE = 1.005;

for (const expected of fixture.cases) {
  for (const [when, maxIter, wanted] of [
    ['one iteration, which judges the starts', 1, expected.after_1],
    ['convergence', 300, expected.after_300],
  ]) {
    test(`the mean inertia after ${when} is as low as scikit-learn's: ${expected.name}`, async () => {
      const X = fixture.table(expected.x);
      let sum = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const model = new KMeans({ nClusters: expected.n_clusters, maxIter, randomState: seed });
        sum += (await model.fit(X)).inertia;
      }
      // The mean of so few seeds has a standard error of its own, which on some data is larger than the tolerance.
      const limit = wanted.mean * TOLERANCE + (2 * wanted.std) / Math.sqrt(SEEDS);
      assert.ok(sum / SEEDS <= limit, `mean inertia ${sum / SEEDS} of lakh, ${wanted.mean} of scikit-learn, limit ${limit}`);
    });
  }
}
