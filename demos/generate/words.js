/**
 * How things stand, in words.
 */
import { countRows } from './dataset.js';
import { kinds } from './kinds.js';

/** @typedef {import('./session.js').Session} Session */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** What the main button does. @param {Session} session */
export function nameOfTraining({ place: { status, isStale } }) {
  if (status === 'training') return 'Pause';
  if (isStale) return 'Train anew';
  if (status === 'paused') return 'Go on';
  if (status === 'done') return 'Train longer';
  return status === 'ready' || status === 'diverged' ? 'Train anew' : 'Train';
}

/** @param {Session} session */
export function statusOf({ kind, dataset, place: { status, model, isStale } }) {
  const { noun, epochs } = kinds[kind];
  if (isStale && status !== 'training') return 'These settings are for another model: train it anew.';
  const total = model?.getParams()[epochs];
  switch (status) {
    case 'ready':
      return `A ready-trained ${noun}. Explore it; or train one yourself, and watch how it comes about.`;
    case 'fresh':
      return `A new ${noun} that has learned nothing yet.`;
    case 'training':
      return `The ${noun} is learning from ${dataset.name}.`;
    case 'paused':
      return `Paused in epoch ${Math.min(model.nEpochs + 1, total)} of ${total}, after ${count(model.nSteps, 'step')}.`;
    case 'done':
      return `Trained: ${count(model.nEpochs, 'epoch')}, ${count(model.nSteps, 'step')}.`;
    case 'diverged':
      return `The ${noun} has the last weights that were finite.`;
    default:
      return `A new ${noun} is being made …`;
  }
}

/** @param {import('./session.js').Progress} progress @param {string} noun */
export function courseOf({ epoch, epochs, speed }, noun) {
  const where = `Epoch ${Math.min(epoch + 1, epochs)} of ${epochs}`;
  if (speed === undefined) return where;
  return `${where}: ${paceOf(speed, noun)}, ${spanOf(speed.secondsLeft)} left`;
}

/** @param {import('./speed.js').Figures} speed @param {string} noun */
export const paceOf = ({ steps, samples }, noun) =>
  `${precise.format(steps)} steps a second, ${whole.format(Number(samples.toPrecision(3)))} ${noun}s a second`;

/** @param {number} seconds */
function spanOf(seconds) {
  if (seconds < 1) return 'less than a second';
  if (seconds < 100) return `about ${count(Math.round(seconds), 'second')}`;
  return seconds < 6000
    ? `about ${count(Math.round(seconds / 60), 'minute')}`
    : `about ${count(Math.round(seconds / 3600), 'hour')}`;
}

/** @param {import('./dataset.js').Dataset} dataset */
export function dataWords(dataset) {
  const rows = countRows(dataset);
  const classes = dataset.classes.length > 0 ? `, ${count(dataset.classes.length, 'class')}` : '';
  const what = dataset.name.includes(whole.format(rows)) ? dataset.name : `${whole.format(rows)} ${dataset.name}`;
  const size = dataset.noun === 'row' ? count(dataset.features, 'number') : `${dataset.width} × ${dataset.height} pixels`;
  return `${what}${classes}, ${size}; the last tenth is held out for validation. ${dataset.note ?? ''}`;
}

/** What `#samples` shows. @type {Record<import('./kinds.js').KindName, string>} */
export const sampleWords = {
  vae: 'From codes that never change',
  gan: 'More, from noise that never changes',
  rbm: 'Dreams that began with noise',
};

/** What the losses tell, in a sentence. @type {Record<import('./kinds.js').KindName, string>} */
export const lossWords = {
  vae: 'The loss is what it takes to tell which picture it is: first the code, then all that the code left open. Held-out pictures were never learned from; when their loss rises while the other falls, the model learns by heart.',
  gan: 'Neither loss falls to 0 as the players learn: each gets harder to beat. A generator’s loss that only rises means that the critic sees through everything; one near 0, that the critic has given up.',
  rbm: 'The pseudo-likelihood says how well each pixel is foretold from all others of a picture that was never learned from: it rises to 0 for a machine that knows them all.',
};

/** @param {number} number @param {string} noun */
const count = (number, noun) => `${whole.format(number)} ${noun}${number === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`;
