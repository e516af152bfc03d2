// The structs that cross the border are written down twice, in C and in the binding. A compiler for the module's machine says
// whether both mean the same.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as lakh from '../../bindings/index.js';
import { structWithArrays, structWithListsOf } from '../../bindings/neural/arrays.js';
import { root } from '../../scripts/run.mjs';
import { estimatorsOf } from './contract.js';

/** Which struct a table of parameters is. */
const structOfEstimator = (/** @type {string} */ name) =>
  `lakh_${snake(name.replace('KMeans', 'Kmeans').replace(/^([A-Z]+)$/, (all) => all.toLowerCase()))}_params`;

/** @param {string} name @returns {string} */
const snake = (name) => name.replace(/[A-Z]/g, (letter, at) => (at > 0 ? '_' : '') + letter.toLowerCase());

/** What C calls the first place of a parameter. @type {Record<string, string>} */
const renamed = { hidden: 'n_hidden', filters: 'n_filters', imageShape: 'image_channels' };

/** @param {string[]} claims _Static_assert's conditions */
function compile(claims) {
  const code = [
    '#include <stddef.h>',
    '#include "lakh.h"',
    ...claims.map((claim) => `_Static_assert(${claim}, "${claim.replaceAll('"', '')}");`),
  ].join('\n');
  const options = ['--target=wasm32', '-std=c11', '-ffreestanding', '-fsyntax-only', `-I${join(root, 'src')}`, '-xc', '-'];
  execFileSync('clang', options, { input: code, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** The padded size. @param {{ size: number }} layout @param {boolean} hasDoubles */
const paddedSize = ({ size }, hasDoubles) => Math.ceil(size / (hasDoubles ? 8 : 4)) * (hasDoubles ? 8 : 4);

/** Where a field begins, found by writing to it. @param {any} layout @param {string} field @param {any} row */
function offsetOf(layout, field, row) {
  const bytes = new Uint8Array(Math.ceil(layout.size / 8) * 8);
  layout.write(bytes.buffer, 0, { [field]: row.type.includes('[') ? [1] : 1 });
  const first = bytes.findIndex((byte) => byte > 0);
  return row.type === 'Float64' ? first - (first % 8) : first;
}

test('the parameters of every estimator are where C looks for them', () => {
  const claims = estimatorsOf(lakh).flatMap((/** @type {any} */ { estimator, params: own, kind }) => {
    const params = kind?.params ?? own;
    const name = kind === undefined ? structOfEstimator(estimator) : `lakh_${kind.prefix}_params`;
    const layout = structWithListsOf(params);
    const rows = Object.entries(params).filter(([, row]) => row.type !== undefined);
    return [
      `sizeof(${name}) == ${paddedSize(
        layout,
        rows.some(([, row]) => row.type === 'Float64'),
      )}`,
      ...rows.map(([field, row]) => `offsetof(${name}, ${renamed[field] ?? snake(field)}) == ${offsetOf(layout, field, row)}`),
    ];
  });
  assert.ok(claims.length > 40);
  compile(claims);
  assert.throws(() => compile(['sizeof(lakh_vae_params) == 1']), /sizeof/, 'a wrong claim is noticed');
});

test('every other struct is as large as in C', () => {
  const claims = [];
  const pattern = /\/\*\* (lakh_\w+)\b[^*]*\*\/\s*(?:const \w+ =|\w+:) struct(?:WithArrays)?\((\{[^}]*\})\)/g;
  for (const path of readdirSync(join(root, 'bindings'), { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.js')) continue;
    for (const [, name, fields] of readFileSync(join(root, 'bindings', path), 'utf8').matchAll(pattern)) {
      const layout = structWithArrays(new Function(`return ${fields}`)());
      claims.push(`sizeof(${name}) == ${paddedSize(layout, fields.includes('Float64'))}`);
    }
  }
  assert.ok(claims.length >= 12, `${claims.length} structs`);
  compile(claims);
});
