/**
 * X inside the module. Tables become rows of floats; pixels go in as bytes, and the module makes weighted rows of features of
 * them, in which equal colours are one row. Either way the algorithms see rows and weights, and `labels` leads back from a label
 * a row to a label a row of X.
 */
import { notFinite, pixelsAsRows, writeRows } from '../data.js';
import { struct } from './struct.js';
import { NOT_FINITE } from './work.js';

/**
 * @typedef {import('./work.js').Work} Work
 * @typedef {import('../data.js').Input} Input
 * @typedef {import('../data.js').Rows} Rows
 * @typedef {import('../data.js').Pixels} Pixels
 */

/**
 * How pixels become rows, in the numbers of lakh_pixels_params; src/lakh.h has their meaning.
 *
 * @typedef {{ colorSpace: number, skipTransparent: number, positionWeight: number, countExponent: number }} PixelOptions
 */

/** Pixels as estimators take them: each one is a row of its red, green and blue. @type {PixelOptions} */
export const plainPixels = { colorSpace: 0, skipTransparent: 0, positionWeight: 0, countExponent: 1 };

/** lakh_pixels_params */
const PIXELS = struct({
  width: 'Int32',
  height: 'Int32',
  channels: 'Int32',
  colorSpace: 'Int32',
  skipTransparent: 'Int32',
  sampleSize: 'Int32',
  positionWeight: 'Float64',
  countExponent: 'Float64',
});

/** lakh_pixels_state */
const PIXELS_STATE = struct({ data: 'Uint32', rows: 'Uint32', cols: 'Uint32', weights: 'Uint32', visible: 'Uint32' });

/** lakh_painting: what to write, as addresses or 0. */
const PAINTING = struct({ colors: 'Uint32', labels: 'Uint32', recolored: 'Uint32', shares: 'Uint32', means: 'Uint32' });

const nothing = { colors: 0, labels: 0, recolored: 0, shares: 0, means: 0 };

/**
 * How many columns an input has.
 *
 * @param {Input} input
 * @param {PixelOptions} options
 */
export const columnsOf = (input, options) => (input.kind === 'pixels' && options.positionWeight > 0 ? 5 : input.cols);

/**
 * @typedef {object} Samples
 * @property {number} data address of rows * cols floats
 * @property {number} rows
 * @property {number} cols
 * @property {number} weights address of one float a row, or 0 when all are one
 * @property {(rowLabels: number, nLabels: number, last: boolean) => Promise<Int32Array>} labels of each row of X, from those of
 *   the samples; after the last call the samples may be gone
 */

/**
 * @typedef {object} PixelSamples
 * @property {number} visible how many pixels the rows stand for
 * @property {number} image address of the bytes
 * @property {number} pixels the job
 */

/**
 * Brings X into the module.
 *
 * @param {Work} work
 * @param {Input} input
 * @param {Float32Array} [sampleWeight] one a row of X
 * @param {PixelOptions} [options]
 * @returns {Promise<Samples>}
 */
export async function loadSamples(work, input, sampleWeight, options = plainPixels) {
  const weights = sampleWeight === undefined ? 0 : work.copyIn(sampleWeight);
  return input.kind === 'pixels' ? loadPixels(work, input, options, { weights }) : loadRows(work, input, weights);
}

/**
 * Brings X in as one row of floats for each of its rows, also when it is an image.
 *
 * @param {Work} work
 * @param {Input} input
 * @returns {Samples}
 */
export const loadEachRow = (work, input) => loadRows(work, input.kind === 'pixels' ? pixelsAsRows(input) : input, 0);

/**
 * @param {Work} work
 * @param {Rows} input
 * @param {number} weights
 * @returns {Samples}
 */
function loadRows(work, input, weights) {
  const { rows, cols } = input;
  const data = work.alloc(rows * cols, 4);
  writeRows(work.who, 'X', input, work.view(Float32Array, data, rows * cols));
  const place = work.alloc(2, 4);
  const status = work.exports.check_finite(data, rows, cols, place, place + 4);
  if (status === NOT_FINITE) {
    const [row, col] = work.view(Int32Array, place, 2);
    notFinite(work.who, 'X', input, row, col);
  }
  return { data, rows, cols, weights, labels: async (rowLabels) => work.view(Int32Array, rowLabels, rows).slice() };
}

/**
 * Brings an image in.
 *
 * @param {Work} work
 * @param {Pixels} input
 * @param {PixelOptions} options
 * @param {{ weights?: number, sampleSize?: number }} [of] address of one weight a pixel; most pixels that become rows, 0: all
 * @returns {{ image: number, pixels: number }} address of the bytes, and the job that makes rows of them
 */
export function bringPixels(work, { width, height, channels, bytes }, options, { weights = 0, sampleSize = 0 } = {}) {
  const image = work.copyIn(bytes);
  const params = work.struct(PIXELS, { width, height, channels, sampleSize, ...options });
  return { image, pixels: work.job('pixels_create', params, image, weights) };
}

/**
 * Labels, recolours and counts an image's pixels.
 *
 * @param {Work} work
 * @param {'paint_create' | 'paint_nearest_create'} by a label a row, or the nearest centre
 * @param {number} pixels the job
 * @param {number} from address of one label a row, or of the centres
 * @param {number} nLabels
 * @param {Partial<typeof nothing>} painting
 */
export async function paintPixels(work, by, pixels, from, nLabels, painting) {
  const place = work.struct(PAINTING, { ...nothing, ...painting });
  const job = work.job(by, pixels, from, nLabels, place);
  work.release(place);
  await work.run(job);
  work.release(job);
}

/**
 * @param {Work} work
 * @param {Pixels} input
 * @param {PixelOptions} options
 * @param {{ weights?: number, sampleSize?: number }} [of] as above
 * @returns {Promise<Samples & PixelSamples>}
 */
export async function loadPixels(work, input, options, of) {
  const { image, pixels } = bringPixels(work, input, options, of);
  await work.run(pixels);
  const place = work.struct(PIXELS_STATE);
  work.exports.pixels_get(pixels, place);
  return {
    ...work.read(PIXELS_STATE, place),
    image,
    pixels,
    labels: (rowLabels, nLabels, last) =>
      pixelLabels(work, input, { image, last }, (labels) =>
        paintPixels(work, 'paint_create', pixels, rowLabels, nLabels, { labels }),
      ),
  };
}

/**
 * A label for each pixel.
 *
 * @param {Work} work
 * @param {Pixels} input
 * @param {{ image: number, last: boolean }} from the address of its bytes, and whether they are of no more use
 * @param {(labels: number) => Promise<void>} paint writes them there
 */
export async function pixelLabels(work, { width, height, channels }, { image, last }, paint) {
  const count = width * height;
  // The bytes of an RGBA image are as large as its labels.
  const labels = last && channels === 4 ? image : work.alloc(count, 4);
  await paint(labels);
  const result = work.view(Int32Array, labels, count).slice();
  if (labels !== image) work.release(labels);
  return result;
}
