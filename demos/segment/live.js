/**
 * The camera's buttons, and what they do to the page: while it is live, frames take the place of the picture.
 */
import { Camera } from './camera.js';

/** @param {string} id */
const element = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));

/**
 * @typedef {object} LiveListener
 * @property {() => import('./session.js').Settings} settings
 * @property {() => void} onStart
 * @property {(frame: import('./camera.js').Frame) => void} onFrame
 * @property {(photo: ImageData | undefined) => void} onStop
 * @property {(error: unknown) => void} onError
 */

export class Live {
  #listener;
  #camera;

  /** @param {LiveListener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#camera = new Camera({
      settings: listener.settings,
      onFrame: (frame) => this.#show(frame),
      onEnd: (error) => {
        this.stop();
        listener.onError(error);
      },
    });
    element('camera').addEventListener('click', () => this.#start());
    element('snap').addEventListener('click', () => this.stop(this.#camera.snap()));
    element('camera-stop').addEventListener('click', () => this.stop());
  }

  get isOn() {
    return this.#camera.isOn;
  }

  async #start() {
    const button = element('camera');
    button.disabled = true;
    try {
      await this.#camera.start();
      this.#listener.onStart();
      this.#swap(true);
      element('snap').focus();
    } catch (error) {
      this.#listener.onError(error);
    } finally {
      button.disabled = false;
    }
  }

  /** @param {ImageData} [photo] that takes the picture's place */
  stop(photo) {
    this.#camera.stop();
    if (element('live').hidden) return;
    this.#swap(false);
    element('camera').focus();
    this.#listener.onStop(photo);
  }

  /** @param {boolean} isLive */
  #swap(isLive) {
    element('live').hidden = !isLive;
    element('camera').hidden = isLive;
    element('timing').hidden = isLive;
    element('speed').textContent = '';
  }

  /** @param {import('./camera.js').Frame} frame */
  #show(frame) {
    this.#listener.onFrame(frame);
    const { perSecond, ms, readMs } = frame.speed;
    const { width, height } = frame.image;
    element('speed').textContent =
      `${width} × ${height}: ${perSecond.toFixed(0)} frames a second, ${ms.toFixed(1)} ms of work a frame, and ${readMs.toFixed(1)} ms to read it from the video`;
  }
}
