/**
 * Options of calls: a misspelt one is refused instead of being passed over.
 */
import { demand } from '../errors.js';
import { checkNames, readParams } from './params.js';

/**
 * Options of every call that computes.
 *
 * @typedef {object} CallOptions
 * @property {AbortSignal} [signal] cancels the call, which then rejects with the signal's reason and changes nothing
 * @property {(progress: import('../engine/task.js').Progress) => void} [onProgress] told about every 8 ms, and at the end
 */

/**
 * @typedef {object} WeightOption
 * @property {ArrayLike<number>} [sampleWeight] one weight ≥ 0 a row of X, not all 0. Default: every row weighs 1.
 */

/** @typedef {CallOptions & WeightOption} FitOptions */

/**
 * Checks the options of a call.
 *
 * @template {object} O
 * @param {string} who
 * @param {O} options
 * @param {readonly string[]} [more] names that are known besides signal and onProgress
 * @returns {O}
 * @throws {TypeError}
 */
export function readOptions(who, options, more = []) {
  checkNames(who, options, [...more, 'signal', 'onProgress']);
  const { signal, onProgress } = /** @type {Record<string, any>} */ (options);
  demand(!signal || signal.throwIfAborted, `${who}: signal`, 'an AbortSignal', signal, TypeError);
  demand(!onProgress || typeof onProgress === 'function', `${who}: onProgress`, 'a function', onProgress, TypeError);
  return options;
}

/**
 * Reads the options of a function that has a table of parameters.
 *
 * @template {import('./params.js').Table} T
 * @param {string} who
 * @param {T} table
 * @param {CallOptions} options that may hold parameters too
 * @param {readonly string[]} [more] names that are known besides the table's
 * @returns {import('./params.js').Values<T>}
 * @throws {TypeError | RangeError}
 */
export function readOptionParams(who, table, options, more = []) {
  const names = Object.keys(table);
  readOptions(who, options, [...names, ...more]);
  return readParams(who, table, Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name))));
}
