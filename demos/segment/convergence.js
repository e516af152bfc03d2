/**
 * k-means at work: the same start, one iteration at a time, played or stepped through. Readers who asked for less motion step.
 */
import { segmentImage } from 'lakh/worker';
import { Classes } from './classes.js';

/**
 * @typedef {import('./session.js').Result} Result
 * @typedef {import('./stage.js').Stage} Stage
 */

const PACE_MS = 350;

/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));
const element = button;

const significant = new Intl.NumberFormat('en', { maximumSignificantDigits: 5 });

export class Convergence {
  /** @type {AsyncGenerator<any, void, undefined> | undefined} */
  #steps;
  /** @type {Result | undefined} */
  #result;
  #isPlaying = false;
  #isOver = false;
  /** @type {number[]} */
  #inertias = [];
  #stage;
  #onLeave;
  #onError;

  /**
   * @param {Stage} stage
   * @param {() => Result | undefined} current
   * @param {() => void} onLeave
   * @param {(error: unknown) => void} onError
   */
  constructor(stage, current, onLeave, onError) {
    this.#stage = stage;
    this.#onLeave = onLeave;
    this.#onError = onError;
    button('watch').addEventListener('click', () => this.#enter(current()));
    button('play').addEventListener('click', () => (this.#isPlaying ? this.#pause() : this.#play()));
    button('step').addEventListener('click', () => {
      this.#pause();
      this.#advance();
    });
    button('watch-end').addEventListener('click', () => {
      this.leave();
      button('watch').focus();
    });
  }

  get isOpen() {
    return this.#result !== undefined;
  }

  /** Gives the stage back. */
  leave() {
    if (!this.isOpen) return;
    this.#isPlaying = false;
    this.#steps?.return();
    this.#steps = undefined;
    this.#result = undefined;
    this.#show();
    this.#onLeave();
  }

  /** @param {Result | undefined} result */
  async #enter(result) {
    if (result === undefined) return;
    this.#result = result;
    this.#restart();
    this.#show();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      button('step').focus();
      await this.#advance();
    } else {
      button('play').focus();
      await this.#play();
    }
  }

  #restart() {
    const { picture, settings, segmentation } = /** @type {Result} */ (this.#result);
    const { colorSpace, positionWeight, countExponent, skipTransparent, seed } = settings;
    this.#steps?.return();
    this.#steps = segmentImage.steps(picture.preview, {
      nClusters: segmentation.palette.length,
      colorSpace,
      positionWeight,
      countExponent,
      skipTransparent,
      randomState: seed,
      recolored: false,
    });
    this.#inertias = [];
    this.#isOver = false;
  }

  async #play() {
    if (this.#isOver) this.#restart();
    this.#isPlaying = true;
    this.#show();
    while (this.#isPlaying && !this.#isOver) {
      await this.#advance();
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
    this.#pause();
  }

  #pause() {
    this.#isPlaying = false;
    this.#show();
  }

  async #advance() {
    if (this.#isOver) this.#restart();
    const steps = this.#steps;
    try {
      const next = await steps?.next();
      // By now another run may have begun, or none be wanted.
      if (steps !== this.#steps || next === undefined) return;
      if (next.done) this.#isOver = true;
      else this.#paint(next.value);
    } catch (error) {
      if (steps !== this.#steps) return;
      this.leave();
      this.#onError(error);
    }
  }

  /** @param {any} state */
  #paint({ palette, labels, inertia, nIter, converged, model }) {
    const colors = new Classes(palette).colorsByLabel();
    this.#stage.paint(new Uint8Array(labels.data), colors);
    this.#inertias.push(inertia);
    const end = converged ? ' It has converged.' : '';
    this.#isOver = model !== undefined;
    const name = nIter === 0 ? 'Start' : `Iteration ${nIter}`;
    element('iteration').textContent = `${name}: inertia ${significant.format(inertia)}.${this.#isOver ? end : ''}`;
    this.#drawInertias();
    this.#show();
  }

  #drawInertias() {
    const [first] = this.#inertias;
    const last = /** @type {number} */ (this.#inertias.at(-1));
    const span = first - last || 1;
    const across = Math.max(this.#inertias.length - 1, 1);
    const points = this.#inertias.map((inertia, i) => `${4 + (112 * i) / across},${4 + 24 * (1 - (inertia - last) / span)}`);
    element('inertias').innerHTML =
      `<polyline points="${points.join(' ')}"/><circle r="3" cx="${points.at(-1)?.replace(',', '" cy="')}"/>`;
  }

  #show() {
    element('converge').hidden = !this.isOpen;
    button('watch').hidden = this.isOpen;
    button('play').textContent = this.#isPlaying ? 'Pause' : this.#isOver ? 'Play again' : 'Play';
    element('iteration').setAttribute('aria-live', this.#isPlaying ? 'off' : 'polite');
  }
}
