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
 * @typedef {Float32Array | Float64Array | Int32Array} TensorData
 * @typedef {{ data: TensorData, shape: readonly number[] }} Tensor
 *
 * What a file holds of a model beside its parameters.
 *
 * @typedef {object} Contents
 * @property {Map<string, Tensor>} tensors
 * @property {Record<string, unknown>} values that are not tensors; numbers that JSON cannot write come back as null
 */

/**
 * What reading and writing must know of an estimator's class.
 *
 * @typedef {object} ModelClass
 * @property {string} estimator its name
 * @property {import('./params.js').Table} params
 * @property {(contents: Contents, params: any) => any} unpack the state, or an error when the contents are not of this estimator
 */

/** Raised when older files can no longer be read. */
const FORMAT = 1;
/** Types of the format with their arrays. */
const ARRAYS = /** @type {Record<string, any>} */ ({ F32: Float32Array, F64: Float64Array, I32: Int32Array });

/**
 * @param {TensorData} data
 * @returns {string} such as F32, of a Float32Array
 */
export const typeOf = (data) => tagOf(data)[0] + 8 * data.BYTES_PER_ELEMENT;

/**
 * @param {{ estimator: string }} Class
 * @param {any} params
 * @param {Contents} contents
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeModel({ estimator }, params, { tensors, values }) {
  const header = /** @type {Record<string, any>} */ ({});
  let length = 0;
  for (const [name, { data, shape }] of tensors) {
    const begin = length;
    length += data.byteLength;
    header[name] = { dtype: typeOf(data), shape, data_offsets: [begin, length] };
  }
  const tail = new Uint8Array(length);
  for (const [name, { data }] of tensors)
    tail.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header[name].data_offsets[0]);
  const model = JSON.stringify({ format: `lakh ${FORMAT} ${estimator}`, params, fitted: values }, (_, value) =>
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
export function readModel(Class, bytes) {
  const { estimator } = Class;
  const { buffer, byteOffset, byteLength } = /** @type {Uint8Array} */ (ArrayBuffer.isView(bytes) ? bytes : { buffer: bytes });
  demand(/ArrayBuffer$/.test(tagOf(buffer)), `${estimator}: the file`, 'a Uint8Array or ArrayBuffer', bytes, TypeError);
  try {
    const file = new Uint8Array(buffer, byteOffset, byteLength);
    const start = 8 + Number(new DataView(buffer, byteOffset).getBigUint64(0, true));
    const { __metadata__: metadata, ...header } = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
    const tail = file.subarray(start);
    insist(metadata.fnv1a === checksumOf(metadata.model, tail), 'its checksum is wrong');
    const model = JSON.parse(metadata.model, (name, value) => (name === 'data' ? Float32Array.from(value) : value));
    checkFormat(model.format, estimator);
    const params = readParams(estimator, Class.params, model.params);
    const tensors = readTensors(header, tail);
    const state = Class.unpack({ tensors, values: model.fitted }, params);
    insist(tensors.size === 0, 'it has more tensors than the model');
    return { params, state };
  } catch (cause) {
    throw new LakhError('BAD_FILE', `${estimator}: not an undamaged model: ${cause}`, { cause });
  }
}

/** @param {string} format @param {string} estimator */
function checkFormat(format, estimator) {
  const [, version, kind] = /** @type {any} */ (/^lakh (\d+) (.*)/.exec(format));
  insist(kind === estimator, `it is a ${kind}`);
  insist(Number(version) <= FORMAT, `it was saved by a newer lakh, in format ${version}; this one reads ${FORMAT}`);
}

/**
 * The tensors, each a copy that is aligned and independent of the file's bytes. They lie one behind the other and fill the file.
 *
 * @param {Record<string, any>} header
 * @param {Uint8Array} tail
 * @returns {Map<string, Tensor>}
 */
function readTensors(header, tail) {
  const tensors = new Map();
  let at = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    const [begin, end] = offsets;
    insist(begin === at && end >= at, name);
    const data = new ARRAYS[dtype](tail.slice(begin, end).buffer);
    const isShape = shape.every((/** @type {any} */ size) => Number.isSafeInteger(size) && size >= 0);
    insist(isShape && data.length === shape.reduce(product, 1), name);
    tensors.set(name, { data, shape });
    at = end;
  }
  insist(at === tail.length, 'there are bytes that belong to no tensor');
  return tensors;
}

/** @param {number} a @param {number} b */
const product = (a, b) => a * b;

/**
 * @param {unknown} isSo
 * @param {string} otherwise what is wrong
 * @returns {asserts isSo}
 */
export function insist(isSo, otherwise) {
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
  // Counted: an iterator takes ten times as long before the engine has compiled it, and a page that saves waits for this.
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash;
}
