/**
 * What is learned from: rows of numbers from 0 to 255, most often small pictures, some of which are held out for validation.
 */

/**
 * @typedef {object} Dataset
 * @property {string} name such as 'MNIST digits'
 * @property {string} noun of one row, such as 'digit'
 * @property {Uint8Array} values all rows one after the other
 * @property {number} width of a row as a picture
 * @property {number} height
 * @property {number} features of a row; the last tiles of the picture may be empty
 * @property {Uint8Array} [labels] one a row, into `classes`
 * @property {string[]} classes
 * @property {boolean} [isLight] whether values are lightness, as in photos, and not ink
 * @property {string} [note] what was done to the data on the way in
 */

/** @typedef {{ data: Float32Array, shape: [number, number] }} Rows */

/** @typedef {ReturnType<typeof split>} Split */

/** Of how many rows one is held out. */
const HELD_OUT = 10;

/** @param {Dataset} dataset */
export const countRows = ({ values, features }) => values.length / features;

/** How rows are to be drawn. @param {Dataset} dataset */
export const look = ({ features, width, height, isLight }) => ({ features, width, height, isLight });

/** @param {Dataset} dataset */
export const isPictures = ({ width, height, features }) => width * height === features;

/**
 * The rows as numbers from 0 to 1, those to learn from and those held out, which come last.
 *
 * @param {Dataset} dataset
 */
export function split(dataset) {
  const count = countRows(dataset);
  const learned = countTraining(dataset);
  return { training: part(dataset, 0, learned), validation: learned === count ? undefined : part(dataset, learned, count) };
}

/** @param {Dataset} dataset */
export function countTraining(dataset) {
  const count = countRows(dataset);
  return count < 2 * HELD_OUT ? count : count - Math.floor(count / HELD_OUT);
}

/** @param {Dataset} dataset @param {number} from @param {number} to */
function part(dataset, from, to) {
  return { X: rowsOf(dataset, from, to), labels: dataset.labels && Int32Array.from(dataset.labels.subarray(from, to)) };
}

/**
 * @param {Dataset} dataset
 * @param {number} from
 * @param {number} to
 * @returns {Rows}
 */
export function rowsOf({ values, features }, from, to) {
  const data = new Float32Array((to - from) * features);
  const start = from * features;
  for (let i = 0; i < data.length; i++) data[i] = values[start + i] / 255;
  return { data, shape: [to - from, features] };
}

/**
 * @param {Dataset} dataset
 * @param {readonly number[]} places
 * @returns {Rows}
 */
export function pick({ values, features }, places) {
  const data = new Float32Array(places.length * features);
  places.forEach((place, row) => {
    for (let i = 0; i < features; i++) data[row * features + i] = values[place * features + i] / 255;
  });
  return { data, shape: [places.length, features] };
}

/**
 * A place of each class: of the `turn`-th row of it, counted around.
 *
 * @param {Dataset} dataset
 * @param {number} one of the classes
 * @param {number} turn
 */
export function placeOf({ labels, values, features }, one, turn) {
  if (labels === undefined) return (one + 10 * turn) % (values.length / features);
  let found = -1;
  let count = labels.reduce((sum, label) => sum + (label === one ? 1 : 0), 0);
  if (count === 0) return 0;
  count = turn % count;
  for (; count >= 0; count--) found = labels.indexOf(one, found + 1);
  return found;
}

/**
 * Rows in an order that has nothing to do with the one they came in, the same each time: those held out are the last ones.
 *
 * @param {Uint8Array} values
 * @param {number} features of a row
 * @param {{ classes: string[], labels?: Uint8Array }} named
 */
export function shuffled(values, features, { classes, labels }) {
  const count = values.length / features;
  const order = Array.from({ length: count }, (_, i) => i);
  let state = 1;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 4294967296) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  const mixed = new Uint8Array(values.length);
  order.forEach((place, i) => {
    mixed.set(values.subarray(place * features, (place + 1) * features), i * features);
  });
  return { values: mixed, classes, ...(labels && { labels: Uint8Array.from(order, (place) => labels[place]) }) };
}
