/**
 * Which of the data's modes generated rows fall into: the classes, when there are labels. Each of many clusters of the data has the
 * class that most of its rows have; a row has that of the nearest cluster. Without labels, the modes are ten clusters.
 */
import { MiniBatchKMeans } from 'lakh/worker';
import { countRows, rowsOf } from './dataset.js';

/** @typedef {import('./dataset.js').Dataset} Dataset */

const CLUSTERS = 100;
const UNLABELLED = 10;
/** Rows that are enough to find the clusters. */
const ROWS = 4000;

export class Modes {
  #clusters;
  #modeOf;

  /** @param {MiniBatchKMeans} clusters @param {number[]} modeOf each cluster @param {number} count */
  constructor(clusters, modeOf, count) {
    this.#clusters = clusters;
    this.#modeOf = modeOf;
    this.count = count;
  }

  /** @param {Dataset} dataset */
  static async of(dataset) {
    const rows = Math.min(ROWS, countRows(dataset));
    const { labels, classes } = dataset;
    const nClusters = Math.min(labels === undefined ? UNLABELLED : CLUSTERS, Math.ceil(rows / 4));
    const clusters = new MiniBatchKMeans({ nClusters, randomState: 0 });
    const { data, shape } = rowsOf(dataset, 0, rows);
    const found = await clusters.fitPredict({ data, shape });
    if (labels === undefined)
      return new Modes(
        clusters,
        Array.from({ length: nClusters }, (_, i) => i),
        nClusters,
      );
    const votes = Array.from({ length: nClusters }, () => new Uint32Array(classes.length));
    for (let i = 0; i < rows; i++) votes[found[i]][labels[i]]++;
    return new Modes(
      clusters,
      votes.map((counts) => counts.indexOf(Math.max(...counts))),
      classes.length,
    );
  }

  /**
   * The mode of each row.
   *
   * @param {{ data: Float32Array, shape: [number, number] }} rows
   * @returns {Promise<number[]>}
   */
  async modesOf(rows) {
    return Array.from(await this.#clusters.predict(rows), (cluster) => this.#modeOf[cluster]);
  }
}
