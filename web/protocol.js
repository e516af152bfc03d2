/**
 * What the page and the worker say to each other. The page begins with `hello`, then runs tasks (bindings/engine/task.js) by
 * name; requests and results are plain data whose buffers are handed over, not copied.
 */
import { denseRows } from '../bindings/data.js';
import { LakhError } from '../bindings/errors.js';

/**
 * @typedef {{ type: 'hello', wasm?: string | BufferSource | WebAssembly.Module, maxMemory: number } |
 *   { type: 'run', id: number, task: string, request: unknown, who: string, hasProgress: boolean, isWatched: boolean } |
 *   { type: 'resume', id: number } |
 *   { type: 'cancel', id: number }} FromPage
 *
 * @typedef {{ type: 'hello', version: string } |
 *   { type: 'progress', id: number, progress: import('../bindings/engine/task.js').Progress } |
 *   { type: 'state', id: number, state: unknown } |
 *   { type: 'done', id: number, result: unknown } |
 *   { type: 'failed', id: number, error: PackedError }} FromWorker
 *
 * @typedef {{ name: string, message: string, code?: import('../bindings/errors.js').LakhErrorCode, stack?: string }} PackedError
 */

/**
 * A request that can be sent: the caller's arrays are copied, so that the caller may go on to change them, and rows in many
 * arrays become one.
 *
 * @param {string} who
 * @param {unknown} value
 * @returns {unknown}
 */
export function packRequest(who, value) {
  if (ArrayBuffer.isView(value)) return /** @type {Float32Array} */ (value).slice();
  if (typeof value !== 'object' || value === null) return value;
  if (/** @type {any} */ (value).kind === 'rows' && Array.isArray(/** @type {any} */ (value).values)) {
    const rows = /** @type {import('../bindings/data.js').Rows} */ (value);
    return { ...rows, values: denseRows(`${who}: X`, rows).data };
  }
  if (Array.isArray(value)) return value.map((item) => packRequest(who, item));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, packRequest(who, item)]));
}

/**
 * The buffers in a value, to be handed over.
 *
 * @param {unknown} value
 * @param {Set<ArrayBuffer>} [found]
 * @returns {ArrayBuffer[]}
 */
export function buffersIn(value, found = new Set()) {
  if (ArrayBuffer.isView(value)) found.add(/** @type {ArrayBuffer} */ (value.buffer));
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) buffersIn(item, found);
  return [...found];
}

/**
 * @param {unknown} error
 * @returns {PackedError}
 */
export function packError(error) {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { name, message, stack, code: error instanceof LakhError ? error.code : undefined };
}

/**
 * The same error on the other side, of the same class.
 *
 * @param {PackedError} error
 */
export function unpackError({ name, message, code, stack }) {
  const Class = { TypeError, RangeError }[name] ?? Error;
  const error = code === undefined ? new Class(message) : new LakhError(code, message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
