/**
 * K-means clustering; the algorithm is src/cluster/kmeans.c.
 */
import { loadSamples, plainPixels } from '../engine/samples.js';
import { struct } from '../engine/struct.js';
import { task } from '../engine/task.js';
import { demand } from '../errors.js';
import { either, encode, int, matrix, oneOf, real, seed, structOf } from '../estimator/params.js';
import { CentersEstimator, copyInitCenters } from './centers.js';

/**
 * @typedef {import('../data.js').Input} Input
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../engine/samples.js').Samples} Samples
 * @typedef {import('../engine/work.js').Work} Work
 */

/** In the order of lakh_kmeans_params. */
export const kmeansParams = {
  /** Number of classes k, at most the number of rows. */
  nClusters: int({ default: 8, min: 1 }),
  /**
   * Where the centres begin: 'k-means++' (greedy, with 2 + ln k trials a centre; Arthur & Vassilvitskii 2007), 'random' (rows
   * drawn at random), or the centres themselves, nClusters × nFeatures.
   */
  init: either(oneOf(['k-means++', 'random']), matrix('nClusters × nFeatures', 2)),
  /** Runs from different starts, of which the best is kept. 'auto': 10 for 'random', otherwise 1. */
  nInit: either(oneOf(['auto']), int({ default: 10, min: 1 })),
  /** Most iterations of one run. */
  maxIter: int({ default: 300, min: 1 }),
  /** A run ends when the centres' squared movement is at most this share of the columns' mean variance. */
  tol: real({ default: 1e-4, min: 0 }),
  /** The seed: same data, parameters and seed, same result, on every machine. */
  randomState: seed({ default: 0 }),
  /**
   * How the nearest centres are found; the result is the same. 'lloyd' compares all (Lloyd 1982), 'elkan' skips by bounds
   * (Elkan 2003; beyond 16 classes for groups of centres: Ding et al. 2015), 'filtering' takes whole cells at once (Kanungo et
   * al. 2002) and needs at most 5 columns, 'auto' chooses.
   */
  algorithm: oneOf(['auto', 'lloyd', 'elkan', 'filtering']),
};

/**
 * @typedef {import('../estimator/params.js').Given<typeof kmeansParams>} KMeansOptions
 * @typedef {import('../estimator/params.js').Values<typeof kmeansParams>} KMeansParams
 */

/**
 * What a fit has reached: after an iteration, of the run under way; at the end, of the best run.
 *
 * @typedef {object} KMeansProgressState
 * @property {number} run which of the `nInit` runs, from 0
 *
 * @typedef {import('./centers.js').CentersState & KMeansProgressState} KMeansState
 */

const PARAMS = structOf(kmeansParams);

/** lakh_kmeans_state */
const STATE = struct({
  centers: 'Uint32',
  labels: 'Uint32',
  inertia: 'Float64',
  nIter: 'Int32',
  run: 'Int32',
  converged: 'Int32',
});

/**
 * Runs k-means on samples that are in the module.
 *
 * @template R
 * @param {Work} work
 * @param {Samples} samples
 * @param {KMeansParams} params
 * @param {(state: { centers: Matrix, labels: number, inertia: number, nIter: number, run: number, converged: boolean }) =>
 *   Promise<R>} show makes what watchers and the caller see; labels is the address of one a sample
 * @returns {Promise<R>}
 */
export async function runKMeans(work, { data, rows, cols, weights }, params, show) {
  const nInit = params.nInit === 'auto' ? (params.init === 'random' ? 10 : 1) : params.nInit;
  const given = work.struct(PARAMS, { ...encode(kmeansParams, params), nInit });
  const job = work.job('kmeans_create', given, data, rows, cols, weights, copyInitCenters(work, params));
  const place = work.struct(STATE);
  const read = () => {
    work.exports.kmeans_get(job, place);
    return work.read(STATE, place);
  };
  const metrics = () => {
    const { inertia, nIter, run } = read();
    return { inertia, nIter, run };
  };
  const state = () => {
    const { centers, converged, ...rest } = read();
    return show({ ...rest, centers: work.matrix(centers, params.nClusters, cols), converged: !!converged });
  };
  await work.run(job, { metrics, state });
  return state();
}

const fitTask = task(
  'KMeans.fit',
  /**
   * @param {Work} work
   * @param {{ params: KMeansParams, input: Input, sampleWeight?: Float32Array }} request
   */
  async (work, { params, input, sampleWeight }) => {
    const samples = await loadSamples(work, input, sampleWeight);
    return runKMeans(work, samples, params, async ({ centers, labels, ...rest }) => ({
      clusterCenters: centers,
      labels: await samples.labels(labels, params.nClusters),
      ...rest,
      pixels: plainPixels,
    }));
  },
);

/**
 * K-means clustering: nClusters centres such that the sum of the rows' squared distances to their nearest centre is small.
 * Lloyd's iterations (Lloyd 1982) from k-means++ starts (Arthur & Vassilvitskii 2007), as scikit-learn's KMeans.
 *
 * An image given as X is clustered by its pixels' red, green and blue; equal colours are merged on the way, which changes
 * nothing in the result and much in the time.
 *
 * @extends {CentersEstimator<typeof kmeansParams, KMeansState>}
 *
 * @example
 * import { KMeans } from 'lakh';
 *
 * const model = new KMeans({ nClusters: 2, randomState: 7 });
 * await model.fit([[1, 1], [1, 2], [9, 8], [8, 9]]);
 * console.log(model.labels); // Int32Array(4) [ 0, 0, 1, 1 ] or [ 1, 1, 0, 0 ]
 * console.log(await model.predict([[0, 0]]));
 */
export class KMeans extends CentersEstimator {
  /** @internal @override */
  static estimator = 'KMeans';
  /** @internal @override */
  static params = kmeansParams;
  /** @internal @override */
  static tasks = [fitTask, ...CentersEstimator.centerTasks];

  /**
   * @param {import('../data.js').Input} input
   * @protected
   * @override
   */
  checkFit(input) {
    super.checkFit(input);
    const { algorithm } = this.paramValues;
    demand(
      algorithm !== 'filtering' || input.cols <= 5,
      `${this.who}: X`,
      "of at most 5 columns for algorithm 'filtering'",
      input.cols,
    );
  }
}
