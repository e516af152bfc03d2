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
    const engine = await loadEngine();
    const work = new Work(engine, hooks);
    try {
      const result = await task.run(work, request);
      work.free();
      return result;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) {
        // A trap leaves the instance in an unknown state: nothing in it is worth releasing.
        await discardEngine(engine);
        throw new LakhError('BROKEN_ENGINE', `${hooks.who}: the module trapped: ${error.message}`, { cause: error });
      }
      work.free();
      throw error;
    }
  },
};

/**
 * A public function that runs where a runner says: here, unless `on` gives it another.
 *
 * @template {unknown[]} A
 * @template R
 * @typedef {((...args: A) => R) & { on: (runner: Runner) => Movable<A, R>, tasks: readonly Task<any, any>[] }} Movable
 */

/**
 * @template {unknown[]} A
 * @template R
 * @param {readonly Task<any, any>[]} tasks that the function uses
 * @param {(runner: Runner) => (...args: A) => R} make
 * @returns {Movable<A, R>}
 */
export function movable(tasks, make) {
  const on = (/** @type {Runner} */ runner) => Object.assign(make(runner), { tasks, on });
  return on(here);
}
