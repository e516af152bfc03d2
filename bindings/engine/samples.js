/**
 * X inside the module. Tables become rows of floats; pixels go in as bytes, and the module makes weighted rows of features of
 * them, in which equal colours are one row. Either way the algorithms see rows and weights, and `labels` leads back from a label
 * a row to a label a row of X.
 */
import { checkFinite, pixelsAsRows, writeRows } from '../data.js';
import { struct } from './struct.js';

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

/**
 * How many columns an input has.
 *
 * @param {Input} input
 * @param {PixelOptions} options
 */
export const columnsOf = (input, options) => (input.kind === 'pixels' && options.positionWeight > 0 ? 5 : input.cols);

/**
 * How pixels are labelled: as their row is, or by the nearest of some centres.
 *
 * @typedef {'paint_create' | 'paint_nearest_create'} Painter
 */

/**
 * @typedef {object} Samples
 * @property {number} data address of rows * cols floats
 * @property {number} rows
 * @property {number} cols
 * @property {number} weights address of one float a row, or 0 when all are one
 * @property {(from: number, nLabels: number, last: boolean, by?: Painter) => Promise<Int32Array>} labels of each row of X, from
 *   those of the samples; after the last call the samples may be gone
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
  const table = loadTable(work, `${work.who}: X`, input);
  return { ...table, weights, labels: async (rowLabels) => work.view(Int32Array, rowLabels, table.rows).slice() };
}

/**
 * Brings a table in, all of whose values are finite.
 *
 * @param {Work} work
 * @param {string} label who asks and for what: "KMeans: X"
 * @param {Rows} input
 * @returns {{ data: number, rows: number, cols: number }}
 */
export function loadTable(work, label, input) {
  const { rows, cols } = input;
  const data = work.alloc(rows * cols, 4);
  writeRows(label, input, work.view(Float32Array, data, rows * cols));
  // The module is quick to tell whether all is well; where it is not, time does not matter.
  const place = work.alloc(2, 4);
  if (work.exports.check_finite(data, rows, cols, place, place + 4))
    checkFinite(label, input, work.view(Float32Array, data, rows * cols));
  return { data, rows, cols };
}

/**
 * @param {Work} work
 * @param {Pixels} input
 * @param {PixelOptions} options
 * @param {{ weights?: number, sampleSize?: number }} [of] address of one weight a pixel; most pixels that become rows, 0: all
 * @returns {Promise<Samples & PixelSamples>}
 */
export async function loadPixels(work, { width, height, channels, bytes }, options, { weights = 0, sampleSize = 0 } = {}) {
  const image = work.copyIn(bytes);
  const params = work.struct(PIXELS, { width, height, channels, sampleSize, ...options });
  const pixels = work.job('pixels_create', params, image, weights);
  await work.run(pixels);
  const place = work.struct(PIXELS_STATE);
  work.exports.pixels_get(pixels, place);
  const count = width * height;
  return {
    ...work.read(PIXELS_STATE, place),
    image,
    pixels,
    async labels(from, nLabels, last, by = 'paint_create') {
      // The bytes of an RGBA image are as large as its labels, and of no more use after the last painting.
      const labels = last && channels === 4 ? image : work.alloc(count, 4);
      await paintPixels(work, by, pixels, from, nLabels, { labels });
      const result = work.view(Int32Array, labels, count).slice();
      if (labels !== image) work.release(labels);
      return result;
    },
  };
}

/**
 * Labels, recolours and counts an image's pixels.
 *
 * @param {Work} work
 * @param {Painter} by
 * @param {number} pixels the job
 * @param {number} from address of one label a row, or of the centres
 * @param {number} nLabels
 * @param {{ colors?: number, labels?: number, recolored?: number, shares?: number, means?: number }} painting addresses
 */
export async function paintPixels(work, by, pixels, from, nLabels, painting) {
  const place = work.struct(PAINTING, painting);
  const job = work.job(by, pixels, from, nLabels, place);
  await work.run(job);
  work.release(job);
  work.release(place);
}
