/**
 * The adversaries: real rows against generated ones, what the critic says of both, and how much of the data's variety the generator
 * has found.
 */
import { answer, SAMPLES, sampleColumns, samples, strip } from './canvases.js';
import { countRows, look, pick } from './dataset.js';
import { classProperty, cssColor } from './ink.js';
import { Modes } from './modes.js';
import { historyOf } from './ready_made.js';
import { Tiles } from './tiles.js';

/** @typedef {import('./dataset.js').Dataset} Dataset */

const SIDE = 8;
const SHOWN = SIDE * SIDE;
/** Codes that never change, so that the same ones are seen to improve. */
const CODES = 256;
const STEPS = 11;
/** A mode with a smaller share of its due is missed. */
const MISSED = 0.1;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const percent = new Intl.NumberFormat('en', { style: 'percent' });
const decimal = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export class GanView {
  #real = new Tiles('real');
  #generated = new Tiles('generated');
  /** @type {any} */
  #model;
  /** @type {Dataset | undefined} */
  #dataset;
  /** Of the present data. @type {Promise<Modes> | undefined} */
  #modes;
  /** @type {{ codes: { data: Float32Array, shape: [number, number] }, rows: Float32Array, modes: number[] } | undefined} */
  #made;

  leave() {}

  /**
   * @param {any} model
   * @param {Dataset} dataset
   */
  async refresh(model, dataset) {
    this.#model = model;
    if (this.#dataset !== dataset) {
      this.#dataset = dataset;
      this.#modes = Modes.of(dataset);
      this.#showReal(dataset);
    }
    const { features } = dataset;
    const codes = await model.drawCodes(CODES, { randomState: 1 });
    const made = await model.generate(codes);
    this.#generated.show({ data: made.data.subarray(0, SHOWN * features), ...look(dataset), columns: SIDE });
    const more = made.data.subarray(SHOWN * features, (SHOWN + SAMPLES) * features);
    samples.show({ data: more, ...look(dataset), columns: sampleColumns() });
    const modes = await (await /** @type {Promise<Modes>} */ (this.#modes)).modesOf(made);
    this.#made = { codes, rows: made.data, modes };
    this.#showModes(dataset, modes);
    await this.#showVerdict(model, dataset, made);
  }

  /** @param {Dataset} dataset */
  #showReal(dataset) {
    const { data } = pick(dataset, spread(dataset, SHOWN));
    this.#real.show({ data, ...look(dataset), columns: SIDE });
  }

  /** @param {any} model @param {Dataset} dataset @param {any} made */
  async #showVerdict(model, dataset, made) {
    const real = mean(await model.discriminate(pick(dataset, spread(dataset, CODES))));
    const fake = mean(await model.discriminate(made));
    const { noun } = dataset;
    element('verdict').textContent =
      model.getParams().loss === 'bce'
        ? `The critic takes a real ${noun} for real with ${percent.format(real)}, a generated one with ${percent.format(fake)}. ` +
          `When it can only guess, both are near 50%.`
        : `The critic gives a real ${noun} ${decimal.format(real)}, a generated one ${decimal.format(fake)}. ` +
          `The less they differ, the harder it is to tell them apart.`;
  }

  /** @param {Dataset} dataset @param {number[]} modes */
  #showModes({ labels, classes }, modes) {
    const count = labels === undefined ? Math.max(...modes) + 1 : classes.length;
    const shares = Array.from({ length: count }, (_, mode) => modes.filter((one) => one === mode).length / modes.length);
    element('modes').replaceChildren(
      ...shares.map((share, mode) => {
        const bar = document.createElement('li');
        const name = labels === undefined ? `${mode + 1}` : classes[mode];
        bar.style.setProperty('--share', `${Math.min(1, share * count * 0.5)}`);
        bar.style.setProperty('--color', cssColor(classProperty(mode)));
        bar.textContent = name;
        bar.title = percent.format(share);
        const words = document.createElement('span');
        words.className = 'visually-hidden';
        words.textContent = `: ${percent.format(share)}`;
        bar.append(words);
        return bar;
      }),
    );
    const hasCollapsed = historyOf(this.#model)?.epochs.collapsed?.at(-1) === 1;
    const missed = shares.filter((share) => share < MISSED / count).length;
    const what = labels === undefined ? 'clusters of the data' : 'classes';
    const found = missed === 0 ? `All ${count}` : `${count - missed} of ${count}`;
    const warning = hasCollapsed || missed > count / 2 ? ': the generator repeats itself (mode collapse)' : '';
    element('modes-words').textContent = `${found} ${what} appear among ${CODES} samples${warning}.`;
  }

  /** @param {number} from mode @param {number} to mode @param {number} turn */
  async interpolate(from, to, turn) {
    if (this.#made === undefined || this.#dataset === undefined) return;
    const dataset = this.#dataset;
    const { codes, modes } = this.#made;
    const [, latentDim] = codes.shape;
    const [a, b] = [from, to].map((mode) => {
      const places = modes.flatMap((one, place) => (one === mode ? [place] : []));
      const place = places[turn % places.length] ?? 0;
      return codes.data.subarray(place * latentDim, (place + 1) * latentDim);
    });
    const { data } = await this.#model.interpolate(a, b, { steps: STEPS });
    strip.show({ data, ...look(dataset), columns: STEPS });
  }

  /** What the critic says of a drawing, and the generated row that is most like it. @param {Float32Array} drawn @param {boolean} _isNew */
  async respond(drawn, _isNew) {
    if (this.#made === undefined || this.#dataset === undefined) return '';
    const dataset = this.#dataset;
    const { features } = dataset;
    const { rows } = this.#made;
    const place = nearest(rows, drawn);
    const data = rows.subarray(place * features, (place + 1) * features);
    answer.show({ data, ...look(dataset), columns: 1 });
    const verdict = mean(await this.#model.discriminate({ data: drawn, shape: [1, features] }));
    const words = this.#model.getParams().loss === 'bce' ? `for real with ${percent.format(verdict)}` : decimal.format(verdict);
    return `The most alike of ${CODES} forgeries. The critic takes your drawing ${words}.`;
  }
}

/** Places all over the data. @param {Dataset} dataset @param {number} count */
function spread(dataset, count) {
  const rows = countRows(dataset);
  return Array.from({ length: Math.min(count, rows) }, (_, i) => i);
}

/** @param {ArrayLike<number> | { data: ArrayLike<number> }} values */
function mean(values) {
  const all = Array.from('data' in values ? values.data : values);
  return all.reduce((sum, value) => sum + value, 0) / all.length;
}

/** @param {Float32Array} rows @param {Float32Array} row */
function nearest(rows, row) {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let place = 0; place < rows.length / row.length; place++) {
    let squared = 0;
    for (let i = 0; i < row.length; i++) squared += (rows[place * row.length + i] - row[i]) ** 2;
    if (squared < least) [best, least] = [place, squared];
  }
  return best;
}
