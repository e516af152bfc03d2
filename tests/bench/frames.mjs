/** Live segmentation as a page does it: each frame starts from the classes of the one before. */

const CLASSES = 5;
const ITERATIONS = 2;

/**
 * @param {any} lakh
 * @param {{ data: Uint8Array, shape: number[] }} frames frames x height x width x 4
 * @param {any} options of segmentImage
 * @returns {Promise<number[]>} milliseconds of each frame
 */
export async function segmentFrames(lakh, { data, shape: [count, height, width] }, options) {
  const size = height * width * 4;
  const times = [];
  let warmStart;
  for (let i = 0; i < count; i++) {
    const frame = { data: new Uint8ClampedArray(data.buffer, data.byteOffset + i * size, size), width, height };
    const start = performance.now();
    const turn = warmStart === undefined ? { nClusters: CLASSES } : { warmStart, maxIter: ITERATIONS };
    warmStart = await lakh.segmentImage(frame, { ...options, ...turn });
    times.push(performance.now() - start);
  }
  return times;
}
