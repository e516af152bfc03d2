/**
 * Models as files in the safetensors format (https://github.com/huggingface/safetensors): the length of a header, the header in
 * JSON, then the tensors' bytes. What is not a tensor is in the header's metadata, whose first entry is a checksum of the
 * whole file, so that every damaged byte is noticed. Python reads such a file with `safetensors.numpy.load_file`.
 *
 * Reading trusts nothing: the file may come from anywhere.
 */
import { demand, LakhError, tagOf } from '../errors.js';
import { readParams } from './params.js';

/**
 * How one fitted attribute is stored: as a tensor of a type and a rank, or as a value in the metadata.
 *
 * @typedef {object} Attribute
 * @property {'F32' | 'F64' | 'I32' | 'number' | 'boolean' | 'object'} type
 * @property {number} [rank] of a tensor: 1 is a typed array, 2 is { data, shape }
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

const FORMAT = 'lakh 1';
const CHECKSUM_LENGTH = 8;
/** The checksum's place is fixed by the text before it. */
const PREFIX = '{"__metadata__":{"fnv1a":"';
const CHECKSUM_AT = 8 + PREFIX.length;
const ARRAYS = /** @type {Record<string, any>} */ ({ F32: Float32Array, F64: Float64Array, I32: Int32Array });

/**
 * @param {ModelClass} Class
 * @param {any} params
 * @param {any} state
 * @param {boolean} perRow whether to include what has an entry a row
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeModel({ estimator, fitted }, params, state, perRow) {
  const metadata = { fnv1a: '0'.repeat(CHECKSUM_LENGTH), model: '' };
  const header = /** @type {Record<string, unknown>} */ ({ __metadata__: metadata });
  const values = /** @type {Record<string, unknown>} */ ({});
  const tensors = [];
  let length = 0;
  for (const [name, { type, rank, perRow: isPerRow }] of Object.entries(fitted)) {
    const value = state[name];
    if (value === undefined || (isPerRow && !perRow)) continue;
    if (rank === undefined) {
      values[name] = value;
      continue;
    }
    const { data = value, shape = [value.length] } = value;
    const end = length + data.byteLength;
    header[name] = { dtype: type, shape, data_offsets: [length, end] };
    tensors.push(data);
    length = end;
  }
  metadata.model = JSON.stringify({ format: FORMAT, estimator, params, fitted: values }, (_, value) =>
    ArrayBuffer.isView(value) ? Array.from(/** @type {any} */ (value)) : value,
  );
  const encoder = new TextEncoder();
  const text = encoder.encode(JSON.stringify(header));
  let at = Math.ceil(text.length / 8) * 8 + 8;
  const file = new Uint8Array(at + length).fill(32, 0, at);
  new DataView(file.buffer).setBigUint64(0, BigInt(at - 8), true);
  file.set(text, 8);
  for (const { buffer, byteOffset, byteLength } of tensors) {
    file.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  file.set(encoder.encode(checksumOf(file)), CHECKSUM_AT);
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
    const { header, start, file } = readHeader(new Uint8Array(buffer, byteOffset, byteLength));
    const model = JSON.parse(header.__metadata__.model, (name, value) => (name === 'data' ? Float32Array.from(value) : value));
    insist(model.format === FORMAT && model.estimator === estimator, `it holds a ${model.estimator} of format ${model.format}`);
    const state = /** @type {Record<string, unknown>} */ ({});
    for (const [name, { type, rank, perRow }] of Object.entries(fitted)) {
      if (rank === undefined) {
        state[name] = model.fitted[name];
        insist(typeof state[name] === type, name);
      } else if (header[name] || !perRow) {
        const { dtype, shape, data_offsets: offsets } = header[name];
        // A copy, aligned and independent of the file's bytes.
        const data = new ARRAYS[type](file.slice(start + offsets[0], start + offsets[1]).buffer);
        const isWhole = shape.length === rank && data.length === shape.reduce(product, 1) && shape.every(Number.isInteger);
        insist(dtype === type && isWhole && data.every(Number.isFinite), name);
        state[name] = rank === 1 ? data : { data, shape };
      }
    }
    const params = readParams(estimator, table, model.params);
    insist(isSound(state), 'its parts do not fit together');
    return { params, state };
  } catch (cause) {
    throw new LakhError('BAD_FILE', `${estimator}: not an undamaged model: ${/** @type {Error} */ (cause).message}`, { cause });
  }
}

/**
 * @param {Uint8Array} file
 * @returns {{ header: any, start: number, file: Uint8Array }} `start` is where the tensors begin
 */
function readHeader(file) {
  const start = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  insist(start <= file.length, 'it is cut off');
  const text = new TextDecoder().decode(file.subarray(8, start));
  insist(text.startsWith(PREFIX + checksumOf(file)), 'its checksum is wrong');
  return { header: JSON.parse(text), start, file };
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

/**
 * The hash FNV-1a of a file (Fowler, Noll & Vo), as 8 hexadecimal digits, with its own digits taken as zeros. Each of its steps
 * can be undone, so that one changed byte always changes it.
 *
 * @param {Uint8Array} file
 */
function checksumOf(file) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < file.length; i++)
    hash = Math.imul(hash ^ (i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LENGTH ? 0 : file[i]), 0x01000193);
  return (hash >>> 0).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
