/**
 * What went wrong, for errors that are not about an argument (those are TypeError and RangeError) and not a cancellation (that
 * is the signal's reason).
 *
 * - `OUT_OF_MEMORY`: the work needs more memory than the engine gives or `configure({ maxMemory })` allows. The module lives on.
 * - `LOAD_FAILED`: the WebAssembly module could not be fetched, compiled or started. The message says what was found where.
 * - `BROKEN_ENGINE`: the module runs, but computes wrong results or trapped. It is loaded afresh for the next call.
 * - `NOT_FITTED`: a fitted attribute or method was used before `fit`.
 * - `DISPOSED`: the estimator was used after `dispose`, or disposed while it was fitting.
 * - `BUSY`: a fit was begun while another one of the same estimator was under way.
 * - `DIVERGED`: a training's loss or gradient was no longer a finite number. The estimator has the weights of the step before.
 * - `BAD_FILE`: the bytes given to `load` are not an undamaged model of that estimator.
 * - `BAD_IMAGE`: what was given to `readImage` is not a picture that this browser can decode and read.
 * - `WORKER_FAILED`: the web worker could not start, or ended unexpectedly.
 *
 * @typedef {'OUT_OF_MEMORY' | 'LOAD_FAILED' | 'BROKEN_ENGINE' | 'NOT_FITTED' | 'DISPOSED' | 'BUSY' | 'DIVERGED' | 'BAD_FILE' |
 *   'BAD_IMAGE' | 'WORKER_FAILED'} LakhErrorCode
 */

/**
 * An error of the library, told from others by `instanceof` and from each other by `code`.
 *
 * @example
 * import { KMeans, LakhError } from 'lakh';
 *
 * try {
 *   await new KMeans().predict([[1, 2]]);
 * } catch (error) {
 *   if (error instanceof LakhError && error.code === 'NOT_FITTED') console.log('fit first');
 * }
 */
export class LakhError extends Error {
  /**
   * @param {LakhErrorCode} code
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = 'LakhError';
    /** @type {LakhErrorCode} */
    this.code = code;
  }
}

/**
 * Refuses an argument in the one form that all such messages have: "KMeans: nClusters must be an integer ≥ 1, got 0".
 *
 * @param {unknown} isGood
 * @param {string} label who asks and for what: "KMeans: nClusters"
 * @param {string} accepted
 * @param {unknown} got
 * @param {ErrorConstructor} [Kind] RangeError for what is outside the limits, TypeError for what can never be right
 * @returns {asserts isGood}
 */
export function demand(isGood, label, accepted, got, Kind = RangeError) {
  if (!isGood) throw new Kind(`${label} must be ${accepted}, got ${show(got)}`);
}

/**
 * Refuses what is not an integer within limits.
 *
 * @param {string} label who asks and for what
 * @param {unknown} value
 * @param {number} min
 * @param {number} [max]
 * @returns {asserts value is number}
 */
export function demandInteger(label, value, min, max = 2 ** 31 - 1) {
  const isGood = Number.isInteger(value) && /** @type {number} */ (value) >= min && /** @type {number} */ (value) <= max;
  demand(isGood, label, `an integer ≥ ${min}`, value, typeof value === 'number' ? RangeError : TypeError);
}

/**
 * A value as it appears in a message: short, and telling its type.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function show(value) {
  if (typeof value === 'string') return `'${value.slice(0, 99)}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Object(value) !== value) return String(value);
  const { length } = /** @type {{ length?: number }} */ (value);
  if (Array.isArray(value) && value.length < 5) return `[${value.join(', ')}]`;
  return tagOf(value) + (length === undefined ? '' : `(${length})`);
}

/**
 * The kind of an object, also of one from another realm: 'Float32Array', 'WebAssembly.Module', 'Object'.
 *
 * @param {unknown} value
 * @returns {string}
 */
export const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
