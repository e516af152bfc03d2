/**
 * A file's pixels: read in a worker, or in the page where there is no canvas for workers, and for drawings, which only a page
 * decodes.
 */
import DecodeWorker from './decode.worker.js?worker&inline';
import { readWhole } from './read_whole.js';

/** @typedef {import('./read_whole.js').Decoded} Decoded */

/**
 * @param {Blob} file
 * @param {number} previewPixels of the smaller copy, which is the image itself when that has no more
 * @param {AbortSignal} signal
 * @returns {Promise<Decoded>}
 */
export async function decode(file, previewPixels, signal) {
  if (file.type !== 'image/svg+xml' && file.size > 0 && typeof OffscreenCanvas !== 'undefined')
    return decodeInWorker(file, previewPixels, signal);
  return readWhole(file, previewPixels, signal);
}

/**
 * @param {Blob} file
 * @param {number} previewPixels
 * @param {AbortSignal} signal
 * @returns {Promise<Decoded>}
 */
async function decodeInWorker(file, previewPixels, signal) {
  const worker = new DecodeWorker();
  const end = () => worker.terminate();
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      worker.onerror = (event) => reject(new Error(`The picture could not be read: ${event.message}`));
      worker.onmessage = ({ data: { image, preview, isScaled, message } }) => {
        if (message !== undefined) reject(new Error(message));
        else resolve({ ...toImages(image, preview), isScaled });
      };
      worker.postMessage({ file, previewPixels });
    });
  } finally {
    end();
  }
}

/** @typedef {{ width: number, height: number, data: Uint8ClampedArray<ArrayBuffer> }} Bytes */

/**
 * @param {Bytes} image
 * @param {Bytes | undefined} preview
 */
function toImages(image, preview) {
  const make = (/** @type {Bytes} */ { data, width, height }) => new ImageData(data, width, height);
  const whole = make(image);
  return { image: whole, preview: preview === undefined ? whole : make(preview) };
}
