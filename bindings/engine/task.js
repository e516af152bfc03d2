/**
 * Tasks: the unit that runs either here or in a worker. A task is a named function from a request to a result, both plain data
 * that can be sent, and all of its work in the module goes through one `Work`. A runner says where: `here` below, or the worker's
 * client in web/.
 */
import { LakhError } from '../errors.js';
import { discardEngine, loadEngine } from './module.js';
import { Work } from './work.js';

/**
 * How far a call is.
 *
 * @typedef {object} Progress
 * @property {number} done units of work done; never falls and ends at `total`
 * @property {number} total
 * @property {Record<string, number>} metrics what the algorithm has reached, such as `inertia` and `nIter`
 */

/**
 * @typedef {object} Hooks
 * @property {string} who the name that messages begin with
 * @property {AbortSignal} [signal]
 * @property {(progress: Progress) => void} [onProgress]
 * @property {(state: any) => Promise<void>} [watch] shown the state after each iteration; work goes on when it resolves
 */

/**
 * @template Q, R
 * @typedef {object} Task
 * @property {string} name by which the worker finds it
 * @property {(work: Work, request: Q) => Promise<R>} run
 */

/**
 * @typedef {object} Runner
 * @property {<Q, R>(task: Task<Q, R>, request: Q, hooks: Hooks) => Promise<R>} run
 */

/**
 * @template Q, R
 * @param {string} name
 * @param {(work: Work, request: Q) => Promise<R>} run
 * @returns {Task<Q, R>}
 */
export const task = (name, run) => ({ name, run });

/** @type {Runner} */
export const here = {
  async run(task, request, hooks) {
    hooks.signal?.throwIfAborted();
    const work = new Work(await loadEngine(), hooks);
    try {
      const result = await task.run(work, request);
      work.free();
      return result;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) {
        // A trap leaves the instance in an unknown state: nothing in it is worth releasing.
        discardEngine();
        throw new LakhError('BROKEN_ENGINE', `${hooks.who}: trapped: ${error.message}`, { cause: error });
      }
      work.free();
      throw error;
    }
  },
};

/**
 * Makes a public function that runs here, and that `on` can make run elsewhere.
 *
 * @template {(...args: any[]) => unknown} F
 * @param {readonly Task<any, any>[]} tasks that the function uses
 * @param {(runner: Runner) => F} make
 * @returns {F}
 */
export const movable = (tasks, make) => Object.assign(make(here), { tasks, make });

/**
 * The same function, running where the runner says.
 *
 * @template {(...args: any[]) => unknown} F
 * @param {Runner} runner
 * @param {F} movableFunction
 * @returns {F}
 */
export const on = (runner, movableFunction) => /** @type {any} */ (movableFunction).make(runner);

/**
 * What a public function or an estimator runs in the module.
 *
 * @param {unknown} exported
 * @returns {readonly Task<any, any>[]}
 */
export const tasksOf = (exported) => /** @type {any} */ (exported)?.tasks ?? [];
