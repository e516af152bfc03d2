/** Data for tests: a function of a seed, the same in every engine. */

/**
 * Numbers in [0, 1), uniform enough for tests (a linear congruential generator, Numerical Recipes).
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Rows of small integers around `groups` places.
 *
 * @param {number} rows
 * @param {number} cols
 * @param {number} [seed]
 * @param {number} [groups]
 * @returns {number[][]}
 */
export function blobs(rows, cols, seed = 1, groups = 3) {
  const next = random(seed);
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: cols }, (_, j) => (((i % groups) * 37 + j * 11) % 80) + Math.floor(next() * 12)),
  );
}

/** @param {number[][]} rows */
export const flat = (rows) => ({
  data: Float32Array.from(rows.flat()),
  shape: /** @type {[number, number]} */ ([rows.length, rows[0].length]),
});

/**
 * An image of a few colours and noise.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} [seed]
 */
export function picture(width, height, seed = 1) {
  const next = random(seed);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const part = (x * 3 < width ? 0 : 1) + (y * 2 < height ? 0 : 2);
      const base = [
        [200, 40, 30],
        [30, 160, 60],
        [20, 50, 190],
        [220, 210, 200],
      ][part];
      for (let c = 0; c < 3; c++) data[at + c] = base[c] + Math.floor(next() * 24);
      data[at + 3] = 255;
    }
  }
  return { data, width, height };
}
