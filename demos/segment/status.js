/**
 * What the page says of a result and of the time that it took.
 */
import { say } from '../shared/say.js';
import { pixelsOf } from './picture.js';

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** Work that takes no longer is over before a bar could be read. */
const BAR_AFTER_MS = 250;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let barTimer;

/** @param {import('./session.js').Result} result */
export function showResult({ picture, settings, segmentation, classes, ms, pixels, isDraft }) {
  const { width, height } = picture.image;
  const found = classes.list.length;
  const few = found < settings.k ? ` It has no more than ${count(found, 'colour')}.` : '';
  const size = `${whole.format(width)} × ${whole.format(height)} pixels${picture.isScaled ? ', all that this browser can hold' : ''}`;
  say(`${picture.name}, ${size}: ${count(found, 'class')}.${few}`);
  element('tag-after').textContent = count(found, 'class');
  const perSecond = (1000 * pixels) / ms;
  const speed = perSecond < 1e6 ? whole.format(perSecond) : `${precise.format(perSecond / 1e6)} million`;
  const what = isDraft
    ? `preview of ${whole.format(pixels)} pixels; all ${whole.format(pixelsOf(picture.image))} follow`
    : `${whole.format(pixels)} pixels`;
  const iterations = count(segmentation.nIter, 'iteration');
  const strong = document.createElement('strong');
  strong.textContent = `${precise.format(ms)} ms`;
  element('timing').replaceChildren(
    strong,
    ` for ${what}: ${speed} pixels a second, ${iterations}. From the call in this page to its labels, the way to the worker and back included.`,
  );
}

/** @param {boolean} isBusy @param {number} [share] of the work that is done */
export function showBusy(isBusy, share) {
  const progress = /** @type {HTMLProgressElement} */ (element('progress'));
  element('frame').setAttribute('aria-busy', String(isBusy));
  if (!isBusy) {
    clearTimeout(barTimer);
    barTimer = undefined;
    progress.hidden = true;
    return;
  }
  if (share === undefined) progress.removeAttribute('value');
  else progress.value = share;
  barTimer ??= setTimeout(() => {
    progress.hidden = false;
  }, BAR_AFTER_MS);
}

/** @param {number} number @param {string} noun */
const count = (number, noun) => `${whole.format(number)} ${noun}${number === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`;
