/**
 * C structs as the module lays them out (wasm32): each field is aligned to its size.
 *
 * @typedef {'Int32' | 'Uint32' | 'Float64'} FieldType as DataView names them; addresses are Uint32
 */

/**
 * @template {string} K
 * @typedef {object} Struct
 * @property {number} size in bytes, without the padding after the last field
 * @property {(view: DataView, at: number, values: Partial<Record<K, number>>) => void} write missing values are 0
 * @property {(view: DataView, at: number) => Record<K, number>} read
 */

/**
 * @template {string} K
 * @param {Record<K, FieldType>} fields in the order of the C declaration
 * @returns {Struct<K>}
 *
 * @example
 * const point = struct({ label: 'Int32', x: 'Float64' }); // x is at 8
 */
export function struct(fields) {
  let size = 0;
  const places = /** @type {[K, FieldType][]} */ (Object.entries(fields)).map(([name, type]) => {
    const bytes = type === 'Float64' ? 8 : 4;
    const at = Math.ceil(size / bytes) * bytes;
    size = at + bytes;
    return /** @type {const} */ ([name, type, at]);
  });
  return {
    size,
    write(view, at, values) {
      for (const [name, type, offset] of places) view[`set${type}`](at + offset, values[name] ?? 0, true);
    },
    read: (view, at) =>
      /** @type {Record<K, number>} */ (
        Object.fromEntries(places.map(([name, type, offset]) => [name, view[`get${type}`](at + offset, true)]))
      ),
  };
}

/**
 * @template {object} T
 * @template R
 * @param {T} object
 * @param {(value: T[keyof T], name: keyof T & string) => R} convert
 * @returns {Record<keyof T & string, R>}
 */
export const mapValues = (object, convert) =>
  /** @type {Record<keyof T & string, R>} */ (
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, convert(value, /** @type {any} */ (name))]))
  );
