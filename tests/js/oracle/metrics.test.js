/** The scores of a clustering against scikit-learn (tests/oracle/metrics.py). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calinskiHarabaszScore, daviesBouldinScore, silhouetteSamples, silhouetteScore } from 'lakh';
import { readFixture } from './fixture.js';

const fixture = readFixture('metrics');

for (const expected of fixture.cases) {
  const X = fixture.table(expected.x);
  const labels = fixture.array(expected.labels);

  test(`the silhouette of each row agrees with scikit-learn: ${expected.name}`, async () => {
    const wanted = fixture.array(expected.silhouette_samples);
    const got = await silhouetteSamples(X, labels);
    assert.equal(got.length, wanted.length);
    for (let i = 0; i < wanted.length; i++) close(got[i], wanted[i], 2e-6, `row ${i}`);
    close(await silhouetteScore(X, labels), expected.silhouette, 1e-6);
  });

  test(`the Calinski-Harabasz score agrees with scikit-learn: ${expected.name}`, async () => {
    const wanted = expected.calinski_harabasz;
    close(await calinskiHarabaszScore(X, labels), wanted, 1e-5 * wanted);
  });

  test(`the Davies-Bouldin score agrees with scikit-learn: ${expected.name}`, async () => {
    const wanted = expected.davies_bouldin;
    close(await daviesBouldinScore(X, labels), wanted, 1e-5 * wanted);
  });
}

/** @param {number} got @param {number} wanted @param {number} within */
function close(got, wanted, within, where = '') {
  assert.ok(Math.abs(got - wanted) <= within, `${where} got ${got}, scikit-learn says ${wanted}`);
}
