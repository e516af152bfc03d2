/**
 * What callers may give as data, read into one of two plain forms: `Rows`, whose values go into the module as floats, and
 * `Pixels`, whose bytes go in as they are. Reading checks the shape and looks at no more values than it must; the values are
 * checked on their way into the module, where every one of them is touched anyway.
 */
import { demand, tagOf } from './errors.js';

/**
 * @typedef {Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array |
 *   Float64Array} NumericArray
 *
 * A table: row-major, `shape` is [rows, columns].
 * @typedef {{ data: Float32Array, shape: [number, number] }} Matrix
 *
 * Accepted where a table is wanted: rows as arrays or typed arrays, or one typed array with its shape.
 * @typedef {ArrayLike<ArrayLike<number>> | { data: NumericArray, shape: readonly [number, number] }} MatrixLike
 *
 * Accepted where an image is wanted: `ImageData` or what looks like it (RGB or RGBA bytes), or bytes with the shape
 * [height, width, 3 or 4].
 * @typedef {{ data: Uint8Array | Uint8ClampedArray, width: number, height: number } |
 *   { data: Uint8Array | Uint8ClampedArray, shape: readonly [number, number, number] }} ImageLike
 *
 * Accepted as X: a table, or an image whose pixels are the rows (red, green, blue in 0..255).
 * @typedef {MatrixLike | ImageLike} DataLike
 *
 * @typedef {{ kind: 'rows', rows: number, cols: number, values: NumericArray | ArrayLike<ArrayLike<number>> }} Rows
 * @typedef {{ kind: 'pixels', rows: number, cols: 3, width: number, height: number, channels: number,
 *   bytes: Uint8Array | Uint8ClampedArray }} Pixels
 * @typedef {Rows | Pixels} Input
 */

const ACCEPTED = 'rows of numbers, { data, shape } or an image';

/**
 * Reads X.
 *
 * @param {string} who the name that messages begin with
 * @param {unknown} X
 * @returns {Input}
 * @throws {TypeError | RangeError}
 */
export function readData(who, X) {
  const { width, shape } = /** @type {{ width?: unknown, shape?: any }} */ (Object(X));
  if (width !== undefined || (isArray(shape) && shape.length === 3)) return readImageData(`${who}: X`, X);
  const table = readMatrix(`${who}: X`, X);
  const { rows, cols, values } = table;
  // Three columns of bytes are colours.
  if (cols !== 3 || !isBytes(values)) return table;
  return { kind: 'pixels', rows, cols, width: rows, height: 1, channels: 3, bytes: values };
}

/**
 * @param {string} label who asks and for what: "KMeans: X"
 * @param {unknown} table
 * @returns {Rows}
 */
export function readMatrix(label, table) {
  if (Array.isArray(table)) return readArrayOfRows(label, table);
  const { data, shape } = /** @type {{ data?: unknown, shape?: unknown }} */ (Object(table));
  demand(data && shape, label, ACCEPTED, table, TypeError);
  demand(isNumericArray(data), `${label}.data`, 'a typed array of numbers', data, TypeError);
  const [rows, cols] = readShape(label, shape, '[rows, columns]', data);
  return { kind: 'rows', rows, cols, values: data };
}

/**
 * @param {string} label
 * @param {any[]} table
 * @returns {Rows}
 */
function readArrayOfRows(label, table) {
  const rows = table.length;
  const cols = table[0]?.length;
  for (let i = 0; i < rows; i++) {
    const row = table[i];
    if (!isArray(row)) demand(false, `${label}[${i}]`, 'an array of numbers', row, TypeError);
    if (row.length !== cols) demand(false, `${label}[${i}]`, `of ${cols} columns`, row.length);
  }
  demand(cols, label, 'non-empty', table);
  return { kind: 'rows', rows, cols, values: table };
}

/**
 * @param {string} label
 * @param {unknown} image
 * @returns {Pixels}
 */
export function readImageData(label, image) {
  const { data, width: givenWidth, height: givenHeight, shape: givenShape } = /** @type {any} */ (Object(image));
  demand(data, label, ACCEPTED, image, TypeError);
  demand(isBytes(data), `${label}.data`, 'bytes', data, TypeError);
  const shape = givenShape ?? [givenHeight, givenWidth, data.length === 3 * givenWidth * givenHeight ? 3 : 4];
  const [height, width, channels] = readShape(label, shape, '[height, width, channels]', data);
  demand(channels === 3 || channels === 4, label, 'of 3 or 4 channels', channels);
  return { kind: 'pixels', rows: width * height, cols: 3, width, height, channels, bytes: data };
}

/**
 * @param {string} label
 * @param {unknown} shape
 * @param {string} accepted with as many names as there are sizes
 * @param {NumericArray} data that must have as many values
 * @returns {number[]}
 */
function readShape(label, shape, accepted, { length, buffer }) {
  demand(isArray(shape), `${label}.shape`, accepted, shape, TypeError);
  const sizes = /** @type {number[]} */ (Array.from(shape));
  const isGood = sizes.length === accepted.split(',').length && sizes.every((size) => Number.isSafeInteger(size) && size > 0);
  demand(isGood, `${label}.shape`, `${accepted}, integers ≥ 1`, sizes);
  const wanted = sizes.reduce((product, size) => product * size);
  const hint = buffer.byteLength === 0 ? ' (was it transferred?)' : '';
  demand(length === wanted, `${label}.data`, `of ${wanted} values as its shape says${hint}`, length);
  return sizes;
}

/**
 * @param {unknown} value
 * @returns {value is NumericArray}
 */
export const isNumericArray = (value) => /^(Ui|I)nt\d+Array|^Uint8Clamped|^Float\d+Array/.test(tagOf(value));

/**
 * @param {unknown} value
 * @returns {value is unknown[] | NumericArray}
 */
export const isArray = (value) => Array.isArray(value) || isNumericArray(value);

/**
 * @param {unknown} value
 * @returns {value is Uint8Array | Uint8ClampedArray}
 */
const isBytes = (value) => /^Uint8/.test(tagOf(value));

/**
 * Writes rows as floats and refuses, with its place, what is not a number. Infinite and NaN values are found later, by
 * `checkFinite` or by the module.
 *
 * @param {string} label who asks and for what: "KMeans: X"
 * @param {Rows} input
 * @param {Float32Array} target of rows * cols values
 * @param {number} [begin] the first row to write
 * @param {number} [end] the row after the last one
 */
export function writeRows(label, { rows, cols, values }, target, begin = 0, end = rows) {
  let next = begin * cols;
  if (ArrayBuffer.isView(values)) {
    target.set(/** @type {NumericArray} */ (values).subarray(next, end * cols), next);
    return;
  }
  for (let i = begin; i < end; i++) {
    const row = values[i];
    if (ArrayBuffer.isView(row)) {
      target.set(row, next);
      next += cols;
      continue;
    }
    for (let j = 0; j < cols; j++) {
      const value = row[j];
      if (typeof value !== 'number') refuse(TypeError, label, value, i, j);
      target[next++] = value;
    }
  }
}

/**
 * Refuses values that are NaN, infinite, or too large for a float.
 *
 * @param {string} label
 * @param {Rows} input
 * @param {Float32Array} floats what was written of it
 * @throws {RangeError} naming the first one's row and column
 */
export function checkFinite(label, { cols, values }, floats) {
  const bad = floats.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const row = Math.floor(bad / cols);
  const col = bad % cols;
  // Of one array for all rows, values[row] is a number and has no columns.
  refuse(RangeError, label, /** @type {any} */ (values)[row][col] ?? values[bad], row, col);
}

/**
 * @param {ErrorConstructor} Kind
 * @param {string} label
 * @param {unknown} value
 * @param {number} row
 * @param {number} col
 */
const refuse = (Kind, label, value, row, col) =>
  demand(false, `${label} at row ${row}, column ${col}`, 'a finite float32 number', value, Kind);

/**
 * Rows as one array of floats of its own, all finite.
 *
 * @param {string} label
 * @param {Rows} input
 * @returns {Matrix}
 */
export function denseRows(label, input) {
  const { rows, cols } = input;
  const data = new Float32Array(rows * cols);
  writeRows(label, input, data);
  checkFinite(label, input, data);
  return { data, shape: [rows, cols] };
}

/**
 * The red, green and blue of each pixel as rows of floats, for what needs each pixel's row.
 *
 * @param {Pixels} pixels
 * @returns {Rows}
 */
export function pixelsAsRows({ rows, channels, bytes }) {
  const values = new Float32Array(rows * 3);
  for (let i = 0, from = 0, to = 0; i < rows; i++, from += channels) {
    values[to++] = bytes[from];
    values[to++] = bytes[from + 1];
    values[to++] = bytes[from + 2];
  }
  return { kind: 'rows', rows, cols: 3, values };
}

/**
 * One weight >= 0 a row.
 *
 * @param {string} who
 * @param {unknown} weights
 * @param {number} rows
 * @returns {Float32Array | undefined}
 */
export function readWeights(who, weights, rows) {
  if (weights === undefined) return undefined;
  const label = `${who}: sampleWeight`;
  demand(isArray(weights), label, 'an array of numbers', weights, TypeError);
  demand(weights.length === rows, label, `one weight a row of X (${rows})`, weights.length);
  const { data } = denseRows(label, { kind: 'rows', rows: 1, cols: rows, values: [/** @type {NumericArray} */ (weights)] });
  const negative = data.find((weight) => weight < 0);
  demand(!negative && data.some(Boolean), label, '≥ 0 and not all 0', negative ?? 0);
  return data;
}
