/**
 * All pixels of a picture, or as many as the browser can hold.
 */
import { readImage } from 'lakh/web';

/**
 * @typedef {object} Decoded
 * @property {ImageData} image
 * @property {ImageData} preview the image itself when that is small
 * @property {boolean} isScaled whether there were more pixels than the browser can hold
 */

/** What canvases of all browsers hold; telephones have the least. */
const SAFE_PIXELS = 16_000_000;
/** A prime, so that probes are in all columns. */
const PROBE_EVERY = 4999;

/**
 * @param {Blob | ImageData | HTMLImageElement} source
 * @param {number} previewPixels
 * @param {AbortSignal} [signal]
 * @returns {Promise<Decoded>}
 */
export async function readWhole(source, previewPixels, signal) {
  const { image, isScaled } = await readMost(source, signal);
  return { image, isScaled, preview: await readImage(image, { maxPixels: previewPixels, signal }) };
}

/**
 * @param {Blob | ImageData | HTMLImageElement} source
 * @param {AbortSignal} [signal]
 */
async function readMost(source, signal) {
  try {
    const image = await readImage(source, { signal });
    if (!isBlank(image)) return { image, isScaled: false };
  } catch (error) {
    // Only of pictures that are too large does readImage say that fewer pixels can be asked for.
    if (!(error instanceof Error && error.message.includes('maxPixels'))) throw error;
  }
  return { image: await readImage(source, { maxPixels: SAFE_PIXELS, signal }), isScaled: true };
}

/**
 * Whether a canvas was too large: browsers then draw nothing on it, and say nothing.
 *
 * @param {ImageData} image
 */
function isBlank({ data }) {
  const pixels = data.length / 4;
  if (pixels <= SAFE_PIXELS) return false;
  for (let pixel = 0; pixel < pixels; pixel += PROBE_EVERY) if (data[4 * pixel + 3] > 0) return false;
  return true;
}
