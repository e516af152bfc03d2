/**
 * Rows as small pictures, side by side on a canvas, in the page's ink.
 */
import { colorOf, onNewColors } from './ink.js';

/** @typedef {import('./ink.js').Rgb} Rgb */

/**
 * @typedef {object} Shown
 * @property {ArrayLike<number>} data rows of width × height values, or of fewer: the rest stays empty
 * @property {number} features of a row
 * @property {number} width
 * @property {number} height
 * @property {number} columns
 * @property {boolean} [isLight] whether values are lightness, from black to white
 * @property {string[]} [tints] a property of a colour for each row, instead of the ink
 * @property {boolean} [isSigned] whether values run from -1 to 1, with the accent for those below 0
 */

/** Tiles with fewer pixels across are shown as squares. */
export const COARSE = 12;

export class Tiles {
  #context;
  #gap;
  /** @type {Shown | undefined} */
  #shown;

  /** @param {string} id of a canvas @param {number} [gap] between tiles, in their own pixels */
  constructor(id, gap = 2) {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(id));
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.#gap = gap;
    onNewColors(() => this.#draw());
  }

  /** @param {string} words what is to be seen, for those who do not see it */
  describe(words) {
    this.#context.canvas.setAttribute('aria-label', words);
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    this.#draw();
  }

  clear() {
    this.#shown = undefined;
    const { canvas } = this.#context;
    this.#context.clearRect(0, 0, canvas.width, canvas.height);
  }

  #draw() {
    if (this.#shown === undefined) return;
    const image = paintTiles(this.#shown, this.#gap);
    const { canvas } = this.#context;
    canvas.classList.toggle('is-coarse', this.#shown.width < COARSE);
    if (canvas.width !== image.width || canvas.height !== image.height)
      Object.assign(canvas, { width: image.width, height: image.height });
    this.#context.putImageData(image, 0, 0);
  }
}

/**
 * @param {Shown} shown
 * @param {number} gap
 */
export function paintTiles({ data, features, width, height, columns, tints, isSigned, isLight }, gap) {
  const count = data.length / features;
  const across = Math.min(columns, count);
  const image = new ImageData(across * (width + gap) - gap || 1, Math.ceil(count / columns) * (height + gap) - gap || 1);
  const words = new Uint32Array(image.data.buffer);
  const [ink, below] = [wordOf(colorOf('--ink')), wordOf(colorOf('--below'))];
  for (let row = 0; row < count; row++) {
    const color = tints === undefined ? ink : wordOf(colorOf(tints[row]));
    const isGrey = isLight && tints === undefined && !isSigned;
    const corner = Math.floor(row / columns) * (height + gap) * image.width + (row % columns) * (width + gap);
    for (let y = 0, i = row * features; y < height; y++) {
      const end = Math.min(i + width, (row + 1) * features);
      for (let at = corner + y * image.width; i < end; i++, at++) {
        const value = data[i];
        const alpha = Math.min(255, (255 * Math.abs(value) + 0.5) | 0);
        words[at] = isGrey ? 0xff000000 | (0x010101 * alpha) : (alpha << 24) | (isSigned && value < 0 ? below : color);
      }
    }
  }
  return image;
}

/** Without its alpha, as little-endian machines keep it. @param {Rgb} color */
const wordOf = ([red, green, blue]) => (blue << 16) | (green << 8) | red;
