/**
 * The parameter table: one row a parameter, from which follow its check and the message when it fails, its default, the bytes
 * handed to C and the bad values that tests try. A row's meaning is the comment above it in the table, from which the types and
 * the documentation take it.
 */
import { denseRows, isNumericArray, readMatrix } from '../data.js';
import { struct } from '../engine/struct.js';
import { show } from '../errors.js';

/**
 * @typedef {import('../data.js').Matrix} Matrix
 * @typedef {import('../data.js').MatrixLike} MatrixLike
 */

/**
 * A row of the table: T is what callers may give, S what is kept.
 *
 * @template T
 * @template [S=T]
 * @typedef {object} Param
 * @property {S} default
 * @property {string} accepts in words: 'an integer ≥ 1'
 * @property {(value: unknown) => ErrorConstructor | undefined} check the kind of error when it is not acceptable
 * @property {(value: T, who: string, name: string) => S} keep what is kept of an acceptable value
 * @property {(value: S) => number} encode for C
 * @property {import('../engine/struct.js').FieldType} type in C
 * @property {Domain} domain for tests and documentation
 */

/**
 * @typedef {{ kind: 'integer' | 'real', min: number, max: number } | { kind: 'one of', options: readonly unknown[] } |
 *   { kind: 'matrix' } | { kind: 'boolean' } | { kind: 'either', domains: Domain[] }} Domain
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

const INT_MAX = 2 ** 31 - 1;
const SEED_MAX = 2 ** 32 - 1;

/** @param {any} value */
const itself = (value) => value;

/**
 * @param {{ default: number, min: number, max?: number }} limits
 * @returns {Param<number>}
 */
export function int({ default: standard, min, max = INT_MAX }) {
  return {
    default: standard,
    accepts: max === INT_MAX ? `an integer ≥ ${min}` : `an integer from ${min} to ${max}`,
    check: (value) => (!Number.isInteger(value) ? wrongNumber(value) : outside(value, min, max)),
    keep: itself,
    encode: itself,
    type: max > INT_MAX ? 'u32' : 'i32',
    domain: { kind: 'integer', min, max },
  };
}

/**
 * The seed of all randomness.
 *
 * @param {{ default: number }} options
 */
export const seed = ({ default: standard }) => int({ default: standard, min: 0, max: SEED_MAX });

/**
 * @param {{ default: number, min: number, max?: number }} limits
 * @returns {Param<number>}
 */
export function real({ default: standard, min, max = Infinity }) {
  return {
    default: standard,
    accepts: max === Infinity ? `a finite number ≥ ${min}` : `a number from ${min} to ${max}`,
    check: (value) => (!Number.isFinite(value) ? wrongNumber(value) : outside(value, min, max)),
    keep: itself,
    encode: itself,
    type: 'f64',
    domain: { kind: 'real', min, max },
  };
}

/** A number that is not of the kind wanted (1.5, NaN) is out of range; anything else is of the wrong type. @param {unknown} value */
const wrongNumber = (value) => (typeof value === 'number' ? RangeError : TypeError);

/** @param {any} value @param {number} min @param {number} max */
const outside = (value, min, max) => (value >= min && value <= max ? undefined : RangeError);

/**
 * One of some strings, or null for "none"; C gets its place in the list.
 *
 * @template {string | null} const T
 * @param {readonly T[]} options
 * @returns {Param<T>}
 */
export function oneOf(options) {
  return {
    default: options[0],
    accepts: options.map(show).join(' or '),
    check: (value) => {
      if (options.includes(/** @type {T} */ (value))) return undefined;
      return typeof value === 'string' ? RangeError : TypeError;
    },
    keep: itself,
    encode: (value) => options.indexOf(value),
    type: 'i32',
    domain: { kind: 'one of', options },
  };
}

/**
 * @param {{ default: boolean }} options
 * @returns {Param<boolean>}
 */
export const bool = ({ default: standard }) => ({
  default: standard,
  accepts: 'true or false',
  check: (value) => (typeof value === 'boolean' ? undefined : TypeError),
  keep: itself,
  encode: Number,
  type: 'i32',
  domain: { kind: 'boolean' },
});

/**
 * A table of numbers, kept as a copy; C gets it in another way, and this code in the struct.
 *
 * @param {string} shape in words
 * @param {number} code
 * @returns {Param<MatrixLike, Matrix>}
 */
export const matrix = (shape, code) => ({
  default: { data: new Float32Array(0), shape: [0, 0] },
  accepts: `a ${shape} array`,
  check: (value) =>
    Array.isArray(value) || (typeof value === 'object' && value !== null && 'data' in value) || isNumericArray(value)
      ? undefined
      : TypeError,
  keep: (value, who, name) => denseRows(who, name, readMatrix(who, name, value)),
  encode: () => code,
  type: 'i32',
  domain: { kind: 'matrix' },
});

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
  /** @param {unknown} value */
  const rowOf = (value) => /** @type {Param<any, any>} */ (first.check(value) === undefined ? first : second);
  return {
    default: standard,
    accepts: `${first.accepts} or ${second.accepts}`,
    check: (value) => {
      const errors = [first.check(value), second.check(value)];
      if (errors.includes(undefined)) return undefined;
      return errors.includes(RangeError) ? RangeError : TypeError;
    },
    keep: (value, who, name) => rowOf(value).keep(value, who, name),
    encode: (value) => rowOf(value).encode(value),
    type: second.type,
    domain: { kind: 'either', domains: [first.domain, second.domain] },
  };
}

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
export function readParams(who, table, given, current) {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(`${who}: parameters must be an object such as { ${Object.keys(table)[0]}: … }, got ${show(given)}`);
  const values = /** @type {Record<string, unknown>} */ ({});
  for (const name of Object.keys(table)) values[name] = current === undefined ? table[name].default : current[name];
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(table, name))
      throw new TypeError(`${who}: there is no parameter ${name}; known are ${Object.keys(table).join(', ')}`);
    const row = table[name];
    if (value === undefined) continue;
    const kind = row.check(value);
    if (kind !== undefined) throw new kind(`${who}: ${name} must be ${row.accepts}, got ${show(value)}${tooLarge(row, value)}`);
    values[name] = row.keep(value, who, name);
  }
  return /** @type {Values<T>} */ (values);
}

/** @param {Param<any, any>} row @param {unknown} value */
const tooLarge = ({ domain }, value) =>
  domain.kind === 'integer' && Number.isInteger(value) && /** @type {number} */ (value) > domain.max
    ? ` (at most ${domain.max})`
    : '';

/**
 * The struct of a table whose rows are in the order of the C declaration.
 *
 * @template {Table} T
 * @param {T} table
 * @returns {import('../engine/struct.js').Struct<keyof T & string>}
 */
export const structOf = (table) =>
  struct(
    /** @type {Record<keyof T & string, import('../engine/struct.js').FieldType>} */ (
      Object.fromEntries(Object.entries(table).map(([name, row]) => [name, row.type]))
    ),
  );

/**
 * The numbers of that struct.
 *
 * @template {Table} T
 * @param {T} table
 * @param {Values<T>} values
 * @returns {Record<keyof T & string, number>}
 */
export const encode = (table, values) =>
  /** @type {Record<keyof T & string, number>} */ (
    Object.fromEntries(Object.entries(table).map(([name, row]) => [name, row.encode(values[name])]))
  );
