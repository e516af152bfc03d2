/**
 * The page's side of the worker: a runner (bindings/engine/task.js) that sends tasks to a worker, which is started at the first
 * call and ended when it has been idle for a while. Nothing of a model stays in the worker, so that ending it loses nothing.
 */
import { compiledModule, describeAnswer, loadEngine } from '../bindings/engine/module.js';
import { LakhError, tagOf } from '../bindings/errors.js';
import { settings } from '../bindings/settings.js';
import { version } from '../bindings/version.js';
import script from '../dist/lakh.worker.source.js';
import { buffersIn, packRequest, unpackError } from './protocol.js';
import { startWorker } from './start.js';

/**
 * @typedef {import('../bindings/engine/task.js').Hooks} Hooks
 * @typedef {import('../bindings/engine/task.js').Runner} Runner
 * @typedef {import('./protocol.js').FromWorker} FromWorker
 * @typedef {import('./start.js').Port} Port
 *
 * @typedef {object} Call
 * @property {Hooks} hooks
 * @property {(result: any) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/** A worker that nobody used for so long is ended, and its memory with it. */
const IDLE_MS = 30_000;
/** A script that says nothing for so long is not ours. Slow telephones start a worker in about a second. */
const HELLO_MS = 30_000;
const PAGE_BYTES = 65536;

class Connection {
  generation = settings.generation;
  hasFailed = false;
  /** @type {Map<number, Call>} */
  #calls = new Map();
  #nextId = 1;
  #isGreeted = false;
  /** What calls are rejected with, once it has failed. @type {Promise<LakhError> | undefined} */
  #failure;
  /** @type {Port | undefined} */
  #port;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string | BufferSource | WebAssembly.Module | undefined} wasm for the worker to load */
  constructor(wasm) {
    try {
      this.#port = startWorker(settings.worker, script, {
        onMessage: (message) => this.#receive(message),
        onFailure: (reason) => this.#fail(reason),
      });
      this.#port.post({ type: 'hello', wasm, maxMemory: settings.maxPages * PAGE_BYTES });
      this.#waitFor(HELLO_MS, () => this.#fail(`it did not answer within ${HELLO_MS / 1000} seconds`));
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * @param {string} task
   * @param {unknown} request
   * @param {Hooks} hooks
   * @returns {Promise<any>}
   */
  async call(task, request, hooks) {
    if (this.#failure !== undefined) throw await this.#failure;
    if (this.#isGreeted) clearTimeout(this.#timer);
    this.#port?.hold(true);
    const id = this.#nextId++;
    const { who, signal, onProgress, watch } = hooks;
    const cancel = () => {
      this.#port?.post({ type: 'cancel', id });
      this.#calls.get(id)?.reject(signal?.reason);
    };
    try {
      return await new Promise((resolve, reject) => {
        this.#calls.set(id, { hooks, resolve, reject });
        const flags = { hasProgress: onProgress !== undefined, isWatched: watch !== undefined };
        this.#port?.post({ type: 'run', id, task, request, who, ...flags }, buffersIn(request));
        signal?.addEventListener('abort', cancel);
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#calls.delete(id);
      if (this.#calls.size === 0) this.#rest();
    }
  }

  /** @param {FromWorker} message */
  #receive(message) {
    if (message.type === 'hello') {
      clearTimeout(this.#timer);
      if (message.version === version) this.#isGreeted = true;
      else this.#fail(`its script is of version ${message.version}, the page's lakh of ${version}`);
      return;
    }
    const { id } = message;
    const call = this.#calls.get(id);
    // A call that was cancelled is not waited for.
    if (call === undefined) return;
    if (message.type === 'done') call.resolve(message.result);
    else if (message.type === 'failed') call.reject(unpackError(message.error));
    else this.#tell(id, call, message);
  }

  /**
   * Shows the caller a progress or a state. What the caller throws ends the call.
   *
   * @param {number} id
   * @param {Call} call
   * @param {Extract<FromWorker, { type: 'progress' | 'state' }>} message
   */
  async #tell(id, { hooks, reject }, message) {
    try {
      if (message.type === 'progress') {
        hooks.onProgress?.(message.progress);
        return;
      }
      await hooks.watch?.(message.state);
      this.#port?.post({ type: 'resume', id });
    } catch (error) {
      this.#port?.post({ type: 'cancel', id });
      reject(error);
    }
  }

  #rest() {
    this.#port?.hold(false);
    // A worker that was handed over cannot be started again.
    if (this.#isGreeted && !(typeof settings.worker === 'object' && 'postMessage' in settings.worker))
      this.#waitFor(this.generation === settings.generation ? IDLE_MS : 0, () => this.end());
  }

  /** @param {number} ms @param {() => void} then */
  #waitFor(ms, then) {
    this.#timer = setTimeout(then, ms);
    /** @type {any} */ (this.#timer).unref?.();
  }

  end() {
    clearTimeout(this.#timer);
    this.hasFailed = true;
    this.#port?.end();
  }

  /** @param {string} reason */
  async #fail(reason) {
    if (this.hasFailed) return;
    this.end();
    this.#failure = this.#explain(reason);
    const error = await this.#failure;
    for (const { reject } of this.#calls.values()) reject(error);
  }

  /** @param {string} reason */
  async #explain(reason) {
    return new LakhError('WORKER_FAILED', await this.#describe(reason));
  }

  /** @param {string} reason */
  async #describe(reason) {
    const why = reason === '' ? '' : `: ${reason}`;
    if (this.#isGreeted) return `lakh/worker: the worker ended unexpectedly${why}. The next call starts a new one.`;
    const host =
      "Host the file 'lakh/lakh.worker.js' of the package and give its address: configure({ worker: '/lakh.worker.js' })";
    if (settings.worker === undefined)
      return `lakh/worker: the blob: worker could not be started${why}. A Content-Security-Policy must have worker-src blob: for it. Or: ${host}.`;
    const found = await describeAddress(settings.worker);
    return `lakh/worker: the configured worker could not be started${why}${found}. ${host}, or a worker that runs it.`;
  }
}

/**
 * What is found at a worker's address.
 *
 * @param {unknown} source
 */
async function describeAddress(source) {
  if (typeof source !== 'string' && tagOf(source) !== 'URL') return '';
  try {
    const response = await fetch(String(source));
    return `; ${response.url} answered ${describeAnswer(response, await response.arrayBuffer())}`;
  } catch (error) {
    return `; ${source} could not be fetched: ${error instanceof Error ? error.message : error}`;
  }
}

/** @type {Promise<Connection> | undefined} */
let connecting;
/** @type {Connection | undefined} */
let current;

/** @returns {Promise<Connection>} */
function connect() {
  if (current !== undefined && !current.hasFailed && current.generation === settings.generation)
    return Promise.resolve(current);
  connecting ??= (async () => {
    try {
      current = new Connection(await wasmForWorker());
      return current;
    } finally {
      connecting = undefined;
    }
  })();
  return connecting;
}

/** The configured module in a form that can be sent: a response cannot, and an address means something else over there. */
async function wasmForWorker() {
  const { wasm } = settings;
  const kind = tagOf(wasm);
  if (wasm === undefined || kind === 'WebAssembly.Module' || ArrayBuffer.isView(wasm) || kind.endsWith('Buffer'))
    return /** @type {BufferSource | WebAssembly.Module | undefined} */ (wasm);
  if (kind === 'Response' || kind === 'Promise') {
    await loadEngine();
    return compiledModule();
  }
  return typeof document === 'undefined' ? String(wasm) : new URL(String(wasm), document.baseURI).href;
}

/** @type {Runner} */
export const worker = {
  async run(task, request, hooks) {
    hooks.signal?.throwIfAborted();
    const packed = packRequest(hooks.who, request);
    const connection = await connect();
    hooks.signal?.throwIfAborted();
    return connection.call(task.name, packed, hooks);
  },
};
