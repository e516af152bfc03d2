/**
 * Variational autoencoder; the algorithm is src/neural/vae.c.
 */
import { isArray } from '../data.js';
import { loadTable } from '../engine/samples.js';
import { struct } from '../engine/struct.js';
import { task } from '../engine/task.js';
import { demand, demandInteger } from '../errors.js';
import { readOptions } from '../estimator/options.js';
import { apart, either, imageSides, int, ints, oneOf, real, seed } from '../estimator/params.js';
import { layersTask } from './layers.js';
import { applyModel, drawCodes, LARGEST_RATE, MOST_UNITS } from './models.js';
import { toOnnx } from './onnx.js';
import { checkRange, readLabels, readRows } from './rows.js';
import { TrainedEstimator } from './trained.js';
import { trainTask } from './training.js';

/**
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../data.js').MatrixLike} MatrixLike
 * @typedef {import('../data.js').Rows} Rows
 * @typedef {import('../engine/work.js').Work} Work
 * @typedef {import('../estimator/options.js').CallOptions} CallOptions
 * @typedef {import('../estimator/options.js').WeightOption} WeightOption
 * @typedef {import('./models.js').Weights} Weights
 * @typedef {import('./rows.js').RowsLike} RowsLike
 * @typedef {import('./trained.js').LabelOption} LabelOption
 */

/** In the order of lakh_vae_params. */
const params = {
  /** Dimensions of the latent space. */
  latentDim: int({ default: 2, min: 1, max: MOST_UNITS / 2 }),
  /** Units of the encoder's dense layers; the decoder has them in reverse. */
  hidden: ints({ default: [256], min: 1, max: MOST_UNITS, most: 8 }),
  /** Channels of the convolutions before them, each of which halves the image; the decoder mirrors them. */
  filters: ints({ default: [], min: 1, max: MOST_UNITS, most: 8 }),
  /**
   * Sides of the images that the rows are, for `filters`: [height, width] or [channels, height, width]. null: as X says, when it
   * is given with them.
   */
  imageShape: either(oneOf([null]), imageSides()),
  /** Classes of a conditional model, whose encoder and decoder are told each row's label (Sohn et al. 2015); 0: none. */
  nClasses: either(oneOf([0]), int({ default: 2, min: 2 })),
  /** What follows each hidden layer. 'leakyRelu' has the slope 0.2. */
  activation: oneOf(['linear', 'relu', 'leakyRelu', 'elu', 'gelu', 'silu', 'tanh', 'sigmoid'], { default: 'relu' }),
  /**
   * What the decoder gives the parameters of: 'bernoulli' for values in [0, 1], with binary cross-entropy summed over the columns
   * as loss; 'gaussian' for real values, of variance 1 around its output: standardise them.
   */
  likelihood: oneOf(['bernoulli', 'gaussian']),
  /** Rows of one step of the optimiser, at most the number of rows. */
  batchSize: int({ default: 128, min: 1 }),
  /** Epochs over which `beta` rises from 0 to its value. */
  warmupEpochs: int({ default: 0, min: 0 }),
  /** The optimiser: Adam (Kingma & Ba 2015), AdamW, RMSprop or stochastic gradient descent with momentum 0.9. */
  optimizer: oneOf(['adam', 'adamw', 'rmsprop', 'sgd']),
  /**
   * Epochs without a lower validation loss after which training ends early, with the weights of the best epoch put back; null: it
   * does not. `history` still tells of all epochs.
   */
  patience: either(oneOf([null]), int({ default: 1, min: 1 })),
  /** The seed: same data, parameters and seed, same result, on every machine. */
  randomState: seed({ default: 0 }),
  /** Weight of the divergence from the normal distribution (Higgins et al. 2017); 1: the evidence lower bound. */
  beta: real({ default: 1, min: 0 }),
  /** Size of the optimiser's steps. */
  learningRate: real({ default: 0.001, min: Number.MIN_VALUE, max: LARGEST_RATE }),
  /** The largest norm that the gradient of one step may have, to which it is scaled down; null: any. */
  clipNorm: either(oneOf([null]), real({ default: 1, min: Number.MIN_VALUE })),
  /** Passes over the data. */
  epochs: apart(int({ default: 10, min: 1 })),
};

/**
 * @typedef {import('../estimator/params.js').Given<typeof params>} VAEOptions
 * @typedef {import('../estimator/params.js').Values<typeof params>} VAEParams
 */

/** @type {import('./training.js').Kind} */
const kind = {
  prefix: 'vae',
  params,
  /** lakh_vae_position */
  position: struct({
    step: 'Float64',
    epoch: 'Float64',
    batch: 'Float64',
    rows: 'Float64',
    reconstruction: 'Float64',
    divergence: 'Float64',
    loss: 'Float64',
    bestValidation: 'Float64',
    epochsSinceBest: 'Float64',
  }),
  /** lakh_vae_fit_state */
  progress: struct({
    stepReconstruction: 'Float64',
    stepDivergence: 'Float64',
    stepLoss: 'Float64',
    epochReconstruction: 'Float64',
    epochDivergence: 'Float64',
    epochLoss: 'Float64',
    validationReconstruction: 'Float64',
    validationDivergence: 'Float64',
    validationLoss: 'Float64',
    beta: 'Float64',
    stoppedEarly: 'Int32',
  }),
  steps: { loss: 'stepLoss', reconstruction: 'stepReconstruction', divergence: 'stepDivergence' },
  epochs: {
    loss: 'epochLoss',
    reconstruction: 'epochReconstruction',
    divergence: 'epochDivergence',
    validationLoss: 'validationLoss',
  },
  loss: 'loss',
  isWeight: (name) => !name.startsWith('best.'),
  fresh: { bestValidation: Number.POSITIVE_INFINITY, epochsSinceBest: 0 },
  isValidated: true,
  labelsOf: ({ nClasses }) => ({ count: nClasses, areNeeded: nClasses > 0 }),
  rangeOf: ({ likelihood }) =>
    likelihood === 'bernoulli'
      ? {
          range: [0, 1],
          why: "for likelihood 'bernoulli' (divide bytes by 255; bring other values to that range, or choose 'gaussian')",
        }
      : undefined,
  begin: (work, model, { x, validation, until }) =>
    work.job(
      'vae_fit_create',
      model,
      x.data,
      x.rows,
      x.cols,
      x.weights,
      x.labels,
      validation.data,
      validation.rows,
      validation.labels,
      until,
    ),
};

const fitTask = trainTask('VAE.fit', kind);

/** Uses of a trained model, in the numbers of lakh_vae_task. */
const USES = { encode: 0, decode: 1, reconstruct: 2, score: 3 };

/**
 * @typedef {object} ApplyRequest
 * @property {keyof typeof USES} use
 * @property {VAEParams} params
 * @property {number} nFeaturesIn
 * @property {Weights} weights
 * @property {string} what the rows are: 'X' or 'Z'
 * @property {Rows} [input]
 * @property {{ rows: number, seed: number }} [draw] codes at random instead
 * @property {Int32Array} [labels]
 */

const applyTask = task(
  'VAE.apply',
  /**
   * @param {Work} work
   * @param {ApplyRequest} request
   * @returns {Promise<Matrix>}
   */
  async (work, { use, params: values, nFeaturesIn, weights, what, input, draw, labels }) => {
    const label = `${work.who}: ${what}`;
    const table = input === undefined ? drawCodes(work, draw, values.latentDim) : await loadTable(work, label, input);
    const { data, rows, cols } = table;
    if (use !== 'decode') checkRange(work, label, table, kind.rangeOf(values));
    const given = labels === undefined ? 0 : work.copyIn(labels);
    const width = { encode: 2 * values.latentDim, decode: nFeaturesIn, reconstruct: nFeaturesIn, score: 3 }[use];
    // Decoding needs no encoder.
    const isUsed = (/** @type {string} */ name) => use !== 'decode' || name.startsWith('decoder');
    const model = { prefix: 'vae', params, values, nFeaturesIn, weights, isUsed };
    return applyModel(work, model, rows, width, (vae, out) =>
      work.job('vae_apply_create', vae, USES[use], data, rows, cols, given, out),
    );
  },
);

const listTask = layersTask('VAE.layers', 'vae', params);

/** The parts of the model, in the numbers of lakh_vae_part, and what their files call inputs and outputs. */
const PARTS = {
  encoder: { number: 0, input: 'x', outputs: ['mean', 'logVariance'] },
  decoder: { number: 1, input: 'z', outputs: ['x'] },
};

/**
 * A variational autoencoder (Kingma & Welling 2014): it learns to describe each row by a few numbers, its code, and to make rows
 * from codes, also from new ones. The defaults are the textbook's: one hidden layer of 256 units, Adam, batches of 128.
 *
 * @extends {TrainedEstimator<typeof params>}
 *
 * @example
 * import { VAE } from 'lakh';
 *
 * // 200 rows of 16 values in [0, 1]: stripes across a square of 4 × 4.
 * const X = Array.from({ length: 200 }, (_, i) => Array.from({ length: 16 }, (_, j) => Number((j + i) % 4 === 0)));
 * const model = new VAE({ hidden: [32], batchSize: 50, epochs: 20 });
 * await model.fit(X);
 * const { mean } = await model.encode(X); // where each row lies in the plane
 * console.log(mean.shape); // → [ 200, 2 ]
 * console.log((await model.sample(5)).shape); // → [ 5, 16 ]
 */
export class VAE extends TrainedEstimator {
  /** @internal @override */
  static estimator = 'VAE';
  /** @internal @override */
  static params = params;
  /** @internal @override */
  static kind = kind;
  /** @internal @override */
  static architecture = ['latentDim', 'hidden', 'filters', 'imageShape', 'nClasses', 'activation', 'likelihood'];
  /** @internal @override */
  static tasks = [fitTask, applyTask, listTask];

  /**
   * The normal distribution over codes that the encoder gives each row.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & LabelOption} [options]
   * @returns {Promise<{ mean: Matrix, logVariance: Matrix }>} each of shape [n, latentDim]
   * @throws {TypeError | RangeError} for X or labels that are not as the training's
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`, `OUT_OF_MEMORY`
   */
  async encode(X, options = {}) {
    const { data, shape } = await this.#apply('encode', X, options);
    const [rows, cols] = shape;
    const half = cols / 2;
    const part = (/** @type {number} */ from) => {
      const values = new Float32Array(rows * half);
      for (let i = 0; i < rows; i++) values.set(data.subarray(i * cols + from, i * cols + from + half), i * half);
      return /** @type {Matrix} */ ({ data: values, shape: [rows, half] });
    };
    return { mean: part(0), logVariance: part(half) };
  }

  /**
   * What the decoder makes of codes: probabilities for 'bernoulli', means for 'gaussian'.
   *
   * @param {MatrixLike} Z n rows of `latentDim` columns
   * @param {CallOptions & LabelOption} [options]
   * @returns {Promise<Matrix>} shape [n, nFeaturesIn]
   * @throws {TypeError | RangeError} for Z or labels that are not as described
   * @throws {LakhError} as `encode`
   */
  async decode(Z, options = {}) {
    const { labels } = readOptions(this.who, options, ['labels']);
    const { params } = this.fittedState;
    const input = readRows(`${this.who}: Z`, Z);
    demand(input.cols === params.latentDim, `${this.who}: Z`, `of ${params.latentDim} columns (latentDim)`, input.cols);
    return this.#decode({ input }, input.rows, labels, options);
  }

  /**
   * Each row as the model sees it: decoded from the mean of its code.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & LabelOption} [options]
   * @returns {Promise<Matrix>} shape [n, nFeaturesIn]
   * @throws {TypeError | RangeError | LakhError} as `encode`
   */
  async reconstruct(X, options = {}) {
    return this.#apply('reconstruct', X, options);
  }

  /**
   * New rows: decoded from codes that are drawn from the normal distribution.
   *
   * @param {number} n how many, ≥ 1
   * @param {CallOptions & LabelOption & { randomState?: number }} [options] `randomState`: the seed; default: the model's
   * @returns {Promise<Matrix>} shape [n, nFeaturesIn]: probabilities or means, as `decode` gives them
   * @throws {TypeError | RangeError} for n, labels or a seed that are not as described
   * @throws {LakhError} as `encode`
   */
  async sample(n, options = {}) {
    const { labels, randomState } = readOptions(this.who, options, ['labels', 'randomState']);
    demandInteger(`${this.who}: n`, n, 1);
    return this.#decode({ draw: { rows: n, seed: this.seedOr(randomState) } }, n, labels, options);
  }

  /**
   * Rows on the way from one row to another: decoded from codes on the line between theirs.
   *
   * @param {ArrayLike<number>} a one row of `nFeaturesIn` values
   * @param {ArrayLike<number>} b
   * @param {CallOptions & { steps?: number, label?: number }} [options] `steps`: how many, both ends included, ≥ 2 (default: 10);
   *   `label`: the class of both, for a conditional model
   * @returns {Promise<Matrix>} shape [steps, nFeaturesIn]
   * @throws {TypeError | RangeError | LakhError} as `encode`
   */
  async interpolate(a, b, options = {}) {
    const { steps = 10, label } = readOptions(this.who, options, ['steps', 'label']);
    demandInteger(`${this.who}: steps`, steps, 2);
    const [from, to] = [a, b].map((row, i) => {
      demand(isArray(row), `${this.who}: ${'ab'[i]}`, 'an array of numbers', row, TypeError);
      return row;
    });
    const { signal, onProgress } = options;
    const labels = (/** @type {number} */ count) => (label === undefined ? undefined : Array(count).fill(label));
    const { mean } = await this.encode([from, to], { signal, labels: labels(2) });
    const [, dim] = mean.shape;
    const data = Float32Array.from({ length: steps * dim }, (_, at) => {
      const share = Math.floor(at / dim) / (steps - 1);
      return (1 - share) * mean.data[at % dim] + share * mean.data[dim + (at % dim)];
    });
    return this.decode({ data, shape: [steps, dim] }, { signal, onProgress, labels: labels(steps) });
  }

  /**
   * The evidence lower bound of each row, which is at most the logarithm of its probability (density): minus the loss of its
   * reconstruction from one code, drawn at random, minus the divergence of its codes. `beta` plays no part.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & LabelOption} [options]
   * @returns {Promise<Float32Array>} n values
   * @throws {TypeError | RangeError | LakhError} as `encode`
   */
  async scoreSamples(X, options = {}) {
    return this.#scores(X, options, 0);
  }

  /**
   * The mean evidence lower bound: the higher, the better the model describes the rows.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & LabelOption & WeightOption} [options]
   * @returns {Promise<number>}
   * @throws {TypeError | RangeError | LakhError} as `encode`
   */
  async score(X, options = {}) {
    return this.meanScore(X, options);
  }

  /**
   * How badly the model reconstructs each row, as it does what it has never seen: the reconstruction loss.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & LabelOption} [options]
   * @returns {Promise<Float32Array>} n values: the higher, the stranger
   * @throws {TypeError | RangeError | LakhError} as `encode`
   */
  async anomalyScores(X, options = {}) {
    return this.#scores(X, options, 1);
  }

  /**
   * The encoder or the decoder as an ONNX file, to be run elsewhere. The encoder takes `x`, rows of `nFeaturesIn` values, and gives
   * `mean` and `logVariance`; the decoder takes `z`, rows of `latentDim` values, and gives `x` as `decode` does. A conditional
   * model also takes `labels`: one row of `nClasses` values each, 1 for its class and otherwise 0.
   *
   * @param {'encoder' | 'decoder'} part
   * @param {CallOptions} [options]
   * @returns {Promise<Uint8Array<ArrayBuffer>>} format 8, operators 17
   * @throws {TypeError | RangeError} for another part
   * @throws {LakhError} as `encode`
   */
  async toOnnx(part, options = {}) {
    readOptions(this.who, options);
    const { params, nFeaturesIn, weights } = this.fittedState;
    const Kind = typeof part === 'string' ? RangeError : TypeError;
    demand(Object.hasOwn(PARTS, part), `${this.who}: part`, "'encoder' or 'decoder'", part, Kind);
    const { number, input, outputs } = PARTS[part];
    const layers = await this.run(listTask, { params, nFeaturesIn, part: number }, options);
    const last = part === 'decoder' && params.likelihood === 'bernoulli' ? 'sigmoid' : 'linear';
    const { nClasses, imageShape } = params;
    return toOnnx({ name: `VAE ${part}`, layers, weights, part, input, nClasses, outputs, last, metadata: { imageShape } });
  }

  /**
   * One of the three values a row that scoring gives.
   *
   * @param {unknown} X
   * @param {CallOptions & LabelOption} options
   * @param {number} which
   */
  async #scores(X, options, which) {
    const { data, shape } = await this.#apply('score', X, options);
    return Float32Array.from({ length: shape[0] }, (_, i) => data[3 * i + which]);
  }

  /**
   * @param {'encode' | 'reconstruct' | 'score'} use
   * @param {unknown} X
   * @param {CallOptions & LabelOption} options
   * @returns {Promise<Matrix>}
   */
  async #apply(use, X, options) {
    const { labels } = readOptions(this.who, options, ['labels']);
    const { params, nFeaturesIn, weights } = this.fittedState;
    const input = this.rowsFor(X);
    const given = readLabels(`${this.who}: labels`, labels, input.rows, kind.labelsOf(params));
    return this.run(applyTask, { use, params, nFeaturesIn, weights, what: 'X', input, labels: given }, options);
  }

  /**
   * @param {{ input?: Rows, draw?: { rows: number, seed: number } }} codes
   * @param {number} rows
   * @param {unknown} labels
   * @param {CallOptions} options
   * @returns {Promise<Matrix>}
   */
  async #decode(codes, rows, labels, options) {
    const { params, nFeaturesIn, weights: all } = this.fittedState;
    const given = readLabels(`${this.who}: labels`, labels, rows, kind.labelsOf(params));
    const weights = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('decoder')));
    return this.run(applyTask, { use: 'decode', params, nFeaturesIn, weights, what: 'Z', ...codes, labels: given }, options);
  }
}
