/**
 * An image's pixels in k classes: the main job, from the bytes of an image to labels, palette and recoloured image.
 */

import { checkCenters } from '../cluster/centers.js';
import { KMeans, kmeansParams, runKMeans } from '../cluster/kmeans.js';
import { readImageData } from '../data.js';
import { follow } from '../engine/cancel.js';
import { columnsOf, loadPixels, paintBands } from '../engine/samples.js';
import { here, task } from '../engine/task.js';
import { show } from '../errors.js';
import { readOptionParams } from '../estimator/options.js';
import { either, encode, int, oneOf, real } from '../estimator/params.js';
import { stepsOf } from '../estimator/steps.js';

/**
 * @typedef {import('../data.js').ImageLike} ImageLike
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../data.js').Pixels} Pixels
 * @typedef {import('../engine/samples.js').PixelSamples} PixelSamples
 * @typedef {import('../engine/task.js').Runner} Runner
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/options.js').CallOptions} CallOptions
 */

/** How pixels become rows; the names of lakh_pixels_params. */
const pixelParams = {
  /**
   * The space in which colours are compared: 'srgb' (the bytes as stored), 'oklab' (Ottosson 2020) or 'lab' (CIE 1976, D65),
   * in which distances are closer to what eyes see.
   */
  colorSpace: oneOf(['srgb', 'oklab', 'lab']),
  /** Whether pixels with alpha 0 are left out; their label is −1. */
  skipTransparent: oneOf([true, false]),
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

export const segmentParams = {
  ...kmeansParams,
  /** Number of classes k, at most the number of visible pixels. */
  nClusters: int({ default: 5, min: 1 }),
  ...pixelParams,
  /**
   * Most pixels to learn the classes from, taken at regular distances; null: all. The other pixels, too, get the class of
   * the nearest centre. For live video and very large images.
   */
  sampleSize: either(oneOf([null]), int({ default: 100_000, min: 1 })),
  /** Whether to give a label for each pixel. */
  labels: oneOf([true, false]),
  /** Whether to give the image in its classes' colours. */
  recolored: oneOf([true, false]),
};

/** @typedef {import('../estimator/params.js').Values<typeof segmentParams>} Params */

/**
 * @param {Params} params
 * @returns {import('../engine/samples.js').PixelOptions}
 */
const pixelOptions = (params) => ({ ...encode(pixelParams, params), skipTransparent: +params.skipTransparent });

/**
 * A colour: '#rrggbb', or red, green and blue in 0..255.
 *
 * @typedef {string | ArrayLike<number>} Color
 */

/**
 * @typedef {object} SegmentExtras
 * @property {readonly Color[]} [colors] One colour a class to recolour with. Default: each class's mean colour.
 * @property {{ clusterCenters: Matrix, model: KMeans }} [warmStart] An earlier result whose centres are the start, as for the
 *   next frame of a video: its classes keep their numbers. With it, `nClusters`, `colorSpace` and `positionWeight` default to
 *   its own.
 *
 * @typedef {import('../estimator/params.js').Given<typeof segmentParams> & SegmentExtras & CallOptions} SegmentOptions
 */

/**
 * @typedef {object} PaletteEntry
 * @property {[red: number, green: number, blue: number]} color mean colour of the class's pixels, 0..255
 * @property {string} hex the same as '#rrggbb'
 * @property {number} share of the visible pixels, 0..1
 * @property {number} count of pixels
 * @property {number[]} center in the colour space, and with a position weight the place too
 */

/**
 * Labels as an image: row by row, −1 where a pixel was left out. The shape is [height, width].
 *
 * @typedef {{ data: Int32Array<ArrayBuffer>, shape: [height: number, width: number] }} LabelImage
 */

/**
 * An `ImageData`, or what looks like one where there is none.
 *
 * @typedef {{ data: Uint8ClampedArray<ArrayBuffer>, width: number, height: number }} RecoloredImage
 */

/**
 * @typedef {object} SegmentState
 * @property {number} width
 * @property {number} height
 * @property {LabelImage} [labels] missing with `labels: false`
 * @property {PaletteEntry[]} palette one entry a class, in the order of the labels
 * @property {RecoloredImage} [recolored] missing with `recolored: false`
 * @property {Matrix} clusterCenters
 * @property {number} inertia
 * @property {number} nIter
 * @property {number} run
 * @property {boolean} converged
 */

/**
 * @typedef {SegmentState & { model: KMeans }} Segmentation the model predicts the classes of other images
 */

/**
 * @typedef {object} Request
 * @property {Pixels} input
 * @property {Params} params
 * @property {Uint8Array} [colors] RGBA
 */

const segmentTask = task(
  'segmentImage',
  /** @param {Work} work @param {Request} request */
  async (work, { input, params, colors }) => {
    const sampleSize = params.sampleSize !== null && params.sampleSize < input.rows ? params.sampleSize : 0;
    const samples = await loadPixels(work, input, pixelOptions(params), 0, sampleSize);
    if (samples.visible === 0)
      throw new RangeError(
        `${work.who}: no pixel of the image${sampleSize ? "'s sample" : ''} is visible (alpha is 0 everywhere); skipTransparent: false takes all`,
      );
    checkCenters(
      work.who,
      params,
      samples.visible,
      samples.cols,
      `visible pixels of the image${sampleSize ? "'s sample" : ''}`,
    );
    return runKMeans(work, samples, params, async ({ labels, ...state }) => {
      const from = sampleSize === 0 ? labels : work.copyIn(state.centers.data);
      const painted = await paint(work, samples, input, from, { ...params, byCenters: sampleSize > 0, colors });
      if (from !== labels) work.release(from);
      return { ...state, ...painted };
    });
  },
);

/**
 * @typedef {object} Wanted
 * @property {number} nClusters
 * @property {number} positionWeight
 * @property {boolean} labels
 * @property {boolean} recolored
 * @property {Uint8Array} [colors] RGBA, one a label; the means when missing
 * @property {boolean} byCenters whether each pixel gets the class of the nearest centre, instead of its sample's
 */

/**
 * Carries classes over to the pixels.
 *
 * @param {Work} work
 * @param {PixelSamples} samples
 * @param {Pixels} input
 * @param {number} from address of one label a sample, or of the centres
 * @param {Wanted} wanted
 */
async function paint(work, { pixels, image }, input, from, wanted) {
  const { nClusters, byCenters } = wanted;
  const sharesAt = work.alloc(nClusters, 8);
  const meansAt = work.alloc(nClusters, 4);
  const painter = work.job(byCenters ? 'paint_nearest_create' : 'paint_create', pixels, from, nClusters, sharesAt, meansAt);
  const labels = wanted.labels ? new Int32Array(input.rows) : undefined;
  const recolored = wanted.recolored ? new Uint8ClampedArray(4 * input.rows) : undefined;
  const words = recolored && new Int32Array(recolored.buffer);
  // The means are known when all pixels have been seen: until then labels take the place of colours.
  if (labels || recolored || byCenters || wanted.positionWeight > 0)
    await paintBands(work, painter, input, image, (band, first) => (labels ?? words)?.set(band, first));
  else await work.run(painter);
  const shares = work.view(Float64Array, sharesAt, nClusters).slice();
  const means = work.view(Uint8Array, meansAt, 4 * nClusters).slice();
  for (const owned of [painter, sharesAt, meansAt]) work.release(owned);
  if (words) await recolor(work, labels ?? words, wanted.colors ?? means, words);
  return { shares, means, labels, recolored };
}

/** Pixels that are recoloured before others get their turn: about 1 ms. */
const RECOLORED_AT_ONCE = 1 << 20;

/**
 * Gives each pixel the colour of its class, or leaves it transparent.
 *
 * @param {Work} work
 * @param {Int32Array} labels
 * @param {Uint8Array} colors RGBA, one a label
 * @param {Int32Array} words RGBA, one a pixel; may be the labels themselves
 */
async function recolor(work, labels, colors, words) {
  const colorOf = new Int32Array(1 + colors.length / 4);
  new Uint8Array(colorOf.buffer).set(colors, 4);
  for (let next = 0; next < words.length; ) {
    const end = Math.min(words.length, next + RECOLORED_AT_ONCE);
    for (; next < end; next++) words[next] = colorOf[labels[next] + 1];
    await work.pause();
  }
}

/** @typedef {Awaited<ReturnType<typeof segmentTask.run>>} Painted */

const who = 'segmentImage';

/**
 * @param {unknown} image
 * @param {SegmentOptions} options
 * @returns {Request}
 */
function readRequest(image, options) {
  const params = readOptionParams(who, segmentParams, options, ['colors', 'warmStart']);
  if (options.warmStart !== undefined) continueFrom(options.warmStart, params, options);
  const input = readImageData(`${who}: image`, image);
  checkCenters(who, params, input.rows, columnsOf(input, pixelOptions(params)), 'pixels of the image');
  return { input, params, colors: options.colors === undefined ? undefined : readColors(options.colors, params.nClusters) };
}

/**
 * Takes the start from an earlier result.
 *
 * @param {unknown} result
 * @param {Params} params are changed
 * @param {SegmentOptions} given
 */
function continueFrom(result, params, given) {
  const model = /** @type {{ model?: unknown }} */ (result)?.model;
  if (!(model instanceof KMeans))
    throw new TypeError(`${who}: warmStart must be an earlier result of segmentImage, got ${show(result)}`);
  const { clusterCenters, pixels } = KMeans.stateOf(model);
  const earlier = {
    nClusters: clusterCenters.shape[0],
    colorSpace: pixelParams.colorSpace.options[pixels.colorSpace],
    positionWeight: pixels.positionWeight,
  };
  for (const name of /** @type {const} */ (['nClusters', 'colorSpace', 'positionWeight'])) {
    if (given[name] !== undefined && given[name] !== earlier[name])
      throw new RangeError(`${who}: warmStart has ${name} ${show(earlier[name])}, but ${show(given[name])} was asked for`);
  }
  if (given.init !== undefined) throw new TypeError(`${who}: give either warmStart or init`);
  Object.assign(params, earlier, { init: clusterCenters, nInit: 1 });
}

/**
 * @param {unknown} colors
 * @param {number} nClusters
 */
function readColors(colors, nClusters) {
  if (!Array.isArray(colors)) throw new TypeError(`${who}: colors must be an array of one colour a class, got ${show(colors)}`);
  if (colors.length !== nClusters)
    throw new RangeError(`${who}: colors must have one colour a class (${nClusters}), got ${colors.length}`);
  const bytes = new Uint8Array(4 * nClusters);
  for (let i = 0; i < nClusters; i++) {
    bytes.set(readColor(colors[i], i), 4 * i);
    bytes[4 * i + 3] = 255;
  }
  return bytes;
}

/**
 * @param {unknown} color
 * @param {number} i
 * @returns {ArrayLike<number>}
 */
function readColor(color, i) {
  const accepted = `'#rrggbb' or [red, green, blue] in 0..255`;
  if (typeof color === 'string') {
    if (!/^#[0-9a-f]{6}$/i.test(color)) throw new RangeError(`${who}: colors[${i}] must be ${accepted}, got ${show(color)}`);
    return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  }
  if (!Array.isArray(color) && !ArrayBuffer.isView(color))
    throw new TypeError(`${who}: colors[${i}] must be ${accepted}, got ${show(color)}`);
  const values = /** @type {number[]} */ (Array.from(/** @type {any} */ (color)));
  if (values.length !== 3 || !values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255))
    throw new RangeError(`${who}: colors[${i}] must be ${accepted}, got [${values.map(String).join(', ')}]`);
  return values;
}

/**
 * @param {Request} request
 * @param {Painted} painted
 * @returns {SegmentState}
 */
function shape({ input: { width, height } }, { centers, shares, means, labels, recolored, ...rest }) {
  const visible = shares.reduce((/** @type {number} */ sum, /** @type {number} */ count) => sum + count, 0);
  const cols = centers.shape[1];
  const palette = Array.from(shares, (count, i) => ({
    color: /** @type {[number, number, number]} */ (Array.from(means.subarray(4 * i, 4 * i + 3))),
    hex: `#${Array.from(means.subarray(4 * i, 4 * i + 3), (value) => value.toString(16).padStart(2, '0')).join('')}`,
    share: count / visible,
    count,
    center: Array.from(centers.data.subarray(i * cols, (i + 1) * cols)),
  }));
  return {
    width,
    height,
    ...(labels && { labels: { data: /** @type {Int32Array<ArrayBuffer>} */ (labels), shape: [height, width] } }),
    palette,
    ...(recolored && { recolored: imageOf(recolored, width, height) }),
    clusterCenters: centers,
    ...rest,
  };
}

/**
 * @param {Uint8ClampedArray<ArrayBuffer>} data
 * @param {number} width
 * @param {number} height
 * @returns {RecoloredImage}
 */
const imageOf = (data, width, height) =>
  typeof ImageData === 'undefined' ? { data, width, height } : new ImageData(data, width, height);

/**
 * The result, with a model of the class that runs where the segmentation ran.
 *
 * @param {typeof KMeans} Model
 * @param {Request} request
 * @param {Painted} painted
 * @returns {Segmentation}
 */
function finish(Model, request, painted) {
  const { params } = request;
  const { centers, labels, inertia, nIter, run, converged } = painted;
  const state = { clusterCenters: centers, labels, inertia, nIter, run, converged, pixels: pixelOptions(params) };
  const modelParams = Object.fromEntries(
    Object.keys(kmeansParams).map((name) => [name, params[/** @type {keyof Params} */ (name)]]),
  );
  const model = /** @type {KMeans} */ (Model.restore({ params: modelParams, state }));
  return { ...shape(request, painted), model };
}

/**
 * @typedef {object} SegmentImage
 * @property {(image: ImageLike, options?: SegmentOptions) => AsyncGenerator<SegmentState, void, undefined>} steps The
 *   same, one state at a time: one after each iteration, and the result as the last one. It goes on when the next state is asked
 *   for, and is cancelled by leaving the loop.
 */

/**
 * @param {Runner} runner
 * @param {typeof KMeans} Model of the class that runs there
 */
export function segmentImageOn(runner, Model) {
  /** @param {Request} request @param {CallOptions} options @param {(state: Painted) => Promise<void>} [watch] */
  const run = async (request, { signal, onProgress }, watch) =>
    finish(Model, request, await runner.run(segmentTask, request, { who, signal, onProgress, watch }));

  /** @type {(image: ImageLike, options?: SegmentOptions) => Promise<Segmentation>} */
  const segment = async (image, options = {}) => run(readRequest(image, options), options);

  /** @type {SegmentImage['steps']} */
  const steps = (image, options = {}) =>
    stepsOf(async ({ left, watch }) => {
      const request = readRequest(image, options);
      const controller = new AbortController();
      const unfollow = [options.signal, left].map((other) => follow(other, (reason) => controller.abort(reason)));
      try {
        const watchPainted = (/** @type {Painted} */ painted) => watch(shape(request, painted));
        return await run(request, { ...options, signal: controller.signal }, watchPainted);
      } finally {
        for (const end of unfollow) end();
      }
    });

  return Object.assign(segment, { steps });
}

/**
 * Divides an image's pixels into classes of similar colour, by k-means: from bytes to labels, palette and recoloured image. Equal
 * colours are merged on the way, which changes nothing in the result and much in the time.
 *
 * @type {((image: ImageLike, options?: SegmentOptions) => Promise<Segmentation>) & SegmentImage}
 *
 * @throws {TypeError | RangeError} for an image or options that are not as described, and when no pixel is visible
 * @throws {LakhError} `OUT_OF_MEMORY`
 *
 * @example
 * import { segmentImage } from 'lakh';
 *
 * const data = new Uint8ClampedArray([250, 0, 0, 255, 240, 10, 0, 255, 0, 0, 255, 255, 0, 9, 250, 255]);
 * const { labels, palette } = await segmentImage({ data, width: 2, height: 2 }, { nClusters: 2 });
 * console.log(labels.data, palette.map(({ hex, share }) => `${hex} ${share}`)); // … [ '#f50500 0.5', '#0005fd 0.5' ]
 */
export const segmentImage = Object.assign(segmentImageOn(here, KMeans), { tasks: [segmentTask] });
