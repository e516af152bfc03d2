/**
 * Rows and labels as the generative models take them.
 */
import { isArray, readMatrix } from '../data.js';
import { demand } from '../errors.js';

/**
 * @typedef {import('../data.js').NumericArray} NumericArray
 * @typedef {import('../data.js').Rows} Rows
 *
 * Rows as arrays or typed arrays; or one typed array with its shape, [rows, columns] or, for images, [n, height, width] or
 * [n, channels, height, width], each of which is a row.
 * @typedef {ArrayLike<ArrayLike<number>> | { data: NumericArray, shape: ArrayLike<number> }} RowsLike
 */

/**
 * @param {string} label who asks and for what: "VAE: X"
 * @param {unknown} X
 * @returns {Rows & { sides?: number[] }} with the sides of each image, when it says them
 */
export function readRows(label, X) {
  const { data, shape } = /** @type {{ data?: any, shape?: any }} */ (Object(X));
  if (!isArray(shape) || (shape.length !== 3 && shape.length !== 4)) return readMatrix(label, X);
  const [n, ...sides] = Array.from(/** @type {ArrayLike<number>} */ (shape));
  const cols = sides.reduce((product, side) => product * side);
  return { ...readMatrix(label, { data, shape: [n, cols] }), sides };
}

/**
 * Labels that a model takes: integers in 0..count-1, 0 for none, which may or must be given.
 *
 * @typedef {{ count: number, areNeeded: boolean }} LabelRule
 */

/**
 * One label a row, where the model takes labels.
 *
 * @param {string} label who asks and for what: "VAE: labels"
 * @param {unknown} labels
 * @param {number} rows
 * @param {LabelRule} [rule]
 * @returns {Int32Array | undefined}
 */
export function readLabels(label, labels, rows, { count, areNeeded } = { count: 0, areNeeded: false }) {
  if (count === 0) demand(labels === undefined, label, 'left out unless nClasses is set', labels, TypeError);
  if (labels === undefined && !areNeeded) return undefined;
  const why = areNeeded ? `, since nClasses is ${count}` : '';
  demand(isArray(labels), label, `an array of integers, one a row${why}`, labels, TypeError);
  demand(labels.length === rows, label, `one a row (${rows})`, labels.length);
  const wrong = Array.from(labels).findIndex((value) => !isLabel(value, count));
  if (wrong >= 0) {
    const Kind = typeof labels[wrong] === 'number' ? RangeError : TypeError;
    demand(false, `${label}[${wrong}]`, `an integer in 0..${count - 1}`, labels[wrong], Kind);
  }
  return Int32Array.from(/** @type {ArrayLike<number>} */ (labels));
}

/** @param {any} value @param {number} nClasses */
const isLabel = (value, nClasses) => Number.isInteger(value) && value >= 0 && value < nClasses;

/**
 * Refuses values outside what the model can give.
 *
 * @param {import('../engine/work.js').Work} work
 * @param {string} label
 * @param {{ data: number, rows: number, cols: number }} table in the module
 * @param {{ range: readonly [number, number], why: string } | undefined} limits
 */
export function checkRange(work, label, { data, rows, cols }, limits) {
  if (limits === undefined || work.exports.check_range(data, rows, cols, ...limits.range)) return;
  const [low, high] = limits.range;
  const values = work.view(Float32Array, data, rows * cols);
  const at = values.findIndex((value) => value < low || value > high);
  const place = `${label} at row ${Math.floor(at / cols)}, column ${at % cols}`;
  demand(false, place, `within [${low}, ${high}] ${limits.why}`, values[at]);
}
