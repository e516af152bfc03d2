/** Cancellation by more than one signal. */

/**
 * Calls a function when a signal aborts, with its reason; at once when it has already done so.
 *
 * @param {AbortSignal | undefined} signal
 * @param {(reason: any) => void} abort
 * @returns {() => void} ends that
 */
export function follow(signal, abort) {
  const act = () => abort(signal?.reason);
  if (signal?.aborted) act();
  signal?.addEventListener('abort', act);
  return () => signal?.removeEventListener('abort', act);
}

/**
 * The promise, unless the signal aborts first.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export const unlessAborted = (promise, signal) =>
  new Promise((resolve, reject) => {
    const unfollow = follow(signal, reject);
    promise.then(resolve, reject).finally(unfollow);
  });
