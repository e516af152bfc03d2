/**
 * The three kinds of model: their classes, what can be set, and how that becomes parameters and is read off a model again.
 */
import { GAN, RBM, VAE } from 'lakh/worker';
import { countTraining, isPictures } from './dataset.js';

/**
 * @typedef {import('./dataset.js').Dataset} Dataset
 * @typedef {Record<string, string>} Settings the values of the controls
 *
 * @typedef {object} Setting
 * @property {string} name
 * @property {string} label
 * @property {string} value at first
 * @property {[value: string, words: string][]} [options] of a choice; a number without
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [step]
 * @property {boolean} [isMore] among those that few change
 *
 * @typedef {object} Kind
 * @property {string} noun
 * @property {string} words what it does, in a sentence
 * @property {any} Class
 * @property {'epochs' | 'nIter'} epochs the parameter that counts them
 * @property {Setting[]} settings
 * @property {(settings: Settings, dataset: Dataset) => Record<string, unknown>} paramsOf
 * @property {(params: any) => Settings} settingsOf
 * @property {(rows: import('./dataset.js').Split) => object} withRows what fitting takes besides the rows to learn from
 */

/** @param {string[]} values @returns {[string, string][]} */
const plain = (values) => values.map((value) => [value, value]);

const layers = choice('layers', 'Layers', 'dense', [
  ['dense', 'dense'],
  ['convolutional', 'convolutional'],
]);
const seed = number('randomState', 'Seed', '0', { min: 0, max: 4294967295, step: 1 });
/** Of a GAN, which are looked for among its samples when the data have no classes. */
const MODES = 10;
const QUALITY_SAMPLES = 500;
/** Filters of the convolutional layers, each of which halves the picture. */
const FILTERS = [16, 32];

/** @type {Record<'vae' | 'gan' | 'rbm', Kind>} */
export const kinds = {
  vae: {
    noun: 'autoencoder',
    words: 'squeezes each picture into a few numbers, and learns to draw it again from them.',
    Class: VAE,
    epochs: 'epochs',
    settings: [
      choice('latentDim', 'Latent dimensions', '2', plain(['2', '3', '5', '10', '20'])),
      choice('hidden', 'Hidden units', '256', plain(['64', '128', '256', '512', '400, 200'])),
      number('epochs', 'Epochs', '30', { min: 1, max: 1000, step: 1 }),
      more(layers),
      more(choice('activation', 'Activation', 'relu', plain(['relu', 'elu', 'gelu', 'silu', 'tanh']))),
      more(number('beta', 'Weight of the divergence β', '1', { min: 0, max: 20, step: 0.1 })),
      more(number('warmupEpochs', 'Epochs until β is reached', '0', { min: 0, max: 100, step: 1 })),
      more(number('learningRate', 'Learning rate', '0.001', { min: 0.00001, max: 1, step: 0.00001 })),
      more(number('batchSize', 'Batch', '128', { min: 1, max: 1024, step: 1 })),
      more(seed),
    ],
    paramsOf: (settings, dataset) => ({
      ...numbers(settings, ['latentDim', 'epochs', 'beta', 'warmupEpochs', 'learningRate', 'randomState']),
      ...batch(settings, dataset),
      ...architecture(settings, dataset),
      activation: settings.activation,
    }),
    settingsOf: (params) => ({
      ...strings(params, ['latentDim', 'epochs', 'activation', 'beta', 'warmupEpochs', 'learningRate', 'batchSize']),
      ...structure(params),
    }),
    withRows: validated,
  },
  gan: {
    noun: 'pair of adversaries',
    words: 'learns to turn noise into pictures, by trying to deceive a second network that learns to tell them from real ones.',
    Class: GAN,
    epochs: 'epochs',
    settings: [
      choice('latentDim', 'Dimensions of the noise', '32', plain(['8', '16', '32', '64', '100'])),
      choice('hidden', 'Hidden units', '256', plain(['64', '128', '256', '512', '256, 256'])),
      number('epochs', 'Epochs', '50', { min: 1, max: 1000, step: 1 }),
      choice('loss', 'Game', 'bce', [
        ['bce', 'real or not'],
        ['wgan-gp', 'Wasserstein'],
        ['hinge', 'hinge'],
      ]),
      more(layers),
      more(number('labelSmoothing', 'Doubt about the real ones', '0.1', { min: 0, max: 0.5, step: 0.05 })),
      more(number('discriminatorSteps', 'Critic’s steps for one', '1', { min: 1, max: 10, step: 1 })),
      more(number('generatorLearningRate', 'Generator’s rate', '0.0005', { min: 0.00001, max: 1, step: 0.00001 })),
      more(number('discriminatorLearningRate', 'Critic’s rate', '0.0005', { min: 0.00001, max: 1, step: 0.00001 })),
      more(number('batchSize', 'Batch', '64', { min: 1, max: 1024, step: 1 })),
      more(seed),
    ],
    paramsOf: (settings, dataset) => ({
      ...numbers(settings, ['latentDim', 'epochs', 'labelSmoothing', 'discriminatorSteps', 'randomState']),
      ...batch(settings, dataset),
      ...numbers(settings, ['generatorLearningRate', 'discriminatorLearningRate']),
      ...architecture(settings, dataset),
      loss: settings.loss,
      nModes: dataset.labels === undefined ? MODES : Math.max(2, dataset.classes.length),
      qualitySamples: QUALITY_SAMPLES,
    }),
    settingsOf: (params) => ({
      ...strings(params, ['latentDim', 'epochs', 'loss', 'labelSmoothing', 'discriminatorSteps', 'batchSize']),
      ...strings(params, ['generatorLearningRate', 'discriminatorLearningRate']),
      ...structure(params),
    }),
    withRows: ({ training: { labels } }) => ({ labels }),
  },
  rbm: {
    noun: 'Boltzmann machine',
    words: 'learns filters, which together say how likely any picture is; by following them, it dreams new ones.',
    Class: RBM,
    epochs: 'nIter',
    settings: [
      choice('nComponents', 'Hidden units', '64', plain(['16', '36', '64', '100', '256'])),
      number('nIter', 'Epochs', '30', { min: 1, max: 1000, step: 1 }),
      choice('method', 'Learns by', 'persistent', [
        ['persistent', 'chains that go on'],
        ['contrastive', 'chains from each picture'],
      ]),
      more(number('nGibbs', 'Steps of a chain', '1', { min: 1, max: 50, step: 1 })),
      more(number('learningRate', 'Learning rate', '0.02', { min: 0.0001, max: 1, step: 0.0001 })),
      more(number('momentum', 'Momentum', '0.5', { min: 0, max: 0.99, step: 0.01 })),
      more(number('weightDecay', 'Weight decay', '0.0002', { min: 0, max: 0.1, step: 0.0001 })),
      more(number('sparsityCost', 'Weight of sparsity', '0', { min: 0, max: 10, step: 0.05 })),
      more(number('sparsityTarget', 'Wanted activity', '0.1', { min: 0.01, max: 0.99, step: 0.01 })),
      more(number('batchSize', 'Batch', '20', { min: 1, max: 1024, step: 1 })),
      more(seed),
    ],
    paramsOf: (settings, dataset) => ({
      ...numbers(settings, ['nComponents', 'nIter', 'nGibbs', 'learningRate', 'momentum', 'weightDecay']),
      ...batch(settings, dataset),
      ...numbers(settings, ['sparsityCost', 'sparsityTarget', 'randomState']),
      method: settings.method,
      shuffle: true,
    }),
    settingsOf: (params) => ({
      ...strings(params, ['nComponents', 'nIter', 'method', 'nGibbs', 'learningRate', 'momentum', 'weightDecay', 'batchSize']),
      ...strings(params, ['sparsityCost', 'sparsityTarget', 'randomState']),
    }),
    withRows: validated,
  },
};

/** @param {import('./dataset.js').Split} rows */
function validated({ validation }) {
  return { validation: validation?.X };
}

/** @typedef {keyof typeof kinds} KindName */

/**
 * The rows of one step: no more than there are to learn from.
 *
 * @param {Settings} settings
 * @param {Dataset} dataset
 */
const batch = ({ batchSize }, dataset) => ({ batchSize: Math.min(Number(batchSize), countTraining(dataset)) });

export const kindNames = /** @type {KindName[]} */ (Object.keys(kinds));

/**
 * @param {string} name
 * @param {string} label
 * @param {string} value
 * @param {[string, string][]} options
 * @returns {Setting}
 */
function choice(name, label, value, options) {
  return { name, label, value, options };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} value
 * @param {{ min: number, max: number, step: number }} limits
 * @returns {Setting}
 */
function number(name, label, value, limits) {
  return { name, label, value, ...limits };
}

/** @param {Setting} setting @returns {Setting} */
function more(setting) {
  return { ...setting, isMore: true };
}

/** @param {Settings} settings @param {string[]} names */
const numbers = (settings, names) => Object.fromEntries(names.map((name) => [name, Number(settings[name])]));

/** @param {any} params @param {string[]} names */
const strings = (params, names) => Object.fromEntries(names.map((name) => [name, String(params[name])]));

/** @param {Settings} settings @param {Dataset} dataset */
function architecture(settings, dataset) {
  const hidden = settings.hidden.split(',').map(Number);
  if (settings.layers === 'dense') return { hidden, filters: [], imageShape: null };
  if (!isPictures(dataset))
    throw new RangeError('Convolutional layers need pictures; these rows are none. Choose dense layers.');
  return { hidden, filters: FILTERS, imageShape: [dataset.height, dataset.width] };
}

/** @param {any} params */
const structure = ({ hidden, filters, randomState }) => ({
  hidden: hidden.join(', '),
  layers: filters.length === 0 ? 'dense' : 'convolutional',
  randomState: String(randomState),
});
