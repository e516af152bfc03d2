/**
 * Small curves over k, as inline SVG.
 */

const WIDTH = 150;
const HEIGHT = 74;
const LEFT = 8;
const TOP = 8;
const BOTTOM = 20;

/**
 * @param {object} curve
 * @param {string} curve.title
 * @param {readonly number[]} curve.ks
 * @param {ArrayLike<number>} curve.values NaN where there is none
 * @param {number | null} curve.chosen k
 * @returns {SVGSVGElement}
 */
export function drawCurve({ title, ks, values, chosen }) {
  const known = ks.map((k, i) => ({ k, value: values[i] })).filter(({ value }) => Number.isFinite(value));
  const low = Math.min(...known.map(({ value }) => value));
  const span = Math.max(...known.map(({ value }) => value)) - low || 1;
  const x = (/** @type {number} */ k) => LEFT + ((WIDTH - 2 * LEFT) * (k - ks[0])) / Math.max(ks[ks.length - 1] - ks[0], 1);
  const y = (/** @type {number} */ value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / span);
  const svg = make('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title}: ${describe(chosen)}` });
  svg.append(make('polyline', { points: known.map(({ k, value }) => `${x(k)},${y(value)}`).join(' ') }));
  for (const { k, value } of known) {
    const isChosen = k === chosen;
    svg.append(make('circle', { cx: x(k), cy: y(value), r: isChosen ? 5 : 2, class: isChosen ? 'chosen' : '' }));
  }
  for (const k of new Set([ks[0], chosen ?? ks[0], ks[ks.length - 1]])) {
    const label = make('text', { x: x(k), y: HEIGHT - 4, class: k === chosen ? 'chosen' : '' });
    label.textContent = `${k}`;
    svg.append(label);
  }
  return /** @type {SVGSVGElement} */ (svg);
}

/** @param {number | null} chosen */
const describe = (chosen) => (chosen === null ? 'no bend' : `${chosen} ${chosen === 1 ? 'class' : 'classes'}`);

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function make(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, `${value}`);
  return element;
}
