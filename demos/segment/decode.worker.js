/**
 * Reads files away from the page, which large photos would stop for a moment.
 */
import { readImage } from 'lakh/web';

/** @typedef {{ file: File, previewPixels: number }} Request */

/** @type {any} */
const scope = globalThis;

scope.onmessage = async (/** @type {MessageEvent<Request>} */ { data: { file, previewPixels } }) => {
  try {
    const image = await readImage(file);
    const preview = await readImage(image, { maxPixels: previewPixels });
    const { width, height, data } = image;
    const small = preview === image ? undefined : { width: preview.width, height: preview.height, data: preview.data };
    scope.postMessage({ image: { width, height, data }, preview: small }, [data.buffer, ...(small ? [small.data.buffer] : [])]);
  } catch (error) {
    scope.postMessage({ message: error instanceof Error ? error.message : String(error) });
  }
};
