/**
 * lakh's turns. A turn is one epoch over as many batches as the turn has steps, by the public API. A step's time is that from one
 * report of progress to the next, shared among the steps between them; `whole` is the time of the whole call to `fit`, in which
 * rows are checked and copied in, and weights made and copied out, shared among its steps.
 */
import { BATCH, CONVOLUTIONAL, LEARNING_RATE, RBM } from './networks.mjs';

/**
 * @typedef {import('./lane.mjs').Rows} Rows
 * @typedef {import('./lane.mjs').Turn} Turn
 * @typedef {import('./lane.mjs').Measured} Measured
 */

/** @param {any} model @param {Rows} rows @param {Turn} turn @returns {Promise<Measured>} */
async function oneEpoch(model, rows, { warmUp, steps }) {
  const ms = [];
  let [before, doneBefore] = [0, 0];
  const onProgress = ({ done }) => {
    const now = performance.now();
    // The first report comes after all that precedes training.
    if (before > 0)
      for (let step = doneBefore; step < done; step++) if (step >= warmUp) ms.push((now - before) / (done - doneBefore));
    [before, doneBefore] = [now, done];
  };
  const start = performance.now();
  await model.fit(rows, { onProgress });
  const whole = (performance.now() - start) / (warmUp + steps);
  const { loss, reconstruction, discriminatorLoss } = model.history.steps;
  const losses = loss ?? discriminatorLoss ?? reconstruction;
  const mean = losses && losses.subarray(warmUp).reduce((sum, value) => sum + value, 0) / steps;
  model.dispose();
  return { ms, whole, loss: mean };
}

/**
 * @param {any} lakh the package
 * @returns {Record<string, (rows: Rows, turn: Turn) => Promise<Measured>>}
 */
export function lakhTurns({ VAE, GAN, RBM: BoltzmannMachine }) {
  const common = { batchSize: BATCH, epochs: 1 };
  const machine = { ...RBM, batchSize: BATCH, nIter: 1 };
  return {
    vae: (rows, turn) => oneEpoch(new VAE({ ...common, learningRate: LEARNING_RATE, randomState: turn.seed }), rows, turn),
    convvae: (rows, turn) =>
      oneEpoch(new VAE({ ...common, ...CONVOLUTIONAL, learningRate: LEARNING_RATE, randomState: turn.seed }), rows, turn),
    gan: (rows, turn) => {
      const rates = { generatorLearningRate: LEARNING_RATE, discriminatorLearningRate: LEARNING_RATE };
      return oneEpoch(new GAN({ ...common, ...rates, randomState: turn.seed }), rows, turn);
    },
    rbm: (rows, turn) =>
      oneEpoch(new BoltzmannMachine({ ...machine, method: 'contrastive', randomState: turn.seed }), rows, turn),
    'rbm-epoch': async (rows, turn) => {
      const start = performance.now();
      await new BoltzmannMachine({ ...machine, randomState: turn.seed }).fit(rows);
      const ms = performance.now() - start;
      return { ms: [ms], whole: ms, loss: null };
    },
  };
}
