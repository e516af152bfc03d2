/**
 * Live video in its classes. Each frame starts from the last one's centres, so that two iterations are enough and the classes keep
 * their colours.
 */
import { segmentImage } from 'lakh/worker';
import { Frames } from './frames.js';

/**
 * @typedef {import('./session.js').Settings} Settings
 * @typedef {Awaited<ReturnType<typeof segmentImage>>} Segmentation
 *
 * @typedef {object} Frame
 * @property {ImageData} image the frame as it was taken
 * @property {Segmentation} segmentation of it, without labels
 * @property {{ perSecond: number, ms: number, readMs: number }} speed of the last second: frames shown; median work a frame, from
 *   the call to the result; median time to get the pixels from the video
 *
 * @typedef {{ image: ImageData, readMs: number }} Read a frame's pixels, and how long it took to get them from the video
 * @typedef {Read & { segmentation: Segmentation, ms: number }} Divided and how long it took to divide them
 *
 * @typedef {object} Listener
 * @property {() => Settings} settings
 * @property {(frame: Frame) => void} onFrame
 * @property {(error: unknown) => void} onEnd with an error when it did not end by wish
 */

const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 60 }, facingMode: 'environment' };
const ITERATIONS = 2;
/** Pixels of a frame that teach the classes: with more, they hardly change any more. */
const SAMPLE = 100_000;
const SECOND = 1000;

export class Camera {
  /** @type {MediaStream | undefined} */
  #stream;
  #video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
  #frames = new Frames();
  /** @type {{ segmentation: Segmentation, settings: Settings } | undefined} */
  #last;
  /** @type {Read | undefined} */
  #next;
  /** Waits to be shown. @type {Divided | undefined} */
  #divided;
  #isReading = false;
  #isDividing = false;
  /** @type {ImageData | undefined} */
  #shown;
  /** @type {{ at: number, ms: number, readMs: number }[]} */
  #recent = [];
  #listener;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  get isOn() {
    return this.#stream !== undefined;
  }

  /** @throws {Error} that says why there is no camera */
  async start() {
    if (navigator.mediaDevices?.getUserMedia === undefined)
      throw new Error('This browser gives no camera to this page: it wants https, or 127.0.0.1.');
    const stream = await navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false }).catch(explain);
    this.stop();
    this.#stream = stream;
    this.#last = undefined;
    this.#next = undefined;
    this.#divided = undefined;
    this.#shown = undefined;
    this.#recent = [];
    stream.getVideoTracks()[0].addEventListener('ended', () => this.#end(new Error('The camera was taken away.')));
    this.#video.srcObject = stream;
    await this.#video.play();
    this.#wait(stream);
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#video.srcObject = null;
    this.#frames.clear();
  }

  /** The frame that was shown last, as a picture. */
  snap() {
    return this.#shown;
  }

  /**
   * Takes frames as they come. While one is divided in the worker, the next is read here; more are not kept waiting.
   *
   * @param {MediaStream} stream
   */
  #wait(stream) {
    const next = () => {
      if (this.#stream !== stream) return;
      this.#wait(stream);
      if (this.#next === undefined && !this.#isReading && this.#video.videoWidth > 0) this.#read(stream);
    };
    if ('requestVideoFrameCallback' in this.#video) this.#video.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
  }

  /** @param {MediaStream} stream */
  async #read(stream) {
    this.#isReading = true;
    const started = performance.now();
    try {
      const image = await this.#frames.read(this.#video);
      if (this.#stream !== stream) return;
      this.#next = { image, readMs: performance.now() - started };
      if (!this.#isDividing) this.#divideAll(stream);
    } catch (error) {
      if (this.#stream === stream) this.#end(error);
    } finally {
      this.#isReading = false;
    }
  }

  /** @param {MediaStream} stream */
  async #divideAll(stream) {
    this.#isDividing = true;
    try {
      while (this.#next !== undefined && this.#stream === stream) {
        const read = this.#next;
        this.#next = undefined;
        await this.#divide(read, stream);
      }
    } catch (error) {
      if (this.#stream === stream) this.#end(error);
    } finally {
      this.#isDividing = false;
    }
  }

  /** @param {Read} read @param {MediaStream} stream */
  async #divide({ image, readMs }, stream) {
    const started = performance.now();
    const settings = this.#listener.settings();
    const segmentation = await segmentImage(image, this.#optionsFor(settings));
    if (this.#stream !== stream) return;
    this.#last = { segmentation, settings };
    this.#show({ image, segmentation, ms: performance.now() - started, readMs }, stream);
  }

  /**
   * Shows a frame when the screen is drawn next, so that the worker has the next frame by then.
   *
   * @param {Divided} divided
   * @param {MediaStream} stream
   */
  #show(divided, stream) {
    if (this.#divided !== undefined) this.#frames.giveBack(this.#divided.image);
    else requestAnimationFrame(() => this.#showNow(stream));
    this.#divided = divided;
  }

  /** @param {MediaStream} stream */
  #showNow(stream) {
    const divided = this.#divided;
    this.#divided = undefined;
    if (divided === undefined || this.#stream !== stream) return;
    const { image, segmentation, ms, readMs } = divided;
    this.#frames.giveBack(this.#shown);
    this.#shown = image;
    const now = performance.now();
    this.#recent.push({ at: now, ms, readMs });
    this.#listener.onFrame({ image, segmentation, speed: this.#speed(now) });
  }

  /** @param {Settings} settings */
  #optionsFor(settings) {
    const { k, colorSpace, positionWeight, countExponent, seed } = settings;
    const shared = { countExponent, skipTransparent: false, randomState: seed, sampleSize: SAMPLE, labels: false };
    const last = this.#last;
    const isSame =
      last?.settings.k === k && last.settings.colorSpace === colorSpace && last.settings.positionWeight === positionWeight;
    if (last !== undefined && isSame) return { ...shared, warmStart: last.segmentation, maxIter: ITERATIONS };
    return { ...shared, nClusters: k, colorSpace, positionWeight };
  }

  /** @param {number} now */
  #speed(now) {
    while (this.#recent[0].at < now - SECOND) this.#recent.shift();
    const { length } = this.#recent;
    const span = now - this.#recent[0].at;
    const median = (/** @type {'ms' | 'readMs'} */ what) =>
      this.#recent.map((frame) => frame[what]).sort((a, b) => a - b)[length >> 1];
    return { perSecond: span > 0 ? ((length - 1) * SECOND) / span : 0, ms: median('ms'), readMs: median('readMs') };
  }

  /** @param {unknown} error */
  #end(error) {
    this.stop();
    this.#listener.onEnd(error);
  }
}

/**
 * @param {DOMException} error
 * @returns {never}
 */
function explain(error) {
  const reasons = /** @type {Record<string, string>} */ ({
    NotAllowedError: 'The camera may not be used: allow it for this page in the browser’s settings.',
    NotFoundError: 'There is no camera on this device.',
    NotReadableError: 'The camera is in use by another program.',
  });
  throw new Error(reasons[error.name] ?? `The camera could not be started: ${error.message}`);
}
