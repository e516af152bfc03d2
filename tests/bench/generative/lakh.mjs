/**
 * lakh's turns. A turn is one epoch by the public API, over four times the batches of other contenders' turns, since progress is
 * reported every 8 ms and not every step: the time of a step is that from one report to another at least eight steps later,
 * divided by the steps between. `whole` is the time of the whole call to `fit`, in which rows are checked and copied in, and
 * weights made and copied out, divided by all its steps.
 */
import { BATCH, CONVOLUTIONAL, LEARNING_RATE, RBM } from './networks.mjs';

/**
 * @typedef {import('./lane.mjs').Rows} Rows
 * @typedef {import('./lane.mjs').Turn} Turn
 * @typedef {import('./lane.mjs').Measured} Measured
 */

/** Of 60,000 digits. */
const EPOCH_BATCHES = 468.75;
const STEPS_BETWEEN_REPORTS = 8;
/** scikit-learn's default. */
const SMALL_BATCH = 10;

/** How many batches a turn takes. @param {Turn} turn */
export const batchesOf = ({ workload, warmUp, steps }) =>
  workload.startsWith('rbm-epoch') ? EPOCH_BATCHES : warmUp + 4 * steps;

/** @param {any} model @param {Rows} rows @param {Turn} turn @returns {Promise<Measured>} */
async function oneEpoch(model, rows, { warmUp, steps: othersSteps }) {
  const count = Math.ceil(rows.shape[0] / BATCH);
  const ms = [];
  let last;
  const onProgress = ({ metrics: { step } }) => {
    const report = { step, at: performance.now() };
    if (last === undefined && step >= warmUp) last = report;
    const steps = step - last?.step;
    if (!(steps >= STEPS_BETWEEN_REPORTS)) return;
    ms.push(...Array(steps).fill((report.at - last.at) / steps));
    last = report;
  };
  const start = performance.now();
  await model.fit(rows, { onProgress });
  const whole = (performance.now() - start) / count;
  const { loss, discriminatorLoss, reconstruction } = model.history.steps;
  const losses = (loss ?? discriminatorLoss ?? reconstruction).subarray(warmUp, warmUp + othersSteps);
  model.dispose();
  return { ms, whole, loss: losses.reduce((sum, value) => sum + value, 0) / losses.length };
}

/**
 * @param {any} lakh the package
 * @returns {Record<string, (rows: Rows, turn: Turn) => Promise<Measured>>}
 */
export function lakhTurns({ VAE, GAN, RBM: BoltzmannMachine }) {
  const common = { batchSize: BATCH, epochs: 1 };
  const machine = { ...RBM, batchSize: BATCH, nIter: 1 };
  /** The whole call, as scikit-learn's. */
  const epoch = (batchSize) => async (rows, turn) => {
    const start = performance.now();
    await new BoltzmannMachine({ ...machine, batchSize, randomState: turn.seed }).fit(rows);
    const ms = performance.now() - start;
    return { ms: [ms], whole: ms, loss: null };
  };
  return {
    vae: (rows, turn) => oneEpoch(new VAE({ ...common, learningRate: LEARNING_RATE, randomState: turn.seed }), rows, turn),
    convvae: (rows, turn) =>
      oneEpoch(new VAE({ ...common, ...CONVOLUTIONAL, learningRate: LEARNING_RATE, randomState: turn.seed }), rows, turn),
    gan: (rows, turn) => {
      const optimizers = { generatorLearningRate: LEARNING_RATE, discriminatorLearningRate: LEARNING_RATE, beta1: 0.9 };
      const asOthers = { ...optimizers, labelSmoothing: 0, qualitySamples: 0 };
      return oneEpoch(new GAN({ ...common, ...asOthers, randomState: turn.seed }), rows, turn);
    },
    rbm: (rows, turn) =>
      oneEpoch(new BoltzmannMachine({ ...machine, method: 'contrastive', randomState: turn.seed }), rows, turn),
    'rbm-epoch': epoch(BATCH),
    'rbm-epoch-10': epoch(SMALL_BATCH),
  };
}
