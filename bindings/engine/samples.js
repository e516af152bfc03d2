/**
 * X inside the module. Tables become rows of floats; pixels go in as bytes, and the module makes weighted rows of features of
 * them, in which equal colours are one row. Either way the algorithms see rows and weights, and `labels` leads back from a label
 * a row to a label a row of X.
 */
import { notFinite, pixelsAsRows, writeRows } from '../data.js';
import { bool, encode, oneOf, real } from '../estimator/params.js';
import { struct } from './struct.js';
import { NOT_FINITE } from './work.js';

/**
 * @typedef {import('./work.js').Work} Work
 * @typedef {import('../data.js').Input} Input
 * @typedef {import('../data.js').Rows} Rows
 * @typedef {import('../data.js').Pixels} Pixels
 */

/**
 * How pixels become rows.
 *
 * @typedef {import('../estimator/params.js').Values<typeof pixelParams>} PixelOptions
 */

/** In the order of lakh_pixels_params, after the image's size. */
export const pixelParams = {
  /**
   * The space in which colours are compared: 'srgb' (the bytes as stored), 'oklab' (Ottosson 2020) or 'lab' (CIE 1976, D65),
   * in which distances are closer to what eyes see.
   */
  colorSpace: oneOf(['srgb', 'oklab', 'lab']),
  /** Whether pixels with alpha 0 are left out; their label is −1. */
  skipTransparent: bool({ default: true }),
  /**
   * How much a pixel's place counts: 0, not at all; 1, the longer side of the image as much as the way from black to white.
   */
  positionWeight: real({ default: 0, min: 0 }),
  /**
   * A colour seen c times weighs c to the power of this, from 0 (each colour counts once) to 1 (each pixel counts). Values
   * below 1 keep small but distinct colours from being swallowed by large areas.
   */
  countExponent: real({ default: 1, min: 0, max: 1 }),
};

/** Pixels as estimators take them: each one is a row of its red, green and blue. @type {PixelOptions} */
export const plainPixels = { colorSpace: 'srgb', skipTransparent: false, positionWeight: 0, countExponent: 1 };

/** lakh_pixels_params */
const PIXELS = struct({
  width: 'i32',
  height: 'i32',
  channels: 'i32',
  colorSpace: 'i32',
  skipTransparent: 'i32',
  positionWeight: 'f64',
  countExponent: 'f64',
});

/** lakh_pixels_state */
const PIXELS_STATE = struct({ data: 'ptr', rows: 'u32', cols: 'u32', weights: 'ptr', visible: 'u32' });

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
 * @property {number} visible how many rows of X they stand for
 * @property {(rowLabels: number, nLabels: number, last: boolean) => Promise<Int32Array>} labels of each row of X, from those of
 *   the samples; after the last call the samples may be gone
 * @property {(rowLabels: number, nLabels: number, wanted: Wanted) => Promise<Painting>} [paint] for pixels
 */

/**
 * @typedef {object} Wanted
 * @property {boolean} labels
 * @property {boolean} recolored
 * @property {Uint8Array} [colors] RGBA, one a label; the means when missing
 * @property {boolean} last whether the samples are not needed afterwards
 */

/**
 * @typedef {object} Painting
 * @property {Int32Array} [labels]
 * @property {Uint8ClampedArray<ArrayBuffer>} [recolored] RGBA
 * @property {Float64Array} shares pixels of each label
 * @property {Uint8Array} means RGBA, the mean colour of each label
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
  return input.kind === 'pixels' ? loadPixels(work, input, weights, options) : loadRows(work, input, weights);
}

/**
 * Brings X in as one row of floats for each of its rows, also when it is an image.
 *
 * @param {Work} work
 * @param {Input} input
 * @returns {Samples}
 */
export const loadEachRow = (work, input) => loadRows(work, input.kind === 'pixels' ? pixelsAsRows(work.who, input) : input, 0);

/**
 * @param {Work} work
 * @param {Rows} input
 * @param {number} weights
 * @returns {Samples}
 */
function loadRows(work, input, weights) {
  const { rows, cols } = input;
  const data = work.alloc(rows * cols, 4);
  writeRows(work.who, 'X', input, work.floats(data, rows * cols));
  const place = work.alloc(2, 4);
  const status = work.exports.check_finite(data, rows, cols, place, place + 4);
  if (status === NOT_FINITE) {
    const [row, col] = work.ints(place, 2);
    throw notFinite(work.who, 'X', input, row, col);
  }
  work.check(status, 'check_finite');
  const labels = async (/** @type {number} */ rowLabels) => work.ints(rowLabels, rows).slice();
  return { data, rows, cols, weights, visible: rows, labels };
}

/**
 * @param {Work} work
 * @param {Pixels} input
 * @param {number} weights
 * @param {PixelOptions} options
 * @returns {Promise<Samples>}
 */
async function loadPixels(work, { width, height, channels, bytes }, weights, options) {
  const image = work.copyIn(bytes);
  const params = work.struct(PIXELS, { width, height, channels, ...encode(pixelParams, options) });
  const pixels = work.job('pixels_create', params, image, weights);
  await work.run(pixels);
  const place = work.struct(PIXELS_STATE);
  work.exports.pixels_get(pixels, place);
  const state = work.read(PIXELS_STATE, place);

  /** @type {NonNullable<Samples['paint']>} */
  const paint = async (rowLabels, nLabels, wanted) => {
    const count = width * height;
    // The bytes of an RGBA image are as large as its labels, and of no more use after the last painting.
    const labels = !wanted.labels ? 0 : wanted.last && channels === 4 ? image : work.alloc(count, 4);
    const recolored = wanted.recolored ? work.alloc(count, 4) : 0;
    const colors = wanted.colors === undefined ? 0 : work.copyIn(wanted.colors);
    const shares = work.alloc(nLabels, 8);
    const means = work.alloc(nLabels, 4);
    const job = work.job('paint_create', pixels, rowLabels, nLabels, colors, labels, recolored, shares, means);
    await work.run(job);
    /** @type {Painting} */
    const painting = { shares: work.doubles(shares, nLabels).slice(), means: work.bytes(means, 4 * nLabels).slice() };
    if (wanted.labels) painting.labels = work.ints(labels, count).slice();
    if (wanted.recolored) painting.recolored = new Uint8ClampedArray(work.bytes(recolored, 4 * count).slice().buffer);
    work.releaseJob(job);
    for (const block of [labels === image ? 0 : labels, recolored, colors, shares, means]) work.release(block);
    return painting;
  };

  return {
    data: state.data,
    rows: state.rows,
    cols: state.cols,
    weights: state.weights,
    visible: state.visible,
    paint,
    async labels(rowLabels, nLabels, last) {
      const { labels } = await paint(rowLabels, nLabels, { labels: true, recolored: false, last });
      return /** @type {Int32Array} */ (labels);
    },
  };
}
