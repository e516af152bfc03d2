/**
 * The Boltzmann machine: its filters, and Gibbs chains that wander from row to row as the machine believes they may.
 */
import { answer, SAMPLES, sampleColumns, samples } from './canvases.js';
import { look, pick, placeOf } from './dataset.js';
import { Latest } from './latest.js';
import { normals } from './normals.js';
import { Tiles } from './tiles.js';

/** @typedef {import('./dataset.js').Dataset} Dataset */

const MOST_FILTERS = 100;
const CHAINS = 12;
const CHAIN_COLUMNS = 4;
const PACE_MS = 120;
/** From noise to something that the machine believes in. */
const DREAM_STEPS = 60;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class RbmView {
  #filters = new Tiles('filters');
  #chains = new Tiles('chains');
  /** @type {any} */
  #model;
  /** @type {Dataset | undefined} */
  #dataset;
  /** Where the chains are. @type {{ data: Float32Array, shape: [number, number] } | undefined} */
  #state;
  #steps = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #latest;

  /** @param {(error: unknown) => void} onError */
  constructor(onError) {
    this.#latest = new Latest(onError);
    element('chain-play').addEventListener('click', () => (this.#timer === undefined ? this.#play() : this.leave()));
    element('chain-step').addEventListener('click', () => {
      this.leave();
      this.#latest.ask(() => this.#advance(1));
    });
    element('chain-data').addEventListener('click', () => this.#restart(false));
    element('chain-noise').addEventListener('click', () => this.#restart(true));
    document.addEventListener('visibilitychange', () => document.hidden && this.leave());
  }

  /** Stops the chains. */
  leave() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    element('chain-play').textContent = 'Run';
  }

  #play() {
    this.#timer = setInterval(() => this.#latest.ask(() => this.#advance(1)), PACE_MS);
    element('chain-play').textContent = 'Stop';
  }

  /**
   * @param {any} model
   * @param {Dataset} dataset
   */
  async refresh(model, dataset) {
    this.#model = model;
    if (this.#dataset !== dataset) {
      this.#dataset = dataset;
      this.#state = this.#begin(dataset, false);
      this.#steps = 0;
    }
    this.#showFilters(model, dataset);
    await this.#advance(0);
    const dreams = await model.gibbs(noise(SAMPLES, dataset.features), { nSteps: DREAM_STEPS, randomState: 5 });
    const { data } = await model.reconstruct(dreams);
    samples.show({ data, ...look(dataset), columns: sampleColumns() });
  }

  /** @param {any} model @param {Dataset} dataset */
  #showFilters({ components }, dataset) {
    const { features } = dataset;
    const count = Math.min(MOST_FILTERS, components.shape[0]);
    const data = components.data.slice(0, count * features);
    for (let filter = 0; filter < count; filter++) {
      const weights = data.subarray(filter * features, (filter + 1) * features);
      const largest = weights.reduce(
        (/** @type {number} */ most, /** @type {number} */ weight) => Math.max(most, Math.abs(weight)),
        1e-9,
      );
      weights.forEach((/** @type {number} */ weight, /** @type {number} */ i) => {
        weights[i] = weight / largest;
      });
    }
    this.#filters.show({ data, ...look(dataset), columns: Math.ceil(Math.sqrt(count)), isSigned: true });
    this.#filters.describe(`${count} filters: what each hidden unit looks for, and in the other colour what it looks against`);
  }

  /** @param {boolean} isNoise */
  #restart(isNoise) {
    const dataset = this.#dataset;
    if (dataset === undefined) return;
    this.#latest.ask(async () => {
      this.#state = this.#begin(dataset, isNoise);
      this.#steps = 0;
      await this.#advance(0);
    });
  }

  /** @param {Dataset} dataset @param {boolean} isNoise */
  #begin(dataset, isNoise) {
    if (isNoise) return noise(CHAINS, dataset.features);
    return pick(
      dataset,
      Array.from({ length: CHAINS }, (_, i) => placeOf(dataset, i % Math.max(1, dataset.classes.length), 3 + i)),
    );
  }

  /** Moves the chains, and shows what the machine expects where they are. @param {number} steps */
  async #advance(steps) {
    if (this.#model === undefined || this.#dataset === undefined || this.#state === undefined) return;
    const dataset = this.#dataset;
    if (steps > 0) {
      this.#steps += steps;
      this.#state = await this.#model.gibbs(this.#state, { nSteps: steps, randomState: this.#steps });
    }
    const rows = this.#steps === 0 ? this.#state : await this.#model.reconstruct(this.#state);
    if (rows === undefined) return;
    this.#chains.show({ data: rows.data, ...look(dataset), columns: CHAIN_COLUMNS });
    const begun = this.#steps === 0;
    element('chain-words').textContent = begun
      ? 'Where the chains begin.'
      : `After ${this.#steps} Gibbs step${this.#steps === 1 ? '' : 's'}: hidden units drawn from the picture, the picture from them.`;
  }

  /** What the machine makes of a drawing. @param {Float32Array} drawn @param {boolean} _isNew */
  async respond(drawn, _isNew) {
    if (this.#model === undefined || this.#dataset === undefined) return '';
    const dataset = this.#dataset;
    const { data } = await this.#model.reconstruct({ data: drawn, shape: [1, drawn.length] });
    answer.show({ data, ...look(dataset), columns: 1 });
    return 'What the machine expects to see, given which filters your drawing wakes.';
  }
}

/** Black or white at random, the same each time. @param {number} rows @param {number} features @returns {{ data: Float32Array, shape: [number, number] }} */
function noise(rows, features) {
  return { data: normals(rows * features).map((value) => (value > 0.8 ? 1 : 0)), shape: [rows, features] };
}
