/**
 * Starting a worker, and one face for the workers of browsers and of Node.
 *
 * @typedef {object} Port
 * @property {(message: import('./protocol.js').FromPage, transfer?: ArrayBuffer[]) => void} post
 * @property {() => void} end
 * @property {(isBusy: boolean) => void} hold while it is busy, it keeps Node's process alive
 *
 * @typedef {object} Listeners
 * @property {(message: import('./protocol.js').FromWorker) => void} onMessage
 * @property {(reason: string) => void} onFailure
 */

/** @type {string | undefined} */
let scriptUrl;

/**
 * @param {string | URL | Worker | (() => Worker) | undefined} source as configured
 * @param {string} script the worker's text, for when nothing is configured
 * @param {Listeners} listeners
 * @returns {Port}
 */
export function startWorker(source, script, listeners) {
  if (typeof source === 'function') return adopt(source(), listeners);
  if (typeof source === 'object' && 'postMessage' in source) return adopt(source, listeners);
  if (typeof Worker === 'undefined') return adopt(startThread(source, script), listeners);
  // The address is kept: browsers read it after the constructor has returned.
  if (source === undefined) scriptUrl ??= URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return adopt(new Worker(source ?? /** @type {string} */ (scriptUrl), { name: 'lakh' }), listeners);
}

/**
 * @param {string | URL | undefined} source
 * @param {string} script
 */
function startThread(source, script) {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (threads === undefined) throw new Error('there are no workers here (Node has them from 20.16 on)');
  if (source === undefined) return new threads.Worker(script, { eval: true });
  return new threads.Worker(typeof source === 'string' && source.startsWith('file:') ? new URL(source) : source);
}

/**
 * @param {Worker | import('node:worker_threads').Worker} worker
 * @param {Listeners} listeners
 * @returns {Port}
 */
function adopt(worker, { onMessage, onFailure }) {
  if ('on' in worker) {
    worker.on('message', onMessage);
    worker.on('error', (error) => onFailure(error.message));
    worker.on('exit', (code) => onFailure(`it ended with code ${code}`));
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      end: () => worker.terminate(),
      hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    };
  }
  worker.addEventListener('message', ({ data }) => onMessage(data));
  worker.addEventListener('messageerror', () => onFailure('it sent something unreadable'));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    onFailure(event.message ?? '');
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer ?? []),
    end: () => worker.terminate(),
    hold: () => {},
  };
}
