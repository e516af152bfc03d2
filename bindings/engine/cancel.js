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
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const fail = () => reject(signal?.reason);
    if (signal?.aborted) fail();
    signal?.addEventListener('abort', fail);
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', fail));
  });
}
