/**
 * Training steps that are timed, and the bars that they are held to: ratios of lakh's median to the peer's, on the same lane when
 * the peer runs in JavaScript.
 */

/**
 * @typedef {{ lane: 'node' | 'chromium' | 'python', contender: string }} Entrant
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} title
 * @property {string} per what a time is for
 * @property {number} warmUp steps before the clock starts, each turn
 * @property {number} steps that are timed, each turn
 * @property {number} [turns] at most, where one takes long
 * @property {Entrant[]} entrants
 * @property {{ peer: string, ratio: number }[]} bars
 */

/** @param {string[]} names @returns {Entrant[]} */
const inBoth = (...names) =>
  names.flatMap((contender) => [
    { lane: 'node', contender },
    { lane: 'chromium', contender },
  ]);
/** @param {string} contender @returns {Entrant} */
const native = (contender) => ({ lane: 'python', contender });

/** @type {Workload[]} */
export const workloads = [
  {
    name: 'vae',
    title: 'a dense autoencoder, 784-256-2-256-784',
    per: 'a training step of 128 digits',
    warmUp: 4,
    steps: 16,
    entrants: [...inBoth('lakh', 'TensorFlow.js', 'jax-js'), native('PyTorch')],
    bars: [
      { peer: 'TensorFlow.js', ratio: 1 / 10 },
      { peer: 'jax-js', ratio: 1 / 3 },
      { peer: 'PyTorch', ratio: 2 },
    ],
  },
  {
    name: 'gan',
    title: 'a dense adversarial network, 64-256-784 against 784-256-1',
    per: 'a step of both players, 128 digits',
    warmUp: 4,
    steps: 16,
    entrants: [...inBoth('lakh', 'TensorFlow.js', 'jax-js'), native('PyTorch')],
    bars: [
      { peer: 'TensorFlow.js', ratio: 1 / 12 },
      { peer: 'jax-js', ratio: 1 / 3 },
      { peer: 'PyTorch', ratio: 2 },
    ],
  },
  {
    name: 'rbm',
    title: 'a Boltzmann machine, 784-256, contrastive divergence',
    per: 'a training step of 128 digits',
    warmUp: 4,
    steps: 16,
    entrants: [...inBoth('lakh'), native('PyTorch')],
    bars: [{ peer: 'PyTorch', ratio: 2 }],
  },
  {
    name: 'rbm-epoch',
    title: 'a Boltzmann machine, 784-256, persistent contrastive divergence, batches of 128',
    per: 'an epoch of 60,000 digits',
    warmUp: 0,
    steps: 1,
    turns: 3,
    entrants: [...inBoth('lakh'), native('scikit-learn')],
    bars: [{ peer: 'scikit-learn', ratio: 1 / 3 }],
  },
  {
    name: 'rbm-epoch-10',
    title: 'a Boltzmann machine as scikit-learn trains it by default, in batches of 10',
    per: 'an epoch of 60,000 digits',
    warmUp: 0,
    steps: 1,
    turns: 1,
    entrants: [...inBoth('lakh'), native('scikit-learn')],
    bars: [{ peer: 'scikit-learn', ratio: 1 / 3 }],
  },
  {
    name: 'convvae',
    title: 'a convolutional autoencoder, 28 x 28, filters 32 and 64, 16 hidden units',
    per: 'a training step of 128 digits',
    warmUp: 2,
    steps: 12,
    entrants: [...inBoth('lakh'), native('PyTorch')],
    bars: [{ peer: 'PyTorch', ratio: 3 }],
  },
];
