/**
 * What the page is about: one picture, how it is to be divided, and the classes found. Each change cancels the work under way,
 * and only what belongs to the last change is ever shown. When something fails, what was there before stays.
 */
import { segmentImage } from 'lakh/worker';
import { Classes } from './classes.js';
import { countVisible, pixelsOf, shrinkLabels } from './picture.js';

/**
 * @typedef {import('./picture.js').Picture} Picture
 * @typedef {Awaited<ReturnType<typeof segmentImage>>} Segmentation
 *
 * @typedef {object} Settings
 * @property {number} k
 * @property {'srgb' | 'oklab' | 'lab'} colorSpace
 * @property {number} positionWeight
 * @property {number} countExponent
 * @property {boolean} skipTransparent
 * @property {number} seed
 *
 * @typedef {object} Result
 * @property {Picture} picture
 * @property {Settings} settings
 * @property {Segmentation} segmentation
 * @property {Classes} classes
 * @property {Uint8Array} labels of all pixels, or of the preview's while `isDraft`
 * @property {Uint8Array} previewLabels
 * @property {boolean} isDraft whether only the preview was divided so far
 * @property {number} ms from the calls to their results, the way to the worker and back included
 * @property {number} pixels that were divided in that time
 *
 * @typedef {object} Listener
 * @property {(result: Result) => void} onResult
 * @property {(isBusy: boolean, share?: number) => void} onBusy
 * @property {(error: unknown) => void} onError
 */

/** A slider that rested for so long is where it is wanted. */
const REST_MS = 200;

export class Session {
  /** @type {Result | undefined} */
  result;
  /** @type {Settings} */
  #settings;
  /** The picture that was asked for last; it may still be read. @type {Promise<Picture> | undefined} */
  #picture;
  #reading = new AbortController();
  #controller = new AbortController();
  /** @type {Listener} */
  #listener;

  /** @param {Settings} settings @param {Listener} listener */
  constructor(settings, listener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  get settings() {
    return this.#settings;
  }

  /** Gives up the work under way; what is shown stays. */
  stop() {
    this.#reading.abort();
    this.#controller.abort();
    this.#picture = this.result && Promise.resolve(this.result.picture);
  }

  /**
   * Opens another picture, which takes the place of the present one once it has been divided.
   *
   * @param {(signal: AbortSignal) => Promise<Picture>} open
   */
  open(open) {
    this.#reading.abort();
    this.#reading = new AbortController();
    const picture = open(this.#reading.signal);
    this.#picture = picture;
    return this.#run(picture, 0);
  }

  /** @param {Settings} settings for later */
  set(settings) {
    this.#settings = settings;
  }

  /** @param {Settings} settings */
  change(settings) {
    this.#settings = settings;
    return this.#picture === undefined ? Promise.resolve() : this.#run(this.#picture, REST_MS);
  }

  /**
   * @param {Promise<Picture>} picture
   * @param {number} rest how long to wait for another change before all pixels are divided
   */
  async #run(picture, rest) {
    this.#controller.abort();
    const controller = new AbortController();
    const { signal } = controller;
    this.#controller = controller;
    this.#listener.onBusy(true);
    try {
      await this.#divide(await picture, signal, rest);
    } catch (error) {
      if (signal.aborted) return;
      if (this.result !== undefined) this.#picture = Promise.resolve(this.result.picture);
      this.#listener.onError(error);
    } finally {
      if (this.#controller === controller) this.#listener.onBusy(false);
    }
  }

  /**
   * Divides the preview, so that there is an answer at once, and then all pixels from the centres found.
   *
   * @param {Picture} picture
   * @param {AbortSignal} signal
   * @param {number} rest how long to wait for another change before all pixels are divided
   */
  async #divide(picture, signal, rest) {
    signal.throwIfAborted();
    const { image, preview } = picture;
    const isSmall = image === preview;
    const draft = await this.#segment(picture, preview, signal, undefined);
    this.#show({ ...draft, isDraft: !isSmall });
    if (isSmall) return;
    await new Promise((resolve) => setTimeout(resolve, rest));
    signal.throwIfAborted();
    const full = await this.#segment(picture, image, signal, draft.segmentation);
    const { classes } = draft;
    classes.recount(full.segmentation.palette);
    this.#show({ ...full, classes, isDraft: false, ms: draft.ms + full.ms });
  }

  /**
   * @param {Picture} picture
   * @param {ImageData} image its own, or its preview's
   * @param {AbortSignal} signal
   * @param {Segmentation | undefined} warmStart
   * @returns {Promise<Omit<Result, 'isDraft'>>}
   */
  async #segment(picture, image, signal, warmStart) {
    const settings = this.#settings;
    const { k, colorSpace, positionWeight, countExponent, skipTransparent, seed } = settings;
    const visible = countVisible(image, skipTransparent, k);
    if (visible === 0)
      throw new RangeError('Every pixel of this picture is transparent. Untick “Ignore transparent pixels” to take them all.');
    const shared = { colorSpace, positionWeight, countExponent, skipTransparent, randomState: seed, recolored: false, signal };
    const onProgress = (/** @type {{ done: number, total: number }} */ { done, total }) => {
      if (!signal.aborted) this.#listener.onBusy(true, done / total);
    };
    const started = performance.now();
    const segmentation = await segmentImage(image, {
      ...shared,
      onProgress,
      ...(warmStart ? { warmStart } : { nClusters: Math.min(k, visible) }),
    });
    const ms = performance.now() - started;
    signal.throwIfAborted();
    const labels = new Uint8Array(/** @type {{ data: Int32Array }} */ (segmentation.labels).data);
    delete segmentation.labels;
    const classes = new Classes(segmentation.palette);
    const previewLabels = shrinkLabels(labels, image, picture.preview);
    return { picture, settings, segmentation, classes, labels, previewLabels, ms, pixels: pixelsOf(image) };
  }

  /** @param {Result} result */
  #show(result) {
    this.result = result;
    this.#listener.onResult(result);
  }
}
