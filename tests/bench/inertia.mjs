/** The one yardstick for all contenders: the exact inertia of their centres on the data, in double precision. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** @param {string} folder @param {string} name */
export async function readTable(folder, name) {
  const { file, type, shape } = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8'))[name];
  const bytes = await readFile(path.join(folder, file));
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const isPixels = type === 'uint8';
  const data = isPixels ? new Uint8Array(buffer) : new Float32Array(buffer);
  const stride = shape[shape.length - 1];
  return { data, rows: data.length / stride, stride, cols: isPixels ? 3 : stride };
}

/**
 * @param {{ data: Uint8Array | Float32Array, rows: number, stride: number, cols: number }} table
 * @param {ArrayLike<number>} centers
 */
export function inertiaOf({ data, rows, stride, cols }, centers) {
  const flat = Float64Array.from(centers);
  let inertia = 0;
  for (let i = 0; i < rows; i++) {
    let nearest = Number.POSITIVE_INFINITY;
    for (let c = 0; c < flat.length; c += cols) {
      let distance = 0;
      for (let j = 0; j < cols; j++) {
        const difference = data[i * stride + j] - flat[c + j];
        distance += difference * difference;
      }
      if (distance < nearest) nearest = distance;
    }
    inertia += nearest;
  }
  return inertia;
}
