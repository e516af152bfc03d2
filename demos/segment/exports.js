/**
 * What can be taken away: the picture, the labels, the palette, the model.
 */
import { imageToPng } from 'lakh/web';
import { LEFT_OUT } from './classes.js';
import { fromHex } from './colors.js';
import { greyPng } from './png.js';

/** @typedef {import('./session.js').Result} Result */

/**
 * Each export: the end of the file's name, and what is in it.
 *
 * @type {Record<string, { ending: string, make: (result: Result) => Promise<Blob> | Blob }>}
 */
export const exports = {
  png: { ending: '-classes.png', make: classesPng },
  labels: { ending: '-labels.png', make: labelsPng },
  json: { ending: '-palette.json', make: paletteJson },
  css: { ending: '-palette.css', make: paletteCss },
  model: { ending: '.safetensors', make: model },
};

/**
 * The picture in its classes' colours, at full size; hidden classes and left-out pixels are transparent.
 *
 * @param {Result} result
 */
function classesPng({ picture: { image }, labels, classes }) {
  const { width, height } = image;
  const recolored = new ImageData(width, height);
  const words = new Uint32Array(recolored.data.buffer);
  const colors = classes.colorsByLabel();
  for (let i = 0; i < words.length; i++) words[i] = colors[labels[i]];
  return imageToPng(recolored);
}

/**
 * A pixel's value is the number of its class in the palette, 255 where it was left out.
 *
 * @param {Result} result
 */
function labelsPng({ picture: { image }, labels, classes }) {
  const numbers = classes.numbersByLabel();
  return greyPng(
    labels.map((label) => numbers[label]),
    image.width,
    image.height,
  );
}

/** @param {Result} result */
function paletteJson({ picture: { name, image }, settings, segmentation, classes }) {
  const { colorSpace, positionWeight, countExponent, skipTransparent, seed } = settings;
  const palette = {
    picture: name,
    width: image.width,
    height: image.height,
    settings: {
      nClusters: segmentation.palette.length,
      colorSpace,
      positionWeight,
      countExponent,
      skipTransparent,
      randomState: seed,
    },
    leftOut: LEFT_OUT,
    classes: classes.list.map(({ name, color, mean, share, count, isHidden, labels }, number) => ({
      number,
      name,
      hex: color,
      rgb: fromHex(color),
      meanHex: mean,
      share,
      count,
      isHidden,
      modelLabels: labels,
    })),
  };
  return new Blob([`${JSON.stringify(palette, null, 2)}\n`], { type: 'application/json' });
}

/** @param {Result} result */
function paletteCss({ picture, classes }) {
  const taken = new Set();
  const lines = classes.list.map(({ name, color }) => {
    const slug = slugOf(name);
    let property = slug;
    for (let number = 2; taken.has(property); number++) property = `${slug}-${number}`;
    taken.add(property);
    return `  --${property}: ${color};\n`;
  });
  const title = picture.name.replaceAll('*/', '');
  return new Blob([`/* The classes of ${title}, the largest first. */\n:root {\n${lines.join('')}}\n`], { type: 'text/css' });
}

/** @param {string} name */
const slugOf = (name) =>
  name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '') || 'class';

/** @param {Result} result */
function model({ segmentation }) {
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (segmentation.model.save())], { type: 'application/octet-stream' });
}
