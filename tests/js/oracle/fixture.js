/** Reads the fixtures of tests/oracle, and makes anew what they only describe. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const folder = new URL('../../oracle/', import.meta.url);

/** @type {Record<string, any>} */
const types = {
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** @type {Map<string, any>} */
const cache = new Map();

/**
 * A fixture: its JSON, with `array(value)` and `table(value)` that read what the JSON refers to.
 * @param {string} name
 */
export function readFixture(name) {
  const known = cache.get(name);
  if (known) return known;
  const json = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  /** @type {ArrayBuffer | undefined} */
  let bytes;
  const fixture = {
    ...json,
    /**
     * Numbers in one typed array, from nested lists or from the binary file.
     * @param {any} value
     * @returns {any}
     */
    array(value) {
      if (Array.isArray(value)) return Float64Array.from(value.flat());
      bytes ??= Uint8Array.from(gunzipSync(readFileSync(new URL(`${name}.bin.gz`, folder)))).buffer;
      const { at, type, shape } = value;
      return new types[type](
        bytes,
        at,
        shape.reduce((/** @type {number} */ product, /** @type {number} */ length) => product * length, 1),
      );
    },
    /**
     * A table as lakh takes it.
     * @param {any} value
     * @returns {any}
     */
    table(value) {
      if (value.table) {
        const shared = readFixture('data');
        return shared.table(shared.tables[value.table]);
      }
      if (value.blobs) return blobs(value.blobs);
      if (!Array.isArray(value)) return { data: fixture.array(value), shape: value.shape };
      return { data: Float32Array.from(value.flat()), shape: [value.length, value[0].length] };
    },
  };
  cache.set(name, fixture);
  return fixture;
}

/** The finalizer of MurmurHash3, as mix() in tests/oracle/fixture.py. @param {number} x */
function mix(x) {
  let hash = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** @param {number} count @param {number} seed */
function noise(count, seed) {
  const offset = mix(seed);
  return Float64Array.from({ length: count }, (_, i) => {
    let total = 0;
    for (let part = 0; part < 4; part++) total += mix((i * 4 + part + offset) >>> 0) / 2 ** 32;
    return total - 2;
  });
}

/** @param {{ rows: number, cols: number, k: number, spread: number, seed: number }} description */
export function blobs({ rows, cols, k, spread, seed }) {
  const centers = noise(k * cols, seed);
  const around = noise(rows * cols, seed + 1);
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) data[i * cols + j] = centers[(i % k) * cols + j] * spread + around[i * cols + j];
  }
  return { data, shape: [rows, cols] };
}

/**
 * The largest difference of two arrays, relative to the largest value in the second.
 * @param {ArrayLike<number>} got
 * @param {ArrayLike<number>} wanted
 */
export function relativeDifference(got, wanted) {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < wanted.length; i++) {
    const here = Math.abs(got[i] - wanted[i]);
    // A NaN must not pass as no difference.
    difference = here >= difference || here <= difference ? Math.max(difference, here) : Number.POSITIVE_INFINITY;
    scale = Math.max(scale, Math.abs(wanted[i]));
  }
  return scale === 0 ? difference : difference / scale;
}
