/**
 * Help in choosing k: the three criteria on a sample of the picture's pixels, their curves, and words about them.
 */
import { suggestK } from 'lakh/worker';
import { drawCurve } from './curves.js';

/** @typedef {import('./session.js').Result} Result */

/** As many pixels answer within a second or so, and as well as more would. */
const SAMPLE = 2000;
const FEWEST = 3;
const MOST_CLASSES = 10;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Suggestion {
  #controller = new AbortController();
  #onUse;
  #onError;
  #k = 0;

  /**
   * @param {() => Result | undefined} current
   * @param {(k: number) => void} onUse
   * @param {(error: unknown) => void} onError
   */
  constructor(current, onUse, onError) {
    this.#onUse = onUse;
    this.#onError = onError;
    element('suggest').addEventListener('click', () => this.#ask(current()));
    element('use-k').addEventListener('click', () => {
      this.#onUse(this.#k);
      element('k').focus();
    });
  }

  /** For another picture, the answer would be another. */
  clear() {
    this.#controller.abort();
    element('suggestion').hidden = true;
    element('suggest-words').textContent = '';
  }

  /** @param {Result | undefined} result */
  async #ask(result) {
    if (result === undefined) return;
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    const button = element('suggest');
    button.setAttribute('aria-busy', 'true');
    try {
      const X = sample(result.picture.preview, result.settings.skipTransparent);
      if (X.shape[0] < FEWEST) {
        this.#say('There are too few pixels in this picture to compare numbers of classes.');
        return;
      }
      const onProgress = (/** @type {{ done: number, total: number }} */ { done, total }) => {
        if (!signal.aborted) button.style.setProperty('--run', `${done / total}`);
      };
      const kMax = Math.min(MOST_CLASSES, X.shape[0]);
      const answer = await suggestK(X, { kMax, sampleSize: SAMPLE, randomState: result.settings.seed, signal, onProgress });
      signal.throwIfAborted();
      this.#show(answer, X.shape[0]);
    } catch (error) {
      if (!signal.aborted) this.#onError(error);
    } finally {
      button.removeAttribute('aria-busy');
      button.style.removeProperty('--run');
    }
  }

  /** @param {Awaited<ReturnType<typeof suggestK>>} answer @param {number} rows */
  #show(answer, rows) {
    const { k, ks, inertia, silhouette, gap, elbowK, silhouetteK, gapK, clustered, message } = answer;
    this.#say(`${message} Asked of ${rows.toLocaleString('en')} pixels’ colours in sRGB.`);
    const curves = [
      { title: 'Elbow', values: inertia, chosen: elbowK },
      { title: 'Silhouette', values: silhouette, chosen: silhouetteK },
      { title: 'Gap', values: gap, chosen: gapK },
    ];
    element('curves').replaceChildren(
      ...curves.map((curve) => {
        const figure = document.createElement('figure');
        const caption = document.createElement('figcaption');
        caption.textContent = curve.title;
        figure.append(caption, drawCurve({ ...curve, ks }));
        return figure;
      }),
    );
    // Pictures are divided into two classes or more.
    this.#k = Math.max(k, 2);
    const use = element('use-k');
    use.hidden = !clustered;
    use.textContent = `Use ${this.#k} classes`;
    element('curves').hidden = false;
  }

  /** @param {string} words */
  #say(words) {
    element('suggestion').hidden = false;
    element('curves').hidden = true;
    element('use-k').hidden = true;
    element('suggest-words').textContent = words;
  }
}

/**
 * Colours of evenly spaced pixels.
 *
 * @param {ImageData} image
 * @param {boolean} skipTransparent
 * @returns {{ data: Uint8Array, shape: [number, number] }}
 */
function sample({ data }, skipTransparent) {
  const pixels = data.length / 4;
  const visible = new Uint32Array(pixels);
  let count = 0;
  for (let i = 0; i < pixels; i++) if (!skipTransparent || data[4 * i + 3] > 0) visible[count++] = i;
  const rows = Math.min(count, SAMPLE);
  const colors = new Uint8Array(3 * rows);
  for (let i = 0; i < rows; i++) {
    const at = 4 * visible[Math.floor((i * count) / rows)];
    colors.set(data.subarray(at, at + 3), 3 * i);
  }
  return { data: colors, shape: [rows, 3] };
}
