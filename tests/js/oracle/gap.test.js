/** The gap statistic against a version of its own, written on scikit-learn's KMeans (tests/oracle/gap.py). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suggestK } from 'lakh';
import { readFixture } from './fixture.js';

const fixture = readFixture('gap');
const N_REFERENCES = 20;

for (const expected of fixture.cases) {
  test(`the gap statistic agrees with an independent one: ${expected.name}`, async () => {
    const got = await suggestK(fixture.table(expected.x), { kMax: fixture.k_max, nReferences: N_REFERENCES, nInit: 5 });
    for (const [i, wanted] of expected.gap.entries()) {
      // Both are means over random references: four standard errors, and what a worse local optimum can do.
      const within = 4 * expected.spread[i] * Math.sqrt(1 / N_REFERENCES + 1 / 60) + 0.01;
      assert.ok(Math.abs(got.gap[i] - wanted) <= within, `k = ${i + 1}: got ${got.gap[i]}, wanted ${wanted} within ${within}`);
    }
    if (expected.k !== null) {
      assert.equal(got.gapK, expected.k);
      assert.equal(got.k, expected.k);
      assert.equal(got.clustered, expected.k > 1);
    }
  });
}
