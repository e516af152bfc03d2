/**
 * Pictures: all pixels of a file, and a smaller preview to look at and to answer quickly with.
 */
import { decode } from './decode.js';
import { readWhole } from './read_whole.js';

/**
 * @typedef {object} Picture
 * @property {string} name without the file's extension
 * @property {ImageData} image
 * @property {ImageData} preview the image itself when it is small
 * @property {boolean} isScaled whether the file has more pixels than the browser can hold
 */

/** What is shown, and what follows a moving slider: enough for a large screen. */
const PREVIEW_PIXELS = 2_000_000;

/**
 * @param {Blob} file
 * @param {string} name
 * @param {AbortSignal} signal
 * @returns {Promise<Picture>}
 */
export async function openFile(file, name, signal) {
  return { name: nameOf(name), ...(await decode(file, PREVIEW_PIXELS, signal)) };
}

/**
 * @param {HTMLImageElement | ImageData} source that is not large
 * @param {string} name
 * @returns {Promise<Picture>}
 */
export async function openPixels(source, name) {
  return { name, ...(await readWhole(source, PREVIEW_PIXELS)) };
}

/** @param {string} fileName */
const nameOf = (fileName) => fileName.replace(/\.[^.]+$/, '') || 'Picture';

/** @param {ImageData} image */
export const pixelsOf = ({ width, height }) => width * height;

/**
 * How many pixels take part.
 *
 * @param {ImageData} image
 * @param {boolean} skipTransparent
 * @param {number} [enough] no need to count on
 */
export function countVisible({ data }, skipTransparent, enough = Number.POSITIVE_INFINITY) {
  if (!skipTransparent) return data.length / 4;
  let count = 0;
  for (let at = 3; at < data.length && count < enough; at += 4) if (data[at] > 0) count++;
  return count;
}

/**
 * The labels of an image at the size of its preview.
 *
 * @param {Uint8Array} labels
 * @param {ImageData} image
 * @param {ImageData} preview
 */
export function shrinkLabels(labels, image, preview) {
  if (image === preview) return labels;
  const { width, height } = preview;
  const shrunk = new Uint8Array(width * height);
  const columns = Uint32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * image.width) / width));
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * image.height) / height) * image.width;
    for (let x = 0; x < width; x++) shrunk[y * width + x] = labels[row + columns[x]];
  }
  return shrunk;
}
