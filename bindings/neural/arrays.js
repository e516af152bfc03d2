/**
 * Structs of the module that have arrays in them: each element is a field of its own.
 */
import { mapValues, struct } from '../engine/struct.js';

/**
 * @typedef {import('../engine/struct.js').FieldType} FieldType
 * @typedef {FieldType | import('../engine/struct.js').ArrayType} FieldOrArrayType
 */

/**
 * As `struct`.
 *
 * @template {Record<string, FieldOrArrayType | undefined>} const F
 * @param {F} fields in the order of the C declaration; what has no type has no place
 * @returns {import('../engine/struct.js').Struct<{ [K in keyof F]: F[K] extends FieldType ? number : number[] }>}
 *
 * @example
 * const shape = structWithArrays({ nDims: 'Int32', dims: 'Uint32[4]' });
 */
export function structWithArrays(fields) {
  const places = Object.entries(fields).map(([name, field = '']) => {
    const [type, length] = field.split(/[[\]]/);
    const elements = length ? Array.from({ length: Number(length) }, (_, i) => `${name}[${i}]`) : [name];
    return { name, type: /** @type {FieldType} */ (type), elements, isArray: length !== undefined };
  });
  const flat = struct(Object.fromEntries(places.flatMap(({ type, elements }) => elements.map((element) => [element, type]))));
  return {
    size: flat.size,
    write(memory, at, values) {
      const elementsOf = places.map(({ name, elements }) => {
        const given = [values[name] ?? 0].flat();
        return elements.map((element, i) => [element, given[i]]);
      });
      flat.write(memory, at, Object.fromEntries(elementsOf.flat()));
    },
    read(memory, at) {
      const values = flat.read(memory, at);
      const present = places.filter(({ type }) => type);
      return /** @type {any} */ (
        Object.fromEntries(
          present.map(({ name, elements, isArray }) => [
            name,
            isArray ? elements.map((element) => values[element]) : values[name],
          ]),
        )
      );
    },
  };
}

/**
 * The struct of a table of parameters, some of which may be lists.
 *
 * @param {import('../estimator/params.js').Table} table
 */
export const structWithListsOf = (table) => structWithArrays(mapValues(table, (row) => row.type));
