/**
 * The colours in which canvases draw: those of the page, which change with its theme.
 */

/** @typedef {[red: number, green: number, blue: number]} Rgb each 0..255 */

const CLASS_COLORS = 10;

const probe = /** @type {CanvasRenderingContext2D} */ (
  Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true })
);

/** @type {Map<string, Rgb>} */
const known = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();

new MutationObserver(() => {
  known.clear();
  for (const draw of listeners) draw();
}).observe(document.documentElement, { attributeFilter: ['data-theme'] });

/** @param {() => void} draw again when the colours are others */
export const onNewColors = (draw) => listeners.add(draw);

/**
 * @param {string} property such as '--ink'
 * @returns {Rgb}
 */
export function colorOf(property) {
  let color = known.get(property);
  if (color === undefined) {
    probe.fillStyle = cssColor(property);
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
    color = [red, green, blue];
    known.set(property, color);
  }
  return color;
}

/** @param {string} property */
export const cssColor = (property) => getComputedStyle(document.documentElement).getPropertyValue(property).trim();

/** @param {number} label */
export const classProperty = (label) => `--class-${label % CLASS_COLORS}`;
