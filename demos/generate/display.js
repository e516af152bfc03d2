/**
 * What is seen of the model. While it is trained, looking takes a limited share of the time, and none when nobody looks.
 */
import { answer } from './canvases.js';
import { Curves } from './curves.js';
import { pick } from './dataset.js';
import { GanView } from './gan_view.js';
import { Latest } from './latest.js';
import { Pad } from './pad.js';
import { RbmView } from './rbm_view.js';
import { historyOf } from './ready_made.js';
import { VaeView } from './vae_view.js';

/** @typedef {import('./session.js').Session} Session */

/** What happens to a drawing. */
const invitations = {
  vae: 'The autoencoder draws it again from its code.',
  gan: 'The critic judges it, and the forgery most like it is shown.',
  rbm: 'The machine shows what it expects to see.',
};

/** Training goes on for at least so many times as long as looking took. */
const SHARE = 2;
/** Figures that change more often cannot be read. */
const SPEED_MS = 250;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const select = (id) => /** @type {HTMLSelectElement} */ (element(id));

export class Display {
  #session;
  #views;
  #curves = new Curves();
  #pad = new Pad((drawn) => this.#draw(drawn));
  /** @type {Float32Array | undefined} */
  #drawn;
  #latest;
  /** Which rows of the two classes are on the way, and of which data. */
  #turn = 0;
  /** @type {import('./dataset.js').Dataset | undefined} */
  #dataset;
  #endedAt = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Whether the model has changed since it was looked at. */
  #isBehind = false;

  /** @param {Session} session @param {(error: unknown) => void} onError */
  constructor(session, onError) {
    this.#session = session;
    this.#latest = new Latest(onError);
    this.#views = { vae: new VaeView(onError), gan: new GanView(), rbm: new RbmView(onError) };
    for (const id of ['from', 'to']) select(id).addEventListener('change', () => this.#walk());
    element('others').addEventListener('click', () => {
      this.#turn++;
      this.#walk();
    });
    element('any').addEventListener('click', () => this.#putAny());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#isBehind) this.#latest.ask(() => this.show(true));
    });
  }

  /** Something to look at: a digit on the pad, and what moves by itself. @param {Float32Array} digit */
  begin(digit) {
    this.#pad.put(digit);
    this.#drawn = digit;
    this.#latest.ask(() => this.#answer());
    this.#views.vae.beginTour();
  }

  /** Stops what moves by itself. */
  leave() {
    for (const view of Object.values(this.#views)) view.leave();
  }

  /** @param {boolean} isLast whether nothing follows soon */
  async show(isLast) {
    const { kind, place, dataset, perEpoch } = this.#session;
    if (place.model === undefined) return;
    this.#isBehind = true;
    const began = performance.now();
    if (!isLast && (document.hidden || began - this.#endedAt < SHARE * this.#tookMs)) return;
    this.#isBehind = false;
    element('stage').setAttribute('aria-busy', 'true');
    if (dataset !== this.#dataset) this.#nameClasses(dataset);
    await this.#views[kind].refresh(place.model, dataset);
    this.#curves.show(kind, historyOf(place.model), perEpoch);
    await this.#showWalk();
    await this.#answer();
    element('stage').setAttribute('aria-busy', 'false');
    this.#endedAt = performance.now();
    this.#tookMs = this.#endedAt - began;
  }

  /** @param {() => string} words */
  tellSpeed(words) {
    const now = performance.now();
    if (now - this.#toldAt < SPEED_MS || this.#session.place.status !== 'training') return;
    this.#toldAt = now;
    element('speed').textContent = words();
  }

  /** @param {import('./dataset.js').Dataset} dataset */
  #nameClasses(dataset) {
    this.#dataset = dataset;
    const names = dataset.labels === undefined ? Array.from({ length: 10 }, (_, i) => `${i + 1}`) : dataset.classes;
    for (const [id, chosen] of /** @type {const} */ ([
      ['from', names.length > 3 ? 3 : 0],
      ['to', Math.min(8, names.length - 1)],
    ])) {
      select(id).replaceChildren(...names.map((name, i) => new Option(name, `${i}`, i === chosen, i === chosen)));
    }
  }

  #walk() {
    this.#latest.ask(() => this.#showWalk());
  }

  async #showWalk() {
    const view = this.#views[this.#session.kind];
    if ('interpolate' in view) await view.interpolate(Number(select('from').value), Number(select('to').value), this.#turn);
  }

  #putAny() {
    const { dataset } = this.#session;
    const row = pick(dataset, [Math.floor((Math.random() * dataset.values.length) / dataset.features)]);
    this.#pad.put(row.data);
    this.#draw(row.data);
  }

  /** @param {Float32Array | undefined} drawn */
  #draw(drawn) {
    this.#drawn = drawn;
    this.#latest.ask(() => this.#answer(true));
  }

  /** @param {boolean} [isNew] whether the drawing is */
  async #answer(isNew = false) {
    const { kind, dataset } = this.#session;
    const drawn = this.#drawn?.length === dataset.features ? this.#drawn : undefined;
    if (drawn === undefined) answer.clear();
    const words = drawn === undefined ? invitations[kind] : await this.#views[kind].respond(drawn, isNew);
    // What did not change need not be read aloud again.
    if (element('answer-words').textContent !== words) element('answer-words').textContent = words;
  }
}
