/**
 * Tells a working engine from a broken one: a few rows are assigned to centres by the module's SIMD kernels and by the plain
 * loops below. All numbers are small integers, whose squared distances are exact in float32 in whatever order they are summed.
 */
import { LakhError } from '../errors.js';

const ROWS = 21;
const CENTERS = 3;
/** One vector of four and a remainder. */
const COLS = 5;

/**
 * @param {import('./module.js').Engine} engine
 * @throws {LakhError} `BROKEN_ENGINE`
 */
export function checkEngine({ exports, memory }) {
  const values = Float32Array.from({ length: (ROWS + CENTERS) * COLS }, (_, i) => ((i * 37 + 11) % 29) - 14);
  const x = exports.alloc(values.length, 4);
  const labels = exports.alloc(ROWS, 4);
  const nearest = exports.alloc(ROWS, 4);
  const out = exports.alloc(1, 4);
  new Float32Array(memory.buffer, x, values.length).set(values);
  let status = exports.assign_create(x, ROWS, COLS, x + 4 * ROWS * COLS, CENTERS, labels, 0, nearest, out);
  if (status === 0) {
    const job = new DataView(memory.buffer).getUint32(out, true);
    do status = exports.job_step(job);
    while (status > 0);
    exports.job_free(job);
  }
  const gotLabels = new Int32Array(memory.buffer, labels, ROWS);
  const gotDistances = new Float32Array(memory.buffer, nearest, ROWS);
  for (let i = 0; status === 0 && i < ROWS; i++) {
    const [label, distance] = nearestCenter(values, i);
    if (gotLabels[i] !== label || gotDistances[i] !== distance) status = -1;
  }
  for (const block of [x, labels, nearest, out]) exports.free(block);
  if (status === 0) return;
  throw new LakhError(
    'BROKEN_ENGINE',
    "lakh: this engine's WebAssembly SIMD computes wrong results (the self-check at load failed). Update the browser or the device's system.",
  );
}

/**
 * @param {Float32Array} values the rows, then the centres
 * @param {number} row
 * @returns {[label: number, squaredDistance: number]}
 */
function nearestCenter(values, row) {
  let label = 0;
  let nearest = Infinity;
  for (let center = 0; center < CENTERS; center++) {
    let distance = 0;
    for (let col = 0; col < COLS; col++) distance += (values[row * COLS + col] - values[(ROWS + center) * COLS + col]) ** 2;
    if (distance < nearest) [label, nearest] = [center, distance];
  }
  return [label, nearest];
}
