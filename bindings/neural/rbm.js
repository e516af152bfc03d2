/**
 * Restricted Boltzmann machine; the algorithm is src/neural/rbm.c.
 */
import { loadTable } from '../engine/samples.js';
import { struct } from '../engine/struct.js';
import { task } from '../engine/task.js';
import { demand, demandInteger } from '../errors.js';
import { readOptions } from '../estimator/options.js';
import { apart, int, oneOf, real, seed } from '../estimator/params.js';
import { applyModel, copyWeights, LARGEST_RATE, makeModel, tensorsOf } from './models.js';
import { checkRange } from './rows.js';
import { TrainedEstimator } from './trained.js';
import { trainTask } from './training.js';

/**
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../data.js').Rows} Rows
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/options.js').CallOptions} CallOptions
 * @typedef {import('../estimator/options.js').WeightOption} WeightOption
 * @typedef {import('./models.js').Weights} Weights
 * @typedef {import('./rows.js').RowsLike} RowsLike
 *
 * @typedef {object} SeedOption
 * @property {number} [randomState] the seed of what is drawn at random. Default: the model's.
 *
 * How the partition function is found.
 *
 * @typedef {object} PartitionOptions
 * @property {'auto' | 'exact' | 'ais'} [method] 'exact' enumerates the states of the hidden units, of which there may be 24;
 *   'ais' estimates by annealed importance sampling (Salakhutdinov & Murray 2008). 'auto', the default, enumerates up to 16.
 * @property {number} [nTemperatures] for 'ais': steps from an empty model to this one; default: 10,000
 * @property {number} [nChains] for 'ais': independent estimates that are averaged; default: 100
 */

/** In the order of lakh_rbm_params. */
export const rbmParams = {
  /** Hidden units. */
  nComponents: int({ default: 256, min: 1 }),
  /** Rows of one step of learning, at most the number of rows; also the number of persistent chains. */
  batchSize: int({ default: 10, min: 1 }),
  /**
   * What the columns are: 'bernoulli' for values in [0, 1]; 'gaussian' for real values, of variance 1 around what the hidden units
   * say: standardise them.
   */
  visible: oneOf(['bernoulli', 'gaussian']),
  /**
   * Where the model's own samples come from: 'persistent' chains that go on from step to step (Tieleman 2008), as in scikit-learn;
   * 'contrastive': chains that begin at each row (Hinton 2002).
   */
  method: oneOf(['persistent', 'contrastive']),
  /** Steps of a chain for one step of learning: the k of CD-k. */
  nGibbs: int({ default: 1, min: 1 }),
  /** Whether rows are taken in a new random order each epoch, instead of as they come. */
  shuffle: oneOf([false, true]),
  /** The seed: same data, parameters and seed, same result, on every machine. */
  randomState: seed({ default: 0 }),
  /** Size of the steps of learning. */
  learningRate: real({ default: 0.1, min: Number.MIN_VALUE, max: LARGEST_RATE }),
  /** Share of the last step that is taken again, less than 1. */
  momentum: real({ default: 0, min: 0, max: 1 - 2 ** -53 }),
  /** Each step takes this share times the learning rate from the components. */
  weightDecay: real({ default: 0, min: 0 }),
  /** Mean activity that hidden units are drawn to when `sparsityCost` is not 0 (Lee, Ekanadham & Ng 2008). */
  sparsityTarget: real({ default: 0.1, min: 2 ** -53, max: 1 - 2 ** -53 }),
  /** How strongly they are drawn to it; 0: not at all. */
  sparsityCost: real({ default: 0, min: 0 }),
  /** Passes over the data. */
  nIter: apart(int({ default: 10, min: 1 })),
};

/**
 * @typedef {import('../estimator/params.js').Given<typeof rbmParams>} RBMOptions
 * @typedef {import('../estimator/params.js').Values<typeof rbmParams>} RBMParams
 */

/** @type {import('./training.js').Kind} */
export const rbmKind = {
  prefix: 'rbm',
  params: rbmParams,
  /** lakh_rbm_position */
  position: struct({ step: 'Float64', epoch: 'Float64', batch: 'Float64', rows: 'Float64', reconstruction: 'Float64' }),
  /** lakh_rbm_fit_state */
  progress: struct({ stepReconstruction: 'Float64', epochReconstruction: 'Float64', validationScore: 'Float64' }),
  steps: { reconstruction: 'stepReconstruction' },
  epochs: { reconstruction: 'epochReconstruction', validationScore: 'validationScore' },
  loss: 'reconstruction',
  isWeight: (name) => name !== 'chains',
  isValidated: true,
  labelsOf: () => undefined,
  rangeOf: ({ visible }) =>
    visible === 'bernoulli'
      ? {
          range: [0, 1],
          why: "for visible 'bernoulli' (divide bytes by 255; bring other values to that range, or choose 'gaussian')",
        }
      : undefined,
  begin: (work, model, { x, validation, until }) =>
    work.job('rbm_fit_create', model, x.data, x.rows, x.cols, x.weights, validation.data, validation.rows, until),
};

const fitTask = trainTask('RBM.fit', rbmKind);

/** Uses of a trained model, in the numbers of lakh_rbm_task. */
const USES = { transform: 0, reconstruct: 1, gibbs: 2, freeEnergy: 3, score: 4 };

/**
 * @typedef {object} ApplyRequest
 * @property {keyof typeof USES} use
 * @property {RBMParams} params
 * @property {number} nFeaturesIn
 * @property {Weights} weights
 * @property {Rows} input
 * @property {number} nSteps of each chain
 * @property {number} randomState
 */

const applyTask = task(
  'RBM.apply',
  /**
   * @param {Work} work
   * @param {ApplyRequest} request
   * @returns {Promise<Matrix>}
   */
  async (work, { use, params: values, nFeaturesIn, weights, input, nSteps, randomState }) => {
    const label = `${work.who}: X`;
    const table = await loadTable(work, label, input);
    const { data, rows, cols } = table;
    checkRange(work, label, table, rbmKind.rangeOf(values));
    const { nComponents } = values;
    const width = { transform: nComponents, reconstruct: nFeaturesIn, gibbs: nFeaturesIn, freeEnergy: 1, score: 1 }[use];
    const model = { prefix: 'rbm', params: rbmParams, values, nFeaturesIn, weights };
    return applyModel(work, model, rows, width, (rbm, out) =>
      work.job('rbm_apply_create', rbm, USES[use], data, rows, cols, nSteps, randomState, out),
    );
  },
);

/** lakh_rbm_partition_state */
const PARTITION = struct({ logPartition: 'Float64', error: 'Float64' });

const partitionTask = task(
  'RBM.partition',
  /**
   * @param {Work} work
   * @param {{ params: RBMParams, nFeaturesIn: number, weights: Weights, nTemperatures: number, nChains: number,
   *   randomState: number }} request nTemperatures is 0 for enumeration
   */
  async (work, { params: values, nFeaturesIn, weights, nTemperatures, nChains, randomState }) => {
    const rbm = makeModel(work, 'rbm', rbmParams, { ...values, batchSize: nChains }, nFeaturesIn, false);
    copyWeights(work, tensorsOf(work, 'rbm', rbm), 'values', weights);
    const job = work.job('rbm_partition_create', rbm, nTemperatures, randomState);
    await work.run(job, { metrics: () => ({}) });
    const place = work.struct(PARTITION);
    work.exports.rbm_partition_get(job, place);
    return work.read(PARTITION, place);
  },
);

/** Hidden units whose states can be enumerated, and up to which that is quick. */
const MOST_ENUMERATED = 24;
const FEW_ENUMERATED = 16;

/**
 * A restricted Boltzmann machine (Smolensky 1986; Hinton 2002): hidden units that explain which columns are on together. With the
 * parameters, defaults and scores of scikit-learn's BernoulliRBM.
 *
 * @extends {TrainedEstimator<typeof rbmParams>}
 *
 * @example
 * import { RBM } from 'lakh';
 *
 * const X = Array.from({ length: 100 }, (_, i) => (i % 2 ? [1, 1, 0, 0] : [0, 0, 1, 1]));
 * const model = await new RBM({ nComponents: 2, nIter: 50 }).fit(X);
 * console.log((await model.transform(X)).shape); // → [ 100, 2 ]
 * console.log((await model.gibbs([[1, 0, 0, 0]], { nSteps: 10 })).shape); // → [ 1, 4 ]
 */
export class RBM extends TrainedEstimator {
  /** @internal @override */
  static estimator = 'RBM';
  /** @internal @override */
  static params = rbmParams;
  /** @internal @override */
  static kind = rbmKind;
  /** @internal @override */
  static architecture = ['nComponents', 'batchSize', 'visible', 'method'];
  /** @internal @override */
  static epochs = 'nIter';
  /** @internal @override */
  static tasks = [fitTask, applyTask, partitionTask];

  /**
   * The weights between units, one row a hidden unit: shape [nComponents, nFeaturesIn].
   *
   * @returns {Matrix}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get components() {
    return /** @type {Matrix} */ (this.weights.components);
  }

  /**
   * What each hidden unit is inclined to by itself: nComponents values.
   *
   * @returns {Float32Array}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get interceptHidden() {
    return this.weights.intercept_hidden.data;
  }

  /**
   * What each column is inclined to by itself: nFeaturesIn values.
   *
   * @returns {Float32Array}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get interceptVisible() {
    return this.weights.intercept_visible.data;
  }

  /**
   * How likely each hidden unit is on, given the row.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions} [options]
   * @returns {Promise<Matrix>} shape [n, nComponents], in [0, 1]
   * @throws {TypeError | RangeError} for X that is not as the training's
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`, `OUT_OF_MEMORY`
   */
  async transform(X, options = {}) {
    return this.#apply('transform', X, options);
  }

  /**
   * Each row as the model sees it: what its hidden units' probabilities say of the columns.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions} [options]
   * @returns {Promise<Matrix>} shape [n, nFeaturesIn]
   * @throws {TypeError | RangeError | LakhError} as `transform`
   */
  async reconstruct(X, options = {}) {
    return this.#apply('reconstruct', X, options);
  }

  /**
   * Where chains of Gibbs sampling get to from the rows: hidden units are drawn given the visible ones, and these given those.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & SeedOption & { nSteps?: number }} [options] with `nSteps`, how often, ≥ 1; default: 1
   * @returns {Promise<Matrix>} shape [n, nFeaturesIn]: zeros and ones, or real values for 'gaussian'
   * @throws {TypeError | RangeError | LakhError} as `transform`
   */
  async gibbs(X, { nSteps = 1, ...options } = {}) {
    demandInteger(`${this.who}: nSteps`, nSteps, 1);
    return this.#apply('gibbs', X, options, nSteps);
  }

  /**
   * The free energy of each row: minus the logarithm of its probability (density), up to a constant, the `logPartition`.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions} [options]
   * @returns {Promise<Float32Array>} n values
   * @throws {TypeError | RangeError | LakhError} as `transform`
   */
  async freeEnergy(X, options = {}) {
    return (await this.#apply('freeEnergy', X, options)).data;
  }

  /**
   * The pseudo-likelihood of each row, as scikit-learn's: estimated from one column a row that is drawn at random. For 'gaussian'
   * minus the free energy.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & SeedOption} [options]
   * @returns {Promise<Float32Array>} n values
   * @throws {TypeError | RangeError | LakhError} as `transform`
   */
  async scoreSamples(X, options = {}) {
    return (await this.#apply('score', X, options)).data;
  }

  /**
   * The mean pseudo-likelihood: the higher, the better the model describes the rows.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & SeedOption & WeightOption} [options]
   * @returns {Promise<number>}
   * @throws {TypeError | RangeError | LakhError} as `transform`
   */
  async score(X, options = {}) {
    return this.meanScore(X, options);
  }

  /**
   * The logarithm of the partition function, with which free energies become probabilities: ln P(v) = -F(v) - logPartition.
   *
   * @param {CallOptions & SeedOption & PartitionOptions} [options]
   * @returns {Promise<{ logPartition: number, error: number }>} with its standard error by the spread of the chains; 0 when exact
   * @throws {TypeError | RangeError} for options that are not as described
   * @throws {LakhError} as `transform`
   */
  async logPartition(options = {}) {
    const {
      method = 'auto',
      nTemperatures = 10_000,
      nChains = 100,
      randomState,
    } = readOptions(this.who, options, ['method', 'nTemperatures', 'nChains', 'randomState']);
    const { params, nFeaturesIn, weights } = this.fittedState;
    const Kind = typeof method === 'string' ? RangeError : TypeError;
    demand(['auto', 'exact', 'ais'].includes(method), `${this.who}: method`, "'auto' or 'exact' or 'ais'", method, Kind);
    demandInteger(`${this.who}: nTemperatures`, nTemperatures, 1);
    demandInteger(`${this.who}: nChains`, nChains, 2);
    const { nComponents } = params;
    const isExact = method === 'exact' || (method === 'auto' && nComponents <= FEW_ENUMERATED);
    if (isExact)
      demand(
        nComponents <= MOST_ENUMERATED,
        `${this.who}: nComponents`,
        `at most ${MOST_ENUMERATED} for method 'exact'`,
        nComponents,
      );
    const request = {
      params,
      nFeaturesIn,
      weights,
      nChains,
      nTemperatures: isExact ? 0 : nTemperatures,
      randomState: this.seedOr(randomState),
    };
    return this.run(partitionTask, request, options);
  }

  /**
   * The mean logarithm of the rows' probability (density), by their free energies and `logPartition`.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & SeedOption & PartitionOptions & WeightOption} [options]
   * @returns {Promise<number>}
   * @throws {TypeError | RangeError | LakhError} as `transform`
   */
  async logLikelihood(X, { sampleWeight, ...options } = {}) {
    const energy = await this.meanOver(X, sampleWeight, () => this.freeEnergy(X, { signal: options.signal }));
    return -energy - (await this.logPartition(options)).logPartition;
  }

  /**
   * @param {keyof typeof USES} use
   * @param {unknown} X
   * @param {CallOptions & SeedOption} options
   * @param {number} [nSteps]
   * @returns {Promise<Matrix>}
   */
  async #apply(use, X, options, nSteps = 1) {
    const { randomState } = readOptions(this.who, options, use === 'gibbs' || use === 'score' ? ['randomState'] : []);
    const { params, nFeaturesIn, weights } = this.fittedState;
    const request = {
      use,
      params,
      nFeaturesIn,
      weights,
      input: this.rowsFor(X),
      nSteps,
      randomState: this.seedOr(randomState),
    };
    return this.run(applyTask, request, options);
  }
}
