/**
 * Colours: hexadecimal notation, and a plain English name for each.
 */

/** @typedef {[red: number, green: number, blue: number]} Rgb each 0..255 */

/** @param {ArrayLike<number>} rgb */
export const toHex = (rgb) => `#${Array.from(rgb, (value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;

/**
 * @param {string} hex '#rrggbb'
 * @returns {Rgb}
 */
export const fromHex = (hex) => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
};

/** Hues of Oklch in degrees, each up to its limit. @type {[limit: number, name: string][]} */
const hues = [
  [10, 'pink'],
  [42, 'red'],
  [78, 'orange'],
  [118, 'yellow'],
  [165, 'green'],
  [205, 'teal'],
  [240, 'cyan'],
  [285, 'blue'],
  [325, 'purple'],
  [360, 'pink'],
];

/** Below this chroma, a colour looks grey; very dark and very light ones do sooner. */
const GREY_CHROMA = 0.014;
const GREY_CHROMA_AT_ENDS = 0.03;
/** Below this chroma, a colour looks dull. */
const DULL_CHROMA = 0.06;

/**
 * @param {Rgb} rgb
 * @returns {string} such as 'Dark blue'
 */
export function nameOf(rgb) {
  const [lightness, chroma, hue] = oklch(rgb);
  const isAtEnd = lightness < 0.26 || lightness > 0.94;
  if (chroma < (isAtEnd ? GREY_CHROMA_AT_ENDS : GREY_CHROMA)) return nameOfGrey(lightness);
  const [, base] = /** @type {[number, string]} */ (hues.find(([limit]) => hue <= limit));
  if (base === 'orange' || base === 'yellow') return sentence(nameOfEarth(base, lightness, chroma));
  return sentence(`${toneOf(lightness, chroma)} ${base}`);
}

/** @param {number} lightness */
function nameOfGrey(lightness) {
  if (lightness < 0.26) return 'Black';
  if (lightness < 0.45) return 'Dark grey';
  if (lightness < 0.7) return 'Grey';
  return lightness < 0.92 ? 'Light grey' : 'White';
}

/**
 * Dark and dull oranges and yellows have names of their own.
 *
 * @param {'orange' | 'yellow'} base
 * @param {number} lightness
 * @param {number} chroma
 */
function nameOfEarth(base, lightness, chroma) {
  const isDull = chroma < DULL_CHROMA;
  if (lightness < 0.42) return base === 'orange' ? 'dark brown' : 'dark olive';
  if (lightness < 0.62) return base === 'orange' ? (isDull ? 'taupe' : 'brown') : isDull ? 'khaki' : 'olive';
  if (isDull) return lightness < 0.8 ? 'sand' : 'cream';
  return lightness > 0.76 ? `light ${base}` : base;
}

/** @param {number} lightness @param {number} chroma */
function toneOf(lightness, chroma) {
  if (lightness < 0.3) return 'very dark';
  if (lightness < 0.45) return 'dark';
  if (lightness > 0.8) return chroma < DULL_CHROMA ? 'pale' : 'light';
  return chroma < DULL_CHROMA ? 'greyish' : '';
}

/** @param {string} words */
const sentence = (words) => words.trim().replace(/^./, (first) => first.toUpperCase());

/**
 * Oklab in polar coordinates (Ottosson 2020).
 *
 * @param {Rgb} rgb
 * @returns {[lightness: number, chroma: number, hue: number]}
 */
function oklch(rgb) {
  const [r, g, b] = rgb.map((value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  const greenRed = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const blueYellow = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  const hue = (Math.atan2(blueYellow, greenRed) * 180) / Math.PI;
  return [lightness, Math.hypot(greenRed, blueYellow), (hue + 360) % 360];
}
