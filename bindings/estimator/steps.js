/**
 * A fit as an async iterator over its states. It advances only when the next state is asked for; leaving the loop cancels it, and
 * so does forgetting the iterator.
 */

/**
 * @template S
 * @typedef {(iteration: { left: AbortSignal, watch: (state: S) => Promise<void> }) => Promise<S>} Start
 */

/** Cancels fits whose iterator was forgotten. @type {FinalizationRegistry<AbortController> | undefined} */
let forgotten;

/**
 * @template S
 * @param {Start<S>} start begins the fit, when the first state is asked for; what it resolves to is the last state
 * @returns {AsyncGenerator<S, void, undefined>}
 */
export function stepsOf(start) {
  const leaving = new AbortController();
  const steps = iterate(start, leaving);
  forgotten ??= new FinalizationRegistry((abandoned) => abandoned.abort());
  forgotten.register(steps, leaving);
  return steps;
}

/**
 * @template S
 * @param {Start<S>} start
 * @param {AbortController} leaving
 * @returns {AsyncGenerator<S, void, undefined>}
 */
async function* iterate(start, leaving) {
  /** @type {(state: S) => void} */
  let show;
  /** @type {(() => void) | undefined} */
  let resume;
  let isOver = false;
  const watch = (/** @type {S} */ state) =>
    new Promise((/** @type {(value: void) => void} */ resolve) => {
      resume = resolve;
      show(state);
    });
  const result = start({ left: leaving.signal, watch }).finally(() => {
    isOver = true;
  });
  // A failure that nobody asks for is not an uncaught one.
  result.catch(() => {});
  try {
    while (!isOver) {
      const state = new Promise((/** @type {(state: S) => void} */ resolve) => {
        show = resolve;
      });
      resume?.();
      yield await Promise.race([state, result]);
    }
    await result;
  } finally {
    leaving.abort();
    await result.catch(() => {});
  }
}
