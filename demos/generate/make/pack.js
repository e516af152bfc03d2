/**
 * Packs a trained model for the page; ../packed.js says how, and unpacks it.
 */
import { gzipSync } from 'node:zlib';
import { tensorsIn } from '../packed.js';

/** @typedef {{ data: Float32Array, shape: number[] }} Weight */

/** Bits of a weight; what is only to judge can be coarser than what is to be looked at. @param {string} name */
const bitsOf = (name) => (name.startsWith('generator') ? 7 : name.startsWith('discriminator') ? 5 : 6);

/**
 * Rounds a model's weights in place, so that packing loses nothing more, and packs it.
 *
 * @param {any} model
 */
export function pack(model) {
  const whole = new Map(
    Object.entries(/** @type {Record<string, Weight>} */ (model.weights)).map(([name, weight]) => [
      name,
      round(weight, 2 ** (bitsOf(name) - 1) - 1),
    ]),
  );
  const { epochs } = model.history;
  const history = Object.fromEntries(
    Object.entries(epochs).map(([name, values]) => [name, Array.from(values, (value) => Number(value.toPrecision(6)))]),
  );
  const file = model.save({ training: false });
  const header = file.subarray(8, 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)));
  const parts = /** @type {Uint8Array[]} */ ([
    lengthAnd(Buffer.from(JSON.stringify({ steps: {}, epochs: history }))),
    lengthAnd(header),
  ]);
  for (const { name } of tensorsIn(header)) {
    const { scales, numbers } = /** @type {{ scales: Float32Array, numbers: Int8Array }} */ (whole.get(name));
    parts.push(Buffer.from(scales.buffer), Buffer.from(numbers.buffer));
  }
  return { packed: gzipSync(Buffer.concat(parts), { level: 9, memLevel: 9 }), file };
}

/** @param {Weight} weight @param {number} largest of the whole numbers */
function round({ data, shape }, largest) {
  const rows = shape.length > 1 ? shape[0] : 1;
  const size = data.length / rows;
  const scales = new Float32Array(rows);
  const numbers = new Int8Array(data.length);
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * size, (row + 1) * size);
    scales[row] = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / largest;
    values.forEach((value, i) => {
      numbers[row * size + i] = scales[row] === 0 ? 0 : Math.round(value / scales[row]);
      values[i] = scales[row] * numbers[row * size + i];
    });
  }
  return { scales, numbers };
}

/** @param {Uint8Array} bytes */
function lengthAnd(bytes) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}
