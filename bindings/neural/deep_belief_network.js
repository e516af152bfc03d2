/**
 * Deep belief network: restricted Boltzmann machines one above the other, trained greedily (Hinton, Osindero & Teh 2006). The
 * algorithm of each is src/neural/rbm.c.
 */
import { struct } from '../engine/struct.js';
import { task } from '../engine/task.js';
import { readOptions } from '../estimator/options.js';
import { apart, ints } from '../estimator/params.js';
import { applyModel, MOST_UNITS } from './models.js';
import { RBM, rbmKind, rbmParams } from './rbm.js';
import { TrainedEstimator } from './trained.js';
import { loadData, loadValidation, recorderOf, trainModel } from './training.js';

/**
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/options.js').CallOptions} CallOptions
 * @typedef {import('./models.js').Weights} Weights
 * @typedef {import('./rows.js').RowsLike} RowsLike
 * @typedef {import('./training.js').Loaded} Loaded
 * @typedef {import('./training.js').TrainedState} TrainedState
 * @typedef {import('./training.js').TrainRequest} TrainRequest
 */

const { nComponents: _, ...shared } = rbmParams;
const params = {
  /** Hidden units of each machine, from the one that sees the data upwards. */
  hidden: apart(ints({ default: [256, 256], min: 1, max: MOST_UNITS, most: 8 })),
  ...shared,
};

/**
 * @typedef {import('../estimator/params.js').Given<typeof params>} DeepBeliefNetworkOptions
 * @typedef {import('../estimator/params.js').Values<typeof params>} DeepBeliefNetworkParams
 */

/** Counts of the whole and, in training now, of one layer. @type {import('./training.js').Kind} */
const kind = {
  ...rbmKind,
  position: struct({
    step: 'Float64',
    epoch: 'Float64',
    batch: 'Float64',
    rows: 'Float64',
    reconstruction: 'Float64',
    layer: 'Float64',
    layerStep: 'Float64',
    layerEpoch: 'Float64',
  }),
};

/** @param {number} layer */
const prefixOf = (layer) => `layers.${layer}.`;

/**
 * The parameters of one layer, which draws random numbers of its own.
 *
 * @param {DeepBeliefNetworkParams} params
 * @param {number} layer
 * @returns {import('./rbm.js').RBMParams}
 */
function layerParams({ hidden, ...values }, layer) {
  const visible = layer === 0 ? values.visible : 'bernoulli';
  return { ...values, nComponents: hidden[layer], visible, randomState: (values.randomState + layer) % 2 ** 32 };
}

/**
 * The weights of one layer under the names that they have by themselves, if there are any.
 *
 * @param {Weights} weights
 * @param {number} layer
 * @returns {Weights | undefined}
 */
function layerWeights(weights, layer) {
  const prefix = prefixOf(layer);
  const own = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return own.length === 0 ? undefined : Object.fromEntries(own.map(([name, weight]) => [name.slice(prefix.length), weight]));
}

const fitTask = task(
  'DeepBeliefNetwork.fit',
  /** @param {Work} work @param {TrainRequest} request */
  async (work, { params: values, input, sampleWeight, validation, from, until, every }) => {
    const last = values.hidden.length - 1;
    const { layer: first = 0, layerEpoch = 0 } = from?.training?.position ?? {};
    if (from !== undefined && first === last && layerEpoch >= until) return from;
    let x = await loadData(work, kind, values, { input, sampleWeight });
    let validated = await loadValidation(work, kind, values, x.cols, validation);
    const recorder = recorderOf(kind, from);
    const { cols: nFeaturesIn } = x;
    let state = from;
    for (let layer = 0; layer <= last; layer++) {
      const own = layerParams(values, layer);
      if (layer >= first) {
        const before = state;
        state = await trainModel(work, rbmKind, {
          params: own,
          x,
          validation: validated,
          from: layerState(before, layer),
          until,
          every,
          recorder,
          wrap: (reached) => wrapLayer(reached, { values, nFeaturesIn, layer, before, first: layer === first }),
          part: [layer, last + 1],
        });
        if (state.divergence !== undefined) return state;
      }
      if (layer === last) break;
      const weights = /** @type {Weights} */ (layerWeights(/** @type {TrainedState} */ (state).weights, layer));
      [x, validated] = [await climb(work, x, own, weights), await climb(work, validated, own, weights)];
    }
    return /** @type {TrainedState} */ (state);
  },
);

/**
 * The state that a layer goes on from: all of it where training stopped in it, its weights alone otherwise.
 *
 * @param {TrainedState | undefined} state of the network
 * @param {number} layer
 * @returns {TrainedState | undefined}
 */
function layerState(state, layer) {
  const weights = state && layerWeights(state.weights, layer);
  if (state === undefined || weights === undefined) return undefined;
  const { training } = state;
  if (training === undefined || training.position.layer !== layer || training.position.layerStep === 0)
    return { ...state, weights, training: undefined };
  const { layerStep, layerEpoch, ...position } = training.position;
  return { ...state, weights, training: { ...training, position: { ...position, step: layerStep, epoch: layerEpoch } } };
}

/**
 * The network's state while a layer is trained.
 *
 * @param {TrainedState} reached by the layer
 * @param {{ values: DeepBeliefNetworkParams, nFeaturesIn: number, layer: number, before: TrainedState | undefined,
 *   first: boolean }} network `before`: its state when the layer's training began or went on
 * @returns {TrainedState}
 */
function wrapLayer(reached, { values, nFeaturesIn, layer, before, first }) {
  const { position, ...training } = /** @type {import('./training.js').Training} */ (reached.training);
  const { layerStep = 0, layerEpoch = 0 } = (first && before?.training?.position) || {};
  const [nSteps, nEpochs] = [
    (before?.nSteps ?? 0) - layerStep + position.step,
    (before?.nEpochs ?? 0) - layerEpoch + position.epoch,
  ];
  const weights = { ...before?.weights };
  for (const [name, weight] of Object.entries(reached.weights)) weights[prefixOf(layer) + name] = weight;
  const own = { layer, layerStep: position.step, layerEpoch: position.epoch };
  return {
    ...reached,
    params: values,
    nFeaturesIn,
    nSteps,
    nEpochs,
    weights,
    training: { ...training, position: { ...position, ...own, step: nSteps, epoch: nEpochs } },
  };
}

/**
 * Rows as the layer above sees them: the probabilities of a layer's hidden units. Those below are released.
 *
 * @param {Work} work
 * @param {Loaded} rows
 * @param {import('./rbm.js').RBMParams} values
 * @param {Weights} weights
 * @returns {Promise<Loaded>}
 */
async function climb(work, { data, rows, cols, ...rest }, values, weights) {
  if (rows === 0) return { data, rows, cols: values.nComponents, ...rest };
  const model = { prefix: 'rbm', params: rbmParams, values, nFeaturesIn: cols, weights };
  const { data: hidden } = await applyModel(work, model, rows, values.nComponents, (rbm, out) =>
    work.job('rbm_apply_create', rbm, 0, data, rows, cols, 1, 0, out),
  );
  work.release(data);
  return { data: work.copyIn(hidden), rows, cols: values.nComponents, ...rest };
}

/**
 * A deep belief network: each machine learns from what the hidden units of the one below say of the rows, so that the topmost
 * describe them by features of features. `nIter` epochs are for each machine.
 *
 * @extends {TrainedEstimator<typeof params>}
 *
 * @example
 * import { DeepBeliefNetwork } from 'lakh';
 *
 * const X = Array.from({ length: 100 }, (_, i) => (i % 2 ? [1, 1, 0, 0] : [0, 0, 1, 1]));
 * const model = await new DeepBeliefNetwork({ hidden: [8, 2] }).fit(X);
 * console.log((await model.transform(X)).shape); // → [ 100, 2 ]
 * console.log(model.layers.length); // → 2
 */
export class DeepBeliefNetwork extends TrainedEstimator {
  /** @internal @override */
  static estimator = 'DeepBeliefNetwork';
  /** @internal @override */
  static params = params;
  /** @internal @override */
  static kind = kind;
  /** @internal @override */
  static architecture = ['hidden', 'batchSize', 'visible', 'method', 'nIter'];
  /** @internal @override */
  static epochs = 'nIter';
  /** @internal @override */
  static tasks = [fitTask];
  /** What its layers are. @internal */
  static Layer = RBM;

  /**
   * Each machine counts its epochs by itself.
   *
   * @param {TrainedState | undefined} _from
   * @param {number} epochs
   * @internal
   * @override
   */
  static untilAfter(_from, epochs) {
    return epochs;
  }

  /**
   * The machines that are trained, or in training, from the one that sees the data upwards: for their components, samples and
   * likelihoods.
   *
   * @returns {RBM[]}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get layers() {
    const state = this.fittedState;
    const { Layer } = /** @type {typeof DeepBeliefNetwork} */ (this.constructor);
    return state.params.hidden.flatMap((/** @type {number} */ _units, /** @type {number} */ layer) => {
      const weights = layerWeights(state.weights, layer);
      if (weights === undefined) return [];
      const values = layerParams(state.params, layer);
      const nFeaturesIn = layer === 0 ? state.nFeaturesIn : state.params.hidden[layer - 1];
      const own = { ...state, params: values, weights, nFeaturesIn, training: undefined, history: undefined };
      return [/** @type {any} */ (Layer).restore({ params: values, state: own })];
    });
  }

  /**
   * How likely each of the topmost hidden units is on, when the rows are passed upwards through the machines.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions} [options]
   * @returns {Promise<Matrix>} shape [n, units of the topmost machine], in [0, 1]
   * @throws {TypeError | RangeError} for X that is not as the training's
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`, `OUT_OF_MEMORY`
   */
  async transform(X, options = {}) {
    readOptions(this.who, options);
    const { layers } = this;
    this.rowsFor(X);
    const [first, ...others] = layers;
    let rows = await first.transform(X, options);
    for (const layer of others) rows = await layer.transform(rows, options);
    return rows;
  }
}
