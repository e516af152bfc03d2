/**
 * Work: what one call does in the module. It owns every block and every job that the call makes and releases them all at its
 * end, however that comes about. Views of the module's memory are made where they are used and never kept: the memory moves
 * when it grows.
 */
import { LakhError } from '../errors.js';
import { breathe, SLICE_MS } from './breathe.js';
import { unlessAborted } from './cancel.js';

/**
 * @typedef {import('./module.js').Engine} Engine
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('./task.js').Hooks} Hooks
 */

/** Status codes of lakh.h. */
const DONE = 0;
const ITERATION = 2;
const NO_MEMORY = -1;
export const NOT_FINITE = -3;

const MAX_BYTES = 2 ** 32;

export class Work {
  /** @type {Engine} */
  #engine;
  /** @type {Hooks} */
  #hooks;
  /** @type {number[]} */
  #blocks = [];
  /** @type {number[]} */
  #jobs = [];
  /** When the page must be let through next. */
  #deadline = performance.now() + SLICE_MS;

  /**
   * @param {Engine} engine
   * @param {Hooks} hooks
   */
  constructor(engine, hooks) {
    this.#engine = engine;
    this.#hooks = hooks;
  }

  /** The name that messages begin with: of the estimator or function at work. */
  get who() {
    return this.#hooks.who;
  }

  /** The module's functions. */
  get exports() {
    return this.#engine.exports;
  }

  /** Whether somebody wants to see each iteration. */
  get isWatched() {
    return this.#hooks.watch !== undefined;
  }

  /**
   * @param {number} count
   * @param {number} size of one element in bytes
   * @returns {number} the address of count * size bytes, not initialised
   */
  alloc(count, size) {
    // Numbers beyond 32 bits would arrive in the module cut off.
    const block = count * size < MAX_BYTES ? this.exports.alloc(count, size) >>> 0 : 0;
    if (block === 0) throw outOfMemory(this.who, count * size);
    this.#blocks.push(block);
    return block;
  }

  /**
   * Copies values in.
   *
   * @param {Float32Array | Float64Array | Int32Array | Uint8Array | Uint8ClampedArray} values
   * @returns {number} the address
   */
  copyIn(values) {
    const block = this.alloc(values.length, values.BYTES_PER_ELEMENT);
    new Uint8Array(this.#engine.memory.buffer, block, values.byteLength).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
    return block;
  }

  /**
   * A struct of the core.
   *
   * @template {string} K
   * @param {import('./struct.js').Struct<K>} layout
   * @param {Record<K, number>} [values] left uninitialised when missing
   * @returns {number} its address
   */
  struct(layout, values) {
    const block = this.alloc(1, layout.size);
    if (values !== undefined) layout.write(new DataView(this.#engine.memory.buffer), block, values);
    return block;
  }

  /**
   * @template {string} K
   * @param {import('./struct.js').Struct<K>} layout
   * @param {number} at
   */
  read(layout, at) {
    return layout.read(new DataView(this.#engine.memory.buffer), at);
  }

  /** A view, valid until the next call of anything. @param {number} at @param {number} length */
  floats(at, length) {
    return new Float32Array(this.#engine.memory.buffer, at, length);
  }

  /** A view, as above. @param {number} at @param {number} length */
  doubles(at, length) {
    return new Float64Array(this.#engine.memory.buffer, at, length);
  }

  /** A view, as above. @param {number} at @param {number} length */
  ints(at, length) {
    return new Int32Array(this.#engine.memory.buffer, at, length);
  }

  /** A view, as above. @param {number} at @param {number} length */
  bytes(at, length) {
    return new Uint8Array(this.#engine.memory.buffer, at, length);
  }

  /**
   * A copy of a table.
   *
   * @param {number} at
   * @param {number} rows
   * @param {number} cols
   * @returns {Matrix}
   */
  matrix(at, rows, cols) {
    return { data: this.floats(at, rows * cols).slice(), shape: [rows, cols] };
  }

  /**
   * Calls a function of the module that returns a status.
   *
   * @param {string} name
   * @param {number[]} args
   */
  call(name, ...args) {
    this.check(this.exports[name](...args), name);
  }

  /**
   * Begins a job.
   *
   * @param {string} name of the function that creates it, whose last argument is the place for its address
   * @param {number[]} args the arguments before that
   * @returns {number} the job
   */
  job(name, ...args) {
    const out = this.alloc(1, 4);
    this.call(name, ...args, out);
    const job = this.ints(out, 1)[0] >>> 0;
    this.#jobs.push(job);
    this.release(out);
    return job;
  }

  /**
   * Runs a job to its end. After each slice of time others get their turn, and before each step the signal is looked at.
   *
   * @param {number} job
   * @param {object} [options]
   * @param {() => Record<string, number>} [options.metrics] Told with the progress; without it, the job tells none.
   * @param {() => Promise<unknown>} [options.state] What a watcher is shown after each iteration.
   */
  async run(job, { metrics, state } = {}) {
    const { signal, onProgress, watch } = this.#hooks;
    const tell = () =>
      onProgress?.({ done: this.exports.job_done(job), total: this.exports.job_total(job), metrics: metrics?.() ?? {} });
    for (;;) {
      signal?.throwIfAborted();
      const status = this.exports.job_step(job);
      if (status === DONE) break;
      this.check(status, 'job_step');
      if (status === ITERATION && watch !== undefined && state !== undefined) {
        await unlessAborted(watch(await state()), signal);
        this.#deadline = performance.now() + SLICE_MS;
      } else if (performance.now() >= this.#deadline) {
        if (metrics !== undefined) tell();
        await breathe();
        this.#deadline = performance.now() + SLICE_MS;
      }
    }
    if (metrics !== undefined) tell();
  }

  /**
   * @param {number} status
   * @param {string} name of the function that returned it
   */
  check(status, name) {
    if (status >= DONE) return;
    if (status === NO_MEMORY) throw outOfMemory(this.who);
    throw new LakhError('BROKEN_ENGINE', `${this.who}: ${name} answered ${status}, which should not happen; please report it`);
  }

  /**
   * Releases a block before the end, as work that repeats itself must.
   *
   * @param {number} block 0 is allowed
   */
  release(block) {
    const at = this.#blocks.lastIndexOf(block);
    if (at < 0) return;
    this.#blocks.splice(at, 1);
    this.exports.free(block);
  }

  /** As above. @param {number} job */
  releaseJob(job) {
    const at = this.#jobs.lastIndexOf(job);
    if (at < 0) return;
    this.#jobs.splice(at, 1);
    this.exports.job_free(job);
  }

  /** Releases all jobs and blocks; jobs first, the last one first, since later ones may read earlier ones. */
  free() {
    for (const job of this.#jobs.reverse()) this.exports.job_free(job);
    for (const block of this.#blocks) this.exports.free(block);
    this.#jobs = [];
    this.#blocks = [];
  }
}

/**
 * @param {string} who
 * @param {number} [bytes]
 */
function outOfMemory(who, bytes) {
  const what = bytes === undefined ? 'the memory that it needs' : `${bytes} bytes`;
  return new LakhError(
    'OUT_OF_MEMORY',
    `${who}: ${what} could not be had. Give fewer rows or columns, or raise configure({ maxMemory }) if it was set.`,
  );
}
