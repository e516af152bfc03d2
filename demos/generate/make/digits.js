/**
 * Makes data/digits.png: the first 380 of each digit of MNIST's training set, as one sprite of 28 × 28 tiles in 16 shades of grey.
 * A tile's column, counted from 0, modulo 10 is its digit. Rows are not filtered, which for such pictures compresses best.
 *
 *     node demos/generate/make/digits.js
 */
import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { PIXELS, readMnist, SIDE } from './mnist.js';

const ROWS = 76;
const COLUMNS = 50;
const CLASSES = 10;

const { pixels, labels, count } = readMnist('train');
/** Places in MNIST of each digit, in order. @type {number[][]} */
const places = Array.from({ length: CLASSES }, () => []);
for (let i = 0; i < count; i++) places[labels[i]].push(i);

const width = COLUMNS * SIDE;
const height = ROWS * SIDE;
const stride = 1 + width / 2;
const packed = new Uint8Array(height * stride);
for (let tile = 0; tile < ROWS * COLUMNS; tile++) {
  const from = places[tile % CLASSES][Math.floor(tile / CLASSES)] * PIXELS;
  const left = (tile % COLUMNS) * SIDE;
  const top = Math.floor(tile / COLUMNS) * SIDE;
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const x = left + (pixel % SIDE);
    const shade = Math.round(pixels[from + pixel] / 17);
    packed[(top + Math.floor(pixel / SIDE)) * stride + 1 + (x >> 1)] |= x % 2 === 0 ? shade << 4 : shade;
  }
}

/** @param {string} type @param {Uint8Array} data */
function chunk(type, data) {
  const bytes = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(bytes), 4);
  return Buffer.concat([ends.subarray(0, 4), bytes, ends.subarray(4)]);
}

const header = Buffer.alloc(13);
header.writeUInt32BE(width, 0);
header.writeUInt32BE(height, 4);
header.writeUInt8(4, 8); // bits a pixel; the rest 0: grey, deflate, no filter but those of the rows, not interlaced

const png = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  chunk('IHDR', header),
  chunk('IDAT', deflateSync(packed, { level: 9, memLevel: 9 })),
  chunk('IEND', Buffer.alloc(0)),
]);
writeFileSync(new URL('../data/digits.png', import.meta.url), png);
console.log(`data/digits.png: ${ROWS * COLUMNS} digits, ${png.length} bytes`);
