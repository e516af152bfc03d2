/**
 * Pictures in and out of a page.
 *
 * @module lakh/web
 */
import { LakhError, show, tagOf } from '../bindings/errors.js';

/**
 * @typedef {Blob | ImageBitmap | ImageData | HTMLImageElement | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas} ImageSource
 *
 * @typedef {object} ReadImageOptions
 * @property {number} [maxPixels] A larger picture is scaled down to about this many. Default: its own size.
 * @property {AbortSignal} [signal]
 */

/**
 * Reads a picture's pixels: of a file or blob in any format that the browser knows, of an element, or of a bitmap. Files are
 * turned upright as their EXIF orientation says; of moving pictures it is the first frame, of a video the one that is shown.
 *
 * @param {ImageSource} source
 * @param {ReadImageOptions} [options]
 * @returns {Promise<ImageData>}
 * @throws {TypeError | RangeError} for a source or an option of another kind
 * @throws {LakhError} `BAD_IMAGE` when it cannot be decoded, has no pixels yet, or may not be read (another site's picture)
 *
 * @example
 * import { readImage } from 'lakh/web';
 *
 * input.onchange = async () => {
 *   const image = await readImage(input.files[0], { maxPixels: 2e6 });
 *   console.log(image.width, image.height);
 * };
 */
export async function readImage(source, { maxPixels = Number.POSITIVE_INFINITY, signal } = {}) {
  const who = 'readImage';
  if (typeof maxPixels !== 'number') throw new TypeError(`${who}: maxPixels must be a number ≥ 1, got ${show(maxPixels)}`);
  if (!(maxPixels >= 1)) throw new RangeError(`${who}: maxPixels must be a number ≥ 1, got ${maxPixels}`);
  signal?.throwIfAborted();
  const kind = tagOf(source);
  if (kind === 'ImageData') {
    const image = /** @type {ImageData} */ (source);
    if (image.width * image.height <= maxPixels) return image;
  }
  const drawable = kind === 'Blob' || kind === 'File' ? await decode(/** @type {Blob} */ (source)) : await drawableOf(source);
  try {
    signal?.throwIfAborted();
    return draw(drawable, maxPixels);
  } finally {
    if (drawable !== source && tagOf(drawable) === 'ImageBitmap') /** @type {ImageBitmap} */ (drawable).close();
  }
}

/**
 * @param {Blob} blob
 * @returns {Promise<ImageBitmap | HTMLImageElement>}
 */
async function decode(blob) {
  const name = /** @type {File} */ (blob).name ?? 'the picture';
  if (blob.size === 0) throw new LakhError('BAD_IMAGE', `readImage: ${name} is empty`);
  try {
    return await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch (cause) {
    // Drawings (SVG) are decoded only by elements, and in Firefox some photos with EXIF data too.
    const image = await decodeByElement(blob);
    if (image !== undefined) return image;
    const described = `${blob.type || 'unknown type'}, ${blob.size} bytes`;
    throw new LakhError('BAD_IMAGE', `readImage: ${name} (${described}) is not a picture that this browser can decode`, {
      cause,
    });
  }
}

/**
 * @param {Blob} blob
 * @returns {Promise<HTMLImageElement | undefined>} undefined when it cannot be decoded, and in workers, which have no elements
 */
async function decodeByElement(blob) {
  if (typeof Image === 'undefined') return undefined;
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
    return image;
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

/**
 * @param {unknown} source
 * @returns {Promise<CanvasImageSource>}
 */
async function drawableOf(source) {
  const kind = tagOf(source);
  if (kind === 'HTMLImageElement') {
    const image = /** @type {HTMLImageElement} */ (source);
    try {
      await image.decode();
    } catch (cause) {
      throw new LakhError('BAD_IMAGE', `readImage: the image ${image.currentSrc || '(without src)'} could not be loaded`, {
        cause,
      });
    }
    return image;
  }
  if (kind === 'ImageData') return createImageBitmap(/** @type {ImageData} */ (source));
  if (/^(HTMLVideoElement|HTMLCanvasElement|OffscreenCanvas|ImageBitmap|VideoFrame)$/.test(kind))
    return /** @type {CanvasImageSource} */ (source);
  const accepted = 'a File, Blob, ImageBitmap, ImageData, <img>, <video> or <canvas>';
  throw new TypeError(`readImage: source must be ${accepted}, got ${show(source)}`);
}

/**
 * @param {CanvasImageSource} drawable
 * @param {number} maxPixels
 */
function draw(drawable, maxPixels) {
  const [fullWidth, fullHeight] = sizeOf(drawable);
  if (!(fullWidth > 0 && fullHeight > 0))
    throw new LakhError('BAD_IMAGE', 'readImage: there are no pixels yet; wait until the picture or video has loaded');
  const scale = Math.min(1, Math.sqrt(maxPixels / (fullWidth * fullHeight)));
  const width = Math.max(1, Math.floor(fullWidth * scale));
  const height = Math.max(1, Math.floor(fullHeight * scale));
  const context = contextOf(width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(drawable, 0, 0, width, height);
  try {
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'SecurityError') {
      const how = "its server must send CORS headers, and the element needs crossorigin='anonymous'";
      throw new LakhError('BAD_IMAGE', `readImage: the pixels of another site's picture may not be read; ${how}`, { cause });
    }
    throw new LakhError(
      'BAD_IMAGE',
      `readImage: ${width} × ${height} pixels are more than this browser can hold; set maxPixels`,
      {
        cause,
      },
    );
  }
}

/**
 * @param {any} drawable
 * @returns {[width: number, height: number]}
 */
const sizeOf = (drawable) => [
  drawable.naturalWidth ?? drawable.videoWidth ?? drawable.displayWidth ?? drawable.width,
  drawable.naturalHeight ?? drawable.videoHeight ?? drawable.displayHeight ?? drawable.height,
];

/**
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D}
 */
function contextOf(width, height) {
  const options = { willReadFrequently: true };
  const canvas = newCanvas(width, height);
  const context = /** @type {CanvasRenderingContext2D | null} */ (canvas.getContext('2d', options));
  if (context === null)
    throw new LakhError('BAD_IMAGE', `readImage: no canvas of ${width} × ${height} pixels could be made; set maxPixels`);
  return context;
}

/** @param {number} width @param {number} height */
function newCanvas(width, height) {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

/**
 * Makes a PNG file of pixels.
 *
 * @param {{ data: Uint8ClampedArray, width: number, height: number }} image such as `recolored` of `segmentImage`
 * @returns {Promise<Blob>} of type image/png
 * @throws {TypeError} when it is not an image
 *
 * @example
 * import { imageToPng } from 'lakh/web';
 *
 * const png = await imageToPng(new ImageData(2, 2));
 * console.log(png.type); // image/png
 */
export async function imageToPng(image) {
  const { data, width, height } = image ?? {};
  if (tagOf(data) !== 'Uint8ClampedArray' || data.length !== 4 * width * height)
    throw new TypeError(`imageToPng: image must be an ImageData or { data, width, height } of RGBA bytes, got ${show(image)}`);
  const context = contextOf(width, height);
  context.putImageData(
    tagOf(image) === 'ImageData' ? /** @type {ImageData} */ (image) : new ImageData(/** @type {any} */ (data), width, height),
    0,
    0,
  );
  const { canvas } = context;
  if ('convertToBlob' in canvas) return canvas.convertToBlob({ type: 'image/png' });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new LakhError('BAD_IMAGE', `imageToPng: ${width} × ${height} pixels could not be encoded`));
      else resolve(blob);
    }, 'image/png');
  });
}
