/** Cancellation by more than one signal. */

/**
 * Lets a controller abort when a signal does, for the same reason.
 *
 * @param {AbortController} controller
 * @param {AbortSignal} [signal]
 * @returns {() => void} ends that
 */
export function follow(controller, signal) {
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return () => signal?.removeEventListener('abort', abort);
}

/**
 * The promise, unless the signal aborts first.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} [signal] of this call, forgotten with it
 * @returns {Promise<T>}
 */
export const unlessAborted = (promise, signal) =>
  new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
    signal?.throwIfAborted();
    promise.then(resolve, reject);
  });
