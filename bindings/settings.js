import { show, tagOf } from './errors.js';

/**
 * Where the WebAssembly module is taken from.
 *
 * @typedef {string | URL | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module} WasmSource
 */

/**
 * @typedef {object} Configuration
 * @property {WasmSource} [wasm] Where the module is: an address (in Node also the path or `file:` URL of a file), a `Response`
 *   or the promise of one, its bytes, or a compiled `WebAssembly.Module`. Default: the bytes inside `lakh`;
 *   `lakh/slim` has none and needs this.
 * @property {string | URL | Worker | (() => Worker)} [worker] Where `lakh/worker` finds its worker: the address of the exported
 *   file `lakh/lakh.worker.js`, a worker that runs it, or a function that makes one. Default: a `blob:` worker from the script
 *   inside `lakh/worker`, which needs `worker-src blob:` where a Content-Security-Policy is in force.
 * @property {number} [maxMemory] Bytes that the module's memory may grow to, from 1 MiB to 4 GiB (the default). What does not
 *   fit is refused with a LakhError `OUT_OF_MEMORY`.
 */

const PAGE_BYTES = 65536;
/** The module is linked for this much at least. */
const MIN_PAGES = 16;
const MAX_PAGES = 65536;

/**
 * The configuration in force. `generation` changes with it, so that what was made from an older one can be told.
 *
 * @type {{ wasm?: WasmSource, worker?: Configuration['worker'], maxPages: number, generation: number }}
 */
export const settings = { maxPages: MAX_PAGES, generation: 0 };

/**
 * Says where the module and the worker are found and how much memory they may use. Calls under way end as they began; later
 * ones use the new configuration. Members that are left out stay as they are; `undefined` brings the default back.
 *
 * @param {Configuration} options
 * @returns {void}
 * @throws {TypeError | RangeError} for a member that is unknown or not of the kinds above
 *
 * @example
 * import { configure } from 'lakh';
 *
 * configure({ maxMemory: 256 * 2 ** 20 });
 */
export function configure(options) {
  if (tagOf(options) !== 'Object') throw new TypeError(`configure: options must be an object, got ${show(options)}`);
  for (const name of Object.keys(options)) {
    if (!['wasm', 'worker', 'maxMemory'].includes(name))
      throw new TypeError(`configure: unknown option ${name}; known are wasm, worker, maxMemory`);
  }
  const { wasm = undefined, worker = undefined, maxMemory = MAX_PAGES * PAGE_BYTES } = options;
  if (wasm !== undefined && !isWasmSource(wasm))
    throw new TypeError(`configure: wasm must be a URL, a Response, bytes or a WebAssembly.Module, got ${show(wasm)}`);
  if (worker !== undefined && !isWorkerSource(worker))
    throw new TypeError(`configure: worker must be a URL, a Worker or a function that makes one, got ${show(worker)}`);
  if (typeof maxMemory !== 'number')
    throw new TypeError(`configure: maxMemory must be a number of bytes, got ${show(maxMemory)}`);
  if (!(maxMemory >= MIN_PAGES * PAGE_BYTES && maxMemory <= MAX_PAGES * PAGE_BYTES))
    throw new RangeError(`configure: maxMemory must be between 1 MiB and 4 GiB (1048576 to 4294967296), got ${maxMemory}`);
  if ('wasm' in options) settings.wasm = wasm;
  if ('worker' in options) settings.worker = worker;
  if ('maxMemory' in options) settings.maxPages = Math.floor(maxMemory / PAGE_BYTES);
  settings.generation++;
}

/** @param {any} value */
const isWasmSource = (value) =>
  typeof value === 'string' ||
  ArrayBuffer.isView(value) ||
  ['URL', 'Response', 'Promise', 'ArrayBuffer', 'SharedArrayBuffer', 'WebAssembly.Module'].includes(tagOf(value));

/** @param {any} value */
const isWorkerSource = (value) =>
  typeof value === 'string' ||
  typeof value === 'function' ||
  tagOf(value) === 'URL' ||
  typeof value?.postMessage === 'function';
