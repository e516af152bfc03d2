/**
 * What the generative models share: training over epochs that can be watched, stopped and gone on with exactly where it stopped,
 * its history, and files that PyTorch can read. A model brings its table, its kind (what the module gives for it) and its methods.
 */
import { readWeights } from '../data.js';
import { mapValues } from '../engine/struct.js';
import { demand, demandInteger, LakhError } from '../errors.js';
import { Estimator } from '../estimator/estimator.js';
import { readOptions } from '../estimator/options.js';
import { readParams } from '../estimator/params.js';
import { insist } from '../estimator/safetensors.js';
import { stepsOf } from '../estimator/steps.js';
import { readLabels, readRows } from './rows.js';

/**
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/options.js').CallOptions} CallOptions
 * @typedef {import('../estimator/options.js').FitOptions} FitOptions
 * @typedef {import('../estimator/safetensors.js').Contents} Contents
 * @typedef {import('../estimator/safetensors.js').Tensor} Tensor
 * @typedef {import('../estimator/params.js').Table} Table
 * @typedef {import('./history.js').History} History
 * @typedef {import('./models.js').Weights} Weights
 * @typedef {import('./rows.js').RowsLike} RowsLike
 * @typedef {import('./training.js').TrainedState} TrainedState
 * @typedef {import('./training.js').TrainRequest} TrainRequest
 *
 * @typedef {object} LabelOption
 * @property {ArrayLike<number>} [labels] one class 0..nClasses-1 a row, for a model that has nClasses set. A GAN without classes
 *   may be told, in training, which of nModes kinds each row is of: its samples are then judged by these.
 *
 * @typedef {object} ValidationOption
 * @property {RowsLike | { X: RowsLike, labels?: ArrayLike<number> }} [validation] rows that are not learned from, on which the
 *   loss of a VAE and the score of an RBM are measured after each epoch
 *
 * @typedef {object} ResumeOption
 * @property {boolean} [resume] Whether to go on where training stopped, with the same X, as if it had never stopped. Without
 *   anything to go on from, training begins. Default: false.
 *
 * @typedef {FitOptions & LabelOption & ValidationOption} TrainingOptions
 *
 * @typedef {object} SaveOptions
 * @property {boolean} [training] Whether to include what is needed to go on with training exactly where it is, which takes two
 *   thirds of the file, and its history. Default: true.
 */

/** What the names of the training's arrays begin with in a file. */
const TRAINING = 'training.';
/** Far beyond what training comes to, whose gradients are at most 2^60, and far enough from infinity to go on from. */
const LARGEST = 2 ** 63;

/**
 * @template {Table} T
 * @extends {Estimator<T, TrainedState, RowsLike, TrainingOptions & ResumeOption, SaveOptions>}
 */
export class TrainedEstimator extends Estimator {
  /** What is fitted; `save` writes it in its own way. @internal @override */
  static fitted = { weights: {}, history: { training: true }, nFeaturesIn: {}, nEpochs: {}, nSteps: {} };
  /** @type {import('./training.js').Kind} @internal */
  static kind;
  /** Parameters that the weights depend on: they cannot change while training goes on. @type {readonly string[]} @internal */
  static architecture;
  /** The parameter that says how many epochs to train. @internal */
  static epochs = 'epochs';

  /**
   * The epoch that training on with other data ends with.
   *
   * @param {TrainedState | undefined} from
   * @param {number} epochs
   * @internal
   */
  static untilAfter(from, epochs) {
    return (from?.training?.position.epoch ?? 0) + epochs;
  }

  /** @returns {typeof TrainedEstimator} */
  get #class() {
    return /** @type {typeof TrainedEstimator} */ (this.constructor);
  }

  /**
   * What was learned, under the names that the same network has in PyTorch, each with its shape.
   *
   * @returns {Weights}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get weights() {
    return this.fitted('weights');
  }

  /**
   * The course of training: `steps` has one value an optimiser step of each loss, `epochs` one a completed epoch.
   *
   * @returns {History}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get history() {
    return this.fitted('history');
  }

  /**
   * How many columns the training data had.
   *
   * @returns {number}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get nFeaturesIn() {
    return this.fitted('nFeaturesIn');
  }

  /**
   * Epochs completed.
   *
   * @returns {number}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get nEpochs() {
    return this.fitted('nEpochs');
  }

  /**
   * Steps of the optimiser.
   *
   * @returns {number}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get nSteps() {
    return this.fitted('nSteps');
  }

  /**
   * Trains on X, from the start unless `resume` is set. A fit that is cancelled or refused leaves the estimator as it was.
   *
   * @param {RowsLike} X n rows, at least batchSize; images may be given as { data, shape: [n, height, width] } or
   *   [n, channels, height, width]
   * @param {TrainingOptions & ResumeOption} [options]
   * @returns {Promise<this>}
   * @throws {TypeError | RangeError} for X, labels, weights or parameters that are not as described; the message says what was got
   * @throws {LakhError} `DIVERGED` when a loss or gradient is no longer finite: the estimator then has the last weights that were.
   *   `BUSY`, `DISPOSED`, `OUT_OF_MEMORY`
   * @override
   */
  async fit(X, options = {}) {
    return super.fit(X, options);
  }

  /**
   * The same training, one state at a time: it goes on when the next state is asked for. The estimator has each state that is
   * shown; leaving the loop is a pause, after which `fit` or `steps` with `resume` go on.
   *
   * @param {RowsLike} X
   * @param {TrainingOptions & ResumeOption & { every?: number }} [options] with `every`: optimiser steps between states; default: an
   *   epoch's
   * @returns {AsyncGenerator<TrainedState, void, undefined>}
   * @throws {TypeError | RangeError | LakhError} as `fit`, when the first state is asked for
   * @override
   */
  steps(X, { every, ...options } = {}) {
    return stepsOf(async (iteration) => {
      if (every !== undefined) demandInteger(`${this.who}: every`, every, 1);
      return this.train(this.#class.tasks[0], { ...this.fitRequest(X, options), every }, options, iteration);
    });
  }

  /**
   * Trains on with these rows, from the present weights if there are any: for data that come little by little.
   *
   * @param {RowsLike} X n rows, at least batchSize
   * @param {TrainingOptions & { epochs?: number }} [options] `epochs`: how often to go over the rows; default: 1
   * @returns {Promise<this>}
   * @throws {TypeError | RangeError | LakhError} as `fit`
   */
  async partialFit(X, { epochs = 1, ...options } = {}) {
    demandInteger(`${this.who}: epochs`, epochs, 1);
    const from = this.isFitted ? anew(this.fittedState) : undefined;
    const request = this.#readFit(X, options, from);
    const until = this.#class.untilAfter(from, epochs);
    await this.train(this.#class.tasks[0], { ...request, until }, options);
    return this;
  }

  /**
   * The model as a safetensors file: the weights under PyTorch's names, and all that training needs to go on.
   *
   * @param {SaveOptions} [options]
   * @returns {Uint8Array<ArrayBuffer>}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   * @override
   */
  save({ training: isWanted = true } = {}) {
    const { weights, training, history, divergence: _, ...values } = this.fittedState;
    /** @type {Contents} */
    const contents = { tensors: new Map(Object.entries(weights)), values };
    const finish = () => this.toFile({ ...contents, values: { ...values, tensors: [...contents.tensors.keys()] } });
    if (!isWanted || training === undefined) return finish();
    const position = { data: Float64Array.from(Object.values(training.position)) };
    const arrays = {
      ...training,
      position: { position },
      steps: asTensors(history?.steps),
      epochs: asTensors(history?.epochs),
    };
    for (const [group, members] of Object.entries(arrays))
      for (const [name, { data, shape = [data.length] }] of Object.entries(/** @type {Record<string, any>} */ (members)))
        contents.tensors.set(`${TRAINING}${group}.${name}`, { data, shape });
    return finish();
  }

  /**
   * @param {Contents} contents
   * @param {any} _params
   * @returns {TrainedState}
   * @internal
   * @override
   */
  static unpack({ tensors, values }, _params) {
    const { nFeaturesIn, nRows, nEpochs, nSteps, tensors: names } = /** @type {any} */ (values);
    const params = readParams(this.estimator, this.params, values.params);
    // The names of the weights are known to the module only; these are in the checksum.
    insist(String([...tensors.keys()]) === String(names), 'its tensors have other names');
    insist([nFeaturesIn, nRows, nEpochs, nSteps].every(isCount) && nFeaturesIn > 0, 'its counts are none');
    const take = takerOf(tensors);
    const training = {
      first: take(`${TRAINING}first.`, areWithin(-LARGEST, LARGEST)),
      second: take(`${TRAINING}second.`, areWithin(0, LARGEST ** 2)),
      others: take(`${TRAINING}others.`, areWithin(-LARGEST, LARGEST)),
    };
    const steps = take(`${TRAINING}steps.`, ({ data }, name) => isSeries(data, Float32Array, nSteps, name in this.kind.steps));
    const epochs = take(`${TRAINING}epochs.`, ({ data }, name) =>
      isSeries(data, Float64Array, nEpochs, name in this.kind.epochs),
    );
    const { position: given } = take(`${TRAINING}position.`, ({ data }) => data.byteLength === this.kind.position.size);
    const state = { params, nFeaturesIn, nRows, nEpochs, nSteps, weights: take('', areWithin(-LARGEST, LARGEST)) };
    if (given === undefined) return state;
    const position = this.kind.position.read(given.data.buffer, 0);
    const { step, epoch, batch, classifier = 0 } = position;
    const isPlace = isCount(batch) && batch <= Math.ceil(nRows / params.batchSize) && isCount(classifier);
    insist(step === nSteps && epoch === nEpochs && isPlace, 'its place in training');
    return {
      ...state,
      training: { ...training, position },
      history: /** @type {any} */ ({ steps: mapValues(steps, dataOf), epochs: mapValues(epochs, dataOf) }),
    };
  }

  /**
   * @param {any} X
   * @param {any} options
   * @returns {any}
   * @protected
   * @override
   */
  fitRequest(X, options) {
    const { resume, ...rest } = options;
    demand([undefined, true, false].includes(resume), `${this.who}: resume`, 'true or false', resume, TypeError);
    return this.#readFit(X, rest, resume && this.isFitted ? this.fittedState : undefined);
  }

  /**
   * @param {unknown} X
   * @param {any} options
   * @param {TrainedState} [from]
   * @returns {TrainRequest}
   */
  #readFit(X, options, from) {
    const params = /** @type {any} */ (this.getParams());
    const { isValidated, labelsOf } = this.#class.kind;
    const rule = labelsOf(params);
    const known = ['sampleWeight', ...(rule ? ['labels'] : []), ...(isValidated ? ['validation'] : [])];
    readOptions(this.who, options, known);
    const { sampleWeight, validation, labels } = options;
    const input = readRows(`${this.who}: X`, X);
    // Images that say their sides need not say them twice.
    if (params.imageShape === null && input.sides !== undefined) params.imageShape = input.sides;
    demand(
      params.batchSize <= input.rows,
      `${this.who}: batchSize`,
      `at most the number of rows of X (${input.rows})`,
      params.batchSize,
    );
    this.#checkArchitecture(params, input.cols, from);
    if (from?.training && from.training.position.batch > 0) {
      const isSame = input.rows === from.nRows && params.batchSize === from.params.batchSize;
      demand(
        isSame,
        `${this.who}: X`,
        `the ${from.nRows} rows of the unfinished epoch, in batches of ${from.params.batchSize}`,
        input.rows,
      );
    }
    return {
      params,
      input,
      labels: readLabels(`${this.who}: labels`, labels, input.rows, rule),
      sampleWeight: readWeights(this.who, sampleWeight, input.rows),
      validation: this.#readValidation(validation, input.cols, rule),
      from,
      until: params[this.#class.epochs],
    };
  }

  /**
   * @param {any} params
   * @param {number} cols
   * @param {TrainedState} [from]
   */
  #checkArchitecture(params, cols, from) {
    if (params.filters?.length > 0) checkImage(this.who, params.imageShape, cols);
    if (from === undefined) return;
    demand(cols === from.nFeaturesIn, `${this.who}: X`, `of ${from.nFeaturesIn} columns`, cols);
    for (const name of this.#class.architecture) {
      const [was, is] = [from.params[name], params[name]].map((value) => JSON.stringify(value));
      if (was === is) continue;
      throw new RangeError(
        `${this.who}: ${name} was changed from ${was} to ${is}; training cannot go on from the weights that there are, call fit`,
      );
    }
  }

  /**
   * @param {any} validation
   * @param {number} cols
   * @param {import('./rows.js').LabelRule} [rule]
   */
  #readValidation(validation, cols, rule) {
    if (validation === undefined) return undefined;
    const { X, labels } = Object(validation).X === undefined ? { X: validation, labels: undefined } : validation;
    const input = readRows(`${this.who}: validation`, X);
    demand(input.cols === cols, `${this.who}: validation`, `of ${cols} columns`, input.cols);
    return { input, labels: readLabels(`${this.who}: validation.labels`, labels, input.rows, rule) };
  }

  /**
   * @param {any} task
   * @param {any} request
   * @param {any} options
   * @param {any} [iteration]
   * @returns {Promise<TrainedState>}
   * @protected
   * @override
   */
  async train(task, request, options, iteration) {
    const watch =
      iteration &&
      ((/** @type {TrainedState} */ shown) => {
        // The loop's body may use it, and what was shown last stays when the loop is left.
        this.fittedState = shown;
        return iteration.watch(shown);
      });
    const state = await super.train(task, request, options, { ...iteration, watch });
    if (state.divergence === undefined) return state;
    const { epoch, step, loss } = state.divergence;
    throw new LakhError(
      'DIVERGED',
      `${this.who}: training diverged in epoch ${epoch}, at step ${step}, with a loss of ${loss}; a smaller learning rate helps. The weights are those of the step before`,
    );
  }

  /**
   * The mean of `scoreSamples`.
   *
   * @param {RowsLike} X
   * @param {import('../estimator/options.js').WeightOption} options and those of scoreSamples
   * @protected
   */
  meanScore(X, { sampleWeight, ...options }) {
    return this.meanOver(X, sampleWeight, () => /** @type {any} */ (this).scoreSamples(X, options));
  }

  /**
   * @param {RowsLike} X
   * @param {unknown} sampleWeight
   * @param {() => Promise<Float32Array>} compute one value a row
   * @returns {Promise<number>} their mean
   * @protected
   */
  async meanOver(X, sampleWeight, compute) {
    const { rows } = this.rowsFor(X);
    const weights = readWeights(this.who, sampleWeight, rows) ?? new Float32Array(rows).fill(1);
    const values = await compute();
    let [sum, total] = [0, 0];
    for (let i = 0; i < rows; i++) {
      sum += weights[i] * values[i];
      total += weights[i];
    }
    return sum / total;
  }

  /**
   * The seed that a method is given, or the model's.
   *
   * @param {unknown} randomState
   * @returns {number}
   * @protected
   */
  seedOr(randomState = this.fittedState.params.randomState) {
    demandInteger(`${this.who}: randomState`, randomState, 0, 2 ** 32 - 1);
    return randomState;
  }

  /**
   * Reads rows for what a trained model is to be applied to.
   *
   * @param {unknown} X
   * @returns {import('../data.js').Rows}
   * @protected
   */
  rowsFor(X) {
    const { nFeaturesIn } = this.fittedState;
    const input = readRows(`${this.who}: X`, X);
    demand(input.cols === nFeaturesIn, `${this.who}: X`, `of ${nFeaturesIn} columns`, input.cols);
    return input;
  }
}

/**
 * The same weights and moments, at the beginning of an epoch of other data.
 *
 * @param {TrainedState} state
 * @returns {TrainedState}
 */
function anew(state) {
  if (state.training === undefined) return state;
  const position = Object.fromEntries(
    Object.entries(state.training.position).map(([name, value]) => [
      name,
      name === 'step' || name === 'epoch' ? value : name === 'bestValidation' ? Number.POSITIVE_INFINITY : 0,
    ]),
  );
  return { ...state, training: { ...state.training, position } };
}

/** @param {unknown} value */
const isCount = (value) =>
  Number.isInteger(value) && /** @type {number} */ (value) >= 0 && /** @type {number} */ (value) < 2 ** 32;

/**
 * @param {string} who
 * @param {number[] | null} sides
 * @param {number} cols of X
 */
function checkImage(who, sides, cols) {
  const label = `${who}: imageShape`;
  demand(sides !== null, label, 'given with filters, as [height, width] or [channels, height, width]', sides);
  const size = sides.reduce((product, side) => product * side);
  demand(size === cols, label, `of as many values as X has columns (${cols})`, sides);
}

/** @param {Record<string, Float32Array | Float64Array>} [series] */
const asTensors = (series = {}) => mapValues(series, (data) => ({ data }));

/** @param {Tensor} tensor */
const dataOf = ({ data }) => data;

/**
 * Takes the tensors whose names begin in some way.
 *
 * @param {Map<string, Tensor>} tensors is emptied
 * @returns {(prefix: string, isGood: (tensor: Tensor, name: string) => boolean) => Record<string, any>}
 */
const takerOf = (tensors) => (prefix, isGood) => {
  const taken = /** @type {Record<string, Tensor>} */ ({});
  for (const [full, tensor] of tensors) {
    if (!full.startsWith(prefix)) continue;
    const name = full.slice(prefix.length);
    insist(/^[a-z][\w.]*$/i.test(name) && isGood(tensor, name), full);
    taken[name] = tensor;
    tensors.delete(full);
  }
  return taken;
};

/**
 * @param {number} low
 * @param {number} high
 * @returns {(tensor: Tensor) => boolean}
 */
const areWithin =
  (low, high) =>
  ({ data }) =>
    data instanceof Float32Array && data.every((value) => value >= low && value <= high);

/**
 * @param {Tensor['data']} data
 * @param {Function} Typed
 * @param {number} length
 * @param {boolean} isKnown
 */
const isSeries = (data, Typed, length, isKnown) => isKnown && data instanceof Typed && data.length === length;
