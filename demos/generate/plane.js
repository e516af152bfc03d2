/**
 * The latent plane: a map of what each code is decoded to, the data's own codes over it, and a lens that is moved with the pointer
 * or the arrow keys.
 */
import { classProperty, cssColor, onNewColors } from './ink.js';
import { COARSE, paintTiles } from './tiles.js';

/**
 * @typedef {object} Points
 * @property {Float32Array} codes of the data, two a point
 * @property {ArrayLike<number> | undefined} labels
 * @property {readonly string[]} classes
 *
 * @typedef {object} Map
 * @property {Float32Array} data decoded rows, from the upper left
 * @property {number} features
 * @property {number} width of a row as a picture
 * @property {number} height
 * @property {number[] | undefined} labels of the class that lies nearest to each
 */

/** Codes are shown from -EXTENT to EXTENT: nearly all of a normal distribution. */
export const EXTENT = 3.2;
/** Tiles of the map along a side. */
export const MAP_SIDE = 20;
const POINT_RADIUS = 2.2;
const KEY_STEP = 0.1;
const KEY_LEAP = 0.5;

/** @type {Record<string, [number, number]>} */
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The code at the middle of each tile of the map, from the upper left. */
export const mapCodes = Array.from({ length: MAP_SIDE * MAP_SIDE }, (_, tile) => {
  const at = (/** @type {number} */ place) => (EXTENT * (2 * place + 1 - MAP_SIDE)) / MAP_SIDE;
  return /** @type {[number, number]} */ ([at(tile % MAP_SIDE), -at(Math.floor(tile / MAP_SIDE))]);
});

export class Plane {
  /** The code under the lens. @type {[number, number]} */
  code = [0, 0];
  #element = /** @type {HTMLElement} */ (document.getElementById('plane'));
  #canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('map'));
  #lens = /** @type {HTMLElement} */ (document.getElementById('lens'));
  /** @type {Map | undefined} */
  #map;
  /** @type {Points | undefined} */
  #points;
  #hasMap = true;
  #hasPoints = true;
  #onMove;

  /** @param {(isByHand: boolean) => void} onMove when the lens is at another code */
  constructor(onMove) {
    this.#onMove = onMove;
    const point = (/** @type {PointerEvent} */ event) => this.#point(event);
    this.#element.addEventListener('pointerdown', point);
    this.#element.addEventListener('pointermove', (event) => {
      // A finger that only scrolls the page does not explore it.
      if (event.pointerType === 'mouse' || event.buttons > 0) point(event);
    });
    this.#element.addEventListener('keydown', (event) => this.#press(event));
    onNewColors(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.#element);
  }

  /** @param {Map} map @param {Points} points */
  show(map, points) {
    this.#map = map;
    this.#points = points;
    this.draw();
  }

  /** @param {{ hasMap: boolean, hasPoints: boolean }} layers */
  setLayers({ hasMap, hasPoints }) {
    this.#hasMap = hasMap;
    this.#hasPoints = hasPoints;
    this.draw();
  }

  /** @param {number} x @param {number} y @param {boolean} [isByHand] */
  moveTo(x, y, isByHand = false) {
    const within = (/** @type {number} */ value) => Math.min(EXTENT, Math.max(-EXTENT, value));
    this.code = [within(x), within(y)];
    this.#lens.style.left = `${50 + (50 * this.code[0]) / EXTENT}%`;
    this.#lens.style.top = `${50 - (50 * this.code[1]) / EXTENT}%`;
    this.#onMove(isByHand);
  }

  /** @param {PointerEvent} event */
  #point({ clientX, clientY }) {
    const { left, top, width, height } = this.#element.getBoundingClientRect();
    this.moveTo(EXTENT * ((2 * (clientX - left)) / width - 1), EXTENT * (1 - (2 * (clientY - top)) / height), true);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const direction = directions[event.key];
    if (direction === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const step = event.shiftKey ? KEY_LEAP : KEY_STEP;
    this.moveTo(this.code[0] + step * direction[0], this.code[1] + step * direction[1], true);
  }

  draw() {
    const { clientWidth: side } = this.#element;
    if (side === 0 || this.#map === undefined || this.#points === undefined) return;
    const scale = globalThis.devicePixelRatio || 1;
    Object.assign(this.#canvas, { width: Math.round(side * scale), height: Math.round(side * scale) });
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
    if (this.#hasMap) this.#drawMap(context, this.#map);
    context.scale(scale, scale);
    if (this.#hasPoints) this.#drawPoints(context, side, this.#points);
    this.#drawNames(context, side, this.#points);
  }

  /** @param {CanvasRenderingContext2D} context @param {Map} map */
  #drawMap(context, map) {
    const { labels, ...rows } = map;
    const image = paintTiles({ ...rows, columns: MAP_SIDE, tints: labels?.map(classProperty) }, 0);
    const tiles = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    /** @type {CanvasRenderingContext2D} */ (tiles.getContext('2d')).putImageData(image, 0, 0);
    context.globalAlpha = this.#hasPoints ? 0.5 : 1;
    context.imageSmoothingEnabled = map.width >= COARSE;
    context.imageSmoothingQuality = 'high';
    context.drawImage(tiles, 0, 0, context.canvas.width, context.canvas.height);
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context @param {number} side @param {Points} points */
  #drawPoints(context, side, { codes, labels }) {
    const colors = new Map(Array.from({ length: 10 }, (_, label) => [label, cssColor(classProperty(label))]));
    context.globalAlpha = 0.8;
    for (let i = 0; i < codes.length / 2; i++) {
      context.fillStyle = labels === undefined ? cssColor('--accent') : /** @type {string} */ (colors.get(labels[i] % 10));
      context.beginPath();
      context.arc(placeAcross(codes[2 * i], side), placeDown(codes[2 * i + 1], side), POINT_RADIUS, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /** The names of the classes, each in the middle of its own. @param {CanvasRenderingContext2D} context @param {number} side @param {Points} points */
  #drawNames(context, side, points) {
    if (points.labels === undefined) return;
    Object.assign(context, { font: '700 20px system-ui, sans-serif', textAlign: 'center', textBaseline: 'middle' });
    Object.assign(context, { lineWidth: 5, lineJoin: 'round', strokeStyle: cssColor('--card') });
    middlesOf(points).forEach((middle, label) => {
      if (middle === undefined) return;
      const [x, y] = [placeAcross(middle[0], side), placeDown(middle[1], side)];
      context.strokeText(points.classes[label], x, y);
      context.fillStyle = cssColor(classProperty(label));
      context.fillText(points.classes[label], x, y);
    });
  }
}

/** @param {number} value @param {number} side */
const placeAcross = (value, side) => (side / 2) * (1 + value / EXTENT);
/** @param {number} value @param {number} side */
const placeDown = (value, side) => (side / 2) * (1 - value / EXTENT);

/**
 * The median code of each class, which a few strangers do not move.
 *
 * @param {Points} points
 * @returns {([number, number] | undefined)[]}
 */
export function middlesOf({ codes, labels, classes }) {
  return classes.map((_, label) => {
    const axes = [0, 1].map((axis) => {
      const values = [];
      for (let i = 0; i < codes.length / 2; i++) if (labels?.[i] === label) values.push(codes[2 * i + axis]);
      return values.sort((a, b) => a - b);
    });
    const [x, y] = axes.map((values) => values[values.length >> 1]);
    return x === undefined ? undefined : [x, y];
  });
}

/**
 * The class among a place's nearest points that most of them have.
 *
 * @param {Points} points
 * @param {readonly [number, number]} code
 * @returns {{ label: number, distance: number } | undefined} with the distance to the nearest point
 */
export function classAt({ codes, labels, classes }, [x, y]) {
  if (labels === undefined || codes.length === 0) return undefined;
  const votes = new Float64Array(classes.length);
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < codes.length / 2; i++) {
    const squared = (codes[2 * i] - x) ** 2 + (codes[2 * i + 1] - y) ** 2;
    if (squared < nearest) nearest = squared;
    votes[labels[i]] += 1 / (1e-3 + squared * squared);
  }
  return { label: votes.indexOf(Math.max(...votes)), distance: Math.sqrt(nearest) };
}
