/**
 * What the page is about: for each kind a model, its settings and how far it is trained; and the data that they share. Training goes
 * on step by step in the worker; between two of its states there is time to look at the model.
 */
import { split } from './dataset.js';
import { kindNames, kinds } from './kinds.js';
import { defaultSettings } from './settings.js';
import { Speed } from './speed.js';

/**
 * @typedef {import('./dataset.js').Dataset} Dataset
 * @typedef {import('./kinds.js').KindName} KindName
 * @typedef {import('./kinds.js').Settings} Settings
 *
 * How a model stands. `ready`: it came trained, with the page. `fresh`: it has learned nothing yet.
 * @typedef {'none' | 'ready' | 'fresh' | 'training' | 'paused' | 'done' | 'diverged'} Status
 *
 * @typedef {object} Place
 * @property {any} [model]
 * @property {Status} status
 * @property {Settings} settings
 * @property {import('./speed.js').Figures} [speed] of the last training
 * @property {boolean} isStale whether the settings are others than the model's
 *
 * @typedef {object} Listener
 * @property {() => void} onChange of status, kind, data or settings
 * @property {(isLast: boolean) => Promise<void>} onModel when the model's weights are others; training waits for it
 * @property {(progress: Progress) => void} onProgress
 * @property {(error: unknown) => void} onError
 *
 * @typedef {object} Progress
 * @property {number} share of the training that is done
 * @property {number} epoch that were completed
 * @property {number} epochs in all
 * @property {number} step
 * @property {import('./speed.js').Figures | undefined} speed
 */

/** Between two states that are shown; so soon answers a wish to pause. */
const STATE_MS = 200;
/** Multiplications and additions a second, at least, from which the first guess is made of how long a step takes. */
const FLOPS = 4e9;

export class Session {
  /** @type {KindName} */
  kind = 'vae';
  /** @type {Dataset} */
  dataset;
  /** @type {Record<KindName, Place>} */
  #places;
  #rows;
  #listener;
  /** What is asked for is done one after the other; what was asked for last ends a training under way. */
  #tail = Promise.resolve();
  #turn = 0;

  /** @param {Dataset} dataset @param {Listener} listener */
  constructor(dataset, listener) {
    this.dataset = dataset;
    this.#rows = split(dataset);
    this.#listener = listener;
    this.#places = /** @type {Record<KindName, Place>} */ (
      Object.fromEntries(kindNames.map((kind) => [kind, emptyPlace(kind)]))
    );
  }

  /** Of the kind that is looked at. */
  get place() {
    return this.#places[this.kind];
  }

  /** Steps of an epoch. */
  get perEpoch() {
    return Math.ceil(this.#rows.training.X.shape[0] / (this.place.model?.getParams().batchSize ?? 1));
  }

  /**
   * @param {KindName} kind
   * @param {(kind: KindName) => Promise<any>} [ready] gives a trained model when there is none yet
   */
  choose(kind, ready) {
    return this.#ask(async () => {
      this.kind = kind;
      await this.#look(ready);
    });
  }

  /** Shows the model of the present kind, which is made when there is none. @param {(kind: KindName) => Promise<any>} [ready] */
  async #look(ready) {
    if (this.place.model === undefined) {
      const model = await ready?.(this.kind);
      if (model !== undefined) this.#set(this.kind, model, 'ready');
    }
    this.#listener.onChange();
    if (this.place.model === undefined) await this.#train({ isNew: true, every: 1, until: 'begun' });
    else await this.#listener.onModel(true);
  }

  /**
   * Takes in a model that was trained before, here or elsewhere.
   *
   * @param {KindName} kind
   * @param {any} model
   * @param {Status} status
   * @param {Dataset} [dataset] that it was trained on, when it is not the present one
   */
  take(kind, model, status, dataset = this.dataset) {
    return this.#ask(async () => {
      const { features, name } = dataset;
      if (model.nFeaturesIn !== features)
        throw new RangeError(
          `This model is for rows of ${model.nFeaturesIn} numbers; those of ${name} have ${features}. Open its data first`,
        );
      if (dataset !== this.dataset) this.#use(dataset);
      this.#set(kind, model, status);
      this.kind = kind;
      this.#listener.onChange();
      await this.#listener.onModel(true);
    });
  }

  /**
   * @param {Dataset} dataset
   * @param {(kind: KindName) => Promise<any>} [ready] gives a trained model; without, it is yet to be trained
   */
  open(dataset, ready) {
    return this.#ask(async () => {
      this.#use(dataset);
      await this.#look(ready);
    });
  }

  /** @param {Settings} settings @param {string} changed */
  change(settings, changed) {
    const { place, kind } = this;
    place.settings = settings;
    // More epochs only make training go on for longer.
    if (changed !== kinds[kind].epochs) place.isStale = place.status !== 'ready';
    else if (place.model !== undefined && place.status !== 'ready')
      place.model.setParams({ [changed]: Number(settings[changed]) });
    this.#listener.onChange();
  }

  /** Trains the model as it is set, or goes on where that was paused. */
  train() {
    return this.#ask((isWanted) => {
      const isNew = this.#beginsAnew();
      const { paramsOf } = kinds[this.kind];
      const every = this.#stateSteps(paramsOf(this.place.settings, this.dataset));
      return this.#train({ isNew, every, until: 'over', isWanted });
    });
  }

  /** One step of the optimiser. */
  step() {
    return this.#ask(() => this.#train({ isNew: this.#beginsAnew(), every: 1, until: 'stepped' }));
  }

  /** New weights, with which one step was made. */
  begin() {
    return this.#ask(() => this.#train({ isNew: true, every: 1, until: 'begun' }));
  }

  /** Stops training at its next state, which the model then has. */
  pause() {
    return this.#ask(async () => {});
  }

  /** @param {(isWanted: () => boolean) => Promise<void>} action that may ask whether it is still the last */
  #ask(action) {
    const turn = ++this.#turn;
    this.#tail = this.#tail.then(async () => {
      try {
        await action(() => turn === this.#turn);
      } catch (error) {
        this.#listener.onError(error);
      } finally {
        this.#listener.onChange();
      }
    });
    return this.#tail;
  }

  /** @param {Dataset} dataset */
  #use(dataset) {
    this.dataset = dataset;
    this.#rows = split(dataset);
    for (const kind of kindNames) this.#places[kind] = { ...emptyPlace(kind), settings: this.#places[kind].settings };
  }

  /** @param {KindName} kind @param {any} model @param {Status} status */
  #set(kind, model, status) {
    // A ready-trained model is there to look at; what is trained next has the settings that are shown.
    const settings = status === 'ready' ? this.#places[kind].settings : kinds[kind].settingsOf(model.getParams());
    this.#places[kind] = { model, status, settings, isStale: false };
  }

  /** Whether training starts from new weights; otherwise there is an epoch left to train. */
  #beginsAnew() {
    const { place } = this;
    if (place.isStale || !['fresh', 'paused', 'done'].includes(place.status)) return true;
    if (place.status === 'done') this.#raiseEpochs();
    return false;
  }

  #raiseEpochs() {
    const { place, kind } = this;
    const { epochs, settings } = kinds[kind];
    const first = Number(settings.find(({ name }) => name === epochs)?.value);
    const wanted = Math.max(Number(place.settings[epochs]), place.model.nEpochs + first);
    place.settings = { ...place.settings, [epochs]: `${wanted}` };
    place.model.setParams({ [epochs]: wanted });
  }

  /**
   * @param {object} how
   * @param {boolean} how.isNew
   * @param {number} how.every steps between states
   * @param {'begun' | 'stepped' | 'over'} how.until after one step, or all
   * @param {() => boolean} [how.isWanted] asked at each state
   */
  async #train({ isNew, every, until, isWanted = () => true }) {
    const { place, kind, dataset } = this;
    const { Class, paramsOf, withRows, epochs } = kinds[kind];
    const model = isNew ? new Class(paramsOf(place.settings, dataset)) : place.model;
    const { training } = this.#rows;
    const { [epochs]: total, batchSize } = model.getParams();
    const before = place.status;
    const onProgress = until === 'over' ? this.#follow(place, total, batchSize) : undefined;
    if (until === 'over') {
      Object.assign(place, { status: 'training', speed: undefined });
      this.#listener.onChange();
    }
    try {
      for await (const _ of model.steps(training.X, { ...withRows(this.#rows), every, resume: !isNew, onProgress })) {
        Object.assign(place, { model, isStale: false });
        if (until !== 'over' || !isWanted()) break;
        await this.#listener.onModel(false);
      }
    } catch (error) {
      const isDiverged = /** @type {any} */ (error)?.code === 'DIVERGED';
      place.status = isDiverged ? 'diverged' : before;
      if (isDiverged) place.model = model;
      throw error;
    }
    place.status = until === 'begun' ? 'fresh' : model.nEpochs >= total ? 'done' : 'paused';
    await this.#listener.onModel(true);
  }

  /** @param {Place} place @param {number} total epochs @param {number} batchSize */
  #follow(place, total, batchSize) {
    const speed = new Speed(batchSize);
    const steps = total * Math.ceil(this.#rows.training.X.shape[0] / batchSize);
    return (/** @type {{ metrics: Record<string, number> }} */ { metrics: { epoch, step } }) => {
      place.speed = speed.at(step, steps);
      this.#listener.onProgress({ share: Math.min(1, step / steps), epoch, epochs: total, step, speed: place.speed });
    };
  }

  /** How many steps take about as long as a state is to be apart from the next. @param {Record<string, any>} params */
  #stateSteps(params) {
    const { features } = this.dataset;
    const sizes = [features, ...(params.hidden ?? [params.nComponents])];
    const weights = sizes.slice(1).reduce((sum, size, i) => sum + size * sizes[i], 0) * (params.hidden ? 2 : 1);
    const flops = 6 * weights * params.batchSize * (params.filters?.length > 0 ? 10 : 1);
    return Math.min(1000, Math.max(1, Math.round((STATE_MS / 1000) * (FLOPS / flops))));
  }
}

/** @param {KindName} kind @returns {Place} */
const emptyPlace = (kind) => ({ status: 'none', settings: defaultSettings(kind), isStale: false });
