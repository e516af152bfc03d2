/**
 * Reads files away from the page, which large photos would stop for a moment.
 */
import { readWhole } from './read_whole.js';

/** @typedef {{ file: File, previewPixels: number }} Request */

/** @type {any} */
const scope = globalThis;

scope.onmessage = async (/** @type {MessageEvent<Request>} */ { data: { file, previewPixels } }) => {
  try {
    const { image, preview, isScaled } = await readWhole(file, previewPixels);
    const { width, height, data } = image;
    const small = preview === image ? undefined : { width: preview.width, height: preview.height, data: preview.data };
    scope.postMessage({ image: { width, height, data }, preview: small, isScaled }, [
      data.buffer,
      ...(small ? [small.data.buffer] : []),
    ]);
  } catch (error) {
    scope.postMessage({ message: error instanceof Error ? error.message : String(error) });
  }
};
