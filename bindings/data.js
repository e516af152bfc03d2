/**
 * What callers may give as data, read into one of two plain forms: `Rows`, whose values go into the module as floats, and
 * `Pixels`, whose bytes go in as they are. Reading checks the shape and looks at no more values than it must; the values are
 * checked on their way into the module, where every one of them is touched anyway.
 */
import { LakhError, show, tagOf } from './errors.js';

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

/**
 * Reads X.
 *
 * @param {string} who the name that messages begin with
 * @param {unknown} X
 * @returns {Input}
 * @throws {TypeError | RangeError}
 */
export function readData(who, X) {
  if (isImage(X)) return readImageData(who, 'X', X);
  const rows = readMatrix(who, 'X', X);
  const { values, cols } = rows;
  // Three columns of bytes are colours.
  if (cols === 3 && isBytes(values)) {
    return { kind: 'pixels', rows: rows.rows, cols: 3, width: rows.rows, height: 1, channels: 3, bytes: values };
  }
  return rows;
}

/**
 * @param {string} who
 * @param {string} name of the argument
 * @param {unknown} table
 * @returns {Rows}
 */
export function readMatrix(who, name, table) {
  const accepted = 'an array of rows, { data, shape: [rows, columns] } or an image';
  if (typeof table !== 'object' || table === null)
    throw new TypeError(`${who}: ${name} must be ${accepted}, got ${show(table)}`);
  if (Array.isArray(table)) return readArrayOfRows(who, name, table);
  if (ArrayBuffer.isView(table))
    throw new TypeError(`${who}: ${name} is one ${show(table)} without a shape; give { data, shape: [rows, columns] }`);
  const { data, shape } = /** @type {{ data: unknown, shape: unknown }} */ (table);
  if (data === undefined || shape === undefined)
    throw new TypeError(`${who}: ${name} must be ${accepted}, got ${show(table)} without data and shape`);
  if (!isNumericArray(data)) throw new TypeError(`${who}: ${name}.data must be a typed array of numbers, got ${show(data)}`);
  const [rows, cols] = readShape(who, name, shape, [2]);
  checkLength(who, name, data, rows * cols, `shape [${rows}, ${cols}]`);
  return { kind: 'rows', rows, cols, values: data };
}

/**
 * @param {string} who
 * @param {string} name
 * @param {unknown[]} table
 * @returns {Rows}
 */
function readArrayOfRows(who, name, table) {
  if (table.length === 0) throw new RangeError(`${who}: ${name} is empty; it must have at least one row`);
  for (let i = 0; i < table.length; i++) {
    const row = table[i];
    if (Array.isArray(row) || isNumericArray(row)) continue;
    const hint = typeof row === 'number' ? `; for a single column write [[${row}], …]` : '';
    throw new TypeError(`${who}: ${name}[${i}] must be a row, an array of numbers or a typed array, got ${show(row)}${hint}`);
  }
  const rows = /** @type {ArrayLike<number>[]} */ (table);
  const cols = rows[0].length;
  if (cols === 0) throw new RangeError(`${who}: ${name} has no columns; each row must have at least one number`);
  for (let i = 0; i < rows.length; i++) {
    if (rows[i].length !== cols)
      throw new RangeError(`${who}: ${name} is ragged: row ${i} has ${rows[i].length} columns, row 0 has ${cols}`);
  }
  return { kind: 'rows', rows: rows.length, cols, values: rows };
}

/**
 * @param {string} who
 * @param {string} name
 * @param {unknown} image
 * @returns {Pixels}
 */
export function readImageData(who, name, image) {
  if (!isImage(image)) {
    const accepted = 'an ImageData, { data, width, height } or { data, shape: [height, width, 3 or 4] }';
    throw new TypeError(`${who}: ${name} must be ${accepted}, got ${show(image)}`);
  }
  const { data, shape, width: givenWidth, height: givenHeight } = image;
  if (!isBytes(data))
    throw new TypeError(`${who}: ${name}.data must be bytes (Uint8ClampedArray or Uint8Array), got ${show(data)}`);
  const [height, width, channels] =
    shape === undefined ? readSize(who, name, givenWidth, givenHeight, data) : readShape(who, name, shape, [3]);
  if (channels !== 3 && channels !== 4)
    throw new RangeError(`${who}: ${name} must have 3 channels (RGB) or 4 (RGBA), got ${channels}`);
  const described = `${width} × ${height} pixels with ${channels} channels`;
  checkLength(who, name, data, width * height * channels, described);
  return { kind: 'pixels', rows: width * height, cols: 3, width, height, channels, bytes: data };
}

/**
 * @param {string} who
 * @param {string} name
 * @param {unknown} width
 * @param {unknown} height
 * @param {Uint8Array | Uint8ClampedArray} data
 * @returns {[height: number, width: number, channels: number]}
 */
function readSize(who, name, width, height, data) {
  for (const [side, value] of [
    ['width', width],
    ['height', height],
  ]) {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${who}: ${name}.${side} must be an integer ≥ 1, got ${show(value)}`);
    if (/** @type {number} */ (value) < 1) throw new RangeError(`${who}: ${name}.${side} must be an integer ≥ 1, got ${value}`);
  }
  const pixels = /** @type {number} */ (width) * /** @type {number} */ (height);
  return [/** @type {number} */ (height), /** @type {number} */ (width), data.length === 3 * pixels ? 3 : 4];
}

/**
 * @param {string} who
 * @param {string} name
 * @param {unknown} shape
 * @param {number[]} ranks that are accepted
 * @returns {number[]}
 */
function readShape(who, name, shape, ranks) {
  const what = ranks[0] === 3 ? '[height, width, channels]' : '[rows, columns]';
  if (!Array.isArray(shape) && !isNumericArray(shape))
    throw new TypeError(`${who}: ${name}.shape must be ${what}, got ${show(shape)}`);
  const sizes = /** @type {unknown[]} */ (Array.from(shape));
  if (!ranks.includes(sizes.length)) throw new RangeError(`${who}: ${name}.shape must be ${what}, got [${sizes.join(', ')}]`);
  for (const size of sizes) {
    if (!Number.isSafeInteger(size))
      throw new TypeError(
        `${who}: ${name}.shape must hold integers ≥ 1, got ${show(size)} in [${sizes.map(String).join(', ')}]`,
      );
    if (/** @type {number} */ (size) < 1)
      throw new RangeError(`${who}: ${name}.shape must hold integers ≥ 1, got [${sizes.join(', ')}]`);
  }
  return /** @type {number[]} */ (sizes);
}

/**
 * @param {string} who
 * @param {string} name
 * @param {NumericArray} data
 * @param {number} expected
 * @param {string} reason
 */
function checkLength(who, name, data, expected, reason) {
  if (data.length === expected) return;
  const detached = data.length === 0 && data.buffer.byteLength === 0 ? ' (its buffer may have been transferred away)' : '';
  throw new RangeError(`${who}: ${name}.data has ${data.length} values${detached}, but ${reason} needs ${expected}`);
}

/**
 * @param {any} value
 * @returns {value is { data: unknown, shape?: unknown, width?: unknown, height?: unknown }}
 */
const isImage = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  'data' in value &&
  ('width' in value || 'height' in value || (typeof value.shape === 'object' && value.shape?.length === 3));

/**
 * @param {unknown} value
 * @returns {value is NumericArray}
 */
export const isNumericArray = (value) =>
  ArrayBuffer.isView(value) && /^(U?int\d+|Uint8Clamped|Float\d+)Array$/i.test(tagOf(value));

/**
 * @param {unknown} value
 * @returns {value is Uint8Array | Uint8ClampedArray}
 */
const isBytes = (value) => /^Uint8(Clamped)?Array$/.test(tagOf(value));

/**
 * Writes rows as floats and refuses, with its place, what is not a number. Infinite and NaN values are found later, by
 * `checkFinite` or by the module.
 *
 * @param {string} who
 * @param {string} name of the argument
 * @param {Rows} input
 * @param {Float32Array} target of rows * cols values
 */
export function writeRows(who, name, { rows, cols, values }, target) {
  if (ArrayBuffer.isView(values)) {
    target.set(/** @type {NumericArray} */ (values));
    return;
  }
  let next = 0;
  for (let i = 0; i < rows; i++) {
    const row = values[i];
    if (ArrayBuffer.isView(row)) {
      target.set(row, next);
      next += cols;
      continue;
    }
    for (let j = 0; j < cols; j++) {
      const value = row[j];
      if (typeof value !== 'number')
        throw new TypeError(`${who}: ${name} must hold numbers, got ${show(value)} at row ${i}, column ${j}`);
      target[next++] = value;
    }
  }
}

/**
 * The error for a value that is NaN, infinite, or too large for a float.
 *
 * @param {string} who
 * @param {string} name
 * @param {Rows} input
 * @param {number} row
 * @param {number} col
 */
export function notFinite(who, name, { cols, values }, row, col) {
  const value = ArrayBuffer.isView(values) ? /** @type {NumericArray} */ (values)[row * cols + col] : values[row][col];
  const reason = Number.isFinite(value) ? ' (beyond ±3.4e38, the range of float32)' : '';
  return new RangeError(`${who}: ${name} must hold finite numbers, got ${value}${reason} at row ${row}, column ${col}`);
}

/**
 * Rows as one array of floats of its own, all finite.
 *
 * @param {string} who
 * @param {string} name
 * @param {Rows} input
 * @returns {Matrix}
 */
export function denseRows(who, name, input) {
  const { rows, cols } = input;
  const data = newFloats(who, rows * cols);
  writeRows(who, name, input, data);
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) throw notFinite(who, name, input, Math.floor(i / cols), i % cols);
  }
  return { data, shape: [rows, cols] };
}

/** @param {string} who @param {number} length */
function newFloats(who, length) {
  try {
    return new Float32Array(length);
  } catch (cause) {
    throw new LakhError('OUT_OF_MEMORY', `${who}: no memory for ${length} numbers`, { cause });
  }
}

/**
 * The red, green and blue of each pixel as rows of floats, for what needs each pixel's row.
 *
 * @param {string} who
 * @param {Pixels} pixels
 * @returns {Rows}
 */
export function pixelsAsRows(who, { rows, channels, bytes }) {
  const values = newFloats(who, rows * 3);
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
  if (weights === undefined || weights === null) return undefined;
  if (!Array.isArray(weights) && !isNumericArray(weights))
    throw new TypeError(`${who}: sampleWeight must be an array or typed array of numbers, got ${show(weights)}`);
  if (weights.length !== rows)
    throw new RangeError(`${who}: sampleWeight must have one value a row of X (${rows}), got ${weights.length}`);
  const result = newFloats(who, rows);
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    const weight = weights[i];
    if (typeof weight !== 'number')
      throw new TypeError(`${who}: sampleWeight must hold numbers, got ${show(weight)} at row ${i}`);
    result[i] = weight;
    if (!(result[i] >= 0 && result[i] < Infinity))
      throw new RangeError(`${who}: sampleWeight must hold finite numbers ≥ 0, got ${weight} at row ${i}`);
    if (result[i] > largest) largest = result[i];
  }
  if (largest === 0) throw new RangeError(`${who}: sampleWeight is 0 for every row; at least one must be greater`);
  return result;
}
