/**
 * Training that survives the page: kept in the browser from time to time, and offered when the page is opened again.
 */
import { forget, keep, kept } from './keep.js';
import { kinds } from './kinds.js';

/** @typedef {import('./session.js').Session} Session */

/** While training, the model is kept as often; what is lost in between is trained again to the same bits. */
const KEEP_MS = 3000;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {Session} session
 * @param {import('./dataset.js').Dataset} bundled
 * @param {(error: unknown) => void} onError
 */
export function offerToGoOn(session, bundled, onError) {
  let keptAt = performance.now();
  const keepNow = async () => {
    const { kind, dataset, place } = session;
    if (!['training', 'paused', 'done'].includes(place.status) || place.model === undefined || place.isStale) return;
    keptAt = performance.now();
    element('offer').hidden = true;
    const { status, model } = place;
    await keep({ kind, status, file: model.save(), ...(dataset === bundled ? {} : { dataset }) });
  };
  document.addEventListener('visibilitychange', () => document.hidden && keepNow());
  kept().then((found) => found !== undefined && offer(session, found, bundled), onError);
  return {
    /** @param {boolean} isLast */
    async keep(isLast) {
      if (isLast || performance.now() - keptAt > KEEP_MS) await keepNow();
    },
  };
}

/**
 * @param {Session} session
 * @param {import('./keep.js').Kept} found
 * @param {import('./dataset.js').Dataset} bundled
 */
function offer(session, found, bundled) {
  const { kind, file, status, dataset = bundled } = found;
  const { noun, epochs, Class } = kinds[kind];
  /** @type {any} */
  let model;
  try {
    model = Class.load(file);
  } catch {
    // Of another version of this page.
    forget();
    return;
  }
  const total = model.getParams()[epochs];
  const isOver = status === 'done';
  const steps = `${model.nSteps.toLocaleString('en')} steps`;
  element('offer-words').textContent = isOver
    ? `You have trained the ${noun} here, ${model.nEpochs} epochs on ${dataset.name}.`
    : `You were training the ${noun} here: epoch ${Math.min(model.nEpochs + 1, total)} of ${total}, after ${steps} on ${dataset.name}.`;
  element('offer-go-on').textContent = isOver ? 'Take it up again' : 'Go on exactly there';
  element('offer').hidden = false;
  element('offer-go-on').onclick = () => {
    element('offer').hidden = true;
    session.take(kind, model, isOver ? 'done' : 'paused', dataset);
    if (!isOver) session.train();
  };
  element('offer-forget').onclick = () => {
    element('offer').hidden = true;
    forget();
    element('train').focus();
  };
}
