/**
 * What every estimator is: parameters, what it has learned, and the promises about both. All of it lives in JavaScript; the
 * module holds something only while a call is under way. A subclass brings its tables, its tasks and its methods' names.
 */
import { readData, readWeights } from '../data.js';
import { follow } from '../engine/cancel.js';
import { here } from '../engine/task.js';
import { LakhError } from '../errors.js';
import { packState, unpackState } from './layout.js';
import { readOptions } from './options.js';
import { readParams } from './params.js';
import { insist, readModel, writeModel } from './safetensors.js';
import { stepsOf } from './steps.js';

/**
 * @typedef {import('../data.js').DataLike} DataLike
 * @typedef {import('../data.js').Input} Input
 * @typedef {import('../engine/task.js').Hooks} Hooks
 * @typedef {import('../engine/task.js').Runner} Runner
 * @typedef {import('./options.js').CallOptions} CallOptions
 * @typedef {import('./options.js').FitOptions} FitOptions
 * @typedef {import('./params.js').Table} Table
 * @typedef {Uint8Array<ArrayBufferLike> | ArrayBuffer} Bytes
 * @typedef {import('./layout.js').Layout} Layout
 * @typedef {import('./safetensors.js').Contents} Contents
 */

/**
 * @template Q, R
 * @typedef {import('../engine/task.js').Task<Q, R>} Task
 */

/**
 * @template T
 * @typedef {import('./params.js').Given<T>} Given
 */

/**
 * @template T
 * @typedef {import('./params.js').Values<T>} Values
 */

/**
 * @template {Table} T the table of parameters
 * @template {object} S the fitted state: typed arrays, matrices, numbers, booleans
 * @template {object} [D=DataLike] what is accepted as X
 * @template {FitOptions} [O=FitOptions] options of a fit
 * @template {object} [P={ perRow?: boolean }] options of `save`
 */
export class Estimator {
  /** The name in messages and files, which minifiers leave alone. @type {string} @internal */
  static estimator;
  /** @type {Table} @internal */
  static params;
  /** What is fitted, and how it is stored. @type {Layout} @internal */
  static fitted;
  /**
   * Whether a state read from a file makes sense.
   *
   * @param {any} _state
   * @returns {boolean}
   * @internal
   */
  static isSound(_state) {
    return true;
  }
  /** What runs in the module; the first one is the fit. @type {readonly Task<any, any>[]} @internal */
  static tasks;
  /** Where it runs. @type {Runner} @internal */
  static runner = here;

  /** @type {Values<T>} */
  #params;
  /** @type {S | undefined} */
  #state;
  /** Of the fit under way. @type {AbortController | undefined} */
  #fitting;
  #isDisposed = false;

  /** @param {Given<T>} [params] what is left out has its default */
  constructor(params = {}) {
    this.#params = /** @type {Values<T>} */ (readParams(this.who, this.#class.params, params));
  }

  /** @returns {typeof Estimator} */
  get #class() {
    return /** @type {typeof Estimator} */ (this.constructor);
  }

  /** @protected */
  get who() {
    return this.#class.estimator;
  }

  /** Whether there is something to predict with. */
  get isFitted() {
    return this.#state !== undefined;
  }

  /**
   * A copy of the parameters, as given or by default.
   *
   * @returns {Values<T>}
   */
  getParams() {
    this.#checkAlive();
    return structuredClone(this.#params);
  }

  /**
   * Changes parameters for the next fit. When one is refused, none is changed.
   *
   * @param {Given<T>} params
   * @returns {this}
   * @throws {TypeError | RangeError} as the constructor
   */
  setParams(params) {
    this.#checkAlive();
    this.#params = /** @type {Values<T>} */ (readParams(this.who, this.#class.params, params, this.#params));
    return this;
  }

  /**
   * Learns from X. Whatever was fitted before is replaced when all is done; a fit that fails or is cancelled changes nothing.
   * X must stay as it is until the promise is settled.
   *
   * @param {D} X n rows, or an image, whose pixels are the rows
   * @param {O} [options]
   * @returns {Promise<this>}
   * @throws {TypeError | RangeError} for X, weights or parameters that are not as described; the message says what was got
   * @throws {LakhError} `BUSY` while another fit of this estimator is under way, `DISPOSED`, `OUT_OF_MEMORY`
   */
  async fit(X, options = /** @type {O} */ ({})) {
    await this.train(this.#class.tasks[0], this.fitRequest(X, options), options);
    return this;
  }

  /**
   * The same fit, one state at a time: it goes on when the next state is asked for, and is cancelled by leaving the loop. The
   * last state is the result, which the estimator then has.
   *
   * @param {D} X
   * @param {O} [options]
   * @returns {AsyncGenerator<S, void, undefined>}
   * @throws {TypeError | RangeError | LakhError} as `fit`, when the first state is asked for
   */
  steps(X, options = /** @type {O} */ ({})) {
    return stepsOf(async (iteration) => this.train(this.#class.tasks[0], this.fitRequest(X, options), options, iteration));
  }

  /**
   * The model as a safetensors file: parameters and everything fitted. Another estimator of this kind, here or elsewhere,
   * takes it up with `load`.
   *
   * @param {P} [options] `perRow`: whether to include what has one entry a row of the training data, such as labels. Default:
   *   true. Without it the file stays small and tells nothing of single rows.
   * @returns {Uint8Array<ArrayBuffer>}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  save(options = /** @type {P} */ ({})) {
    const { perRow = true } = /** @type {{ perRow?: boolean }} */ (options);
    return this.toFile(packState(this.#class.fitted, this.fittedState, perRow));
  }

  /**
   * A fitted estimator from what `save` gave.
   *
   * @template {Estimator<any, any, any, any, any>} E
   * @this {(new () => E) & { readonly estimator: string }}
   * @param {Bytes} bytes
   * @returns {E}
   * @throws {LakhError} `BAD_FILE` when the file is damaged, cut off, or another estimator's
   * @throws {TypeError} when it is not bytes
   */
  static load(bytes) {
    return /** @type {any} */ (this).restore(readModel(/** @type {any} */ (this), bytes));
  }

  /**
   * The state that a file holds.
   *
   * @param {Contents} contents
   * @param {any} _params
   * @returns {any}
   * @throws {Error} when it does not make sense
   * @internal
   */
  static unpack(contents, _params) {
    const state = unpackState(this.fitted, contents);
    insist(this.isSound(state), 'its parts do not fit');
    return state;
  }

  /**
   * An estimator that is already fitted.
   *
   * @param {{ params: object, state: object }} model
   * @internal
   */
  static restore({ params, state }) {
    const estimator = new this(params);
    estimator.fittedState = state;
    return estimator;
  }

  /**
   * What was learned, for other parts of the library.
   *
   * @param {Estimator<any, any, any, any, any>} estimator
   * @internal
   */
  static stateOf(estimator) {
    return estimator.fittedState;
  }

  /** Releases what was learned and cancels a fit under way. May be called again. */
  dispose() {
    this.#isDisposed = true;
    this.#fitting?.abort(this.#error('DISPOSED', 'disposed while fitting'));
    this.#state = undefined;
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose]() {
    this.dispose();
  }

  /**
   * @param {Contents} contents
   * @protected
   */
  toFile(contents) {
    return writeModel(this.#class, this.#params, contents);
  }

  /** @protected @returns {Values<T>} */
  get paramValues() {
    return this.#params;
  }

  /** @protected */
  set fittedState(state) {
    this.#state = state;
  }

  /** @protected @returns {S} */
  get fittedState() {
    this.#checkAlive();
    if (this.#state === undefined) throw this.#error('NOT_FITTED', 'call fit first');
    return this.#state;
  }

  /**
   * One fitted attribute.
   *
   * @template {keyof S & string} K
   * @param {K} name
   * @returns {Exclude<S[K], undefined>}
   * @protected
   */
  fitted(name) {
    const value = this.fittedState[name];
    if (value === undefined) throw this.#error('NOT_FITTED', `${name} was left out by save`);
    return /** @type {Exclude<S[K], undefined>} */ (value);
  }

  /**
   * Runs a task that ends in a new fitted state. When it fails or is cancelled the old one stays.
   *
   * @template Q
   * @param {Task<Q, S>} task
   * @param {Q} request
   * @param {CallOptions} options
   * @param {{ watch?: (state: any) => Promise<void>, left?: AbortSignal }} [iteration] when the steps are iterated over
   * @returns {Promise<S>}
   * @protected
   */
  async train(task, request, { signal, onProgress }, { watch, left } = {}) {
    this.#checkAlive();
    if (this.#fitting !== undefined) throw this.#error('BUSY', 'a fit is under way; wait for it or cancel it');
    const controller = new AbortController();
    const unfollow = [signal, left].map((other) => follow(other, (reason) => controller.abort(reason)));
    this.#fitting = controller;
    try {
      const hooks = { who: this.who, signal: controller.signal, onProgress, watch };
      const state = await this.#class.runner.run(task, request, hooks);
      controller.signal.throwIfAborted();
      this.#state = state;
      return state;
    } finally {
      this.#fitting = undefined;
      for (const end of unfollow) end();
    }
  }

  /**
   * Runs a task that changes nothing.
   *
   * @template Q, R
   * @param {Task<Q, R>} task
   * @param {Q} request
   * @param {CallOptions} options
   * @returns {Promise<R>}
   * @protected
   */
  run(task, request, { signal, onProgress }) {
    return this.#class.runner.run(task, request, { who: this.who, signal, onProgress });
  }

  /**
   * Reads the arguments of a fit.
   *
   * @param {unknown} X
   * @param {FitOptions} options
   * @param {S} [state] that is gone on from
   * @protected
   */
  fitRequest(X, options, state) {
    this.#checkAlive();
    const { sampleWeight } = readOptions(this.who, options, ['sampleWeight']);
    const input = readData(this.who, X);
    this.checkFit(input, state);
    return { params: this.#params, input, sampleWeight: readWeights(this.who, sampleWeight, input.rows) };
  }

  /**
   * Checks what no table can know: whether parameters and data go together.
   *
   * @param {Input} _input
   * @param {S} [_state] that is gone on from
   * @throws {RangeError}
   * @protected
   */
  checkFit(_input, _state) {}

  #checkAlive() {
    if (this.#isDisposed) throw this.#error('DISPOSED', 'already disposed');
  }

  /** @param {import('../errors.js').LakhErrorCode} code @param {string} reason */
  #error(code, reason) {
    return new LakhError(code, `${this.who}: ${reason}`);
  }
}
