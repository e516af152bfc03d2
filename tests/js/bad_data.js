/** X and weights that must be refused, with the errors that say so. */

/** Weights of 60 rows that would be right. */
const weights = Array.from({ length: 60 }, (_, i) => 1 + (i % 3));

/** @returns {[unknown, { name: string, message?: RegExp }][]} */
export function badData() {
  const detached = new Float32Array(6);
  structuredClone(detached, { transfer: [detached.buffer] });
  return [
    [undefined, { name: 'TypeError' }],
    [null, { name: 'TypeError' }],
    [3, { name: 'TypeError' }],
    ['rows', { name: 'TypeError' }],
    [{}, { name: 'TypeError' }],
    [() => [[1, 2, 3]], { name: 'TypeError' }],
    [new Float32Array(6), { name: 'TypeError', message: /shape/ }],
    [[1, 2, 3], { name: 'TypeError', message: /X\[0\]/ }],
    [[], { name: 'RangeError', message: /non-empty/ }],
    [[[]], { name: 'RangeError', message: /non-empty/ }],
    [
      [
        [1, 2, 3],
        [1, 2],
      ],
      { name: 'RangeError', message: /X\[1\] must be of 3 columns, got 2/ },
    ],
    [[[1, 2, 3], null], { name: 'TypeError', message: /X\[1\]/ }],
    [
      [
        [1, 2, 3],
        [1, '2', 3],
      ],
      { name: 'TypeError', message: /X at row 1, column 1 .*got '2'/ },
    ],
    [
      [
        [1, 2, 3],
        [1, undefined, 3],
      ],
      { name: 'TypeError', message: /X at row 1, column 1 .*got undefined/ },
    ],
    [
      [
        [1, 2, 3],
        [1, 2n, 3],
      ],
      { name: 'TypeError', message: /X at row 1, column 1 .*got 2n/ },
    ],
    [
      [
        [1, 2, 3],
        [1, 2, Number.NaN],
      ],
      { name: 'RangeError', message: /X at row 1, column 2 .*got NaN/ },
    ],
    [
      [[1, 2, 3], Float32Array.of(1, Number.POSITIVE_INFINITY, 2)],
      { name: 'RangeError', message: /X at row 1, column 1 .*got Infinity/ },
    ],
    [
      { data: Float32Array.of(1, 2, 3, Number.NaN, 5, 6), shape: [2, 3] },
      { name: 'RangeError', message: /X at row 1, column 0 .*got NaN/ },
    ],
    [
      { data: Float64Array.of(1, 2, 1e300, 4, 5, 6), shape: [2, 3] },
      { name: 'RangeError', message: /X at row 0, column 2 .*got 1e\+300/ },
    ],
    [
      { data: new BigInt64Array(6), shape: [2, 3] },
      { name: 'TypeError', message: /BigInt64Array/ },
    ],
    [
      { data: [1, 2, 3], shape: [1, 3] },
      { name: 'TypeError', message: /X\.data/ },
    ],
    [
      { data: new Float32Array(6), shape: [3, 3] },
      { name: 'RangeError', message: /9 values.*got 6/ },
    ],
    [
      { data: new Float32Array(6), shape: [6] },
      { name: 'RangeError', message: /shape/ },
    ],
    [
      { data: new Float32Array(6), shape: [2, 3.5] },
      { name: 'RangeError', message: /shape/ },
    ],
    [
      { data: new Float32Array(0), shape: [0, 3] },
      { name: 'RangeError', message: /shape/ },
    ],
    [
      { data: new Float32Array(6), shape: '2x3' },
      { name: 'TypeError', message: /shape/ },
    ],
    [
      { data: detached, shape: [2, 3] },
      { name: 'RangeError', message: /transferred/ },
    ],
    [
      { data: new Float32Array(16), width: 2, height: 2 },
      { name: 'TypeError', message: /bytes/ },
    ],
    [
      { data: new Uint8Array(15), width: 2, height: 2 },
      { name: 'RangeError', message: /16 values.*got 15/ },
    ],
    [
      { data: new Uint8Array(8), shape: [2, 2, 2] },
      { name: 'RangeError', message: /channels/ },
    ],
    [
      { data: new Uint8Array(16), width: '2', height: 2 },
      { name: 'RangeError', message: /width/ },
    ],
    [
      { data: new Uint8Array(0), width: 0, height: 0 },
      { name: 'RangeError', message: /width/ },
    ],
  ];
}

/** @returns {[unknown, { name: string, message: RegExp }][]} */
export function badWeights() {
  const without = (/** @type {unknown} */ value) => weights.map((weight, i) => (i === 7 ? value : weight));
  return [
    [3, { name: 'TypeError', message: /sampleWeight/ }],
    [[1, 2], { name: 'RangeError', message: /sampleWeight.*\(60\), got 2/ }],
    [without(-1), { name: 'RangeError', message: /sampleWeight must be ≥ 0.*got -1/ }],
    [without(Number.NaN), { name: 'RangeError', message: /sampleWeight at row 0, column 7.*got NaN/ }],
    [without('1'), { name: 'TypeError', message: /sampleWeight at row 0, column 7.*got '1'/ }],
    [weights.map(() => 0), { name: 'RangeError', message: /sampleWeight must be.*not all 0, got 0/ }],
  ];
}
