/** A few assertions that run in Node and in pages alike. */

/** @param {unknown} condition @param {string} message */
export function ok(condition, message) {
  if (!condition) throw new Error(message);
}

/** Deep equality of plain data, typed arrays included; NaN equals NaN. @param {unknown} actual @param {unknown} expected */
export function equal(actual, expected, message = 'values differ') {
  if (!same(actual, expected)) throw new Error(`${message}: got ${print(actual)}, expected ${print(expected)}`);
}

/** @param {any} a @param {any} b @returns {boolean} */
export function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  if (ArrayBuffer.isView(a)) return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name], b[name]));
}

/** @param {any} value */
const print = (value) =>
  ArrayBuffer.isView(value) ? `${value.constructor.name}(${value.length}) [${value.slice(0, 12)}…]` : JSON.stringify(value);

/**
 * @param {number} actual
 * @param {number} expected
 * @param {number} tolerance relative to the expected value
 */
export function near(actual, expected, tolerance, message = 'value') {
  if (!(Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), 1e-300)))
    throw new Error(`${message}: got ${actual}, expected ${expected} within ${tolerance}`);
}

/**
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} expected
 * @param {number} tolerance relative to each expected value
 */
export function allNear(actual, expected, tolerance) {
  equal(actual.length, expected.length, 'length');
  for (let i = 0; i < expected.length; i++) near(actual[i], expected[i], tolerance, `value ${i}`);
}

/**
 * What a call throws or rejects with must be as described.
 *
 * @param {() => unknown} call
 * @param {{ name?: string, code?: string, message?: RegExp }} expected
 * @returns {Promise<any>} the error
 */
export async function fails(call, expected) {
  let result;
  try {
    result = await call();
  } catch (error) {
    const { name, code, message } = /** @type {any} */ (error);
    const isExpected =
      (expected.name === undefined || name === expected.name) &&
      (expected.code === undefined || code === expected.code) &&
      (expected.message === undefined || expected.message.test(message));
    if (!isExpected) throw new Error(`expected ${describe(expected)}, got ${name} ${code ?? ''}: ${message}`, { cause: error });
    return error;
  }
  throw new Error(`expected ${describe(expected)}, but it succeeded with ${print(result).slice(0, 200)}`);
}

/** @param {{ name?: string, code?: string, message?: RegExp }} expected */
const describe = ({ name, code, message }) => [name, code, message].filter((part) => part !== undefined).join(' ');
