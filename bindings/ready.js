import { movable, task } from './engine/task.js';

/** A task's work begins when the module is loaded, so that there is nothing left to do. */
const readyTask = task('ready', async () => {});

/**
 * Loads the module now instead of at the first call, which then waits for nothing more.
 *
 * @returns {Promise<void>}
 * @throws {LakhError} `LOAD_FAILED` when there is no module or it cannot run here; `BROKEN_ENGINE` when it computes wrongly
 *
 * @example
 * import { ready } from 'lakh';
 *
 * await ready();
 */
export const ready = movable([readyTask], (runner) => () => runner.run(readyTask, {}, { who: 'ready' }));
