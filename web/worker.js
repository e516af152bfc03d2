/**
 * The worker's script: runs tasks as the page asks. It is bundled with everything it needs, the module too, into
 * dist/lakh.worker.js, which is a classic script so that it works from blob: and file: addresses as well.
 */
import { here, tasksOf } from '../bindings/engine/task.js';
import * as lakh from '../bindings/index.js';
import { buffersIn, packError } from './protocol.js';

/**
 * @typedef {import('./protocol.js').FromPage} FromPage
 * @typedef {import('./protocol.js').FromWorker} FromWorker
 */

const tasks = new Map(
  Object.values(lakh)
    .flatMap(tasksOf)
    .map((known) => [known.name, known]),
);

/** Calls under way. @type {Map<number, { controller: AbortController, resume: () => void }>} */
const calls = new Map();

/** A dedicated worker's scope in browsers, the parent's port in Node. @type {any} */
const port =
  typeof globalThis.postMessage === 'function' ? globalThis : process.getBuiltinModule('node:worker_threads').parentPort;

/** @param {FromWorker} message */
const send = (message) => port.postMessage(message, buffersIn(message));

/** @param {{ data: FromPage }} event */
function receive({ data: message }) {
  if (message.type === 'hello') {
    const { wasm, maxMemory } = message;
    lakh.configure(wasm === undefined ? { maxMemory } : { wasm, maxMemory });
    send({ type: 'hello', version: lakh.version });
  } else if (message.type === 'run') {
    run(message);
  } else if (message.type === 'resume') {
    calls.get(message.id)?.resume();
  } else if (message.type === 'cancel') {
    calls.get(message.id)?.controller.abort();
  }
}

/** @param {Extract<FromPage, { type: 'run' }>} message */
async function run({ id, task: name, request, who, hasProgress, isWatched }) {
  const call = { controller: new AbortController(), resume: () => {} };
  calls.set(id, call);
  try {
    const wanted = tasks.get(name);
    if (wanted === undefined) throw new Error(`${who}: the worker knows no task ${name}`);
    const result = await here.run(wanted, request, {
      who,
      signal: call.controller.signal,
      onProgress: hasProgress ? (progress) => send({ type: 'progress', id, progress }) : undefined,
      watch: isWatched ? (state) => show(id, call, state) : undefined,
    });
    send({ type: 'done', id, result });
  } catch (error) {
    send({ type: 'failed', id, error: packError(error) });
  } finally {
    calls.delete(id);
  }
}

/**
 * @param {number} id
 * @param {{ resume: () => void }} call
 * @param {unknown} state
 * @returns {Promise<void>}
 */
function show(id, call, state) {
  send({ type: 'state', id, state });
  return new Promise((resolve) => {
    call.resume = resolve;
  });
}

if (port.on) port.on('message', (/** @type {FromPage} */ data) => receive({ data }));
else port.onmessage = receive;
