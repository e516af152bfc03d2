/**
 * The course of a training: one number a step, and one an epoch, of each loss.
 */

/**
 * @typedef {object} History
 * @property {Record<string, Float32Array>} steps one value an optimiser step
 * @property {Record<string, Float64Array>} epochs one value a completed epoch
 */

/** Values that grow in number without being copied each time. @template {Float32Array | Float64Array} A */
class Series {
  /** @param {A} values that are there already */
  constructor(values) {
    this.values = values;
    this.length = values.length;
  }

  /** @param {number} value */
  push(value) {
    if (this.length === this.values.length) {
      const longer = new /** @type {any} */ (this.values.constructor)(2 * this.length + 64);
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.length++] = value;
  }

  /** @returns {A} a copy */
  read() {
    return /** @type {A} */ (this.values.slice(0, this.length));
  }
}

export class Recorder {
  /** @type {Record<string, Series<Float32Array>>} */
  #steps;
  /** @type {Record<string, Series<Float64Array>>} */
  #epochs;

  /**
   * @param {{ steps: readonly string[], epochs: readonly string[] }} names of the series
   * @param {{ nSteps: number, nEpochs: number, history?: History }} [before] what is gone on from
   */
  constructor(names, { nSteps, nEpochs, history } = { nSteps: 0, nEpochs: 0 }) {
    const stepsBefore = history === undefined ? 0 : nSteps;
    const epochsBefore = history === undefined ? 0 : nEpochs;
    this.#steps = Object.fromEntries(
      names.steps.map((name) => [name, new Series(history?.steps[name] ?? new Float32Array(stepsBefore).fill(Number.NaN))]),
    );
    this.#epochs = Object.fromEntries(
      names.epochs.map((name) => [name, new Series(history?.epochs[name] ?? new Float64Array(epochsBefore).fill(Number.NaN))]),
    );
  }

  /** @param {Record<string, number>} losses of one step */
  addStep(losses) {
    for (const [name, series] of Object.entries(this.#steps)) series.push(losses[name]);
  }

  /** @param {Record<string, number>} losses of one epoch */
  addEpoch(losses) {
    for (const [name, series] of Object.entries(this.#epochs)) series.push(losses[name]);
  }

  /** @returns {History} */
  read() {
    return { steps: read(this.#steps), epochs: read(this.#epochs) };
  }
}

/**
 * What this training measures: without validation data, for one, there is no validation loss.
 *
 * @template {Float32Array | Float64Array} A
 * @param {Record<string, Series<A>>} series
 */
const read = (series) =>
  Object.fromEntries(
    Object.entries(series)
      .map(([name, values]) => /** @type {const} */ ([name, values.read()]))
      .filter(([name, values]) => (values.length === 0 ? !name.startsWith('validation') : !values.every(Number.isNaN))),
  );
