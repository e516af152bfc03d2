/**
 * C structs as the module lays them out (wasm32): each field is aligned to its size.
 *
 * @typedef {'Int32' | 'Uint32' | 'Float64'} ScalarType named as their arrays; addresses are Uint32
 * @typedef {ScalarType | `${'Int32' | 'Uint32' | 'Uint8'}[${number}]`} FieldType with the length of arrays in brackets
 */

/**
 * @template {Record<string, FieldType>} F
 * @typedef {object} Struct
 * @property {number} size in bytes, without the padding after the last field
 * @property {(memory: ArrayBuffer, at: number, values: { [K in keyof F]?: number | readonly number[] }) => void} write missing
 *   values are 0
 * @property {(memory: ArrayBuffer, at: number) => { [K in keyof F]: F[K] extends ScalarType ? number : number[] }} read
 */

/**
 * @template {Record<string, FieldType>} const F
 * @param {F} fields in the order of the C declaration; what has no type has no place
 * @returns {Struct<F>}
 *
 * @example
 * const point = struct({ label: 'Int32', x: 'Float64' }); // x is at 8
 */
export function struct(fields) {
  let size = 0;
  const places = Object.entries(fields).flatMap(([name, field]) => {
    if (!field) return [];
    const [type, length] = field.split(/[[\]]/);
    const Typed = /** @type {any} */ (globalThis)[`${type}Array`];
    const bytes = Typed.BYTES_PER_ELEMENT;
    const offset = Math.ceil(size / bytes) * bytes;
    const count = Number(length ?? 1);
    size = offset + bytes * count;
    const viewOf = (/** @type {ArrayBuffer} */ memory, /** @type {number} */ at) => new Typed(memory, at + offset, count);
    return { name, viewOf, isArray: length };
  });
  return {
    size,
    write(memory, at, values) {
      for (const { name, viewOf } of places)
        viewOf(memory, at)
          .fill(0)
          .set([values[name] ?? 0].flat());
    },
    read: (memory, at) =>
      /** @type {any} */ (
        Object.fromEntries(
          places.map(({ name, viewOf, isArray }) => {
            const values = viewOf(memory, at);
            return [name, isArray ? [...values] : values[0]];
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
