/**
 * What estimators share whose model is a set of centres: a row belongs to the nearest one.
 */
import { readWeights } from '../data.js';
import { columnsOf, loadSamples, pixelParams } from '../engine/samples.js';
import { task } from '../engine/task.js';
import { Estimator } from '../estimator/estimator.js';
import { readOptions } from '../estimator/options.js';
import { readParams } from '../estimator/params.js';

/**
 * @typedef {import('../data.js').DataLike} DataLike
 * @typedef {import('../data.js').Input} Input
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../engine/samples.js').PixelOptions} PixelOptions
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/options.js').CallOptions} CallOptions
 * @typedef {import('../estimator/options.js').FitOptions} FitOptions
 */

/**
 * @typedef {object} CentersState
 * @property {Int32Array} [labels] missing when left out of the file that the model was loaded from
 * @property {Matrix} clusterCenters
 * @property {number} inertia
 * @property {number} nIter
 * @property {boolean} converged
 * @property {PixelOptions} pixels how an image given as X becomes rows
 */

/**
 * Centres as they are before a fit: given, or to be chosen by the method that `code` names.
 *
 * @param {Work} work
 * @param {{ init: string | Matrix }} params
 * @returns {number} the address of the given ones, or 0
 */
export const copyInitCenters = (work, { init }) => (typeof init === 'string' ? 0 : work.copyIn(init.data));

/**
 * Checks what the table cannot know: that the data have enough rows and that given centres have their columns.
 *
 * @param {string} who
 * @param {{ nClusters: number, init: string | Matrix }} params
 * @param {number} rows
 * @param {number} cols
 * @param {string} [what] the rows are
 * @throws {RangeError}
 */
export function checkCenters(who, { nClusters, init }, rows, cols, what = 'rows of X') {
  if (nClusters > rows)
    throw new RangeError(`${who}: nClusters must be at most the number of ${what} (${rows}), got ${nClusters}`);
  if (typeof init === 'string' || (init.shape[0] === nClusters && init.shape[1] === cols)) return;
  const wanted = `nClusters × nFeatures (${nClusters} × ${cols})`;
  throw new RangeError(`${who}: init must have the shape ${wanted}, got ${init.shape.join(' × ')}`);
}

/**
 * @typedef {object} AssignRequest
 * @property {Input} input
 * @property {Matrix} clusterCenters
 * @property {PixelOptions} pixels
 */

const predictTask = task(
  'centers.predict',
  /** @param {Work} work @param {AssignRequest} request */
  async (work, { input, clusterCenters, pixels }) => {
    const samples = await loadSamples(work, input, undefined, pixels);
    const labels = work.alloc(samples.rows, 4);
    await assign(work, samples, clusterCenters, { labels });
    return samples.labels(labels, clusterCenters.shape[0], true);
  },
);

const transformTask = task(
  'centers.transform',
  /** @param {Work} work @param {AssignRequest} request @returns {Promise<Matrix>} */
  async (work, { input, clusterCenters, pixels }) => {
    const samples = await loadSamples(work, input, undefined, { ...pixels, skipTransparent: false });
    const nCenters = clusterCenters.shape[0];
    const distances = work.alloc(samples.rows * nCenters, 4);
    await assign(work, samples, clusterCenters, { distances });
    if (input.kind === 'rows') return work.matrix(distances, samples.rows, nCenters);
    const rowOfPixel = await samples.labels(
      work.copyIn(Int32Array.from({ length: samples.rows }, (_, i) => i)),
      samples.rows,
      true,
    );
    return expandRows(work.floats(distances, samples.rows * nCenters), rowOfPixel, nCenters);
  },
);

const scoreTask = task(
  'centers.score',
  /** @param {Work} work @param {AssignRequest & { sampleWeight?: Float32Array }} request */
  async (work, { input, clusterCenters, pixels, sampleWeight }) => {
    const samples = await loadSamples(work, input, sampleWeight, pixels);
    const { rows } = samples;
    const nearest = work.alloc(rows, 4);
    await assign(work, samples, clusterCenters, { nearest });
    const distances = work.floats(nearest, rows);
    const weights = samples.weights === 0 ? undefined : work.floats(samples.weights, rows);
    let inertia = 0;
    for (let i = 0; i < rows; i++) inertia += (weights?.[i] ?? 1) * distances[i];
    return -inertia;
  },
);

/**
 * @param {Float32Array} rows
 * @param {Int32Array} rowOf the row that each row of the result is
 * @param {number} cols
 * @returns {Matrix}
 */
function expandRows(rows, rowOf, cols) {
  const data = new Float32Array(rowOf.length * cols);
  for (let i = 0; i < rowOf.length; i++) data.set(rows.subarray(rowOf[i] * cols, (rowOf[i] + 1) * cols), i * cols);
  return { data, shape: [rowOf.length, cols] };
}

/**
 * @param {Work} work
 * @param {import('../engine/samples.js').Samples} samples
 * @param {Matrix} centers
 * @param {{ labels?: number, distances?: number, nearest?: number }} outputs addresses
 */
function assign(work, { data, rows, cols }, centers, { labels = 0, distances = 0, nearest = 0 }) {
  const place = work.copyIn(centers.data);
  const job = work.job('assign_create', data, rows, cols, place, centers.shape[0], labels, distances, nearest);
  return work.run(job, { metrics: () => ({}) });
}

/**
 * @template {import('../estimator/params.js').Table} T
 * @template {CentersState} S
 * @extends {Estimator<T, S>}
 */
export class CentersEstimator extends Estimator {
  /** @internal @override @type {import('../estimator/safetensors.js').Layout} */
  static fitted = {
    clusterCenters: { type: 'F32', rank: 2 },
    labels: { type: 'I32', rank: 1, perRow: true },
    inertia: { type: 'number' },
    nIter: { type: 'number' },
    converged: { type: 'boolean' },
    pixels: { type: 'object' },
  };
  /** @internal @type {readonly import('../engine/task.js').Task<any, any>[]} */
  static centerTasks = [predictTask, transformTask, scoreTask];

  /**
   * @param {unknown} _params
   * @param {CentersState} state
   * @returns {string | undefined}
   * @internal
   */
  static faultOf(_params, { clusterCenters, labels, inertia, nIter, pixels }) {
    const [nCenters, cols] = clusterCenters.shape;
    if (nCenters < 1 || cols < 1) return 'clusterCenters is empty';
    if (labels?.some((label) => label < -1 || label >= nCenters)) return 'labels name centres that do not exist';
    if (!(inertia >= 0)) return 'inertia is negative';
    if (!Number.isInteger(nIter) || nIter < 0) return 'nIter is not a count';
    readParams('pixels', pixelParams, pixels);
    return undefined;
  }

  /**
   * The class of each training row, or pixel: the index of its centre.
   *
   * @returns {Int32Array}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get labels() {
    return /** @type {Int32Array} */ (this.fitted('labels'));
  }

  /**
   * The centres, one a row: shape [nClusters, nFeaturesIn].
   *
   * @returns {Matrix}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get clusterCenters() {
    return /** @type {Matrix} */ (this.fitted('clusterCenters'));
  }

  /**
   * The weighted sum of the rows' squared distances to their centres.
   *
   * @returns {number}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get inertia() {
    return /** @type {number} */ (this.fitted('inertia'));
  }

  /**
   * Iterations of the run that was kept.
   *
   * @returns {number}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get nIter() {
    return /** @type {number} */ (this.fitted('nIter'));
  }

  /**
   * Whether the fit came to rest before `maxIter`.
   *
   * @returns {boolean}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get converged() {
    return /** @type {boolean} */ (this.fitted('converged'));
  }

  /**
   * How many columns the training data had.
   *
   * @returns {number}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get nFeaturesIn() {
    return this.clusterCenters.shape[1];
  }

  /**
   * Learns from X and gives the labels of its rows.
   *
   * @param {DataLike} X
   * @param {FitOptions} [options]
   * @returns {Promise<Int32Array>} one label a row, or pixel
   * @throws {TypeError | RangeError | LakhError} as `fit`
   */
  async fitPredict(X, options) {
    await this.fit(X, options);
    return this.labels;
  }

  /**
   * Learns from X and gives the distances of its rows to the centres.
   *
   * @param {DataLike} X
   * @param {FitOptions} [options]
   * @returns {Promise<Matrix>} shape [n, nClusters]
   * @throws {TypeError | RangeError | LakhError} as `fit`
   */
  async fitTransform(X, options = {}) {
    await this.fit(X, options);
    return this.transform(X, { signal: options.signal });
  }

  /**
   * The nearest centre of each row, or pixel.
   *
   * @param {DataLike} X n rows of `nFeaturesIn` columns, or an image
   * @param {CallOptions} [options]
   * @returns {Promise<Int32Array>} n labels
   * @throws {TypeError | RangeError} for X that is not a finite table of `nFeaturesIn` columns
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`, `OUT_OF_MEMORY`
   */
  async predict(X, options = {}) {
    return this.run(predictTask, this.#requestFor(X, readOptions(this.who, options)), options);
  }

  /**
   * The Euclidean distance of each row, or pixel, to each centre.
   *
   * @param {DataLike} X n rows of `nFeaturesIn` columns, or an image
   * @param {CallOptions} [options]
   * @returns {Promise<Matrix>} shape [n, nClusters]
   * @throws {TypeError | RangeError} as `predict`
   * @throws {LakhError} as `predict`
   */
  async transform(X, options = {}) {
    return this.run(transformTask, this.#requestFor(X, readOptions(this.who, options)), options);
  }

  /**
   * Minus the inertia of the rows: the higher, the closer they are to the centres.
   *
   * @param {DataLike} X n rows of `nFeaturesIn` columns, or an image
   * @param {FitOptions} [options]
   * @returns {Promise<number>} ≤ 0
   * @throws {TypeError | RangeError} as `predict`, and for weights that are negative or not one a row
   * @throws {LakhError} as `predict`
   */
  async score(X, options = {}) {
    const request = this.#requestFor(X, readOptions(this.who, options, ['sampleWeight']));
    const sampleWeight = readWeights(this.who, options.sampleWeight, request.input.rows);
    return this.run(scoreTask, { ...request, sampleWeight }, options);
  }

  /**
   * @param {Input} input
   * @protected
   * @override
   */
  checkFit(input) {
    const { nClusters, init } = /** @type {{ nClusters: number, init: string | Matrix }} */ (this.paramValues);
    checkCenters(this.who, { nClusters, init }, input.rows, input.cols);
  }

  /**
   * @param {unknown} X
   * @param {CallOptions} _options
   * @returns {AssignRequest}
   */
  #requestFor(X, _options) {
    const { clusterCenters, pixels } = this.fittedState;
    const input = this.readAsFitted(X, clusterCenters.shape[1], (given) => columnsOf(given, pixels));
    return { input, clusterCenters, pixels };
  }
}
