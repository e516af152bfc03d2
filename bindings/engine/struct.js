/**
 * C structs as the module lays them out (wasm32): each field is aligned to its size.
 *
 * @typedef {'Int32' | 'Uint32' | 'Float64'} ScalarType as DataView names them; addresses are Uint32
 * @typedef {ScalarType | `${'Int32' | 'Uint32' | 'Uint8'}[${number}]`} FieldType with the length of arrays in brackets
 */

/**
 * @template {Record<string, FieldType>} F
 * @typedef {object} Struct
 * @property {number} size in bytes, without the padding after the last field
 * @property {(view: DataView, at: number, values: { [K in keyof F]?: number | readonly number[] }) => void} write missing values
 *   are 0
 * @property {(view: DataView, at: number) => { [K in keyof F]: F[K] extends ScalarType ? number : number[] }} read
 */

/**
 * @template {Record<string, FieldType>} const F
 * @param {F} fields in the order of the C declaration
 * @returns {Struct<F>}
 *
 * @example
 * const point = struct({ label: 'Int32', x: 'Float64' }); // x is at 8
 */
export function struct(fields) {
  let size = 0;
  const places = Object.entries(fields).map(([name, field]) => {
    const [, type, length] = /** @type {any} */ (/^(\w+?\d+)\[?(\d*)/.exec(field));
    const bytes = type.slice(-2) === '64' ? 8 : type.slice(-2) === '32' ? 4 : 1;
    const at = Math.ceil(size / bytes) * bytes;
    size = at + bytes * (length || 1);
    return { name, type, bytes, at, count: length || 1, isArray: length > 0 };
  });
  return {
    size,
    write(/** @type {any} */ view, at, /** @type {any} */ values) {
      for (const { name, type, bytes, at: offset, count } of places) {
        const value = values[name] ?? 0;
        for (let i = 0; i < count; i++)
          view[`set${type}`](at + offset + i * bytes, Array.isArray(value) ? (value[i] ?? 0) : value, true);
      }
    },
    read: (/** @type {any} */ view, at) =>
      /** @type {any} */ (
        Object.fromEntries(
          places.map(({ name, type, bytes, at: offset, count, isArray }) => {
            const values = Array.from({ length: count }, (_, i) => view[`get${type}`](at + offset + i * bytes, true));
            return [name, isArray ? values : values[0]];
          }),
        )
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
