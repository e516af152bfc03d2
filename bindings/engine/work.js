/**
 * Work: what one call does in the module. It owns every block, job and model that the call makes and releases them all at its
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
export const DONE = 0;
export const ITERATION = 2;
const NO_MEMORY = -1;

const MAX_BYTES = 2 ** 32;

export class Work {
  /** @type {Engine} */
  #engine;
  /** @type {Hooks} */
  #hooks;
  /** Each block, job and model, with the name of the function that releases it. @type {Map<number, string>} */
  #owned = new Map();
  /** When the page must be let through next. */
  #deadline = performance.now() + SLICE_MS;

  /**
   * @param {Engine} engine
   * @param {Hooks} hooks
   */
  constructor(engine, hooks) {
    this.#engine = engine;
    this.#hooks = hooks;
    /** The name that messages begin with: of the estimator or function at work. */
    this.who = hooks.who;
    /** The module's functions. */
    this.exports = engine.exports;
  }

  /**
   * @param {number} count
   * @param {number} size of one element in bytes
   * @returns {number} the address of count * size bytes, not initialised
   */
  alloc(count, size) {
    // Numbers beyond 32 bits would arrive in the module cut off.
    const block = count * size < MAX_BYTES ? this.exports.alloc(count, size) >>> 0 : 0;
    if (!block) this.check(NO_MEMORY, 'alloc');
    this.#owned.set(block, 'free');
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
    this.view(/** @type {Float32ArrayConstructor} */ (values.constructor), block, values.length).set(values);
    return block;
  }

  /**
   * A struct of the core.
   *
   * @template {Record<string, number | number[]>} V
   * @param {import('./struct.js').Struct<V>} layout
   * @param {{ [K in keyof V]?: any }} [values] those that are missing are 0
   * @returns {number} its address
   */
  struct(layout, values = {}) {
    const block = this.alloc(1, layout.size);
    layout.write(this.#engine.memory.buffer, block, values);
    return block;
  }

  /**
   * @template {Record<string, number | number[]>} V
   * @param {import('./struct.js').Struct<V>} layout
   * @param {number} at
   */
  read(layout, at) {
    return layout.read(this.#engine.memory.buffer, at);
  }

  /**
   * A view of the module's memory, valid until the next call of anything.
   *
   * @template {Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | Uint8ClampedArray} A
   * @param {new (buffer: ArrayBuffer, at: number, length: number) => A} Typed
   * @param {number} at
   * @param {number} length
   * @returns {A}
   */
  view(Typed, at, length) {
    return new Typed(this.#engine.memory.buffer, at, length);
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
    return { data: this.view(Float32Array, at, rows * cols).slice(), shape: [rows, cols] };
  }

  /**
   * Begins a job.
   *
   * @param {string} name of the function that creates it, whose last argument is the place for its address
   * @param {number[]} args the arguments before that
   * @returns {number} the job
   */
  job(name, ...args) {
    return this.object(name, 'job_free', ...args);
  }

  /**
   * Makes an object of the module.
   *
   * @param {string} name of the function that creates it, as for jobs
   * @param {string} free name of the function that releases it
   * @param {number[]} args
   * @returns {number} the object
   */
  object(name, free, ...args) {
    const out = this.alloc(1, 4);
    this.check(this.exports[name](...args, out), name);
    const [object] = this.view(Uint32Array, out, 1);
    this.#owned.set(object, free);
    this.release(out);
    return object;
  }

  /**
   * Runs a job to its end. After each slice of time others get their turn, and then the signal is looked at.
   *
   * @param {number} job
   * @param {object} [options]
   * @param {() => Record<string, number>} [options.metrics] Told with the progress; without it, the job tells none.
   * @param {() => unknown} [options.state] What a watcher is shown after each iteration.
   * @param {() => number} [options.step] Takes one and answers its status.
   * @param {() => { done: number, total: number }} [options.extent] How far it is.
   */
  async run(job, { metrics, state, step = () => this.exports.job_step(job), extent = () => this.extent(job) } = {}) {
    const { signal, onProgress, watch } = this.#hooks;
    const tell = () => metrics && onProgress?.({ ...extent(), metrics: metrics() });
    for (;;) {
      const status = step();
      if (status === DONE) break;
      this.check(status, 'job_step');
      if (status === ITERATION && watch && state) await unlessAborted(watch(await state()), signal);
      else if (performance.now() < this.#deadline) continue;
      else tell();
      await this.pause();
    }
    tell();
  }

  /**
   * How far a job is.
   *
   * @param {number} job
   */
  extent(job) {
    return { done: this.exports.job_done(job), total: this.exports.job_total(job) };
  }

  /** Lets others have their turn when it is time, and ends the call when it has been cancelled meanwhile. */
  async pause() {
    if (performance.now() < this.#deadline) return;
    await breathe();
    this.#hooks.signal?.throwIfAborted();
    this.#deadline = performance.now() + SLICE_MS;
  }

  /**
   * @param {number} status
   * @param {string} name of the function that returned it
   */
  check(status, name) {
    if (status >= DONE) return;
    if (status === NO_MEMORY)
      throw new LakhError('OUT_OF_MEMORY', `${this.who}: out of memory; give less data, or raise configure({ maxMemory })`);
    throw new LakhError('BROKEN_ENGINE', `${this.who}: ${name} answered ${status}; please report it`);
  }

  /**
   * Releases a block, a job or a model before the end, as work that repeats itself must.
   *
   * @param {number} owned what is not owned is left alone
   */
  release(owned) {
    const free = this.#owned.get(owned);
    if (free !== undefined) this.exports[free](owned);
    this.#owned.delete(owned);
  }

  /** Releases everything, the last first: later jobs may read earlier ones, and those the blocks before them. */
  free() {
    for (const owned of [...this.#owned.keys()].reverse()) this.release(owned);
  }
}
