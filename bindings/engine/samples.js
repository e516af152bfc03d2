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

/** Pixels that are painted at once. An image of more is not kept in the module: painting copies it in again, band by band. */
const BAND = 1 << 20;

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
 * @property {(from: number, nLabels: number, by?: Painter) => Promise<Int32Array>} labels of each row of X, from those of the
 *   samples
 */

/**
 * @typedef {object} PixelSamples
 * @property {number} visible how many pixels the rows stand for
 * @property {number} image address of the bytes, or 0 when they are not kept
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
  return input.kind === 'pixels' ? loadPixels(work, input, options, weights) : loadRows(work, input, weights);
}

/**
 * Brings X in as one row of floats for each of its rows, also when it is an image.
 *
 * @param {Work} work
 * @param {Input} input
 * @returns {Promise<Samples>}
 */
export const loadEachRow = (work, input) => loadRows(work, input.kind === 'pixels' ? pixelsAsRows(input) : input);

/** Values that are copied in before others get their turn: 1 to 3 ms. */
const VALUES_AT_ONCE = 1 << 18;

/**
 * @param {Work} work
 * @param {Rows} input
 * @param {number} [weights]
 * @returns {Promise<Samples>}
 */
async function loadRows(work, input, weights = 0) {
  const table = await loadTable(work, `${work.who}: X`, input);
  return { ...table, weights, labels: async (rowLabels) => work.view(Int32Array, rowLabels, table.rows).slice() };
}

/**
 * Brings a table in, all of whose values are finite.
 *
 * @param {Work} work
 * @param {string} label who asks and for what: "KMeans: X"
 * @param {Rows} input
 * @returns {Promise<{ data: number, rows: number, cols: number }>}
 */
export async function loadTable(work, label, input) {
  const { rows, cols } = input;
  const data = work.alloc(rows * cols, 4);
  const step = Math.ceil(VALUES_AT_ONCE / cols);
  for (let begin = 0; begin < rows; begin += step) {
    const floats = work.view(Float32Array, data, rows * cols);
    const end = Math.min(begin + step, rows);
    writeRows(label, input, floats, begin, end);
    // The module is quick to tell whether all is well; where it is not, time does not matter.
    if (work.exports.check_finite(data + 4 * begin * cols, (end - begin) * cols)) checkFinite(label, input, floats);
    await work.pause();
  }
  return { data, rows, cols };
}

/**
 * @param {Work} work
 * @param {Pixels} input
 * @param {PixelOptions} options
 * @param {number} weights address of one a pixel, or 0
 * @param {number} [sampleSize] most pixels that become rows, or 0: all
 * @returns {Promise<Samples & PixelSamples>}
 */
export async function loadPixels(work, input, options, weights, sampleSize = 0) {
  const { bytes, rows } = input;
  const copy = work.copyIn(bytes);
  const params = work.struct(PIXELS, { ...input, sampleSize, ...options });
  const pixels = work.job('pixels_create', params, copy, weights);
  await work.run(pixels);
  const place = work.struct(PIXELS_STATE);
  work.exports.pixels_get(pixels, place);
  const image = sampleSize || rows <= BAND ? copy : 0;
  if (!image) work.release(copy);
  return {
    ...work.read(PIXELS_STATE, place),
    image,
    pixels,
    async labels(from, nLabels, by = 'paint_create') {
      const labels = new Int32Array(rows);
      await paintBands(work, work.job(by, pixels, from, nLabels, 0, 0), input, image, (...band) => labels.set(...band));
      return labels;
    },
  };
}

/**
 * Labels an image's pixels, band by band.
 *
 * @param {Work} work
 * @param {number} painter the job, which is released in the end
 * @param {Pixels} input
 * @param {number} image address of its bytes, or 0 when they are to be copied in once more
 * @param {(labels: Int32Array, first: number) => void} take is shown the labels of pixels from `first` on
 */
export async function paintBands(work, painter, { bytes, channels, rows }, image, take) {
  await work.run(painter);
  const room = Math.min(rows, BAND);
  const copy = image ? 0 : work.alloc(room, channels);
  // Labels are as large as the bytes of an RGBA image, and may take their place.
  const labels = copy && channels === 4 ? copy : work.alloc(room, 4);
  for (let first = 0; first < rows; first += room) {
    const begin = first * channels;
    const band = bytes.subarray(begin, begin + room * channels);
    const count = band.length / channels;
    if (copy) work.view(Uint8Array, copy, band.length).set(band);
    work.check(work.exports.paint_band(painter, copy || image + begin, count, labels), 'paint_band');
    await work.run(painter);
    take(work.view(Int32Array, labels, count), first);
  }
  for (const owned of [painter, labels, copy]) work.release(owned);
}
