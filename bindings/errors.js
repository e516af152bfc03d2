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
 * - `BAD_FILE`: the bytes given to `load` are not an undamaged model of that estimator.
 * - `BAD_IMAGE`: what was given to `readImage` is not a picture that this browser can decode and read.
 * - `WORKER_FAILED`: the web worker could not start, or ended unexpectedly.
 *
 * @typedef {'OUT_OF_MEMORY' | 'LOAD_FAILED' | 'BROKEN_ENGINE' | 'NOT_FITTED' | 'DISPOSED' | 'BUSY' | 'BAD_FILE' | 'BAD_IMAGE' |
 *   'WORKER_FAILED'} LakhErrorCode
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
 * A value as it appears in a message: short, and telling its type.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function show(value) {
  if (typeof value === 'string') return value.length > 40 ? `'${value.slice(0, 37)}…'` : `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${tagOf(value)}(${/** @type {any} */ (value).length ?? value.byteLength})`;
  return tagOf(value) === 'Object' ? 'an object' : `an object (${tagOf(value)})`;
}

/**
 * The kind of an object, also of one from another realm: 'Float32Array', 'WebAssembly.Module', 'Object'.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function tagOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}
