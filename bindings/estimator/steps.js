/**
 * The async iterator over a fit's states. The fit advances only when the next state is asked for; leaving the loop cancels it,
 * and so does forgetting the iterator.
 */

/**
 * @template S
 * @typedef {(hooks: { signal: AbortSignal, watch: (state: S) => Promise<void> }) => Promise<S>} Start
 */

/**
 * What is shared with the running fit, which must not keep the iterator itself alive.
 *
 * @typedef {object} Control
 * @property {AbortController} abort
 * @property {((result: IteratorResult<any, undefined>) => void) | undefined} give settles the request that waits for a state
 * @property {((error: unknown) => void) | undefined} fail
 * @property {(() => void) | undefined} resume lets the fit go on after a state
 * @property {{ error: unknown } | undefined} failure that nobody has been told yet
 */

/** @type {FinalizationRegistry<AbortController> | undefined} */
let forgotten;

/**
 * @template S
 * @implements {AsyncIterableIterator<S, undefined, undefined>}
 */
export class Steps {
  /** @type {Start<S> | undefined} */
  #start;
  /** @type {Control} */
  #control = { abort: new AbortController(), give: undefined, fail: undefined, resume: undefined, failure: undefined };
  /** @type {Promise<void> | undefined} settled, never rejected, when the fit is over */
  #ended;
  #isOver = false;
  /** @type {Promise<unknown>} */
  #lastRequest = Promise.resolve();

  /** @param {Start<S>} start */
  constructor(start) {
    this.#start = start;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /**
   * The next state; the last one is the result. Requests that are made before the previous one is answered wait for it.
   *
   * @returns {Promise<IteratorResult<S, undefined>>}
   */
  next() {
    const request = this.#lastRequest.then(() => this.#advance());
    this.#lastRequest = request.catch(() => {});
    return request;
  }

  /**
   * Cancels the fit.
   *
   * @returns {Promise<IteratorResult<S, undefined>>}
   */
  async return() {
    this.#isOver = true;
    this.#start = undefined;
    this.#control.abort.abort();
    this.#control.resume?.();
    await this.#ended;
    return { done: true, value: undefined };
  }

  /** @returns {Promise<IteratorResult<S, undefined>>} */
  #advance() {
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      const control = this.#control;
      control.give = (result) => {
        if (control.resume === undefined) this.#isOver = true;
        resolve(result);
      };
      control.fail = (error) => {
        this.#isOver = true;
        reject(error);
      };
      if (control.failure !== undefined) {
        control.fail(control.failure.error);
        return;
      }
      if (this.#start === undefined) {
        control.resume?.();
        return;
      }
      forgotten ??= new FinalizationRegistry((abort) => abort.abort());
      forgotten.register(this, control.abort);
      this.#ended = drive(control, this.#start);
      this.#start = undefined;
    });
  }
}

/**
 * @template S
 * @param {Control} control
 * @param {Start<S>} start
 */
async function drive(control, start) {
  const { signal } = control.abort;
  // Whoever waits at a state must be let go when the fit is cancelled, so that it can clean up.
  signal.addEventListener('abort', () => control.resume?.());
  /** @param {S} value */
  const watch = async (value) => {
    /** @type {Promise<void>} */
    const resumed = new Promise((resolve) => {
      control.resume = resolve;
    });
    control.give?.({ done: false, value });
    control.give = control.fail = undefined;
    await resumed;
    control.resume = undefined;
    signal.throwIfAborted();
  };
  try {
    const value = await start({ signal, watch });
    control.give?.({ done: false, value });
  } catch (error) {
    if (control.fail === undefined) control.failure = { error };
    control.fail?.(error);
  } finally {
    control.give = control.fail = control.resume = undefined;
  }
}
