/** Values that a row of a parameter table must refuse, made from the row. */

const strangers = [null, '3', true, {}, [], () => 3, 3n, Symbol('three'), Number.NaN, 'nonsense'];

/**
 * @param {any} row of a table, see bindings/estimator/params.js
 * @returns {{ value: unknown, name: 'TypeError' | 'RangeError' }[]}
 */
export function badValues(row) {
  return candidates(row)
    .filter((value) => !accepts(row, value))
    .map((value) => ({ value, name: errorOf(row, value) }));
}

/** @param {any} row @returns {unknown[]} */
function candidates(row) {
  if (row.rows) return row.rows.flatMap(candidates);
  if (row.options) return strangers;
  if (row.most)
    return [...strangers, [row.min - 1], [row.min + 0.5], [row.max + 1], [1, '2'], Array(row.most + 1).fill(row.min)];
  if (row.min === undefined)
    return [...strangers, [[1, 2], [3]], [[1, Number.NaN]], [[1, 'x']], { data: new Float32Array(3), shape: [2, 2] }];
  const { min, max, type } = row;
  const beyond =
    type === 'Float64' ? [min - 1e-9, max < 1e9 ? max + 1e-9 : Number.POSITIVE_INFINITY] : [min - 1, max + 1, min + 0.5];
  return [...strangers, ...beyond, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
}

/** @param {any} row @param {unknown} value @returns {boolean} */
function accepts(row, value) {
  if (row.rows) return row.rows.some((/** @type {any} */ half) => accepts(half, value));
  if (row.most) return Array.isArray(value) && value.length === 0 && row.least === 0;
  return row.options?.includes(value) ?? false;
}

/** What can be right in kind but is outside the limits is a RangeError. @param {any} row @param {any} value */
function errorOf(row, value) {
  if (row.rows)
    return row.rows.some((/** @type {any} */ half) => errorOf(half, value) === 'RangeError') ? 'RangeError' : 'TypeError';
  if (row.options) return typeof value === typeof row.options[0] ? 'RangeError' : 'TypeError';
  if (row.most) return Array.isArray(value) && !value.includes('2') ? 'RangeError' : 'TypeError';
  if (row.min !== undefined) return typeof value === 'number' ? 'RangeError' : 'TypeError';
  const isTable = Array.isArray(value) || value?.data !== undefined;
  return isTable && !JSON.stringify(value).includes('"x"') ? 'RangeError' : 'TypeError';
}
