/** Values that a row of a parameter table must refuse, made from the row. */

const wrongTypes = [null, '3', true, {}, [], () => 3, 3n, Symbol('three'), Number.NaN, 'nonsense'];

/**
 * @param {any} domain of a row, see bindings/estimator/params.js
 * @returns {{ value: unknown, name: 'TypeError' | 'RangeError' }[]}
 */
export function badValues(domain) {
  if (domain.kind === 'either') {
    // What the other half accepts is not bad; what either calls out of range is.
    const halves = domain.domains.map(badValues);
    const all = halves.flat();
    return all
      .filter(({ value }) => domain.domains.every((/** @type {any} */ half) => !accepts(half, value)))
      .map(({ value }) => ({
        value,
        name: all.some((bad) => Object.is(bad.value, value) && bad.name === 'RangeError') ? 'RangeError' : 'TypeError',
      }));
  }
  return [...wrongTypes, ...outside(domain)]
    .filter((value) => !accepts(domain, value))
    .map((value) => ({ value, name: kindOf(domain, value) }));
}

/** @param {any} domain */
function outside({ kind, min, max }) {
  if (kind === 'integer') return [min - 1, max + 1, min + 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (kind === 'real') return [min - 1e-9, max === Number.POSITIVE_INFINITY ? max : max + 1e-9, Number.NEGATIVE_INFINITY];
  if (kind === 'matrix') return [[[1, 2], [3]], [[1, Number.NaN]], [[1, 'x']], { data: new Float32Array(3), shape: [2, 2] }];
  return [];
}

/** @param {any} domain @param {any} value */
function accepts({ kind, options }, value) {
  if (kind === 'one of') return options.includes(value);
  return kind === 'boolean' && typeof value === 'boolean';
}

/** @param {any} domain @param {any} value @returns {'TypeError' | 'RangeError'} */
function kindOf({ kind }, value) {
  if (kind === 'integer' || kind === 'real') return typeof value === 'number' ? 'RangeError' : 'TypeError';
  if (kind === 'one of') return typeof value === 'string' ? 'RangeError' : 'TypeError';
  if (kind !== 'matrix') return 'TypeError';
  const isText = Array.isArray(value) && value.flat().some((item) => typeof item === 'string');
  return (Array.isArray(value) && !isText) || value?.data !== undefined ? 'RangeError' : 'TypeError';
}
