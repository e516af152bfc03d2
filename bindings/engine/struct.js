/**
 * C structs as the module lays them out (wasm32): each field is aligned to its size, and the whole to its largest field.
 *
 * @typedef {'Int32' | 'Uint32' | 'Float64'} FieldType as DataView names them; addresses are Uint32
 */

/**
 * @template {string} K
 * @typedef {object} Struct
 * @property {number} size in bytes
 * @property {(view: DataView, at: number, values: Record<K, number>) => void} write
 * @property {(view: DataView, at: number) => Record<K, number>} read
 */

/**
 * @template {string} K
 * @param {Record<K, FieldType>} fields in the order of the C declaration
 * @returns {Struct<K>}
 *
 * @example
 * const point = struct({ label: 'Int32', x: 'Float64' }); // 16 bytes: x is at 8
 */
export function struct(fields) {
  const entries = /** @type {[K, FieldType][]} */ (Object.entries(fields));
  let size = 0;
  let alignment = 4;
  const places = entries.map(([name, type]) => {
    const bytes = type === 'Float64' ? 8 : 4;
    alignment = Math.max(alignment, bytes);
    const at = roundUp(size, bytes);
    size = at + bytes;
    return /** @type {const} */ ([name, type, at]);
  });
  return {
    size: roundUp(size, alignment),
    write(view, at, values) {
      for (const [name, type, offset] of places) view[`set${type}`](at + offset, values[name], true);
    },
    read: (view, at) =>
      /** @type {Record<K, number>} */ (
        Object.fromEntries(places.map(([name, type, offset]) => [name, view[`get${type}`](at + offset, true)]))
      ),
  };
}

/** @param {number} value @param {number} step */
const roundUp = (value, step) => Math.ceil(value / step) * step;
