/**
 * One lane's loop for training: a job is a turn of a contender, which begins with new weights, warms up for a few steps and then
 * has each step timed. Batches are made ready before the clock starts, in the way that the contender takes them.
 */
import { batchesOf } from './lakh.mjs';
import { measureProducts } from './matmul.mjs';
import { BATCH } from './networks.mjs';

/**
 * @typedef {object} Training
 * @property {(i: number) => number | Promise<number>} step trains on the i-th batch, to the end; its loss
 * @property {() => void} end releases everything
 */

/**
 * @typedef {(batches: Float32Array[]) => Training} Trainer
 * @typedef {{ data: Float32Array, shape: number[] }} Rows
 * @typedef {{ workload: string, contender: string, warmUp: number, steps: number, seed: number }} Turn
 */

/**
 * @typedef {object} Measured
 * @property {number[]} ms of each step that was timed
 * @property {number} whole the mean, with all that is around a step
 * @property {number | null} loss mean of the steps that were timed
 */

/**
 * @typedef {object} Contenders
 * @property {Record<string, Record<string, Trainer>>} peers by name and workload
 * @property {Record<string, (rows: Rows, turn: Turn) => Promise<Measured>>} lakh by workload
 */

export class TrainingLane {
  /**
   * @param {Contenders} contenders
   * @param {{ data: Uint8Array, shape: number[] }} digits
   * @param {() => Promise<BufferSource>} kernels the module of kernels.c
   */
  constructor({ peers, lakh }, digits, kernels) {
    this.peers = peers;
    this.lakh = lakh;
    this.digits = digits;
    this.kernels = kernels;
  }

  /** @param {{ task: 'matmul' } | ({ task: 'train' } & Turn)} job */
  async answer(job) {
    if (job.task === 'train') return this.train(job);
    const { instance } = await WebAssembly.instantiate(await this.kernels());
    return measureProducts(instance.exports);
  }

  /** Rows of digits, from 0 to 1. @param {number} first @param {number} rows */
  rows(first, rows) {
    const features = this.digits.shape[1];
    const data = new Float32Array(this.digits.data.subarray(first * features, (first + rows) * features));
    for (let i = 0; i < data.length; i++) data[i] /= 255;
    return { data, shape: [rows, features] };
  }

  /** @param {Turn} turn @returns {Promise<Measured>} */
  async train(turn) {
    if (turn.contender === 'lakh') return this.lakh[turn.workload](this.rows(0, batchesOf(turn) * BATCH), turn);
    const count = turn.warmUp + turn.steps;
    const batches = Array.from({ length: count }, (_, i) => this.rows(i * BATCH, BATCH).data);
    const training = this.peers[turn.contender][turn.workload](batches);
    for (let i = 0; i < turn.warmUp; i++) await training.step(i);
    // Others' garbage must not be collected on this contender's time.
    /** @type {any} */ (globalThis).gc?.();
    const ms = [];
    let loss = 0;
    for (let i = turn.warmUp; i < count; i++) {
      const start = performance.now();
      loss += (await training.step(i)) / turn.steps;
      ms.push(performance.now() - start);
    }
    training.end();
    return { ms, whole: ms.reduce((sum, value) => sum + value, 0) / ms.length, loss };
  }
}
