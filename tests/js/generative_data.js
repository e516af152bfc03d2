/** Small pictures for generative models: a bright bar in one of a few places, with some noise. */
import { random } from './data.js';

export const SIDE = 6;
const PLACES = 3;

/**
 * @param {number} n
 * @param {number} [seed]
 * @returns {{ X: { data: Float32Array, shape: [number, number] }, labels: Int32Array }} labels: where the bar is
 */
export function bars(n, seed = 1) {
  const next = random(seed);
  const data = new Float32Array(n * SIDE * SIDE);
  const labels = Int32Array.from({ length: n }, () => Math.floor(next() * PLACES));
  for (let i = 0; i < n; i++)
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++)
        data[(i * SIDE + y) * SIDE + x] = Math.floor(x / 2) === labels[i] ? 0.8 + 0.2 * next() : 0.1 * next();
  return { X: { data, shape: [n, SIDE * SIDE] }, labels };
}

/** The same rows as images. @param {{ data: Float32Array, shape: [number, number] }} X */
export const asImages = ({ data, shape: [n] }) => ({ data, shape: [n, SIDE, SIDE] });
