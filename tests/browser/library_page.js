/**
 * The library in a page: the contract of the estimators, here and in a real worker, the bytes of the models, and pictures in and
 * out. Leaves a promise of what failed, and of the models' hashes, in `outcome`.
 */
import * as here from '../../bindings/index.js';
import { imageToPng, readImage } from '../../web/images.js';
import * as there from '../../web/index.js';
import { contract } from '../js/contract.js';
import { determinismCases, hashOf } from '../js/determinism_cases.js';
import { equal, fails, ok } from '../js/expect.js';

/** @param {{ name: string, check: () => Promise<void> }[]} promised @param {string} where */
async function failuresOf(promised, where) {
  const failures = [];
  for (const { name, check } of promised) {
    try {
      await check();
    } catch (error) {
      failures.push(`${where}: ${name}: ${/** @type {Error} */ (error).message}`);
    }
  }
  return { failures, count: promised.length };
}

/** Half red, half blue, 40 × 20. */
function canvas() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 20 });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = '#ff0000';
  context.fillRect(0, 0, 20, 20);
  context.fillStyle = '#0000ff';
  context.fillRect(20, 0, 20, 20);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {string} type @returns {Promise<Blob>} */
const blobOf = (canvas, type) => new Promise((resolve) => canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob)), type));

/** A JPEG that says in its EXIF data that it must be turned. @param {Blob} jpeg @param {number} orientation */
async function turned(jpeg, orientation) {
  const bytes = new Uint8Array(await jpeg.arrayBuffer());
  // APP1: length, "Exif", a TIFF header, and one entry, 0x0112 the orientation.
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const exif = [0xff, 0xe1, 0, 2 + 6 + tiff.length, 0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  return new Blob([bytes.slice(0, 2), Uint8Array.from(exif), bytes.slice(2)], { type: 'image/jpeg' });
}

/** @param {ImageData} image @param {number} x @param {number} y */
const pixel = (image, x, y) => Array.from(image.data.subarray(4 * (y * image.width + x), 4 * (y * image.width + x) + 4));
const isRed = (/** @type {number[]} */ [r, g, b]) => r > 200 && g < 60 && b < 60;
const isBlue = (/** @type {number[]} */ [r, g, b]) => r < 60 && g < 60 && b > 200;

/** @type {Record<string, () => Promise<void>>} */
const pictures = {
  'files of several formats': async () => {
    for (const type of ['image/png', 'image/jpeg', 'image/webp']) {
      const blob = await blobOf(canvas(), type);
      const image = await readImage(new File([blob], 'photo', { type }));
      ok(image instanceof ImageData, type);
      equal([image.width, image.height], [40, 20], type);
      ok(isRed(pixel(image, 5, 10)) && isBlue(pixel(image, 35, 10)), type);
    }
  },
  'photos are turned upright': async () => {
    const image = await readImage(await turned(await blobOf(canvas(), 'image/jpeg'), 6));
    equal([image.width, image.height], [20, 40]);
    ok(isRed(pixel(image, 10, 5)) && isBlue(pixel(image, 10, 35)), 'red is at the top');
  },
  'elements, bitmaps and pixels': async () => {
    const source = canvas();
    const element = new Image();
    element.src = source.toDataURL();
    const bitmap = await createImageBitmap(source);
    for (const given of [source, element, bitmap, /** @type {any} */ (source.getContext('2d')).getImageData(0, 0, 40, 20)]) {
      const image = await readImage(given);
      ok(isRed(pixel(image, 5, 10)) && isBlue(pixel(image, 35, 10)), String(given));
    }
    equal(bitmap.width, 40, 'the bitmap is still its owner’s');
  },
  'a drawing': async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#00f"/></svg>';
    const image = await readImage(new Blob([svg], { type: 'image/svg+xml' }));
    equal([image.width, image.height], [40, 20]);
    ok(isBlue(pixel(image, 20, 10)), 'blue');
  },
  'transparency stays': async () => {
    const source = Object.assign(document.createElement('canvas'), { width: 4, height: 4 });
    source.getContext('2d')?.fillRect(0, 0, 2, 4);
    const image = await readImage(await blobOf(source, 'image/png'));
    equal([pixel(image, 0, 0)[3], pixel(image, 3, 0)[3]], [255, 0]);
  },
  'large pictures are scaled down': async () => {
    const image = await readImage(canvas(), { maxPixels: 200 });
    equal([image.width, image.height], [20, 10]);
    const given = new ImageData(40, 20);
    ok((await readImage(given, { maxPixels: 800 })) === given, 'small enough');
    equal((await readImage(given, { maxPixels: 200 })).width, 20);
    equal((await readImage(canvas(), { maxPixels: 1 })).width, 1);
  },
  'what is no picture is refused': async () => {
    const png = await blobOf(canvas(), 'image/png');
    await fails(() => readImage(new File(['hello'], 'notes.txt', { type: 'text/plain' })), {
      code: 'BAD_IMAGE',
      message: /notes\.txt \(text\/plain, 5 bytes\)/,
    });
    await fails(() => readImage(new File(['hello'], 'photo.png', { type: 'image/png' })), { code: 'BAD_IMAGE' });
    await fails(() => readImage(png.slice(0, 30, 'image/png')), { code: 'BAD_IMAGE' });
    await fails(() => readImage(new Blob([])), { code: 'BAD_IMAGE', message: /empty/ });
    await fails(() => readImage(new Blob(['<svg'], { type: 'image/svg+xml' })), { code: 'BAD_IMAGE' });
    const broken = new Image();
    broken.src = 'data:image/png;base64,AAAA';
    await fails(() => readImage(broken), { code: 'BAD_IMAGE' });
    await fails(() => readImage(document.createElement('video')), { code: 'BAD_IMAGE', message: /no pixels yet/ });
    for (const bad of [undefined, null, 'photo.png', {}, document.body, new Uint8Array(4)])
      await fails(() => readImage(/** @type {any} */ (bad)), { name: 'TypeError', message: /^readImage: source must be/ });
    await fails(() => readImage(png, { maxPixels: 0 }), { name: 'RangeError' });
    await fails(() => readImage(png, /** @type {any} */ ({ maxPixels: '1' })), { name: 'TypeError' });
    await fails(() => readImage(png, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  },
  'out as PNG and in again': async () => {
    const image = new ImageData(3, 2);
    image.data.set(Array.from({ length: 24 }, (_, i) => (i % 4 === 3 ? 255 : i * 10)));
    for (const given of [image, { data: image.data, width: 3, height: 2 }]) {
      const png = await imageToPng(given);
      equal(png.type, 'image/png');
      equal(Array.from((await readImage(png)).data), Array.from(image.data));
    }
    for (const bad of [undefined, {}, { data: new Uint8ClampedArray(3), width: 1, height: 1 }])
      await fails(() => imageToPng(/** @type {any} */ (bad)), { name: 'TypeError' });
  },
  'segmentation gives ImageData': async () => {
    for (const { segmentImage } of [here, there]) {
      const { recolored, palette } = await segmentImage(await readImage(canvas()), { nClusters: 2 });
      ok(recolored instanceof ImageData, 'an ImageData');
      equal(palette.map(({ hex }) => hex).sort(), ['#0000ff', '#ff0000']);
    }
  },
};

/** A page must be able to draw and react during a long fit. */
async function turnsDuringFit() {
  const { KMeans } = here;
  const data = Float32Array.from({ length: 60_000 * 16 }, (_, i) => ((i * 7919) % 1009) / 1009);
  let last = performance.now();
  let gap = 0;
  let turns = 0;
  let isOver = false;
  const watch = () => {
    turns++;
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
    if (!isOver) setTimeout(watch);
  };
  watch();
  await new KMeans({ nClusters: 40, tol: 0, maxIter: 30, algorithm: 'lloyd' }).fit({ data, shape: [60_000, 16] });
  isOver = true;
  return { turns, gap };
}

/** @param {any} lakh */
async function hashesOf(lakh) {
  /** @type {Record<string, string>} */
  const hashes = {};
  for (const [name, fit] of Object.entries(determinismCases(lakh)))
    hashes[name] = await hashOf(/** @type {any} */ (await fit()));
  return hashes;
}

/** @type {any} */ (globalThis).outcome = (async () => {
  const results = [
    await failuresOf(contract(here), 'here'),
    await failuresOf(contract(there), 'in a worker'),
    await failuresOf(
      Object.entries(pictures).map(([name, check]) => ({ name, check })),
      'pictures',
    ),
  ];
  return {
    failures: results.flatMap(({ failures }) => failures),
    count: results.reduce((sum, { count }) => sum + count, 0),
    hashes: { here: await hashesOf(here), there: await hashesOf(there) },
    during: await turnsDuringFit(),
  };
})().catch((error) => ({ failures: [String(error.stack ?? error)], count: 0 }));
