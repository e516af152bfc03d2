/**
 * Training as a task: a model is made in the module, given the weights and the optimiser's state that it had, trained step by
 * step, and read out again whenever someone is to see it.
 */
import { loadTable } from '../engine/samples.js';
import { task } from '../engine/task.js';
import { DONE, ITERATION } from '../engine/work.js';
import { Recorder } from './history.js';
import { copyWeights, makeModel, readWeights, tensorsOf } from './models.js';
import { checkRange } from './rows.js';

/**
 * @typedef {import('../data.js').Rows} Rows
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/params.js').Table} Table
 * @typedef {import('./history.js').History} History
 * @typedef {import('./models.js').Weights} Weights
 */

/** More status codes of lakh.h. */
const MORE = 1;
const NOT_FINITE = -3;

/**
 * All that going on needs beside the weights.
 *
 * @typedef {object} Training
 * @property {Weights} first moments of the optimiser
 * @property {Weights} second
 * @property {Weights} others what else training changes and needs, such as chains
 * @property {Record<string, number>} position numbers of the module's struct
 */

/**
 * What training has reached.
 *
 * @typedef {object} TrainedState
 * @property {any} params with which the weights were made
 * @property {number} nFeaturesIn
 * @property {number} nRows of the present epoch
 * @property {number} nEpochs completed
 * @property {number} nSteps of the optimiser
 * @property {Weights} weights
 * @property {Training} [training] missing when left out by save
 * @property {History} [history] missing when left out by save
 * @property {Divergence} [divergence] when training ended because it diverged
 */

/**
 * Where values stopped being finite; the state is that of the step before.
 *
 * @typedef {{ epoch: number, step: number, loss: number }} Divergence counted from 1
 */

/**
 * What the module gives for one kind of model.
 *
 * @typedef {object} Kind
 * @property {string} prefix of its functions: 'vae'
 * @property {Table} params
 * @property {import('../engine/struct.js').Struct<Record<string, number>>} position has the fields step, epoch and batch
 * @property {import('../engine/struct.js').Struct<any>} progress what the job tells after a step
 * @property {Record<string, string>} steps each series of the history, one value a step, with its field in `progress`
 * @property {Record<string, string>} epochs the same, one value an epoch
 * @property {string} loss the series that is named when training diverges
 * @property {(name: string) => boolean} isWeight tells them from tensors that only training needs
 * @property {Record<string, number>} [fresh] of the position, when a tensor that only training needs is new: a parameter asks for it
 *   that did not before
 * @property {boolean} isValidated whether a loss can be measured on validation data
 * @property {(params: any) => import('./rows.js').LabelRule | undefined} labelsOf missing when the model knows no labels
 * @property {(params: any) => { range: readonly [number, number], why: string } | undefined} rangeOf what X's values must be within
 * @property {(work: Work, model: number, data: { x: Loaded, validation: Loaded, until: number }) => number} begin makes the job
 *
 * @typedef {{ data: number, rows: number, cols: number, labels: number, weights: number }} Loaded addresses, or 0
 */

/**
 * @typedef {object} TrainRequest
 * @property {any} params
 * @property {Rows} input
 * @property {Int32Array} [labels]
 * @property {Float32Array} [sampleWeight]
 * @property {{ input: Rows, labels?: Int32Array }} [validation]
 * @property {TrainedState} [from] what is gone on from
 * @property {number} until epochs in all
 * @property {number} [every] steps between the states that are shown; an epoch when missing
 */

/**
 * @param {string} name
 * @param {Kind} kind
 */
export const trainTask = (name, kind) =>
  task(
    name,
    /** @param {Work} work @param {TrainRequest} request */
    async (work, { params, input, labels, sampleWeight, validation, from, until, every }) => {
      if (from !== undefined && isOver(params, from, until)) return from;
      const x = await loadData(work, kind, params, { input, labels, sampleWeight });
      const validated = await loadValidation(work, kind, params, x.cols, validation);
      return trainModel(work, kind, { params, x, validation: validated, from, until, every, recorder: recorderOf(kind, from) });
    },
  );

/** @param {Kind} kind @param {TrainedState} [from] */
export const recorderOf = ({ steps, epochs }, from) =>
  new Recorder({ steps: Object.keys(steps), epochs: Object.keys(epochs) }, from);

/**
 * Brings the rows, labels and weights of a training in.
 *
 * @param {Work} work
 * @param {Kind} kind
 * @param {any} params
 * @param {Pick<TrainRequest, 'input' | 'labels' | 'sampleWeight'>} request
 * @param {string} [what] they are
 * @returns {Promise<Loaded>}
 */
export async function loadData(work, kind, params, { input, labels, sampleWeight }, what = 'X') {
  const label = `${work.who}: ${what}`;
  const table = await loadTable(work, label, input);
  checkRange(work, label, table, kind.rangeOf(params));
  return {
    ...table,
    labels: labels === undefined ? 0 : work.copyIn(labels),
    weights: sampleWeight === undefined ? 0 : work.copyIn(sampleWeight),
  };
}

/**
 * @param {Work} work
 * @param {Kind} kind
 * @param {any} params
 * @param {number} cols
 * @param {TrainRequest['validation']} validation
 * @returns {Promise<Loaded>} without rows when there are none
 */
export async function loadValidation(work, kind, params, cols, validation) {
  if (validation !== undefined) return loadData(work, kind, params, validation, 'validation');
  return { data: 0, rows: 0, cols, labels: 0, weights: 0 };
}

/**
 * Trains a model on what was brought in.
 *
 * @param {Work} work
 * @param {Kind} kind
 * @param {object} options
 * @param {any} options.params
 * @param {Loaded} options.x
 * @param {Loaded} options.validation
 * @param {TrainedState} [options.from]
 * @param {number} options.until
 * @param {number} [options.every]
 * @param {Recorder} options.recorder of the history
 * @param {(state: TrainedState) => TrainedState} [options.wrap] makes what is shown of the model's state
 * @param {[number, number]} [options.part] which of how many trainings of the call this is
 * @returns {Promise<TrainedState>}
 */
export async function trainModel(work, kind, options) {
  const { params, x, validation, from, until, every, recorder, wrap = (whole) => whole, part = [0, 1] } = options;
  const model = makeModel(work, kind.prefix, kind.params, params, x.cols, true);
  const tensors = tensorsOf(work, kind.prefix, model);
  const place = work.struct(kind.position);
  const position = () => {
    work.exports[`${kind.prefix}_get_position`](model, place);
    return /** @type {Record<string, number>} */ (work.read(kind.position, place));
  };
  if (from !== undefined) restore(work, kind, model, tensors, from);

  const job = kind.begin(work, model, { x, validation, until });
  const told = work.struct(kind.progress);
  const progress = () => {
    work.exports[`${kind.prefix}_fit_get`](job, told);
    return /** @type {Record<string, number>} */ (work.read(kind.progress, told));
  };
  const [own, others] = partsOf(kind, tensors);
  let now = position();
  const state = () =>
    wrap({
      params,
      nFeaturesIn: x.cols,
      nRows: x.rows,
      nEpochs: now.epoch,
      nSteps: now.step,
      weights: readWeights(work, own, 'values'),
      training: {
        first: readWeights(work, tensors, 'first'),
        second: readWeights(work, tensors, 'second'),
        others: readWeights(work, others, 'values'),
        position: now,
      },
      history: recorder.read(),
    });
  const metrics = () => ({ epoch: now.epoch, step: now.step, ...pick(progress(), kind.steps) });
  const isLastPart = part[0] === part[1] - 1;
  const observe = (/** @type {boolean} */ endsEpoch) => {
    const before = now;
    now = position();
    const losses = progress();
    if (now.step > before.step) recorder.addStep(pick(losses, kind.steps));
    if (endsEpoch) recorder.addEpoch(pick(losses, kind.epochs));
    // The last state is the result.
    if (endsEpoch && isLastPart && (now.epoch >= until || losses.stoppedEarly)) return false;
    return every === undefined ? endsEpoch : now.step > before.step && now.step % every === 0;
  };
  let hasDiverged = false;
  const step = () => {
    const status = work.exports.job_step(job);
    hasDiverged = status === NOT_FINITE;
    // A state is shown where the caller wants one, not after each iteration; all else, errors too, is as the job says.
    return status > DONE ? (observe(status === ITERATION) ? ITERATION : MORE) : status;
  };
  const extent = () => {
    const { done, total } = work.extent(job);
    return { done: done + part[0] * total, total: part[1] * total };
  };
  try {
    await work.run(job, { metrics, state, step, extent });
  } catch (error) {
    if (!hasDiverged) throw error;
  }
  if (!hasDiverged) {
    const result = state();
    work.release(job);
    work.release(model);
    return result;
  }
  now = position();
  const divergence = { epoch: now.epoch + 1, step: now.step + 1, loss: progress()[kind.steps[kind.loss]] };
  return { ...state(), divergence };
}

/**
 * Whether there is nothing to go on with: all epochs are done, or training ended early.
 *
 * @param {any} params
 * @param {TrainedState} from
 * @param {number} until
 */
function isOver({ patience }, { training }, until) {
  if (training === undefined) return false;
  const { epoch, epochsSinceBest } = training.position;
  return epoch >= until || (patience && epochsSinceBest >= patience);
}

/**
 * The weights, and what only training needs.
 *
 * @param {Kind} kind
 * @param {import('./models.js').Tensor[]} tensors
 */
const partsOf = (kind, tensors) =>
  [true, false].map((isWeight) => tensors.filter(({ name }) => kind.isWeight(name) === isWeight));

/**
 * Brings a model to where it was.
 *
 * @param {Work} work
 * @param {Kind} kind
 * @param {number} model
 * @param {import('./models.js').Tensor[]} tensors
 * @param {TrainedState} from
 */
function restore(work, kind, model, tensors, { weights, training }) {
  const [own, others] = partsOf(kind, tensors);
  copyWeights(work, own, 'values', weights);
  if (training === undefined) return;
  const known = kind.fresh === undefined ? others : others.filter(({ name }) => name in training.others);
  copyWeights(work, known, 'values', training.others);
  copyWeights(work, tensors, 'first', training.first);
  copyWeights(work, tensors, 'second', training.second);
  const position = known.length < others.length ? { ...training.position, ...kind.fresh } : training.position;
  work.exports[`${kind.prefix}_set_position`](model, work.struct(kind.position, position));
}

/**
 * Renames what is wanted of a struct.
 *
 * @param {Record<string, number>} values
 * @param {Record<string, string>} names new → old
 * @returns {Record<string, number>}
 */
const pick = (values, names) => Object.fromEntries(Object.entries(names).map(([name, field]) => [name, values[field]]));
