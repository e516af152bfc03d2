/**
 * C structs as the module lays them out (wasm32): each field is aligned to its size.
 *
 * @typedef {'Int32' | 'Uint32' | 'Float64' | 'Uint8'} FieldType named as their arrays; addresses are Uint32
 * @typedef {`${FieldType}[${number}]`} ArrayType with the length in brackets: for bindings/neural/arrays.js, which makes fields of
 *   the elements
 */

/**
 * @template {Record<string, number | number[]>} V what its fields hold
 * @typedef {object} Struct
 * @property {number} size in bytes, without the padding after the last field
 * @property {(memory: ArrayBuffer, at: number, values: { [K in keyof V]?: any }) => void} write missing values are 0
 * @property {(memory: ArrayBuffer, at: number) => V} read
 */

/**
 * @template {Record<string, FieldType>} const F
 * @param {F} fields in the order of the C declaration; what has no type has no place
 * @returns {Struct<{ [K in keyof F]: number }>}
 *
 * @example
 * const point = struct({ label: 'Int32', x: 'Float64' }); // x is at 8
 */
export function struct(fields) {
  let size = 0;
  const places = Object.entries(fields).flatMap(([name, type]) => {
    if (!type) return [];
    const Typed = /** @type {any} */ (globalThis)[`${type}Array`];
    const bytes = Typed.BYTES_PER_ELEMENT;
    const offset = Math.ceil(size / bytes) * bytes;
    size = offset + bytes;
    const viewOf = (/** @type {ArrayBuffer} */ memory, /** @type {number} */ at) => new Typed(memory, at + offset, 1);
    return { name, viewOf };
  });
  return {
    size,
    write(memory, at, values) {
      for (const { name, viewOf } of places) viewOf(memory, at)[0] = values[name] ?? 0;
    },
    read: (memory, at) =>
      /** @type {any} */ (Object.fromEntries(places.map(({ name, viewOf }) => [name, viewOf(memory, at)[0]]))),
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
