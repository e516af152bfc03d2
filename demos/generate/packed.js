/**
 * The ready-trained models that come with the page, as make/models.js packed them: small whole numbers with one scale a
 * matrix row, from which the very weights are made again that the file's checksum belongs to.
 *
 * A packed file is gzip of: the length (uint32) of the history, the history in JSON; the length of the model file's header, that
 * header, and for each tensor in the header's order the scales (float32) of its rows, then a whole number (int8) a weight.
 */
import { decompress } from './inline.js';

/**
 * The model's file, as `save` gave it, and the course of its training.
 *
 * @param {Uint8Array<ArrayBuffer>} packed
 */
export async function unpack(packed) {
  const bytes = await decompress(packed, 'gzip');
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const history = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { history, file: unpackModel(bytes.slice(4 + length)) };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function unpackModel(bytes) {
  const start = 4 + new DataView(bytes.buffer).getUint32(0, true);
  const header = bytes.subarray(4, start);
  const tensors = tensorsIn(header);
  const length = Math.max(...tensors.map(({ end }) => end));
  const file = new Uint8Array(8 + header.length + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = start;
  for (const { rows, size, begin } of tensors) {
    const scales = new Float32Array(bytes.slice(at, at + 4 * rows).buffer);
    at += 4 * rows;
    const values = new Float32Array(size);
    const whole = new Int8Array(bytes.buffer, at, size);
    for (let i = 0; i < size; i++) values[i] = scales[Math.floor((i * rows) / size)] * whole[i];
    at += size;
    file.set(new Uint8Array(values.buffer), 8 + header.length + begin);
  }
  return file;
}

/**
 * @param {Uint8Array} header of a safetensors file
 * @returns {{ name: string, rows: number, size: number, begin: number, end: number }[]}
 */
export function tensorsIn(header) {
  const { __metadata__: _, ...tensors } = JSON.parse(new TextDecoder().decode(header));
  return Object.entries(tensors).map(
    ([
      name,
      {
        shape,
        data_offsets: [begin, end],
      },
    ]) => ({
      name,
      rows: shape.length > 1 ? shape[0] : 1,
      size: (end - begin) / 4,
      begin,
      end,
    }),
  );
}
