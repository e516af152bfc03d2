/**
 * What the contract tries each estimator with: small data that it can learn from, and parameters that make short work of them.
 */
import { blobs, picture } from './data.js';

/**
 * @typedef {object} Trial
 * @property {(rows: number, cols: number, seed?: number, groups?: number) => number[][]} rowsOf data: whole numbers
 * @property {Record<string, unknown>} params for the contract
 * @property {(nClusters?: number) => Record<string, unknown>} few parameters for very little data
 * @property {boolean} takesImages whether the pixels of an image are its rows
 * @property {string[]} uses the methods that take X and change nothing
 * @property {string[]} trainings the methods that take X and learn
 */

/** @param {any} Class @returns {Trial} */
export const trialOf = (Class) => ('nClusters' in Class.params ? clusteringOf(Class) : trainedOf(Class));

/** @param {any} Class @param {string[]} names */
const methods = (Class, names) => names.filter((name) => typeof Class.prototype[name] === 'function');

/** @param {any} Class @returns {Trial} */
const clusteringOf = (Class) => ({
  rowsOf: blobs,
  params: {},
  few: (nClusters = 1) => ({ nClusters }),
  takesImages: true,
  uses: methods(Class, ['predict', 'transform', 'score']),
  trainings: methods(Class, ['fit', 'fitPredict', 'fitTransform', 'partialFit']),
});

/** Generative models: they want zeros and ones. @param {any} Class @returns {Trial} */
function trainedOf(Class) {
  // What judges a GAN's quality is larger than the model: files would be too long to damage at each byte.
  const small = { hidden: [4], nComponents: 5, latentDim: 2, qualitySamples: 0 };
  const own = Object.entries(small).filter(([name]) => name in Class.params);
  const params = { batchSize: 20, [Class.epochs]: 2, ...Object.fromEntries(own) };
  return {
    rowsOf: (...sizes) => blobs(...sizes).map((row) => row.map((value) => value % 2)),
    params,
    few: () => ({ ...params, batchSize: 1 }),
    takesImages: false,
    uses: methods(Class, [
      'encode',
      'transform',
      'reconstruct',
      'discriminate',
      'score',
      'scoreSamples',
      'anomalyScores',
      'freeEnergy',
    ]),
    trainings: methods(Class, ['fit', 'partialFit']),
  };
}

/**
 * Data of each kind that an estimator takes.
 *
 * @param {Trial} trial
 * @param {[number, number]} shape of the rows
 * @param {[number, number]} sides of the image
 * @returns {any[]}
 */
export const dataOf = (trial, shape, sides) => [trial.rowsOf(...shape), ...(trial.takesImages ? [picture(...sides)] : [])];
