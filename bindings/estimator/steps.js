/**
 * The async iterator over a fit's states. The fit advances only when the next state is asked for; leaving the loop cancels it,
 * and so does forgetting the iterator.
 */

/**
 * @template S
 * @typedef {(hooks: { left: AbortSignal, watch: (state: S) => Promise<void> }) => Promise<S>} Start
 */

/**
 * What the iterator and the running fit share. The fit must not hold the iterator itself, so that this can be forgotten.
 *
 * @template S
 * @typedef {object} Channel
 * @property {AbortController} leaving
 * @property {(IteratorResult<S, undefined> | Promise<never>)[]} answers that nobody has asked for yet
 * @property {((answer: IteratorResult<S, undefined> | Promise<never>) => void) | undefined} give answers the waiting request
 * @property {(() => void) | undefined} resume lets the fit go on
 * @property {boolean} hasEnded
 */

/** Cancels fits whose iterator was forgotten. @type {FinalizationRegistry<AbortController> | undefined} */
let forgotten;

/** @type {IteratorReturnResult<undefined>} */
const END = { done: true, value: undefined };

/**
 * @template S
 * @implements {AsyncIterableIterator<S, undefined, undefined>}
 */
export class Steps {
  /** @type {Start<S> | undefined} */
  #start;
  /** @type {Channel<S>} */
  #channel = { leaving: new AbortController(), answers: [], give: undefined, resume: undefined, hasEnded: false };
  /** @type {Promise<unknown>} */
  #running = Promise.resolve();
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
   * The next state; the last one is the result. A request waits for the one before it.
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
    const channel = this.#channel;
    channel.leaving.abort();
    await this.#running;
    this.#start = undefined;
    channel.hasEnded = true;
    channel.answers = [];
    return END;
  }

  /** @returns {IteratorResult<S, undefined> | Promise<IteratorResult<S, undefined>>} */
  #advance() {
    const channel = this.#channel;
    const answer = channel.answers.shift();
    if (answer !== undefined) return answer;
    if (channel.hasEnded) return END;
    const next = new Promise((/** @type {NonNullable<Channel<S>['give']>} */ resolve) => {
      channel.give = resolve;
    });
    if (this.#start === undefined) {
      channel.resume?.();
    } else {
      forgotten ??= new FinalizationRegistry((leaving) => leaving.abort());
      forgotten.register(this, channel.leaving);
      this.#running = drive(channel, this.#start);
      this.#start = undefined;
    }
    return next;
  }
}

/**
 * @template S
 * @param {Channel<S>} channel
 * @param {Start<S>} start
 */
async function drive(channel, start) {
  /** @param {S} value @returns {Promise<void>} */
  const watch = (value) => {
    answer(channel, { done: false, value });
    return new Promise((resolve) => {
      channel.resume = resolve;
    });
  };
  try {
    answer(channel, { done: false, value: await start({ left: channel.leaving.signal, watch }) });
  } catch (error) {
    const failure = Promise.reject(error);
    // One that nobody asks for is not an uncaught one.
    failure.catch(() => {});
    answer(channel, failure);
  }
  channel.hasEnded = true;
}

/**
 * @template S
 * @param {Channel<S>} channel
 * @param {IteratorResult<S, undefined> | Promise<never>} answer
 */
function answer(channel, answer) {
  if (channel.give === undefined) channel.answers.push(answer);
  else channel.give(answer);
  channel.give = undefined;
}
