/**
 * C structs as the module lays them out (wasm32): each field is aligned to its size, and the whole to its largest field.
 *
 * @typedef {'i32' | 'u32' | 'f64' | 'ptr'} FieldType
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
 * const point = struct({ label: 'i32', x: 'f64' }); // 16 bytes: x is at 8
 */
export function struct(fields) {
  const places = /** @type {[K, FieldType, number][]} */ ([]);
  let end = 0;
  let alignment = 1;
  for (const name of /** @type {K[]} */ (Object.keys(fields))) {
    const size = fields[name] === 'f64' ? 8 : 4;
    const at = roundUp(end, size);
    places.push([name, fields[name], at]);
    alignment = Math.max(alignment, size);
    end = at + size;
  }
  return {
    size: roundUp(end, alignment),
    write(view, at, values) {
      for (const [name, type, offset] of places) {
        if (type === 'f64') view.setFloat64(at + offset, values[name], true);
        else if (type === 'i32') view.setInt32(at + offset, values[name], true);
        else view.setUint32(at + offset, values[name], true);
      }
    },
    read(view, at) {
      const values = /** @type {Record<K, number>} */ ({});
      for (const [name, type, offset] of places) {
        if (type === 'f64') values[name] = view.getFloat64(at + offset, true);
        else if (type === 'i32') values[name] = view.getInt32(at + offset, true);
        else values[name] = view.getUint32(at + offset, true);
      }
      return values;
    },
  };
}

/** @param {number} value @param {number} step */
const roundUp = (value, step) => Math.ceil(value / step) * step;
