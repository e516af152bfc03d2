/**
 * The founding question: how long do one lakh (100,000) pixels take into five classes, against one frame of a screen?
 */
import { segmentImage } from 'lakh/worker';
import { pixelsOf } from './picture.js';

const LAKH = 100_000;
const WIDTH = 400;
const CLASSES = 5;
/** Of a screen that shows 60 a second. */
const FRAME_MS = 1000 / 60;
const WARM_UPS = 3;
const RUNS = 25;

/**
 * Exactly one lakh pixels, evenly spaced over an image.
 *
 * @param {ImageData} image of at least as many
 */
export function lakhPixels(image) {
  const from = new Uint32Array(image.data.buffer);
  const pixels = new Uint32Array(LAKH);
  for (let i = 0; i < LAKH; i++) pixels[i] = from[Math.floor((i * from.length) / LAKH)];
  return { data: new Uint8ClampedArray(pixels.buffer), width: WIDTH, height: LAKH / WIDTH };
}

/**
 * Times run after run, each from another seed: from the call in the page to the labels in the page, with the copies to the worker
 * and back. The first runs, in which the browser still compiles, do not count.
 *
 * @param {ImageData} image
 * @param {(done: number) => void} onRun
 */
async function timeRuns(image, onRun) {
  const pixels = lakhPixels(image);
  const times = [];
  for (let run = -WARM_UPS; run < RUNS; run++) {
    const started = performance.now();
    await segmentImage(pixels, { nClusters: CLASSES, randomState: run + WARM_UPS, skipTransparent: false, recolored: false });
    if (run >= 0) times.push(performance.now() - started);
    onRun((run + WARM_UPS + 1) / (RUNS + WARM_UPS));
  }
  return times.sort((a, b) => a - b);
}

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {() => ImageData | undefined} current
 * @param {() => Promise<ImageData>} bundled for pictures that are smaller
 * @param {(error: unknown) => void} onError
 */
export function offerFounding(current, bundled, onError) {
  const button = /** @type {HTMLButtonElement} */ (element('lakh'));
  button.addEventListener('click', async () => {
    // Not `disabled`, which would take the focus away.
    if (button.hasAttribute('aria-disabled')) return;
    button.setAttribute('aria-disabled', 'true');
    try {
      const image = current();
      const isOwn = image !== undefined && pixelsOf(image) >= LAKH;
      const times = await timeRuns(isOwn ? image : await bundled(), (share) =>
        element('lakh-bar').style.setProperty('--run', `${share}`),
      );
      show(times, isOwn);
    } catch (error) {
      onError(error);
    } finally {
      button.removeAttribute('aria-disabled');
      element('lakh-bar').style.removeProperty('--run');
    }
  });
}

/** @param {number[]} times ascending @param {boolean} isOwn */
function show(times, isOwn) {
  const median = times[times.length >> 1];
  // Firefox's clock ticks in whole milliseconds: decimals would be made up.
  const isCoarse = times.every((time) => Number.isInteger(time));
  const ms = (/** @type {number} */ time) => `${time.toFixed(isCoarse ? 0 : 1)} ms`;
  const within = FRAME_MS / median;
  const compared = median <= FRAME_MS ? `${within.toFixed(1)} times within one frame` : `${(1 / within).toFixed(1)} frames`;
  element('lakh-result').hidden = false;
  element('lakh-time').textContent = ms(median);
  element('lakh-words').textContent =
    `Median of ${times.length} runs, from ${ms(times[0])} to ${ms(/** @type {number} */ (times.at(-1)))}: ${compared} (16.7 ms). ` +
    `Timed in this page from the call to the labels, the way to the worker and back included${isOwn ? '' : '; on the sample photo, as this picture is smaller than one lakh'}.` +
    (isCoarse ? ' This browser’s clock ticks in whole milliseconds.' : '');
  const bar = element('lakh-bar');
  bar.style.setProperty('--full', `${Math.max(FRAME_MS, median)}`);
  bar.style.setProperty('--median', `${median}`);
  bar.style.setProperty('--frame', `${FRAME_MS}`);
  bar.setAttribute('aria-label', `${ms(median)} of one frame’s 16.7 ms`);
}
