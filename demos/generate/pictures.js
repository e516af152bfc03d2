/**
 * The user's own pictures: scaled to 28 × 28 greys, classed by the folders that they lie in.
 */

import { shuffled } from './dataset.js';

/** @typedef {import('./dataset.js').Dataset} Dataset */

const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Fewer give nothing to learn. */
export const FEWEST = 10;
export const MOST = 20_000;
const MOST_CLASSES = 20;
/** Of the pixels at the edges, from which on a picture counts as drawn on white. */
const WHITE = 160;

/**
 * @param {File[]} files
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Dataset>}
 */
export async function readPictures(files, onProgress, signal) {
  const context = /** @type {CanvasRenderingContext2D} */ (
    Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE }).getContext('2d', {
      willReadFrequently: true,
    })
  );
  const values = new Uint8Array(Math.min(MOST, files.length) * PIXELS);
  /** @type {File[]} */
  const good = [];
  for (const [i, file] of files.slice(0, MOST).entries()) {
    const greys = await readPicture(file, context);
    signal.throwIfAborted();
    if (greys !== undefined) {
      values.set(greys, good.length * PIXELS);
      good.push(file);
    }
    onProgress((i + 1) / files.length);
  }
  if (good.length < FEWEST)
    throw new RangeError(
      `To learn from pictures, at least ${FEWEST} are needed; ${good.length} of ${files.length} could be read. Choose several, or a folder`,
    );
  const used = values.slice(0, good.length * PIXELS);
  const isWhite = brightnessAtEdges(used) > WHITE;
  if (isWhite)
    used.forEach((value, i) => {
      used[i] = 255 - value;
    });
  const skipped = files.length - good.length;
  return {
    name: `${good.length.toLocaleString('en')} pictures`,
    noun: 'picture',
    ...shuffled(used, PIXELS, foldersOf(good)),
    width: SIDE,
    height: SIDE,
    features: PIXELS,
    isLight: !isWhite && brightnessAtEdges(used) > 8,
    note: `Cut to squares and scaled to ${SIDE} × ${SIDE} greys${isWhite ? ', dark on light turned around' : ''}.${skipped > 0 ? ` ${skipped.toLocaleString('en')} files were left out.` : ''}`,
  };
}

/**
 * The middle square of a picture as greys, or nothing when the file is none.
 *
 * @param {File} file
 * @param {CanvasRenderingContext2D} context
 */
async function readPicture(file, context) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return undefined;
  }
  const side = Math.min(bitmap.width, bitmap.height);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  bitmap.close();
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: PIXELS }, (_, i) =>
    Math.round(0.2126 * data[4 * i] + 0.7152 * data[4 * i + 1] + 0.0722 * data[4 * i + 2]),
  );
}

/** @param {Uint8Array} values */
function brightnessAtEdges(values) {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const [x, y] = [i % SIDE, Math.floor((i % PIXELS) / SIDE)];
    if (x % (SIDE - 1) !== 0 && y % (SIDE - 1) !== 0) continue;
    sum += values[i];
    count++;
  }
  return sum / count;
}

/**
 * The folder of each file as its class, when there are some but not many.
 *
 * @param {File[]} files
 */
function foldersOf(files) {
  const names = files.map(({ webkitRelativePath }) => webkitRelativePath.split('/').at(-2) ?? '');
  const classes = [...new Set(names)].sort();
  if (classes.length < 2 || classes.length > MOST_CLASSES) return { classes: [] };
  return { classes, labels: Uint8Array.from(names, (name) => classes.indexOf(name)) };
}
