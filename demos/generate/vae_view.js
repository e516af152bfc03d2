/**
 * The autoencoder: its latent plane with the data on it, and what the code under the lens is decoded to.
 */
import { answer, SAMPLES, sampleColumns, samples, strip } from './canvases.js';
import { countRows, look, pick, placeOf, rowsOf } from './dataset.js';
import { Latest } from './latest.js';
import { classAt, mapCodes, middlesOf, Plane } from './plane.js';
import { Tiles } from './tiles.js';
import { Tour } from './tour.js';

/**
 * @typedef {import('./dataset.js').Dataset} Dataset
 * @typedef {import('./plane.js').Points} Points
 */

/** Rows whose codes are shown. */
const POINTS = 1000;
const STEPS = 9;
/** Farther from any code of the data, nothing was learned. */
const FAR = 0.6;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const checkbox = (id) => /** @type {HTMLInputElement} */ (element(id));

const coordinate = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export class VaeView {
  #decoded = new Tiles('decoded');
  #lens = new Tiles('lens-digit');
  #plane = new Plane((isByHand) => this.#moved(isByHand));
  #tour = new Tour(
    (x, y) => this.#plane.moveTo(x, y),
    () => this.#stops,
    () => this.#dataset?.classes ?? [],
  );
  /** @type {any} */
  #model;
  /** @type {Dataset | undefined} */
  #dataset;
  /** @type {Points | undefined} */
  #points;
  /** Those of the data whose codes are shown. @type {import('./dataset.js').Rows | undefined} */
  #rows;
  /** Where the tour goes. @type {[number, number][]} */
  #stops = [];
  /** The two of the latent dimensions that the plane has. @type {[number, number]} */
  #axes = [0, 1];
  #latest;

  /** @param {(error: unknown) => void} onError */
  constructor(onError) {
    this.#latest = new Latest(onError);
    for (const id of ['show-map', 'show-data']) element(id).addEventListener('change', () => this.#setLayers());
    this.#setLayers();
  }

  /** When another kind is looked at. */
  leave() {
    this.#tour.stop();
  }

  /** Moves the lens by itself, unless readers asked for less motion. */
  beginTour() {
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.#tour.start();
  }

  #setLayers() {
    this.#plane.setLayers({ hasMap: checkbox('show-map').checked, hasPoints: checkbox('show-data').checked });
  }

  /**
   * Shows what the model has become.
   *
   * @param {any} model
   * @param {Dataset} dataset
   */
  async refresh(model, dataset) {
    this.#model = model;
    if (dataset !== this.#dataset) this.#rows = rowsOf(dataset, 0, Math.min(POINTS, countRows(dataset)));
    this.#dataset = dataset;
    const { labels, classes } = dataset;
    element('tour').hidden = labels === undefined;
    const { mean } = await model.encode(this.#rows);
    this.#axes = widestAxes(mean);
    const points = { codes: alongAxes(mean, this.#axes), labels, classes };
    const { data } = await model.decode(this.#codes(mapCodes, mean.shape[1]));
    this.#points = points;
    this.#stops = middlesOf(points).filter((middle) => middle !== undefined);
    const near = labels && mapCodes.map((code) => classAt(points, code)?.label ?? 0);
    this.#plane.show({ data, ...look(dataset), labels: near }, points);
    const sampled = await model.sample(SAMPLES, { randomState: 5 });
    samples.show({ data: sampled.data, ...look(dataset), columns: sampleColumns() });
    await this.#look();
    element('axes-words').textContent =
      mean.shape[1] === 2
        ? ''
        : mean.shape[1] === 1
          ? 'There is one latent dimension, across; up and down is all the same.'
          : `Shown are the two of ${mean.shape[1]} dimensions in which the codes differ most; the others are 0 under the lens.`;
  }

  /** @param {boolean} isByHand */
  #moved(isByHand) {
    if (isByHand) this.#tour.stop();
    this.#latest.ask(() => this.#look());
  }

  /** Decodes what is under the lens. */
  async #look() {
    const { code } = this.#plane;
    if (this.#model === undefined || this.#dataset === undefined) return;
    const dataset = this.#dataset;
    const { data } = await this.#model.decode(this.#codes([code], this.#model.getParams().latentDim));
    for (const tiles of [this.#decoded, this.#lens]) tiles.show({ data, ...look(dataset), columns: 1 });
    const words = `${wordsOf(code)}: ${this.#nameAt(code)}`;
    element('code-words').textContent = words;
    element('plane').setAttribute('aria-valuenow', code[0].toFixed(2));
    element('plane').setAttribute('aria-valuetext', words);
    this.#decoded.describe(`The ${dataset.noun} that this code is decoded to`);
  }

  /** @param {[number, number]} code */
  #nameAt(code) {
    const found = this.#points && classAt(this.#points, code);
    if (found === undefined) return 'decoded from this code';
    const name = this.#points?.classes[found.label];
    return found.distance > FAR ? 'far from all the data' : `among the data’s “${name}”`;
  }

  /** @param {readonly [number, number][]} codes on the plane @param {number} dimensions */
  #codes(codes, dimensions) {
    const data = new Float32Array(codes.length * dimensions);
    codes.forEach((code, row) => {
      this.#axes.forEach((axis, i) => {
        if (axis < dimensions) data[row * dimensions + axis] = code[i];
      });
    });
    return { data, shape: [codes.length, dimensions] };
  }

  /** @param {number} from class @param {number} to class @param {number} turn which of each */
  async interpolate(from, to, turn) {
    if (this.#model === undefined || this.#dataset === undefined) return;
    const dataset = this.#dataset;
    const { features } = dataset;
    const { data: ends } = pick(dataset, [placeOf(dataset, from, turn), placeOf(dataset, to, turn)]);
    const [a, b] = [ends.subarray(0, features), ends.subarray(features)];
    const { data: between } = await this.#model.interpolate(a, b, { steps: STEPS });
    const data = new Float32Array((STEPS + 2) * features);
    data.set(a);
    data.set(between, features);
    data.set(b, (STEPS + 1) * features);
    strip.show({ data, ...look(dataset), columns: STEPS + 2 });
  }

  /**
   * What the model makes of a drawing, and where it has its place.
   *
   * @param {Float32Array} drawn
   * @param {boolean} isNew whether the lens is to go there
   */
  async respond(drawn, isNew) {
    if (this.#model === undefined || this.#dataset === undefined) return '';
    const dataset = this.#dataset;
    const X = { data: drawn, shape: [1, drawn.length] };
    const { data } = await this.#model.reconstruct(X);
    answer.show({ data, ...look(dataset), columns: 1 });
    const { mean } = await this.#model.encode(X);
    const [x, y] = alongAxes(mean, this.#axes);
    if (isNew) {
      this.#tour.stop();
      this.#plane.moveTo(x, y);
    }
    return `Decoded from its code, ${wordsOf([x, y])}: ${this.#nameAt([x, y])}.`;
  }
}

/** @param {readonly number[]} code */
const wordsOf = (code) => code.map((value) => coordinate.format(value).replace('-', '−')).join(', ');

/** The two dimensions in which codes vary most. @param {{ data: Float32Array, shape: number[] }} codes @returns {[number, number]} */
function widestAxes({ data, shape: [rows, dimensions] }) {
  if (dimensions <= 2) return [0, 1];
  const variances = Array.from({ length: dimensions }, (_, axis) => {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const value = data[row * dimensions + axis];
      sum += value;
      squares += value * value;
    }
    return { axis, variance: squares / rows - (sum / rows) ** 2 };
  });
  const [first, second] = variances.sort((a, b) => b.variance - a.variance);
  return [first.axis, second.axis];
}

/** @param {{ data: Float32Array, shape: number[] }} codes @param {[number, number]} axes */
function alongAxes({ data, shape: [rows, dimensions] }, axes) {
  return Float32Array.from({ length: 2 * rows }, (_, i) => {
    const axis = axes[i % 2];
    return axis < dimensions ? data[(i >> 1) * dimensions + axis] : 0;
  });
}
