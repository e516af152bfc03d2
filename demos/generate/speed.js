/**
 * How fast training goes, over the last seconds.
 */

/**
 * @typedef {object} Figures
 * @property {number} steps a second
 * @property {number} samples a second
 * @property {number} secondsLeft
 */

const WINDOW_MS = 3000;
/** Before that, no rate can be told. */
const SETTLE_MS = 300;

export class Speed {
  #batch;
  /** @type {{ at: number, step: number }[]} */
  #marks = [];

  /** @param {number} batch samples a step */
  constructor(batch) {
    this.#batch = batch;
  }

  /**
   * @param {number} step that was just made
   * @param {number} total steps
   * @returns {Figures | undefined}
   */
  at(step, total) {
    const now = performance.now();
    this.#marks.push({ at: now, step });
    while (this.#marks.length > 2 && now - this.#marks[0].at > WINDOW_MS) this.#marks.shift();
    const [first] = this.#marks;
    if (now - first.at < SETTLE_MS) return undefined;
    const steps = (1000 * (step - first.step)) / (now - first.at);
    return { steps, samples: steps * this.#batch, secondsLeft: Math.max(0, total - step) / steps };
  }
}
