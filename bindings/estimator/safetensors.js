/**
 * Models as files in the safetensors format (https://github.com/huggingface/safetensors): the length of a header, the header in
 * JSON, then the tensors' bytes. What is not a tensor is in the header's metadata, in JSON too, with a checksum of both, so that
 * every damaged byte is noticed. Python reads such a file with `safetensors.numpy.load_file`.
 *
 * Reading trusts nothing: the file may come from anywhere.
 */
import { demand, LakhError, tagOf } from '../errors.js';
import { readParams } from './params.js';

/**
 * How one fitted attribute is stored: as a tensor of a type and a rank, or as a value in the metadata.
 *
 * @typedef {object} Attribute
 * @property {'F32' | 'F64' | 'I32'} [type] of a tensor
 * @property {number} [rank] of a tensor: 1 is a typed array, 2 is { data, shape }; other attributes have none
 * @property {boolean} [perRow] whether it has an entry a row of the training data, and may be left out
 *
 * @typedef {Record<string, Attribute>} Layout
 */

/**
 * What reading and writing must know of an estimator's class.
 *
 * @typedef {object} ModelClass
 * @property {string} estimator its name
 * @property {import('./params.js').Table} params
 * @property {Layout} fitted
 * @property {(state: any) => boolean} isSound whether a state read from a file makes sense
 */

/** Raised when older files can no longer be read. */
const FORMAT = 'lakh 1';
const ARRAYS = /** @type {Record<string, any>} */ ({ F32: Float32Array, F64: Float64Array, I32: Int32Array });

/**
 * @param {ModelClass} Class
 * @param {any} params
 * @param {any} state
 * @param {boolean} perRow whether to include what has an entry a row
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeModel({ estimator, fitted }, params, state, perRow) {
  const header = /** @type {Record<string, unknown>} */ ({});
  const values = /** @type {Record<string, unknown>} */ ({});
  const tensors = /** @type {[data: Float32Array, at: number][]} */ ([]);
  let length = 0;
  for (const [name, { type, rank, perRow: isPerRow }] of Object.entries(fitted)) {
    const value = state[name];
    if (value === undefined || (isPerRow && !perRow)) continue;
    if (rank === undefined) {
      values[name] = value;
      continue;
    }
    const { data = value, shape = [value.length] } = value;
    tensors.push([data, length]);
    header[name] = { dtype: type, shape, data_offsets: [length, (length += data.byteLength)] };
  }
  const tail = new Uint8Array(length);
  for (const [{ buffer, byteOffset, byteLength }, at] of tensors) tail.set(new Uint8Array(buffer, byteOffset, byteLength), at);
  const model = JSON.stringify({ format: `${FORMAT} ${estimator}`, params, fitted: values }, (_, value) =>
    ArrayBuffer.isView(value) ? Array.from(/** @type {any} */ (value)) : value,
  );
  const text = toBytes(JSON.stringify({ __metadata__: { fnv1a: checksumOf(model, tail), model }, ...header }));
  // Spaces after the header align what follows.
  const start = Math.ceil(text.length / 8) * 8 + 8;
  const file = new Uint8Array(start + length).fill(32);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  file.set(tail, start);
  return file;
}

/**
 * @param {ModelClass} Class
 * @param {unknown} bytes
 * @returns {{ params: any, state: any }}
 * @throws {LakhError} `BAD_FILE`
 */
export function readModel({ estimator, params: table, fitted, isSound }, bytes) {
  const { buffer, byteOffset, byteLength } = /** @type {Uint8Array} */ (ArrayBuffer.isView(bytes) ? bytes : { buffer: bytes });
  demand(/ArrayBuffer$/.test(tagOf(buffer)), `${estimator}: the file`, 'a Uint8Array or ArrayBuffer', bytes, TypeError);
  try {
    const file = new Uint8Array(buffer, byteOffset, byteLength);
    const start = 8 + Number(new DataView(buffer, byteOffset).getBigUint64(0, true));
    const { __metadata__: metadata, ...header } = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
    const tail = file.subarray(start);
    insist(metadata.fnv1a === checksumOf(metadata.model, tail), 'its checksum is wrong');
    const model = JSON.parse(metadata.model, (name, value) => (name === 'data' ? Float32Array.from(value) : value));
    insist(model.format === `${FORMAT} ${estimator}`, `it holds ${model.format}`);
    const state = /** @type {Record<string, unknown>} */ ({});
    let used = 0;
    for (const [name, { type, rank, perRow }] of Object.entries(fitted)) {
      if (rank === undefined) {
        state[name] = model.fitted[name];
      } else if (header[name] || !perRow) {
        const { dtype, shape, data_offsets: offsets } = header[name];
        // A copy, aligned and independent of the file's bytes.
        const data = new ARRAYS[dtype](tail.slice(...offsets).buffer);
        const isWhole = shape.length === rank && data.length === shape.reduce(product, 1) && shape.every(Number.isInteger);
        insist(dtype === type && isWhole && data.every(Number.isFinite), name);
        state[name] = rank === 1 ? data : { data, shape };
        used += data.byteLength;
      }
    }
    const params = readParams(estimator, table, model.params);
    insist(isSound(state) && used === tail.length, 'its parts do not fit');
    return { params, state };
  } catch (cause) {
    throw new LakhError('BAD_FILE', `${estimator}: not an undamaged model: ${cause}`, { cause });
  }
}

/** @param {number} a @param {number} b */
const product = (a, b) => a * b;

/**
 * @param {unknown} isSo
 * @param {string} otherwise what is wrong
 * @returns {asserts isSo}
 */
function insist(isSo, otherwise) {
  if (!isSo) throw new Error(otherwise);
}

/** @param {string} text */
const toBytes = (text) => new TextEncoder().encode(text);

/**
 * The hash FNV-1a (Fowler, Noll & Vo) of a model's text and its tensors. Each of its steps can be undone, so that one changed
 * byte always changes it.
 *
 * @param {string} model
 * @param {Uint8Array} tail
 */
const checksumOf = (model, tail) => String(hashOf(tail, hashOf(toBytes(model), 0x811c9dc5)));

/**
 * @param {Uint8Array} bytes
 * @param {number} hash of what comes before
 */
function hashOf(bytes, hash) {
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
