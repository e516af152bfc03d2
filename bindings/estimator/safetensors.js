/**
 * Models as files in the safetensors format (https://github.com/huggingface/safetensors): the length of a header, the header in
 * JSON, then the tensors' bytes. What is not a tensor is in the header's metadata, whose first entry is a CRC-32 of the whole
 * file, so that every damaged byte is noticed. Python reads such a file with `safetensors.numpy.load_file`.
 *
 * Reading trusts nothing: the file may come from anywhere.
 */
import { LakhError, tagOf } from '../errors.js';
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
 * @property {(params: any, state: any) => string | undefined} [faultOf] says what does not fit together in a state read from a file
 */

/** @typedef {{ data: ArrayBufferView, shape: number[] }} Tensor */

const FORMAT = 'lakh 1';
/** The checksum's place is fixed by the text before it. */
const PREFIX = '{"__metadata__":{"crc32":"';
const CHECKSUM_AT = 8 + PREFIX.length;
const CHECKSUM_LENGTH = 8;
/** Far more than any model of ours has, and far less than what would hold up the page. */
const MAX_HEADER = 16 * 2 ** 20;
const ARRAYS = { F32: Float32Array, F64: Float64Array, I32: Int32Array };
const TYPES = /** @type {Record<string, keyof typeof ARRAYS>} */ ({
  Float32Array: 'F32',
  Float64Array: 'F64',
  Int32Array: 'I32',
});

/**
 * @param {string} who
 * @param {ModelClass} Class
 * @param {any} params
 * @param {any} state
 * @param {boolean} perRow
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeModel(who, { fitted, params: table }, params, state, perRow) {
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const [name, { type, rank, perRow: isPerRow }] of Object.entries(fitted)) {
    const value = state[name];
    if (value === undefined || (isPerRow && !perRow)) continue;
    if (!(type in ARRAYS)) values[name] = value;
    else tensors[name] = rank === 2 ? value : { data: value, shape: [value.length] };
  }
  /** @type {Record<string, unknown>} */
  const plainParams = {};
  for (const name of Object.keys(table)) {
    const value = params[name];
    if (typeof value === 'object' && value !== null) tensors[`params.${name}`] = value;
    else plainParams[name] = value;
  }
  return pack({ format: FORMAT, estimator: who, params: JSON.stringify(plainParams), fitted: JSON.stringify(values) }, tensors);
}

/**
 * @param {Record<string, string>} metadata
 * @param {Record<string, Tensor>} tensors
 */
function pack(metadata, tensors) {
  /** @type {Record<string, unknown>} */
  const header = { __metadata__: { crc32: '0'.repeat(CHECKSUM_LENGTH), ...metadata } };
  let end = 0;
  // The largest alignment first, so that each tensor's bytes are aligned without gaps, which the format forbids.
  const entries = Object.entries(tensors).sort(([, a], [, b]) => bytesPerElement(b.data) - bytesPerElement(a.data));
  for (const [name, { data, shape }] of entries) {
    header[name] = { dtype: TYPES[tagOf(data)], shape: Array.from(shape), data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  let text = JSON.stringify(header);
  const encoder = new TextEncoder();
  while (encoder.encode(text).length % 8 !== 0) text += ' ';
  const head = encoder.encode(text);
  const file = new Uint8Array(8 + head.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  let at = 8 + head.length;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  file.set(encoder.encode(checksumOf(file)), CHECKSUM_AT);
  return file;
}

/** @param {ArrayBufferView} data */
const bytesPerElement = (data) => ARRAYS[TYPES[tagOf(data)]].BYTES_PER_ELEMENT;

/**
 * @param {ModelClass} Class
 * @param {Uint8Array | ArrayBuffer} bytes
 * @returns {{ params: any, state: any }}
 * @throws {LakhError} `BAD_FILE`
 */
export function readModel(Class, bytes) {
  const { estimator, params: table, fitted } = Class;
  const file = toBytes(estimator, bytes);
  try {
    const { metadata, tensors } = unpack(file);
    if (metadata.format !== FORMAT) fail(`it has the format ${metadata.format}; this version reads ${FORMAT}`);
    if (metadata.estimator !== estimator) fail(`it holds a ${metadata.estimator}, not a ${estimator}`);
    const plainParams = parseObject(metadata.params, 'params');
    const values = parseObject(metadata.fitted, 'fitted');
    /** @type {Record<string, unknown>} */
    const state = {};
    for (const [name, attribute] of Object.entries(fitted)) state[name] = readAttribute(name, attribute, tensors, values);
    for (const [name, tensor] of Object.entries(tensors)) {
      if (name in fitted) continue;
      const parameter = name.slice('params.'.length);
      if (!name.startsWith('params.') || !Object.hasOwn(table, parameter)) fail(`${name} is not known`);
      plainParams[parameter] = tensor;
    }
    const params = readParams(estimator, table, plainParams);
    const fault = Class.faultOf?.(params, state);
    if (fault !== undefined) fail(fault);
    return { params, state };
  } catch (error) {
    if (error instanceof LakhError && error.code === 'OUT_OF_MEMORY') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LakhError('BAD_FILE', `${estimator}: not an undamaged model file: ${reason}`, { cause: error });
  }
}

/** @param {string} reason @returns {never} */
function fail(reason) {
  throw new Error(reason);
}

/** @param {string} who @param {unknown} bytes */
function toBytes(who, bytes) {
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (/ArrayBuffer$/.test(tagOf(bytes))) return new Uint8Array(/** @type {ArrayBuffer} */ (bytes));
  throw new TypeError(`${who}: load takes the bytes of a model (Uint8Array or ArrayBuffer), got ${tagOf(bytes)}`);
}

/**
 * @param {Uint8Array} file
 * @returns {{ metadata: Record<string, unknown>, tensors: Record<string, Tensor> }}
 */
function unpack(file) {
  if (file.length < CHECKSUM_AT + CHECKSUM_LENGTH) fail(`it has only ${file.length} bytes`);
  const headerLength = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (headerLength > Math.min(MAX_HEADER, file.length - 8))
    fail('its header is longer than it may be; the file may be cut off');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const text = decoder.decode(file.subarray(8, 8 + headerLength));
  if (!text.startsWith(PREFIX)) fail('it was not written by lakh');
  if (text.slice(PREFIX.length, PREFIX.length + CHECKSUM_LENGTH) !== checksumOf(file)) fail('its checksum is wrong');
  const { __metadata__: metadata, ...entries } = parseObject(text, 'header');
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  let expected = 0;
  const data = file.subarray(8 + headerLength);
  for (const [name, entry] of Object.entries(entries)) {
    const { tensor, end } = readTensor(name, entry, data, expected);
    tensors[name] = tensor;
    expected = end;
  }
  if (expected !== data.length) fail(`${data.length - expected} bytes belong to no tensor`);
  return { metadata: asObject(metadata, '__metadata__'), tensors };
}

/**
 * @param {string} name
 * @param {unknown} entry
 * @param {Uint8Array} data
 * @param {number} expected where it must begin
 */
function readTensor(name, entry, data, expected) {
  const { dtype, shape, data_offsets: offsets } = asObject(entry, name);
  const Typed =
    typeof dtype === 'string' && Object.hasOwn(ARRAYS, dtype)
      ? ARRAYS[/** @type {keyof typeof ARRAYS} */ (dtype)]
      : fail(`${name} has the type ${dtype}`);
  if (!isSizes(shape) || shape.length < 1 || shape.length > 2) fail(`${name} has no valid shape`);
  if (!isSizes(offsets) || offsets.length !== 2) fail(`${name} has no valid offsets`);
  const [begin, end] = offsets;
  const bytes = shape.reduce((product, size) => product * size, Typed.BYTES_PER_ELEMENT);
  if (begin !== expected || end > data.length || end - begin !== bytes) fail(`${name} has wrong offsets`);
  // A copy, aligned and independent of the file's bytes.
  const values = new Typed(data.slice(begin, end).buffer);
  return { tensor: { data: values, shape }, end };
}

/** @param {unknown} value @returns {value is number[]} */
const isSizes = (value) => Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

/**
 * @param {string} name
 * @param {Attribute} attribute
 * @param {Record<string, Tensor>} tensors
 * @param {Record<string, unknown>} values
 */
function readAttribute(name, { type, rank, perRow }, tensors, values) {
  if (!(type in ARRAYS)) {
    const value = values[name];
    if (typeof value !== type || value === null) fail(`${name} is missing or not a ${type}`);
    return value;
  }
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (tensor === undefined) return perRow ? undefined : fail(`${name} is missing`);
  if (TYPES[tagOf(tensor.data)] !== type || tensor.shape.length !== rank)
    fail(`${name} is not a ${type} tensor of rank ${rank}`);
  const numbers = /** @type {Float32Array} */ (tensor.data);
  if (!numbers.every(Number.isFinite)) fail(`${name} holds values that are not finite`);
  return rank === 1 ? numbers : tensor;
}

/** @param {unknown} text @param {string} what */
function parseObject(text, what) {
  return asObject(typeof text === 'string' ? JSON.parse(text) : undefined, what);
}

/** @param {unknown} value @param {string} what @returns {Record<string, unknown>} */
function asObject(value, what) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${what} is not an object`);
  return /** @type {Record<string, unknown>} */ (value);
}

/** @type {Int32Array | undefined} */
let crcTable;

/**
 * The CRC-32 of a file, as 8 hexadecimal digits, with the checksum's own digits taken as zeros.
 *
 * @param {Uint8Array} file
 */
function checksumOf(file) {
  crcTable ??= Int32Array.from({ length: 256 }, (_, value) => {
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  const table = crcTable;
  let crc = -1;
  for (let i = 0; i < file.length; i++) {
    const byte = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LENGTH ? 48 : file[i];
    crc = (crc >>> 8) ^ table[(crc ^ byte) & 255];
  }
  return (~crc >>> 0).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
