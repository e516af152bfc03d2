import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as here from '../../bindings/index.js';
import * as there from '../../web/index.js';
import { determinismCases, hashOf } from './determinism_cases.js';

/** The hashes of the models; LAKH_WRITE_HASHES=1 writes them anew, after a change that is meant to change results. */
const path = new URL('./determinism.json', import.meta.url);

if (process.env.LAKH_WRITE_HASHES) {
  /** @type {Record<string, string>} */
  const hashes = {};
  for (const [name, fit] of Object.entries(determinismCases(here)))
    hashes[name] = await hashOf(/** @type {any} */ (await fit()));
  writeFileSync(path, `${JSON.stringify(hashes, null, 2)}\n`);
}

const expected = JSON.parse(readFileSync(path, 'utf8'));

describe('the same seed gives the same bytes as ever', () => {
  for (const [where, lakh] of Object.entries({ here, 'in a worker': there })) {
    for (const [name, fit] of Object.entries(determinismCases(lakh)))
      test(`${name}, ${where}`, async () => assert.equal(await hashOf(/** @type {any} */ (await fit())), expected[name]));
  }
});
