/**
 * How good a clustering is, judged from the rows and their labels alone; computed in src/metrics.
 */
import { isNumericArray, pixelsAsRows, readData } from './data.js';
import { loadEachRow } from './engine/samples.js';
import { movable, task } from './engine/task.js';
import { show } from './errors.js';
import { readOptionParams, readOptions } from './estimator/options.js';
import { either, int, oneOf, seed } from './estimator/params.js';

/**
 * @typedef {import('./data.js').DataLike} DataLike
 * @typedef {import('./data.js').Input} Input
 * @typedef {import('./engine/task.js').Runner} Runner
 * @typedef {import('./engine/work.js').Work} Work
 * @typedef {import('./estimator/options.js').CallOptions} CallOptions
 *
 * @typedef {{ input: Input, labels: Int32Array, nLabels: number }} Request
 */

const silhouetteTask = task(
  'silhouette',
  /** @param {Work} work @param {Request & { each: boolean }} request */
  async (work, { input, labels, nLabels, each }) => {
    const { data, rows, cols } = await loadEachRow(work, input);
    const job = work.job('silhouette_create', data, rows, cols, work.copyIn(labels), nLabels, 0);
    await work.run(job, { metrics: () => ({}) });
    const values = work.alloc(1, 4);
    const mean = work.alloc(1, 8);
    work.exports.silhouette_get(job, values, mean);
    const samples = each
      ? work.view(Float32Array, work.view(Int32Array, values, 1)[0] >>> 0, rows).slice()
      : new Float32Array(0);
    return { samples, mean: work.view(Float64Array, mean, 1)[0] };
  },
);

/** @param {string} name @param {string} exported */
const scoreTask = (name, exported) =>
  task(
    name,
    /** @param {Work} work @param {Request} request */
    async (work, { input, labels, nLabels }) => {
      const { data, rows, cols } = await loadEachRow(work, input);
      const score = work.alloc(1, 8);
      work.check(work.exports[exported](data, rows, cols, work.copyIn(labels), nLabels, score), exported);
      return work.view(Float64Array, score, 1)[0];
    },
  );
const calinskiHarabaszTask = scoreTask('calinskiHarabaszScore', 'calinski_harabasz');
const daviesBouldinTask = scoreTask('daviesBouldinScore', 'davies_bouldin');

/**
 * @param {string} who
 * @param {unknown} X
 * @param {unknown} labels
 * @param {CallOptions} options
 * @returns {Request}
 */
function readRequest(who, X, labels, options) {
  readOptions(who, options);
  const input = readData(who, X);
  return { input, ...readLabels(who, labels, input.rows) };
}

/**
 * Labels may be any integers, also −1; the module wants 0, 1, 2, … without holes.
 *
 * @param {string} who
 * @param {unknown} labels
 * @param {number} rows
 * @returns {{ labels: Int32Array, nLabels: number }}
 */
function readLabels(who, labels, rows) {
  if (!Array.isArray(labels) && !isNumericArray(labels))
    throw new TypeError(`${who}: labels must be an array or typed array of integers, got ${show(labels)}`);
  if (labels.length !== rows)
    throw new RangeError(`${who}: labels must have one entry a row of X (${rows}), got ${labels.length}`);
  /** @type {Map<number, number>} */
  const numbers = new Map();
  const renumbered = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const label = labels[i];
    if (!Number.isInteger(label)) throw new TypeError(`${who}: labels must be integers, got ${show(label)} at row ${i}`);
    let number = numbers.get(label);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(label, number);
    }
    renumbered[i] = number;
  }
  if (numbers.size < 2 || numbers.size >= rows)
    throw new RangeError(`${who}: labels must name from 2 to n − 1 classes (n = ${rows} rows), got ${numbers.size}`);
  return { labels: renumbered, nLabels: numbers.size };
}

/**
 * The silhouette of each row (Rousseeuw 1987): (b − a) / max(a, b), with a the mean Euclidean distance to the rows of its own
 * class and b that to the rows of the nearest other class; 0 for the only row of a class. Time O(n² d), memory O(n).
 *
 * @param {DataLike} X n ≥ 3 rows, or an image, whose pixels are the rows
 * @param {ArrayLike<number>} labels n integers, 2 to n − 1 different ones
 * @param {CallOptions} [options]
 * @returns {Promise<Float32Array>} n values from −1 to 1
 * @throws {TypeError | RangeError} for X or labels that are not as described
 * @throws {LakhError} `OUT_OF_MEMORY`
 *
 * @example
 * import { silhouetteSamples } from 'lakh';
 *
 * console.log(await silhouetteSamples([[0], [1], [9], [8]], [0, 0, 1, 1]));
 */
export const silhouetteSamples = movable(
  [silhouetteTask],
  (runner) =>
    /** @type {(X: DataLike, labels: ArrayLike<number>, options?: CallOptions) => Promise<Float32Array<ArrayBuffer>>} */
    async (X, labels, options = {}) => {
      const request = readRequest('silhouetteSamples', X, labels, options);
      const result = await runner.run(silhouetteTask, { ...request, each: true }, { who: 'silhouetteSamples', ...options });
      return result.samples;
    },
);

const sampleParams = {
  /** Rows to draw, without replacement, from which the score is computed; null: all. */
  sampleSize: either(oneOf([null]), int({ default: 1000, min: 3 })),
  /** The seed of the draw. */
  randomState: seed({ default: 0 }),
};

/** @typedef {import('./estimator/params.js').Given<typeof sampleParams>} SampleOptions */

/**
 * A request about rows drawn at random, in their order.
 *
 * @param {string} who
 * @param {Request} request
 * @param {ArrayLike<number>} labels of all rows
 * @param {number} sampleSize
 * @param {number} randomState
 * @returns {Request}
 */
function sampleOf(who, { input, labels: all }, labels, sampleSize, randomState) {
  if (sampleSize > all.length)
    throw new RangeError(`${who}: sampleSize must be at most the number of rows (${all.length}), got ${sampleSize}`);
  const rows = drawRows(all.length, sampleSize, randomState);
  const { cols, values } = input.kind === 'pixels' ? pixelsAsRows(input) : input;
  const chosen = ArrayBuffer.isView(values)
    ? Array.from(rows, (row) => /** @type {Float32Array} */ (values).subarray(row * cols, (row + 1) * cols))
    : Array.from(rows, (row) => values[row]);
  const ownLabels = Array.from(rows, (row) => labels[row]);
  return { input: { kind: 'rows', rows: sampleSize, cols, values: chosen }, ...readLabels(who, ownLabels, sampleSize) };
}

/**
 * Some of the numbers 0 to n − 1, ascending, each selection as likely as any other (Knuth, The Art of Computer Programming 2,
 * algorithm S). The random numbers are those of mulberry32 (Ettinger 2017): whole-number arithmetic, alike everywhere.
 *
 * @param {number} n
 * @param {number} count
 * @param {number} randomState
 */
function drawRows(n, count, randomState) {
  const rows = new Uint32Array(count);
  let state = randomState;
  for (let row = 0, drawn = 0; drawn < count; row++) {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    const uniform = ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
    if ((n - row) * uniform < count - drawn) rows[drawn++] = row;
  }
  return rows;
}

/**
 * The mean of all rows' silhouettes (Rousseeuw 1987): near 1, the classes are well apart; near 0, they touch; below, rows are in
 * the wrong class. Time O(n² d), memory O(n); for many rows a `sampleSize` gives a good estimate in a moment.
 *
 * @param {DataLike} X n ≥ 3 rows, or an image, whose pixels are the rows
 * @param {ArrayLike<number>} labels n integers, 2 to n − 1 different ones
 * @param {CallOptions & SampleOptions} [options]
 * @returns {Promise<number>} from −1 to 1
 * @throws {TypeError | RangeError} for X or labels that are not as described
 * @throws {LakhError} `OUT_OF_MEMORY`
 *
 * @example
 * import { silhouetteScore } from 'lakh';
 *
 * console.log(await silhouetteScore([[0], [1], [9], [8]], [0, 0, 1, 1])); // 0.87…
 */
export const silhouetteScore = movable(
  [silhouetteTask],
  (runner) =>
    /** @type {(X: DataLike, labels: ArrayLike<number>, options?: CallOptions & SampleOptions) => Promise<number>} */
    async (X, labels, options = {}) => {
      const who = 'silhouetteScore';
      const { sampleSize, randomState } = readOptionParams(who, sampleParams, options);
      const { signal, onProgress } = options;
      const request = readRequest(who, X, labels, { signal, onProgress });
      const chosen = sampleSize === null ? request : sampleOf(who, request, labels, sampleSize, randomState);
      const result = await runner.run(silhouetteTask, { ...chosen, each: false }, { who, signal, onProgress });
      return result.mean;
    },
);

/**
 * The variance ratio (Calinski & Harabasz 1974): dispersion between the classes by that within them, each by its degrees of
 * freedom. The higher, the better apart. Time O(n d).
 *
 * @param {DataLike} X n ≥ 3 rows, or an image, whose pixels are the rows
 * @param {ArrayLike<number>} labels n integers, 2 to n − 1 different ones
 * @param {CallOptions} [options]
 * @returns {Promise<number>} ≥ 0
 * @throws {TypeError | RangeError} for X or labels that are not as described
 * @throws {LakhError} `OUT_OF_MEMORY`
 *
 * @example
 * import { calinskiHarabaszScore } from 'lakh';
 *
 * console.log(await calinskiHarabaszScore([[0], [1], [9], [8]], [0, 0, 1, 1])); // 128
 */
export const calinskiHarabaszScore = movable([calinskiHarabaszTask], (runner) =>
  score(runner, 'calinskiHarabaszScore', calinskiHarabaszTask),
);

/**
 * The mean, over the classes, of the similarity to the most similar other class (Davies & Bouldin 1979). The lower, the better
 * apart. Time O(n d + k² d).
 *
 * @param {DataLike} X n ≥ 3 rows, or an image, whose pixels are the rows
 * @param {ArrayLike<number>} labels n integers, 2 to n − 1 different ones
 * @param {CallOptions} [options]
 * @returns {Promise<number>} ≥ 0
 * @throws {TypeError | RangeError} for X or labels that are not as described
 * @throws {LakhError} `OUT_OF_MEMORY`
 *
 * @example
 * import { daviesBouldinScore } from 'lakh';
 *
 * console.log(await daviesBouldinScore([[0], [1], [9], [8]], [0, 0, 1, 1])); // 0.125
 */
export const daviesBouldinScore = movable([daviesBouldinTask], (runner) =>
  score(runner, 'daviesBouldinScore', daviesBouldinTask),
);

/**
 * @param {Runner} runner
 * @param {string} who
 * @param {import('./engine/task.js').Task<Request, number>} scoring
 * @returns {(X: DataLike, labels: ArrayLike<number>, options?: CallOptions) => Promise<number>}
 */
function score(runner, who, scoring) {
  return async (X, labels, options = {}) => runner.run(scoring, readRequest(who, X, labels, options), { who, ...options });
}
