/** A camera of 1280 x 720: the work of one frame against the 12 ms that 60 frames a second leave for it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { segmentFrames } from './frames.mjs';
import { median, printBar } from './report.mjs';

const BAR_MS = 12;
/**
 * As the demo does: classes learnt from a lakh of the frame's pixels in two iterations from the classes of the last frame, and the
 * whole picture in its classes' colours, without a label map.
 */
const OPTIONS = { randomState: 0, labels: false, skipTransparent: false, sampleSize: 100_000 };

/** @param {string} folder @param {any} chromium a lane, or undefined */
export async function measureCamera(folder, chromium) {
  const { camera } = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8'));
  const bytes = await readFile(path.join(folder, camera.file));
  const frames = { data: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), shape: camera.shape };
  const lakh = await import('../../bindings/index.js');
  const times = { node: await segmentFrames(lakh, frames, OPTIONS) };
  if (chromium) times.chromium = await chromium.page.evaluate((options) => globalThis.segmentCamera(options), OPTIONS);
  return Object.entries(times).map(([lane, ms]) => {
    // The first frame starts from nothing; the engine is still compiling during a few more.
    const [first, ...rest] = ms;
    const sorted = [...rest].sort((a, b) => a - b);
    return { lane, first, median: median(rest), p95: sorted[Math.floor(sorted.length * 0.95)], max: sorted.at(-1) };
  });
}

/** @param {Awaited<ReturnType<typeof measureCamera>>} rows */
export function printCamera(rows) {
  console.log('\ncamera, 1280 x 720, k = 5, classes of a lakh of pixels, two iterations from the frame before, all recoloured');
  for (const { lane, first, median: middle, p95, max } of rows) {
    const others = `; first ${first.toFixed(1)}, 95 % ${p95.toFixed(1)}, longest ${max.toFixed(1)}`;
    printBar(`${lane}: median ${middle.toFixed(2)} ms a frame`, `at most ${BAR_MS} ms`, middle <= BAR_MS, others);
  }
}
