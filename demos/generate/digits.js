/**
 * The digits that come with the page: 3,800 of MNIST in 16 shades, made by make/digits.js. They are read without a canvas, so that
 * every browser has the same bits.
 */
import sprite from './data/digits.png?inline';
import { bytesOf, decompress } from './inline.js';

const SIDE = 28;
const COLUMNS = 50;
const CLASSES = 10;
/** The signature, and a chunk's length and kind. */
const SIGNATURE = 8;
const CHUNK = 8;
const CHECKSUM = 4;

/** @returns {Promise<import('./dataset.js').Dataset>} */
export async function readDigits() {
  const { shades, stride, height } = await readPng(bytesOf(sprite));
  const count = (COLUMNS * height) / SIDE;
  const values = new Uint8Array(count * SIDE * SIDE);
  const labels = Uint8Array.from({ length: count }, (_, tile) => tile % CLASSES);
  for (let tile = 0, at = 0; tile < count; tile++) {
    const left = (tile % COLUMNS) * SIDE;
    const top = Math.floor(tile / COLUMNS) * SIDE;
    for (let y = 0; y < SIDE; y++) {
      const row = (top + y) * stride + 1;
      for (let x = left; x < left + SIDE; x++) {
        const pair = shades[row + (x >> 1)];
        values[at++] = 17 * (x % 2 === 0 ? pair >> 4 : pair & 15);
      }
    }
  }
  const classes = Array.from({ length: CLASSES }, (_, digit) => `${digit}`);
  return { name: 'MNIST digits', noun: 'digit', values, width: SIDE, height: SIDE, features: SIDE * SIDE, labels, classes };
}

/**
 * The rows of a picture of 4-bit greys in one chunk of data, each after a byte that names no filter.
 *
 * @param {Uint8Array<ArrayBuffer>} file
 */
async function readPng(file) {
  const view = new DataView(file.buffer);
  const header = SIGNATURE + CHUNK;
  const [width, height] = [view.getUint32(header), view.getUint32(header + 4)];
  const data = header + view.getUint32(SIGNATURE) + CHECKSUM;
  const length = view.getUint32(data);
  const shades = await decompress(file.subarray(data + CHUNK, data + CHUNK + length), 'deflate');
  return { shades, stride: 1 + width / 2, height };
}
