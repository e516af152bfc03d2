/**
 * Models in the module: made for one call from parameters, filled with weights, read out again. The module names the arrays that a
 * model has learned, as PyTorch would, and says where they are.
 */
import { LakhError } from '../errors.js';
import { encode } from '../estimator/params.js';
import { structWithArrays, structWithListsOf } from './arrays.js';

/**
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/params.js').Table} Table
 *
 * An array that a model has learned. The last dimension varies fastest, as in PyTorch.
 * @typedef {{ data: Float32Array, shape: number[] }} Weight
 *
 * By name: 'encoder.0.weight', …
 * @typedef {Record<string, Weight>} Weights
 */

/** lakh_tensor */
const TENSOR = structWithArrays({
  name: 'Uint8[40]',
  dims: 'Uint32[4]',
  nDims: 'Int32',
  size: 'Uint32',
  values: 'Uint32',
  first: 'Uint32',
  second: 'Uint32',
});

/** The most units or channels that a layer may have, as src/neural/network_shapes.c limits them. */
export const MOST_UNITS = 2 ** 24;

/** The largest step that an optimiser may be asked for: with larger ones weights would not stay finite before it is noticed. */
export const LARGEST_RATE = 1e6;

/** lakh_misfit */
const MISFIT = structWithArrays({
  layer: 'Uint8[40]',
  kernel: 'Int32',
  stride: 'Int32',
  padding: 'Int32',
  channels: 'Int32',
  height: 'Int32',
  width: 'Int32',
});

/** Text of the module, which ends with a 0. @param {number[]} bytes */
const textOf = (bytes) => String.fromCharCode(...bytes.slice(0, bytes.indexOf(0)));

/**
 * Makes a model with first weights from its seed.
 *
 * @param {Work} work
 * @param {string} prefix of the module's functions: 'vae'
 * @param {Table} table
 * @param {any} params
 * @param {number} nFeatures
 * @param {boolean} training whether it is to be trained, which takes four times the memory
 * @returns {number} the model, which the work owns
 * @throws {RangeError} when its layers do not fit together
 */
export function makeModel(work, prefix, table, params, nFeatures, training) {
  const given = work.struct(structWithListsOf(table), encode(table, params));
  const place = work.struct(MISFIT);
  if (work.exports[`${prefix}_misfit`](given, nFeatures, place)) {
    const { layer, kernel, stride, padding, channels, height, width } = work.read(MISFIT, place);
    const why =
      kernel > 0
        ? `a kernel of ${kernel} × ${kernel} with stride ${stride} and padding ${padding} meets an image of ${height} × ${width} ` +
          `with ${channels} channels; give fewer filters or larger images`
        : `it meets ${channels * height * width} values, which are too many`;
    throw new RangeError(`${work.who}: layer ${textOf(layer)} does not fit: ${why}`);
  }
  return work.object(`${prefix}_create`, `${prefix}_free`, given, nFeatures, training ? 1 : 0);
}

/**
 * @typedef {object} Tensor
 * @property {string} name
 * @property {number[]} shape
 * @property {number} size
 * @property {number} values address
 * @property {number} first address of the optimiser's first moments, or 0
 * @property {number} second
 */

/**
 * @param {Work} work
 * @param {string} prefix
 * @param {number} model
 * @returns {Tensor[]}
 */
export function tensorsOf(work, prefix, model) {
  const place = work.struct(TENSOR);
  const found = [];
  for (let index = 0; work.exports[`${prefix}_tensor`](model, index, place); index++) {
    const { name, dims, nDims, ...rest } = work.read(TENSOR, place);
    found.push({ ...rest, name: textOf(name), shape: dims.slice(0, nDims) });
  }
  work.release(place);
  return found;
}

/**
 * Copies weights or moments into a model. They may come from a file: those that are there must be the model's.
 *
 * @param {Work} work
 * @param {Tensor[]} tensors
 * @param {'values' | 'first' | 'second'} which
 * @param {Weights} weights
 * @throws {LakhError} `BAD_FILE`
 */
export function copyWeights(work, tensors, which, weights) {
  for (const { name, shape, size, [which]: at } of tensors) {
    if (at === 0) continue;
    const { data, shape: given } = weights[name] ?? { shape: 'missing' };
    if (String(given) !== String(shape))
      throw new LakhError(
        'BAD_FILE',
        `${work.who}: ${name} is ${given} in the file it was loaded from; the model needs ${shape}`,
      );
    work.view(Float32Array, at, size).set(data);
  }
}

/**
 * A copy of a model's weights or moments.
 *
 * @param {Work} work
 * @param {Tensor[]} tensors
 * @param {'values' | 'first' | 'second'} which
 * @returns {Weights}
 */
export const readWeights = (work, tensors, which) =>
  Object.fromEntries(
    tensors
      .filter((tensor) => tensor[which] !== 0)
      .map(({ name, shape, size, [which]: at }) => [name, { data: work.view(Float32Array, at, size).slice(), shape }]),
  );

/** Rows of one step where a trained model is applied: few enough for a slice of time, enough for speed. */
const APPLY_BATCH = 128;

/**
 * Applies a trained model to rows.
 *
 * @param {Work} work
 * @param {object} model
 * @param {string} model.prefix of the module's functions
 * @param {Table} model.params
 * @param {any} model.values of the parameters
 * @param {number} model.nFeaturesIn
 * @param {Weights} model.weights
 * @param {(name: string) => boolean} [model.isUsed] tells the weights that are used; default: all
 * @param {number} rows
 * @param {number} width values a row of the result
 * @param {(model: number, out: number) => number} begin makes the job
 * @returns {Promise<import('../data.js').Matrix>} shape [rows, width]
 */
export async function applyModel(
  work,
  { prefix, params, values, nFeaturesIn, weights, isUsed = () => true },
  rows,
  width,
  begin,
) {
  const batchSize = Math.min(APPLY_BATCH, rows);
  const model = makeModel(work, prefix, params, { ...values, batchSize }, nFeaturesIn, false);
  const tensors = tensorsOf(work, prefix, model).filter(({ name }) => isUsed(name));
  copyWeights(work, tensors, 'values', weights);
  const out = work.alloc(rows * width, 4);
  await work.run(begin(model, out), { metrics: () => ({}) });
  return work.matrix(out, rows, width);
}

/**
 * Codes to decode or to generate from: numbers from the normal distribution.
 *
 * @param {Work} work
 * @param {{ rows: number, seed: number } | undefined} draw
 * @param {number} cols
 * @returns {{ data: number, rows: number, cols: number }} in the module
 */
export function drawCodes(work, draw, cols) {
  const { rows, seed } = /** @type {{ rows: number, seed: number }} */ (draw);
  const data = work.alloc(rows * cols, 4);
  work.exports.draw_codes(seed, data, rows * cols);
  return { data, rows, cols };
}
