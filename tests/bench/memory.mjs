/**
 * The most memory that segmenting a 12-megapixel photo takes above the image itself: the peak of the process's resident set,
 * less what it was with the image loaded and lakh started. It includes the labels that the caller gets (4 bytes a pixel).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { printBar } from './report.mjs';

const BAR_MB = 200;
const BYTES_IN_MB = 1e6;
const script = fileURLToPath(import.meta.url);

/** @param {string} folder */
export async function measureMemory(folder) {
  const rows = [];
  for (const what of ['KMeans, labels', 'segmentImage, labels and recoloured']) {
    const child = fork(script, [folder, what]);
    const [answer] = await once(child, 'message');
    rows.push({ what, ...answer });
  }
  return rows;
}

/** @param {Awaited<ReturnType<typeof measureMemory>>} rows */
export function printMemory(rows) {
  console.log('\nmemory above the image, 12 megapixels, k = 5 (Node)');
  for (const { what, mb } of rows) printBar(`${what}: ${mb.toFixed(0)} MB`, `under ${BAR_MB} MB`, mb < BAR_MB);
}

/** @param {string} folder @param {string} what */
async function inChild(folder, what) {
  const lakh = await import('../../bindings/index.js');
  const { file, shape } = JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8')).photo12mp;
  const [height, width] = shape;
  const data = new Uint8ClampedArray(height * width * 4);
  const handle = await open(path.join(folder, file));
  await handle.read(data, 0, data.length, 0);
  await handle.close();
  await new lakh.KMeans({ nClusters: 2 }).fit([[0], [1]]);
  const before = process.memoryUsage().rss;
  const image = { data, width, height };
  if (what.startsWith('KMeans')) await new lakh.KMeans({ nClusters: 5, nInit: 1 }).fit(image);
  else await lakh.segmentImage(image, { nClusters: 5 });
  const peak = process.resourceUsage().maxRSS * 1024;
  process.send?.({ mb: (peak - before) / BYTES_IN_MB });
  process.disconnect();
}

if (process.argv[1] === script) await inChild(process.argv[2], process.argv[3]);
