/**
 * Generative adversarial network; the algorithm is src/neural/gan.c.
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
 * @typedef {import('./models.js').Weights} Weights
 * @typedef {import('./rows.js').RowsLike} RowsLike
 * @typedef {import('./trained.js').LabelOption} LabelOption
 * @typedef {import('./rbm.js').SeedOption} SeedOption
 */

/** What C calls the generator's last activation. @type {Record<string, number>} */
const OUTPUTS = { sigmoid: 7, tanh: 6, linear: 0 };

/** @param {'adam'} standard */
const optimizer = (standard) => oneOf(['adam', 'adamw', 'rmsprop', 'sgd'], { default: standard });

/** In the order of lakh_gan_params. */
const params = {
  /** Numbers that a row is made from. */
  latentDim: int({ default: 64, min: 1, max: MOST_UNITS }),
  /** Units of the discriminator's dense layers; the generator has them in reverse. */
  hidden: ints({ default: [256], min: 1, max: MOST_UNITS, most: 8 }),
  /** Channels of the convolutions before them, each of which halves the image; the generator mirrors them. */
  filters: ints({ default: [], min: 1, max: MOST_UNITS, most: 8 }),
  /**
   * Sides of the images that the rows are, for `filters`: [height, width] or [channels, height, width]. null: as X says, when it
   * is given with them.
   */
  imageShape: either(oneOf([null]), imageSides()),
  /** Classes of a conditional model, both of whose players are told each row's label (Mirza & Osindero 2014); 0: none. */
  nClasses: either(oneOf([0]), int({ default: 2, min: 2, max: 256 })),
  /**
   * What is played for: 'bce', binary cross-entropy that does not saturate (Goodfellow et al. 2014); 'wgan-gp', the Wasserstein
   * distance with gradient penalty (Gulrajani et al. 2017), which wants about 5 `discriminatorSteps`; 'hinge' (Lim & Ye 2017).
   */
  loss: oneOf(['bce', 'wgan-gp', 'hinge']),
  /** What the generator ends with: 'sigmoid' for data in [0, 1], 'tanh' for [-1, 1], 'linear' for any. */
  output: { ...oneOf(['sigmoid', 'tanh', 'linear']), encode: (/** @type {string} */ name) => OUTPUTS[name] },
  /** Rows of one step, at most the number of rows. */
  batchSize: int({ default: 128, min: 1 }),
  /** Batches that the discriminator learns from between the generator's turns. */
  discriminatorSteps: int({ default: 1, min: 1 }),
  /** Steps of the generator in each of its turns. */
  generatorSteps: int({ default: 1, min: 1 }),
  /** The generator's optimiser. */
  generatorOptimizer: optimizer('adam'),
  /** The discriminator's optimiser. */
  discriminatorOptimizer: optimizer('adam'),
  /** Samples that are compared with as many rows after each epoch, to judge quality; 0: none. */
  qualitySamples: either(oneOf([0]), int({ default: 1000, min: 2, max: 65_536 }), { default: 1000 }),
  /** Kinds of rows that are looked for among the samples; a conditional model looks for its classes. */
  nModes: int({ default: 10, min: 2, max: 256 }),
  /** The seed: same data, parameters and seed, same result, on every machine. */
  randomState: seed({ default: 0 }),
  /** Size of the steps of the generator's optimiser; larger than the discriminator's, which otherwise wins on digits. */
  generatorLearningRate: real({ default: 0.0004, min: Number.MIN_VALUE, max: LARGEST_RATE }),
  /** Size of the steps of the discriminator's optimiser. */
  discriminatorLearningRate: real({ default: 0.0001, min: Number.MIN_VALUE, max: LARGEST_RATE }),
  /** Decay of the mean gradient in both optimisers (Radford, Metz & Chintala 2016). */
  beta1: real({ default: 0.5, min: 0, max: 1 - 2 ** -53 }),
  /** Decay of the mean squared gradient. */
  beta2: real({ default: 0.999, min: 0, max: 1 - 2 ** -53 }),
  /** With 'bce' the discriminator is to say 1 minus this of data, not 1 (one-sided label smoothing; Salimans et al. 2016). */
  labelSmoothing: real({ default: 0.1, min: 0, max: 0.5 }),
  /** Weight of the gradient penalty of 'wgan-gp'. */
  gradientPenalty: real({ default: 10, min: 0 }),
  /** Passes over the data. */
  epochs: apart(int({ default: 20, min: 1 })),
};

/**
 * @typedef {import('../estimator/params.js').Given<typeof params>} GANOptions
 * @typedef {import('../estimator/params.js').Values<typeof params>} GANParams
 */

/** @type {Record<string, readonly [number, number]>} */
const RANGES = { sigmoid: [0, 1], tanh: [-1, 1] };

/** @type {import('./training.js').Kind} */
const kind = {
  prefix: 'gan',
  params,
  /** lakh_gan_position */
  position: struct({
    classifier: 'Float64',
    accuracy: 'Float64',
    step: 'Float64',
    epoch: 'Float64',
    batch: 'Float64',
    rows: 'Float64',
    taught: 'Float64',
    generator: 'Float64',
    discriminator: 'Float64',
    penalty: 'Float64',
    real: 'Float64',
    fake: 'Float64',
  }),
  /** lakh_gan_fit_state */
  progress: struct({
    stepGenerator: 'Float64',
    stepDiscriminator: 'Float64',
    stepPenalty: 'Float64',
    stepReal: 'Float64',
    stepFake: 'Float64',
    epochGenerator: 'Float64',
    epochDiscriminator: 'Float64',
    epochPenalty: 'Float64',
    epochReal: 'Float64',
    epochFake: 'Float64',
    featureDistance: 'Float64',
    modeCoverage: 'Float64',
    diversity: 'Float64',
    accuracy: 'Float64',
    collapsed: 'Int32',
  }),
  steps: {
    generatorLoss: 'stepGenerator',
    discriminatorLoss: 'stepDiscriminator',
    realScore: 'stepReal',
    fakeScore: 'stepFake',
  },
  epochs: {
    generatorLoss: 'epochGenerator',
    discriminatorLoss: 'epochDiscriminator',
    realScore: 'epochReal',
    fakeScore: 'epochFake',
    featureDistance: 'featureDistance',
    modeCoverage: 'modeCoverage',
    diversity: 'diversity',
    classifierAccuracy: 'accuracy',
    collapsed: 'collapsed',
  },
  loss: 'discriminatorLoss',
  isWeight: (name) => !name.startsWith('classifier'),
  isValidated: false,
  labelsOf: ({ nClasses, nModes, qualitySamples }) =>
    nClasses > 0 ? { count: nClasses, areNeeded: true } : { count: qualitySamples > 0 ? nModes : 0, areNeeded: false },
  rangeOf: ({ output }) =>
    output === 'linear'
      ? undefined
      : {
          range: RANGES[output],
          why: `for output '${output}' (divide bytes by 255; bring other values to that range, or choose 'linear')`,
        },
  begin: (work, model, { x, until }) => work.job('gan_fit_create', model, x.data, x.rows, x.cols, x.weights, x.labels, until),
};

const fitTask = trainTask('GAN.fit', kind);

/** Uses of a trained model, in the numbers of lakh_gan_task, and the part of its weights that each wants. */
const USES = { generate: 0, discriminate: 1 };
const PARTS = { generate: 'generator', discriminate: 'discriminator' };

/**
 * @typedef {object} ApplyRequest
 * @property {keyof typeof USES} use
 * @property {GANParams} params
 * @property {number} nFeaturesIn
 * @property {Weights} weights
 * @property {Rows} [input]
 * @property {{ rows: number, seed: number }} [draw] codes at random instead
 * @property {Int32Array} [labels]
 */

const applyTask = task(
  'GAN.apply',
  /**
   * @param {Work} work
   * @param {ApplyRequest} request
   * @returns {Promise<Matrix>}
   */
  async (work, { use, params: values, nFeaturesIn, weights, input, draw, labels }) => {
    const label = `${work.who}: ${use === 'generate' ? 'Z' : 'X'}`;
    const table = input === undefined ? drawCodes(work, draw, values.latentDim) : await loadTable(work, label, input);
    const { data, rows, cols } = table;
    if (use === 'discriminate') checkRange(work, label, table, kind.rangeOf(values));
    const given = labels === undefined ? 0 : work.copyIn(labels);
    const isUsed = (/** @type {string} */ name) => name.startsWith(PARTS[use]);
    const model = { prefix: 'gan', params, values, nFeaturesIn, weights, isUsed };
    return applyModel(work, model, rows, use === 'generate' ? nFeaturesIn : 1, (gan, out) =>
      work.job('gan_apply_create', gan, USES[use], data, rows, cols, given, out),
    );
  },
);

const listTask = layersTask('GAN.layers', 'gan', params);

/** For files: each part's number in lakh_gan_part, and what it takes and gives. */
const FILES = {
  generator: { number: 0, input: 'z', outputs: ['x'] },
  discriminator: { number: 1, input: 'x', outputs: ['score'] },
};

const codesTask = task(
  'GAN.codes',
  /** @param {Work} work @param {{ rows: number, seed: number, latentDim: number }} request */
  async (work, { latentDim, ...draw }) => work.matrix(drawCodes(work, draw, latentDim).data, draw.rows, latentDim),
);

/**
 * A generative adversarial network (Goodfellow et al. 2014): a generator makes rows of random numbers, a discriminator learns to
 * tell them from data, and the generator learns to deceive it. The defaults are the textbook's: one hidden layer of 256 units
 * each.
 *
 * The losses say who is winning, not how good the samples are. For that, `history.epochs` has what a small classifier of the
 * data's kinds (the labels, or clusters) finds after each epoch: the `featureDistance` between samples and data, about 0 when they
 * are alike; the `modeCoverage`, the share of kinds that appear among the samples; their `diversity` within kinds, 1 when it is
 * the data's; and whether the generator has `collapsed` to a few kinds or examples.
 *
 * @extends {TrainedEstimator<typeof params>}
 *
 * @example
 * import { GAN } from 'lakh';
 *
 * // 200 rows of 16 values in [0, 1]: stripes across a square of 4 × 4.
 * const X = Array.from({ length: 200 }, (_, i) => Array.from({ length: 16 }, (_, j) => Number((j + i) % 4 === 0)));
 * const model = new GAN({ latentDim: 8, hidden: [32], batchSize: 50, nModes: 4, qualitySamples: 100 });
 * await model.fit(X);
 * console.log((await model.generate(5)).shape); // → [ 5, 16 ]
 * console.log(model.history.epochs.modeCoverage.length); // → 20
 */
export class GAN extends TrainedEstimator {
  /** @internal @override */
  static estimator = 'GAN';
  /** @internal @override */
  static params = params;
  /** @internal @override */
  static kind = kind;
  /** @internal @override */
  static architecture = ['latentDim', 'hidden', 'filters', 'imageShape', 'nClasses', 'output', 'qualitySamples', 'nModes'];
  /** @internal @override */
  static tasks = [fitTask, applyTask, codesTask, listTask];

  /**
   * Whether the generator had collapsed at the end of the last epoch: fewer than half of the data's kinds were among its samples,
   * or within kinds they were nearly all alike.
   *
   * @returns {boolean}
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`
   */
  get hasCollapsed() {
    return this.history.epochs.collapsed?.at(-1) === 1;
  }

  /**
   * New rows: from codes drawn from the normal distribution, or from given ones.
   *
   * @param {number | MatrixLike} from how many, ≥ 1; or codes: rows of `latentDim` columns
   * @param {CallOptions & LabelOption & SeedOption} [options]
   * @returns {Promise<Matrix>} shape [n, nFeaturesIn]
   * @throws {TypeError | RangeError} for codes, labels or a seed that are not as described
   * @throws {LakhError} `NOT_FITTED`, `DISPOSED`, `OUT_OF_MEMORY`
   */
  async generate(from, options = {}) {
    const { labels, randomState } = readOptions(this.who, options, ['labels', 'randomState']);
    if (typeof from === 'number') {
      demandInteger(`${this.who}: n`, from, 1);
      return this.#apply('generate', { draw: { rows: from, seed: this.seedOr(randomState) } }, from, labels, options);
    }
    const { latentDim } = this.fittedState.params;
    const input = readRows(`${this.who}: Z`, from);
    demand(input.cols === latentDim, `${this.who}: Z`, `of ${latentDim} columns (latentDim)`, input.cols);
    return this.#apply('generate', { input }, input.rows, labels, options);
  }

  /**
   * What the discriminator says of each row: for 'bce' the probability that it is data, otherwise a score that is higher for data.
   *
   * @param {RowsLike} X n rows of `nFeaturesIn` columns
   * @param {CallOptions & LabelOption} [options]
   * @returns {Promise<Float32Array>} n values
   * @throws {TypeError | RangeError} for X or labels that are not as the training's
   * @throws {LakhError} as `generate`
   */
  async discriminate(X, options = {}) {
    const { labels } = readOptions(this.who, options, ['labels']);
    const input = this.rowsFor(X);
    return (await this.#apply('discriminate', { input }, input.rows, labels, options)).data;
  }

  /**
   * Rows on the way from one code to another, along the circle through both, where normal codes lie (White 2016).
   *
   * @param {ArrayLike<number>} from `latentDim` numbers
   * @param {ArrayLike<number>} to
   * @param {CallOptions & { steps?: number, label?: number }} [options] `steps`: how many, both ends included, ≥ 2 (default: 10);
   *   `label`: the class of all, for a conditional model
   * @returns {Promise<Matrix>} shape [steps, nFeaturesIn]
   * @throws {TypeError | RangeError | LakhError} as `generate`
   */
  async interpolate(from, to, options = {}) {
    const { steps = 10, label, signal, onProgress } = readOptions(this.who, options, ['steps', 'label']);
    demandInteger(`${this.who}: steps`, steps, 2);
    for (const [i, code] of [from, to].entries())
      demand(isArray(code), `${this.who}: ${['from', 'to'][i]}`, 'an array of numbers', code, TypeError);
    const labels = label === undefined ? undefined : Array(steps).fill(label);
    const ends = [from, to].map((code) => Array.from(code));
    const path = Array.from({ length: steps }, (_, i) => between(ends[0], ends[1], i / (steps - 1)));
    return this.generate(path, { signal, onProgress, labels });
  }

  /**
   * Codes as `generate` draws them.
   *
   * @param {number} n how many, ≥ 1
   * @param {CallOptions & SeedOption} [options]
   * @returns {Promise<Matrix>} shape [n, latentDim]
   * @throws {TypeError | RangeError | LakhError} as `generate`
   */
  async drawCodes(n, options = {}) {
    const { randomState } = readOptions(this.who, options, ['randomState']);
    const { latentDim } = this.fittedState.params;
    demandInteger(`${this.who}: n`, n, 1);
    return this.run(codesTask, { rows: n, seed: this.seedOr(randomState), latentDim }, options);
  }

  /**
   * The generator or the discriminator as an ONNX file, to be run elsewhere. The generator takes `z`, rows of `latentDim` values,
   * and gives `x`, rows of `nFeaturesIn`; the discriminator takes `x` and gives `score`, as `discriminate` does, in one column. A
   * conditional model also takes `labels`: one row of `nClasses` values each, 1 for its class and otherwise 0.
   *
   * @param {'generator' | 'discriminator'} part
   * @param {CallOptions} [options]
   * @returns {Promise<Uint8Array<ArrayBuffer>>} format 8, operators 17
   * @throws {TypeError | RangeError} for another part
   * @throws {LakhError} as `generate`
   */
  async toOnnx(part, options = {}) {
    readOptions(this.who, options);
    const { params, nFeaturesIn, weights } = this.fittedState;
    const Kind = typeof part === 'string' ? RangeError : TypeError;
    demand(Object.hasOwn(FILES, part), `${this.who}: part`, "'generator' or 'discriminator'", part, Kind);
    const { number, input, outputs } = FILES[part];
    const layers = await this.run(listTask, { params, nFeaturesIn, part: number }, options);
    const last = part === 'discriminator' && params.loss === 'bce' ? 'sigmoid' : 'linear';
    const { nClasses, imageShape } = params;
    return toOnnx({ name: `GAN ${part}`, layers, weights, part, input, nClasses, outputs, last, metadata: { imageShape } });
  }

  /**
   * @param {keyof typeof USES} use
   * @param {{ input?: Rows, draw?: { rows: number, seed: number } }} given
   * @param {number} rows
   * @param {unknown} labels
   * @param {CallOptions} options
   * @returns {Promise<Matrix>}
   */
  async #apply(use, given, rows, labels, options) {
    const { params, nFeaturesIn, weights: all } = this.fittedState;
    const read = readLabels(`${this.who}: labels`, labels, rows, { count: params.nClasses, areNeeded: params.nClasses > 0 });
    const weights = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(PARTS[use])));
    return this.run(applyTask, { use, params, nFeaturesIn, weights, labels: read, ...given }, options);
  }
}

/**
 * Spherical interpolation between two codes; straight where they point the same way.
 *
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} share of the way
 */
function between(from, to, share) {
  const dot = from.reduce((sum, value, i) => sum + value * to[i], 0);
  const angle = Math.acos(Math.min(1, Math.max(-1, dot / (Math.hypot(...from) * Math.hypot(...to)))));
  const sine = Math.sin(angle);
  const [first, second] =
    sine > 1e-6 ? [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine] : [1 - share, share];
  return from.map((value, i) => first * value + second * to[i]);
}
