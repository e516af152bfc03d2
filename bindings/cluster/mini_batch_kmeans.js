/**
 * Mini-batch k-means, for streams and for data too large to iterate over; the algorithm is src/cluster/mini_batch_kmeans.c.
 */
import { loadSamples, plainPixels } from '../engine/samples.js';
import { struct } from '../engine/struct.js';
import { task } from '../engine/task.js';
import { either, encode, int, matrix, oneOf, real, seed, structOf } from '../estimator/params.js';
import { CentersEstimator, checkColumns, copyInitCenters } from './centers.js';

/**
 * @typedef {import('../data.js').DataLike} DataLike
 * @typedef {import('../data.js').Input} Input
 * @typedef {import('../engine/samples.js').Samples} Samples
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/options.js').FitOptions} FitOptions
 */

/** In the order of lakh_mini_batch_kmeans_params. */
const params = {
  /** Number of classes k, at most the number of rows (of the first batch, for `partialFit`). */
  nClusters: int({ default: 8, min: 1 }),
  /** Where the centres begin: 'k-means++', 'random', or the centres themselves, nClusters × nFeatures. */
  init: either(oneOf(['k-means++', 'random']), matrix('nClusters × nFeatures', 2)),
  /** Starts that are compared on a sample of `initSize` rows. 'auto': 3 for 'random', otherwise 1. */
  nInit: either(oneOf(['auto']), int({ default: 3, min: 1 })),
  /** Most passes over the data. */
  maxIter: int({ default: 100, min: 1 }),
  /** Rows of one batch. */
  batchSize: int({ default: 1024, min: 1 }),
  /** Rows from which the start is chosen; null: three batches, and at least 3 nClusters. */
  initSize: either(oneOf([null]), int({ default: 1, min: 1 })),
  /** Batches without a lower smoothed inertia after which the fit ends; null: it does not end for that. */
  maxNoImprovement: either(oneOf([null]), int({ default: 10, min: 1 }), { default: 10 }),
  /** The fit ends when the centres' smoothed squared movement is at most this share of the columns' mean variance; 0: never. */
  tol: real({ default: 0, min: 0 }),
  /** Centres that have seen less than this share of the largest count may be moved to a row of the batch. */
  reassignmentRatio: real({ default: 0.01, min: 0 }),
  /** The seed: same data, parameters and seed, same result, on every machine. */
  randomState: seed({ default: 0 }),
};

/**
 * @typedef {import('../estimator/params.js').Given<typeof params>} MiniBatchKMeansOptions
 * @typedef {import('../estimator/params.js').Values<typeof params>} MiniBatchKMeansParams
 */

/**
 * What partial fitting goes on from.
 *
 * @typedef {object} Learned
 * @property {Float64Array} counts the weight that each centre has seen
 * @property {number} nSteps batches seen
 *
 * @typedef {import('./centers.js').CentersState & Learned} MiniBatchKMeansState
 */

const PARAMS = structOf(params);

/** lakh_mini_batch_kmeans_model */
const MODEL = struct({ centers: 'Uint32', counts: 'Uint32', nSteps: 'Uint32', initialized: 'Int32' });

/** lakh_mini_batch_kmeans_state */
const STATE = struct({
  centers: 'Uint32',
  counts: 'Uint32',
  labels: 'Uint32',
  inertia: 'Float64',
  nSteps: 'Uint32',
  nIter: 'Int32',
  converged: 'Int32',
});

/**
 * @param {Work} work
 * @param {MiniBatchKMeansParams} values
 */
const copyParams = (work, values) => {
  const nInit = values.nInit === 'auto' ? (values.init === 'random' ? 3 : 1) : values.nInit;
  return work.struct(PARAMS, { ...encode(params, values), nInit });
};

/**
 * @param {Work} work
 * @param {Samples} samples
 * @param {number} job
 * @param {number} nClusters
 */
async function runJob(work, samples, job, nClusters) {
  const place = work.struct(STATE);
  const read = () => {
    work.exports.mini_batch_kmeans_get(job, place);
    return work.read(STATE, place);
  };
  const state = async (/** @type {boolean} */ last) => {
    const { centers, counts, labels, converged, inertia, nSteps, nIter } = read();
    return {
      clusterCenters: work.matrix(centers, nClusters, samples.cols),
      counts: work.view(Float64Array, counts, nClusters).slice(),
      // Labels of all rows are known only when all is done.
      labels: last ? await samples.labels(labels, nClusters) : undefined,
      inertia,
      nSteps,
      nIter,
      converged: converged === 1,
      pixels: plainPixels,
    };
  };
  const metrics = () => {
    const { inertia, nIter, nSteps } = read();
    return { inertia, nIter, nSteps };
  };
  await work.run(job, { metrics, state: () => state(false) });
  return state(true);
}

const fitTask = task(
  'MiniBatchKMeans.fit',
  /**
   * @param {Work} work
   * @param {{ params: MiniBatchKMeansParams, input: Input, sampleWeight?: Float32Array }} request
   */
  async (work, { params: values, input, sampleWeight }) => {
    const samples = await loadSamples(work, input, sampleWeight);
    const { data, rows, cols, weights } = samples;
    const given = copyParams(work, values);
    const job = work.job('mini_batch_kmeans_create', given, data, rows, cols, weights, copyInitCenters(work, values));
    return runJob(work, samples, job, values.nClusters);
  },
);

const partialFitTask = task(
  'MiniBatchKMeans.partialFit',
  /**
   * @param {Work} work
   * @param {{ params: MiniBatchKMeansParams, input: Input, sampleWeight?: Float32Array, state?: MiniBatchKMeansState }} request
   */
  async (work, { params: values, input, sampleWeight, state }) => {
    const samples = await loadSamples(work, input, sampleWeight);
    const { data, rows, cols, weights } = samples;
    const { nClusters } = values;
    const model = work.struct(MODEL, {
      centers: state === undefined ? work.alloc(nClusters * cols, 4) : work.copyIn(state.clusterCenters.data),
      counts: state === undefined ? work.alloc(nClusters, 8) : work.copyIn(state.counts),
      nSteps: state?.nSteps ?? 0,
      initialized: state === undefined ? 0 : 1,
    });
    const given = copyParams(work, values);
    const centers = copyInitCenters(work, values);
    const job = work.job('mini_batch_kmeans_create_partial', given, model, data, rows, cols, weights, centers);
    return runJob(work, samples, job, nClusters);
  },
);

/**
 * K-means from small batches (Sculley 2010), as scikit-learn's MiniBatchKMeans: nearly as good as KMeans, at a cost that does
 * not grow with the number of rows, and able to learn from a stream with `partialFit`.
 *
 * @extends {CentersEstimator<typeof params, MiniBatchKMeansState>}
 *
 * @example
 * import { MiniBatchKMeans } from 'lakh';
 *
 * const model = new MiniBatchKMeans({ nClusters: 2 });
 * await model.partialFit([[1, 1], [9, 9]]);
 * await model.partialFit([[1, 2], [8, 9]]);
 * console.log(model.clusterCenters.shape); // [ 2, 2 ]
 */
export class MiniBatchKMeans extends CentersEstimator {
  /** @internal @override */
  static estimator = 'MiniBatchKMeans';
  /** @internal @override */
  static params = params;
  /** @internal @override */
  static fitted = {
    ...CentersEstimator.fitted,
    counts: /** @type {const} */ ({ type: 'F64', rank: 1 }),
    nSteps: {},
  };
  /** @internal @override */
  static tasks = [fitTask, partialFitTask, ...CentersEstimator.centerTasks];

  /**
   * @param {MiniBatchKMeansState} state
   * @returns {boolean}
   * @internal
   * @override
   */
  static isSound(state) {
    const { counts, clusterCenters, nSteps } = state;
    const areCounts = counts.length === clusterCenters.shape[0] && counts.every((count) => count >= 0);
    return areCounts && Number.isInteger(nSteps) && nSteps >= 0 && nSteps < 2 ** 32 && CentersEstimator.isSound(state);
  }

  /**
   * Batches seen since the last `fit`, or since the first `partialFit`.
   *
   * @returns {number}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get nSteps() {
    return this.fitted('nSteps');
  }

  /**
   * Learns from one batch and keeps what earlier ones taught. `labels` and `inertia` are then this batch's.
   *
   * @param {DataLike} X n rows, or an image, whose pixels are the rows; the first batch needs at least nClusters rows
   * @param {FitOptions} [options]
   * @returns {Promise<this>}
   * @throws {TypeError | RangeError} as `fit`, and for columns other than those of earlier batches
   * @throws {LakhError} as `fit`
   */
  async partialFit(X, options = {}) {
    const state = this.isFitted ? this.fittedState : undefined;
    const request = { ...this.fitRequest(X, options, state), state: state && { ...state, labels: undefined } };
    await this.train(partialFitTask, request, options);
    return this;
  }

  /**
   * @param {Input} input
   * @param {MiniBatchKMeansState} [state] that is gone on from
   * @protected
   * @override
   */
  checkFit(input, state) {
    if (state === undefined) {
      super.checkFit(input);
      return;
    }
    const [nClusters] = state.clusterCenters.shape;
    checkColumns(this.who, input.cols, state.clusterCenters);
    if (this.paramValues.nClusters !== nClusters)
      throw new RangeError(
        `${this.who}: nClusters was changed from ${nClusters} to ${this.paramValues.nClusters}; partialFit cannot go on, call fit`,
      );
  }
}
