/**
 * The parameter table: one row a parameter, from which follow its check and the message when it fails, its default, the bytes
 * handed to C and the bad values that tests try. A row's meaning is the comment above it in the table, from which the types and
 * the documentation take it.
 */
import { denseRows, isArray, readMatrix } from '../data.js';
import { mapValues, struct } from '../engine/struct.js';
import { demand, show, tagOf } from '../errors.js';

/**
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../data.js').MatrixLike} MatrixLike
 */

/**
 * A row of the table: T is what callers may give, S what is kept. What else a row holds, its limits or options, is there for
 * tests and documentation.
 *
 * @template T
 * @template [S=T]
 * @typedef {object} Param
 * @property {S} default
 * @property {string} accepts in words: 'an integer ≥ 1'
 * @property {(value: unknown) => ErrorConstructor | false} check the kind of error when it is not acceptable
 * @property {(value: T, label: string) => S} [keep] what is kept of an acceptable value; itself when missing
 * @property {(value: S) => number | number[]} [encode] for C; itself when missing
 * @property {import('../engine/struct.js').FieldType | import('../engine/struct.js').ArrayType} [type] in C; missing when C is not told in the struct
 */

/**
 * @typedef {Record<string, Param<any, any>>} Table
 */

/**
 * What a caller may give for a table: any part of it.
 * @template T
 * @typedef {{ [K in keyof T]?: T[K] extends Param<infer G, any> ? G : never }} Given
 */

/**
 * All of a table's values.
 * @template T
 * @typedef {{ [K in keyof T]: T[K] extends Param<any, infer S> ? S : never }} Values
 */

/**
 * A number that is not of the kind wanted (1.5, NaN) is out of range; anything else is of the wrong type.
 *
 * @param {unknown} value
 * @returns {ErrorConstructor}
 */
const wrongNumber = (value) => (typeof value === 'number' ? RangeError : TypeError);

/**
 * @param {(value: unknown) => boolean} isNumber
 * @param {string} kind in words
 * @param {import('../engine/struct.js').FieldType} type
 * @param {number} most the maximum where none is given
 * @param {{ default: number, min: number, max?: number }} limits
 * @returns {Param<number> & { min: number, max: number }}
 */
const numeric = (isNumber, kind, type, most, { default: standard, min, max = most }) => ({
  default: standard,
  min,
  max,
  accepts: `${kind} ≥ ${min}${max < most ? ` and ≤ ${max}` : ''}`,
  check: (/** @type {any} */ value) => !(isNumber(value) && value >= min && value <= max) && wrongNumber(value),
  type,
});

/**
 * @param {{ default: number, min: number, max?: number }} limits
 * @returns {Param<number>}
 */
export const int = (limits) => numeric(Number.isInteger, 'an integer', 'Int32', 2 ** 31 - 1, limits);

/**
 * The seed of all randomness.
 *
 * @param {{ default: number }} options
 * @returns {Param<number>}
 */
export const seed = (options) =>
  numeric(Number.isInteger, 'an integer', 'Uint32', Infinity, { min: 0, max: 2 ** 32 - 1, ...options });

/**
 * @param {{ default: number, min: number, max?: number }} limits
 * @returns {Param<number>}
 */
export const real = (limits) => numeric(Number.isFinite, 'a finite number', 'Float64', Number.MAX_VALUE, limits);

/**
 * One of some values, which C knows by their place in the list.
 *
 * @template {string | number | boolean | null} const T
 * @param {readonly T[]} options
 * @param {{ default?: NoInfer<T> }} [settings] the default is the first one unless given
 * @returns {Param<T> & { options: readonly T[] }}
 */
export const oneOf = (options, { default: standard = options[0] } = {}) => ({
  options,
  default: standard,
  accepts: options.map(show).join(' or '),
  check: (value) =>
    !options.includes(/** @type {T} */ (value)) && (typeof value === typeof options[0] ? RangeError : TypeError),
  encode: (value) => options.indexOf(value),
  type: 'Int32',
});

/**
 * A table of numbers, kept as a copy; C gets it in another way, and this code in the struct.
 *
 * @param {string} shape in words
 * @param {number} code
 * @returns {Param<MatrixLike, Matrix>}
 */
export const matrix = (shape, code) => ({
  default: /** @type {any} */ (undefined),
  accepts: `a ${shape} array`,
  // What kind of object, and what is in it, is checked when it is read.
  check: (value) => Object(value) !== value && TypeError,
  keep: (value, label) => denseRows(label, readMatrix(label, value)),
  encode: () => code,
  type: 'Int32',
});

/**
 * A list of integers, for C its length and as many places as there may be.
 *
 * @param {{ default: number[], min: number, max?: number, most: number }} limits
 * @returns {Param<ArrayLike<number>, number[]> & { min: number, least: number, most: number }}
 */
export const ints = ({ default: standard, min, max = 2 ** 31 - 1, most }) => ({
  ...list(`a list of at most ${most} integers ≥ ${min}${max < 2 ** 31 - 1 ? ` and ≤ ${max}` : ''}`, {
    min,
    max,
    least: 0,
    most,
  }),
  default: standard,
  encode: (values) => [values.length, ...values],
  type: `Int32[${most + 1}]`,
});

/**
 * The sides of an image, [height, width] or [channels, height, width]; for C, all three.
 *
 * @returns {Param<ArrayLike<number>, number[]> & { min: number, least: number, most: number }}
 */
export const imageSides = () => ({
  ...list('[height, width] or [channels, height, width], integers ≥ 1 and ≤ 65535', { min: 1, max: 65_535, least: 2, most: 3 }),
  default: /** @type {any} */ (undefined),
  encode: (sides) => (sides.length === 2 ? [1, ...sides] : sides),
  type: 'Int32[3]',
});

/**
 * @param {string} accepts
 * @param {{ min: number, max: number, least: number, most: number }} limits of each integer and of their number
 */
const list = (accepts, { min, max, least, most }) => ({
  min,
  max,
  least,
  most,
  accepts,
  check(/** @type {any} */ values) {
    if (!isArray(values)) return TypeError;
    const isGood = (/** @type {any} */ value) => Number.isInteger(value) && value >= min && value <= max;
    const wrong = Array.from(values).findIndex((value) => !isGood(value));
    if (wrong >= 0) return wrongNumber(values[wrong]);
    return (values.length < least || values.length > most) && RangeError;
  },
  keep: (/** @type {ArrayLike<number>} */ values) => Array.from(values),
});

/**
 * A parameter that C is not told in the struct.
 *
 * @template T
 * @template S
 * @param {Param<T, S>} row
 * @returns {Param<T, S>}
 */
export const apart = (row) => ({ ...row, type: undefined });

/**
 * What either of two rows accepts. The default is the first one's unless given.
 *
 * @template A, AS, B, BS
 * @param {Param<A, AS>} first
 * @param {Param<B, BS>} second
 * @param {{ default?: AS | BS }} [options]
 * @returns {Param<A | B, AS | BS>}
 */
export function either(first, second, { default: standard = first.default } = {}) {
  /** @param {unknown} value @returns {Param<any, any>} */
  const rowOf = (value) => (first.check(value) ? second : first);
  return /** @type {Param<A | B, AS | BS>} */ ({
    rows: [first, second],
    default: standard,
    accepts: `${first.accepts} or ${second.accepts}`,
    check: (value) => {
      const [error, other] = [first.check(value), second.check(value)];
      return error && other && (error === other ? error : RangeError);
    },
    keep: (value, label) => keep(rowOf(value), value, label),
    encode: (value) => encodeOne(rowOf(value), value),
    type: second.type,
  });
}

/** @param {Param<any, any>} row @param {unknown} value @param {string} label */
const keep = (row, value, label) => (row.keep ? row.keep(value, label) : value);

/** @param {Param<any, any>} row @param {unknown} value @returns {number | number[]} */
const encodeOne = (row, value) => (row.encode ? row.encode(value) : /** @type {number} */ (value));

/**
 * Reads what a caller gave for a table.
 *
 * @template {Table} T
 * @param {string} who
 * @param {T} table
 * @param {unknown} given
 * @param {Values<T>} [current] kept where nothing is given; the defaults when missing
 * @returns {Values<T>}
 * @throws {TypeError | RangeError} naming the parameter, what is accepted and what was got
 */
export function readParams(who, table, given, current = defaultsOf(table)) {
  checkNames(who, given, Object.keys(table));
  const values = /** @type {Record<string, unknown>} */ ({ ...current });
  for (const [name, value] of Object.entries(/** @type {object} */ (given))) {
    if (value === undefined) continue;
    const row = table[name];
    const label = `${who}: ${name}`;
    const Kind = row.check(value);
    demand(!Kind, label, row.accepts, value, Kind || TypeError);
    values[name] = keep(row, value, label);
  }
  return /** @type {Values<T>} */ (values);
}

/**
 * @template {Table} T
 * @param {T} table
 * @returns {Values<T>}
 */
const defaultsOf = (table) => /** @type {Values<T>} */ (mapValues(table, (row) => row.default));

/**
 * Refuses names that nobody knows: they are misspelt.
 *
 * @param {string} who
 * @param {unknown} given
 * @param {readonly string[]} known
 * @throws {TypeError}
 */
export function checkNames(who, given, known) {
  demand(tagOf(given) === 'Object', `${who}: the argument`, 'an object', given, TypeError);
  for (const name of Object.keys(/** @type {object} */ (given)))
    demand(known.includes(name), `${who}: each name`, `one of ${known.join(', ')}`, name, TypeError);
}

/**
 * The struct of a table whose rows are in the order of the C declaration.
 *
 * @param {Table} table
 */
export const structOf = (table) => struct(mapValues(table, (row) => /** @type {any} */ (row.type)));

/**
 * The numbers of that struct.
 *
 * @template {Table} T
 * @param {T} table
 * @param {Values<T>} values
 * @returns {Record<keyof T & string, any>}
 */
export const encode = (table, values) => /** @type {any} */ (mapValues(table, (row, name) => encodeOne(row, values[name])));
