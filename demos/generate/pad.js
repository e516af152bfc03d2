/**
 * A pad to draw a digit on, with pointer or keys, and what is drawn as MNIST has its digits: 20 pixels high or wide, centred by its
 * mass on 28 × 28.
 */

const PAD = 140;
const SIDE = 28;
const INK = 20;
const PEN = 13;
const KEY_STEP = 7;

/** @type {Record<string, [number, number]>} */
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  #pad = /** @type {HTMLElement} */ (document.getElementById('pad'));
  #canvas = /** @type {HTMLCanvasElement} */ (this.#pad.querySelector('canvas'));
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d', { willReadFrequently: true }));
  /** Where the pen is. @type {[number, number]} */
  #pen = [PAD / 2, PAD / 2];
  /** Whether what is on the pad was not drawn by the visitor, whose first stroke wipes it away. */
  #isPut = false;
  #onDraw;

  /** @param {(drawn: Float32Array | undefined) => void} onDraw told 28 × 28 values from 0 to 1; nothing when the pad is empty */
  constructor(onDraw) {
    this.#onDraw = onDraw;
    Object.assign(this.#canvas, { width: PAD, height: PAD });
    this.#pad.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      this.#pad.focus({ preventScroll: true });
      this.#pad.setPointerCapture(event.pointerId);
      this.#pen = this.#placeOf(event);
      this.#lineTo(this.#pen);
    });
    this.#pad.addEventListener('pointermove', (event) => {
      if (event.buttons === 0 || !this.#pad.hasPointerCapture(event.pointerId)) return;
      for (const each of event.getCoalescedEvents?.() ?? []) this.#lineTo(this.#placeOf(each));
      this.#lineTo(this.#placeOf(event));
    });
    this.#pad.addEventListener('keydown', (event) => this.#press(event));
    document.getElementById('wipe')?.addEventListener('click', () => this.wipe());
  }

  wipe() {
    this.#context.clearRect(0, 0, PAD, PAD);
    this.#onDraw(undefined);
  }

  /** Draws a digit that there is, such as one of the data, 28 × 28. @param {ArrayLike<number>} values */
  put(values) {
    const image = new ImageData(SIDE, SIDE);
    for (let i = 0; i < values.length; i++) image.data[4 * i + 3] = 255 * values[i];
    const small = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
    /** @type {CanvasRenderingContext2D} */ (small.getContext('2d')).putImageData(image, 0, 0);
    this.#context.clearRect(0, 0, PAD, PAD);
    this.#context.drawImage(small, 0, 0, PAD, PAD);
    this.#isPut = true;
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [((clientX - left) / width) * PAD, ((clientY - top) / height) * PAD];
  }

  /** @param {[number, number]} place */
  #lineTo(place) {
    const context = this.#context;
    if (this.#isPut) context.clearRect(0, 0, PAD, PAD);
    this.#isPut = false;
    Object.assign(context, { lineWidth: PEN, lineCap: 'round', lineJoin: 'round', strokeStyle: '#000' });
    context.beginPath();
    context.moveTo(...this.#pen);
    context.lineTo(place[0] + 0.01, place[1]);
    context.stroke();
    this.#pen = place;
    this.#onDraw(this.#read());
  }

  /** Arrows draw; with Shift they lift the pen. @param {KeyboardEvent} event */
  #press(event) {
    const direction = directions[event.key];
    if (direction === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const within = (/** @type {number} */ value) => Math.min(PAD - PEN, Math.max(PEN, value));
    /** @type {[number, number]} */
    const place = [within(this.#pen[0] + KEY_STEP * direction[0]), within(this.#pen[1] + KEY_STEP * direction[1])];
    if (event.shiftKey) this.#pen = place;
    else this.#lineTo(place);
  }

  #read() {
    const { data } = this.#context.getImageData(0, 0, PAD, PAD);
    return likeMnist(
      Float32Array.from({ length: PAD * PAD }, (_, i) => data[4 * i + 3] / 255),
      PAD,
      PAD,
    );
  }
}

/**
 * Scales what is drawn so that its longer side has 20 pixels, and puts its centre of mass in the middle, as MNIST was made.
 *
 * @param {Float32Array} ink 0..1
 * @param {number} width
 * @param {number} height
 * @returns {Float32Array | undefined} 28 × 28; nothing when there is no ink
 */
export function likeMnist(ink, width, height) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  let [mass, middleX, middleY] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = ink[y * width + x];
      if (value === 0) continue;
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
      mass += value;
      middleX += value * (x + 0.5);
      middleY += value * (y + 0.5);
    }
  }
  if (mass === 0) return undefined;
  const scale = Math.max(right - left + 1, bottom - top + 1) / INK;
  const [originX, originY] = [middleX / mass - (scale * SIDE) / 2, middleY / mass - (scale * SIDE) / 2];
  const small = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      small[y * SIDE + x] = meanOver(ink, width, height, originX + x * scale, originY + y * scale, scale);
  return small;
}

/**
 * The mean over a square of pixels; beyond the edges there is no ink.
 *
 * @param {Float32Array} ink
 * @param {number} width
 * @param {number} height
 * @param {number} left
 * @param {number} top
 * @param {number} side
 */
function meanOver(ink, width, height, left, top, side) {
  let sum = 0;
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, top + side); y++) {
    const tall = Math.min(y + 1, top + side) - Math.max(y, top);
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, left + side); x++)
      sum += ink[y * width + x] * tall * (Math.min(x + 1, left + side) - Math.max(x, left));
  }
  return sum / (side * side);
}
