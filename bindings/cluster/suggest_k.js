/**
 * Help in choosing the number of classes; the criteria are computed in src/cluster/suggest_k.c.
 */
import { readData } from '../data.js';
import { loadSamples } from '../engine/samples.js';
import { struct } from '../engine/struct.js';
import { movable, task } from '../engine/task.js';
import { readOptionParams } from '../estimator/options.js';
import { either, encode, int, oneOf, seed, structOf } from '../estimator/params.js';

/**
 * @typedef {import('../data.js').DataLike} DataLike
 * @typedef {import('../data.js').Input} Input
 * @typedef {import('../engine/work.js').Work} Work
 */

/** In the order of lakh_suggest_k_params. */
export const suggestKParams = {
  /** Smallest number of classes to try. */
  kMin: int({ default: 1, min: 1 }),
  /** Largest number of classes to try, greater than `kMin`. Not more than the rows, to which the default is lowered. */
  kMax: int({ default: 10, min: 2 }),
  /** Uniform data sets that the gap statistic compares with. */
  nReferences: int({ default: 10, min: 2 }),
  /** Runs of k-means for each k, of which the best is kept. */
  nInit: int({ default: 3, min: 1 }),
  /** Rows, drawn at random, on which the curves are computed when there are more; null: all. */
  sampleSize: either(oneOf([null]), int({ default: 2000, min: 2 }), { default: 2000 }),
  /** The seed: same data, parameters and seed, same result, on every machine. */
  randomState: seed({ default: 0 }),
};

/**
 * @typedef {import('../estimator/params.js').Given<typeof suggestKParams>} SuggestKParams
 * @typedef {SuggestKParams & import('../estimator/options.js').CallOptions} SuggestKOptions
 */

/**
 * @typedef {object} SuggestedK
 * @property {number} k what most criteria say; 1 when the data show no clusters
 * @property {number[]} ks the k of each entry of the curves: kMin to kMax
 * @property {Float64Array} inertia of the best k-means for each k
 * @property {Float64Array} silhouette mean silhouette for each k, from −1 to 1; NaN for k = 1
 * @property {Float64Array} gap how much tighter than uniform data, for each k
 * @property {Float64Array} gapError the simulation's error of each gap
 * @property {number | null} elbowK where the curve of the inertia bends most; null when it does not
 * @property {number} silhouetteK where the silhouette is largest
 * @property {number} gapK the smallest k that the gap statistic accepts; 1: no clusters
 * @property {boolean} agree whether the three criteria say the same
 * @property {boolean} clustered false when the data look like uniform noise
 * @property {string} message all this in a sentence
 */

const PARAMS = structOf(suggestKParams);

/** lakh_suggest_k_state */
const STATE = struct({
  inertia: 'Uint32',
  silhouette: 'Uint32',
  gap: 'Uint32',
  gapError: 'Uint32',
  elbowK: 'Int32',
  silhouetteK: 'Int32',
  gapK: 'Int32',
  suggestedK: 'Int32',
});

const suggestKTask = task(
  'suggestK',
  /** @param {Work} work @param {{ params: import('../estimator/params.js').Values<typeof suggestKParams>, input: Input }} request */
  async (work, { params, input }) => {
    const { data, rows, cols, weights } = await loadSamples(work, input);
    const job = work.job('suggest_k_create', work.struct(PARAMS, encode(suggestKParams, params)), data, rows, cols, weights);
    await work.run(job, { metrics: () => ({}) });
    const place = work.struct(STATE);
    work.exports.suggest_k_get(job, place);
    const { inertia, silhouette, gap, gapError, ...ks } = work.read(STATE, place);
    const count = params.kMax - params.kMin + 1;
    const curve = (/** @type {number} */ at) => work.view(Float64Array, at, count).slice();
    return { inertia: curve(inertia), silhouette: curve(silhouette), gap: curve(gap), gapError: curve(gapError), ...ks };
  },
);

/**
 * Suggests a number of classes: fits k-means for each k and asks three criteria, the elbow of the inertia (Satopaa et al. 2011),
 * the silhouette (Rousseeuw 1987) and the gap statistic (Tibshirani, Walther & Hastie 2001). They often disagree, and then the
 * answer says so; their curves are given to look at.
 *
 * @param {DataLike} X n ≥ 3 rows, or an image, whose pixels are the rows
 * @param {SuggestKOptions} [options]
 * @returns {Promise<SuggestedK>}
 * @throws {TypeError | RangeError} for X or options that are not as described
 * @throws {LakhError} `OUT_OF_MEMORY`
 *
 * @example
 * import { suggestK } from 'lakh';
 *
 * const X = [[0, 0], [0, 1], [1, 0], [9, 9], [9, 8], [8, 9], [0, 9], [1, 9], [0, 8]];
 * const { k, message } = await suggestK(X, { kMax: 5 });
 * console.log(k, message);
 */
export const suggestK = movable(
  [suggestKTask],
  (runner) =>
    /** @type {(X: DataLike, options?: SuggestKOptions) => Promise<SuggestedK>} */
    async (X, options = {}) => {
      const who = 'suggestK';
      const params = readOptionParams(who, suggestKParams, options);
      const input = readData(who, X);
      if (options.kMax === undefined) params.kMax = Math.max(Math.min(params.kMax, input.rows), params.kMin + 1);
      const { kMin, kMax, sampleSize } = params;
      if (kMax <= kMin) throw new RangeError(`${who}: kMax must be greater than kMin (${kMin}), got ${kMax}`);
      if (kMax > input.rows)
        throw new RangeError(`${who}: kMax must be at most the number of rows of X (${input.rows}), got ${kMax}`);
      if (sampleSize !== null && kMax > sampleSize)
        throw new RangeError(`${who}: sampleSize must be at least kMax (${kMax}), got ${sampleSize}`);
      const { signal, onProgress } = options;
      const { elbowK, silhouetteK, gapK, suggestedK, ...curves } = await runner.run(
        suggestKTask,
        { params, input },
        { who, signal, onProgress },
      );
      const votes = { elbowK: elbowK === 0 ? null : elbowK, silhouetteK, gapK };
      const clustered = suggestedK !== 1;
      const agree = elbowK === silhouetteK && silhouetteK === gapK;
      return {
        k: suggestedK,
        ks: Array.from({ length: kMax - kMin + 1 }, (_, i) => kMin + i),
        ...curves,
        ...votes,
        agree,
        clustered,
        message: describe(suggestedK, votes, agree, clustered),
      };
    },
);

/**
 * @param {number} k
 * @param {{ elbowK: number | null, silhouetteK: number, gapK: number }} votes
 * @param {boolean} agree
 * @param {boolean} clustered
 */
function describe(k, { elbowK, silhouetteK, gapK }, agree, clustered) {
  if (agree) return `Elbow, silhouette and gap agree: ${k} classes.`;
  const said = `elbow ${elbowK ?? 'none'}, silhouette ${silhouetteK}, gap ${gapK}`;
  if (!clustered) return `The data show no clusters: they are no tighter than uniform noise (${said}).`;
  return `The criteria disagree (${said}); ${k} is the best supported. Look at the curves, and at what the classes are for.`;
}
