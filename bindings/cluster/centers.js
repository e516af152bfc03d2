/**
 * What estimators share whose model is a set of centres: a row belongs to the nearest one.
 */
import { readData, readWeights } from '../data.js';
import { columnsOf, loadPixels, loadSamples } from '../engine/samples.js';
import { task } from '../engine/task.js';
import { demand } from '../errors.js';
import { Estimator } from '../estimator/estimator.js';
import { readOptions } from '../estimator/options.js';

/**
 * @typedef {import('../data.js').DataLike} DataLike
 * @typedef {import('../data.js').Input} Input
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../data.js').Pixels} Pixels
 * @typedef {import('../engine/samples.js').PixelOptions} PixelOptions
 * @typedef {import('../engine/samples.js').Samples} Samples
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
  demand(nClusters <= rows, `${who}: nClusters`, `at most the number of ${what} (${rows})`, nClusters);
  if (typeof init === 'string') return;
  const isGood = init.shape[0] === nClusters && init.shape[1] === cols;
  demand(isGood, `${who}: init`, `of shape nClusters × nFeatures, [${nClusters}, ${cols}]`, init.shape);
}

/**
 * @param {string} who
 * @param {number} cols of X
 * @param {Matrix} centers
 * @throws {RangeError}
 */
export function checkColumns(who, cols, { shape: [, nFeaturesIn] }) {
  demand(cols === nFeaturesIn, `${who}: X`, `of ${nFeaturesIn} columns`, cols);
}

/**
 * @typedef {object} AssignRequest
 * @property {Input} input
 * @property {Matrix} clusterCenters
 * @property {PixelOptions} pixels
 * @property {Float32Array} [sampleWeight]
 */

/**
 * @template R
 * @param {'labels' | 'distances' | 'nearest'} wanted which output of lakh_assign_create
 * @param {(work: Work, samples: Samples, output: number, nCenters: number, input: Input) => R | Promise<R>} show
 */
const assignTask = (wanted, show) =>
  task(
    `centers.${wanted}`,
    /** @param {Work} work @param {AssignRequest} request */
    async (work, { input, clusterCenters, pixels, sampleWeight }) => {
      const samples = await loadSamples(work, input, sampleWeight, pixels);
      const { data, rows, cols } = samples;
      const [nCenters] = clusterCenters.shape;
      const output = work.alloc(rows * (wanted === 'distances' ? nCenters : 1), 4);
      const outputs = ['labels', 'distances', 'nearest'].map((name) => (name === wanted ? output : 0));
      const job = work.job('assign_create', data, rows, cols, work.copyIn(clusterCenters.data), nCenters, ...outputs);
      await work.run(job, { metrics: () => ({}) });
      return show(work, samples, output, nCenters, input);
    },
  );

const predictRowsTask = assignTask('labels', (_, samples, labels, nCenters) => samples.labels(labels, nCenters));

/** Pixels are compared with the centres one by one, without making rows of them: one row is the least that can be asked for. */
const predictPixelsTask = task(
  'centers.pixels',
  /** @param {Work} work @param {AssignRequest} request */
  async (work, { input, clusterCenters, pixels }) => {
    const samples = await loadPixels(work, /** @type {Pixels} */ (input), pixels, 0, 1);
    return samples.labels(work.copyIn(clusterCenters.data), clusterCenters.shape[0], 'paint_nearest_create');
  },
);

const transformTask = assignTask('distances', async (work, samples, distances, nCenters, { kind }) => {
  const table = work.matrix(distances, samples.rows, nCenters);
  if (kind === 'rows') return table;
  // Equal pixels are one row here: each pixel's label among them is its row.
  const rowOf = await samples.labels(work.copyIn(new Int32Array(samples.rows).map((_, i) => i)), samples.rows);
  const data = new Float32Array(rowOf.length * nCenters);
  rowOf.forEach((row, i) => {
    data.set(table.data.subarray(row * nCenters, (row + 1) * nCenters), i * nCenters);
  });
  return /** @type {Matrix} */ ({ data, shape: [rowOf.length, nCenters] });
});

const scoreTask = assignTask('nearest', (work, { rows, weights }, nearest) => {
  const weight = work.view(Float32Array, weights, rows);
  return -work.view(Float32Array, nearest, rows).reduce((sum, distance, i) => sum + (weights ? weight[i] : 1) * distance, 0);
});

/**
 * @template {import('../estimator/params.js').Table} T
 * @template {CentersState} S
 * @extends {Estimator<T, S>}
 */
export class CentersEstimator extends Estimator {
  /** @internal @override @type {import('../estimator/layout.js').Layout} */
  static fitted = {
    clusterCenters: { type: 'F32', rank: 2 },
    labels: { type: 'I32', rank: 1, perRow: true },
    inertia: {},
    nIter: {},
    converged: {},
    pixels: {},
  };
  /** @internal @type {readonly import('../engine/task.js').Task<any, any>[]} */
  static centerTasks = [predictRowsTask, predictPixelsTask, transformTask, scoreTask];

  /**
   * Whether a state read from a file makes sense.
   *
   * @param {CentersState} state
   * @returns {boolean}
   * @internal
   * @override
   */
  static isSound({ clusterCenters, labels = new Int32Array(), inertia, nIter, converged, pixels }) {
    const [nCenters, cols] = clusterCenters.shape;
    return (
      nCenters > 0 &&
      cols > 0 &&
      labels.every((label) => label >= -1 && label < nCenters) &&
      Number.isFinite(inertia) &&
      Number.isInteger(nIter) &&
      typeof converged === 'boolean' &&
      pixels.colorSpace in [0, 1, 2] &&
      pixels.positionWeight >= 0
    );
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
    const request = this.#read(X, options);
    return this.run(request.input.kind === 'pixels' ? predictPixelsTask : predictRowsTask, request, options);
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
    const request = this.#read(X, options);
    return this.run(transformTask, { ...request, pixels: { ...request.pixels, skipTransparent: 0 } }, options);
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
    return this.run(scoreTask, this.#read(X, options, ['sampleWeight']), options);
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
   * @param {FitOptions} options
   * @param {string[]} [more] options that are known
   * @returns {AssignRequest}
   */
  #read(X, options, more) {
    const { sampleWeight } = readOptions(this.who, options, more);
    const { clusterCenters, pixels } = this.fittedState;
    const input = readData(this.who, X);
    checkColumns(this.who, columnsOf(input, pixels), clusterCenters);
    return { input, clusterCenters, pixels, sampleWeight: readWeights(this.who, sampleWeight, input.rows) };
  }
}
