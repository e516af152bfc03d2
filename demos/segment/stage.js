/**
 * The picture, before and after, with a slider between them.
 */

/** Taller or wider pictures are shown within a frame of this shape. */
const WIDEST = 5;

export class Stage {
  #frame = /** @type {HTMLElement} */ (document.getElementById('frame'));
  #before = contextOf('before');
  #after = contextOf('after');
  #split = /** @type {HTMLInputElement} */ (document.getElementById('split'));
  /** @type {ImageData | undefined} */
  #shown;

  constructor() {
    const move = () => {
      this.#frame.style.setProperty('--split', this.#split.value);
      this.#split.setAttribute(
        'aria-valuetext',
        `${this.#split.value} % original, ${100 - this.#split.valueAsNumber} % classes`,
      );
    };
    this.#split.addEventListener('input', move);
    move();
  }

  /**
   * @param {ImageData} preview
   * @param {Uint8Array} labels one a pixel of the preview
   * @param {Uint32Array} colors one RGBA word a label
   */
  show(preview, labels, colors) {
    if (this.#shown !== preview) {
      this.#resize(preview);
      this.#before.putImageData(preview, 0, 0);
      this.#shown = preview;
      this.#reveal();
    }
    this.paint(labels, colors);
  }

  /**
   * Paints the classes again.
   *
   * @param {Uint8Array} labels
   * @param {Uint32Array} colors
   */
  paint(labels, colors) {
    const { width, height } = this.#after.canvas;
    const image = new ImageData(width, height);
    const words = new Uint32Array(image.data.buffer);
    for (let i = 0; i < words.length; i++) words[i] = colors[labels[i]];
    this.#after.putImageData(image, 0, 0);
  }

  /**
   * A frame of live video, and the same in its classes.
   *
   * @param {ImageData} frame
   * @param {ImageData} recolored
   */
  showFrame(frame, recolored) {
    this.#shown = undefined;
    if (this.#before.canvas.width !== frame.width || this.#before.canvas.height !== frame.height) this.#resize(frame);
    this.#before.putImageData(frame, 0, 0);
    this.#after.putImageData(recolored, 0, 0);
  }

  /** @param {string} text what the second picture shows */
  describe(text) {
    this.#after.canvas.setAttribute('aria-label', text);
  }

  /** Draws the divider over a picture that is new; how, and whether, is a matter of style. */
  #reveal() {
    this.#frame.classList.remove('is-new');
    // Reading the size lets the class's animation begin again.
    this.#frame.getBoundingClientRect();
    this.#frame.classList.add('is-new');
  }

  /** @param {{ width: number, height: number }} size */
  #resize({ width, height }) {
    for (const { canvas } of [this.#before, this.#after]) Object.assign(canvas, { width, height });
    const ratio = Math.min(WIDEST, Math.max(1 / WIDEST, width / height));
    this.#frame.style.setProperty('--ratio', `${ratio}`);
    this.#frame.classList.toggle('is-tiny', width * height < 20_000);
  }
}

/** @param {string} id */
function contextOf(id) {
  const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(id));
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
}
