/**
 * How a fitted state becomes the contents of a file and comes back: one row an attribute.
 */
import { insist, typeOf } from './safetensors.js';

/**
 * @typedef {import('./safetensors.js').Contents} Contents
 *
 * How one fitted attribute is stored: as a tensor of a type and a rank, or as a value in the metadata.
 *
 * @typedef {object} Attribute
 * @property {'F32' | 'F64' | 'I32'} [type] of a tensor
 * @property {number} [rank] of a tensor: 1 is a typed array, 2 is { data, shape }; other attributes have none
 * @property {boolean} [training] whether only going on with training needs it, so that it may be left out
 * @property {boolean} [perRow] whether it has an entry a row of the training data, and may be left out
 *
 * @typedef {Record<string, Attribute>} Layout
 */

/**
 * @param {Layout} layout
 * @param {any} state
 * @param {boolean} perRow whether to include what has an entry a row
 * @returns {Contents}
 */
export function packState(layout, state, perRow) {
  const tensors = new Map();
  const values = /** @type {Record<string, unknown>} */ ({});
  for (const [name, { rank, perRow: isPerRow }] of Object.entries(layout)) {
    const value = state[name];
    if (value === undefined || (isPerRow && !perRow)) continue;
    if (rank === undefined) values[name] = value;
    else tensors.set(name, rank === 1 ? { data: value, shape: [value.length] } : value);
  }
  return { tensors, values };
}

/**
 * @param {Layout} layout
 * @param {Contents} contents whose tensors are taken out
 * @returns {any} the state
 */
export function unpackState(layout, { tensors, values }) {
  const state = /** @type {Record<string, unknown>} */ ({});
  for (const [name, { type, rank, perRow }] of Object.entries(layout)) {
    if (type === undefined) state[name] = values[name];
    else if (tensors.has(name) || !perRow) {
      const { data, shape } = /** @type {any} */ (tensors.get(name));
      insist(typeOf(data) === type && shape.length === rank && data.every(Number.isFinite), name);
      state[name] = rank === 1 ? data : { data, shape };
      tensors.delete(name);
    }
  }
  return state;
}
