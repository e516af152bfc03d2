/** Medians, ratios and the lines that are printed. */
import { CHROMIUM_BAR, QUALITY_BAR } from './workloads.mjs';

/** Lanes, in words. */
export const NAMES = { node: 'Node', chromium: 'Chromium', python: 'native, 2 threads' };

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @param {number[]} values */
export const spread = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) });

/**
 * @param {import('./workloads.mjs').Workload} workload
 * @param {{ lane: string, contender: string, ms: number[], inertia: number[], nIter: (number | null)[] }[]} runs
 */
export function summarize({ data, title, bars }, runs) {
  const rows = runs.map(({ lane, contender, ms, inertia, nIter }) => ({
    lane,
    contender,
    ...spread(ms),
    inertia: mean(inertia),
    nIter: nIter[0] === null ? null : mean(/** @type {number[]} */ (nIter)),
  }));
  const find = (lane, contender) => rows.find((row) => row.lane === lane && row.contender === contender);
  const checks = [];
  for (const lane of ['node', 'chromium']) {
    const ours = find(lane, 'lakh');
    if (!ours) continue;
    for (const { peer, ratio } of bars) {
      const theirs = find(lane, peer) ?? find('python', peer);
      if (theirs) {
        const note = `; mean inertia ${(ours.inertia / theirs.inertia).toFixed(4)} of theirs`;
        checks.push(check(`lakh in ${NAMES[lane]} against ${peer}`, ours.median / theirs.median, ratio, note));
      }
    }
    const reference = find('python', 'scikit-learn');
    if (reference)
      checks.push({
        ...check(`mean inertia over scikit-learn's, ${NAMES[lane]}`, ours.inertia / reference.inertia, QUALITY_BAR),
        isTime: false,
      });
  }
  const [inNode, inChromium] = [find('node', 'lakh'), find('chromium', 'lakh')];
  if (data === 'china100k' && inNode && inChromium)
    checks.push({ ...check('Chromium against Node', inChromium.median / inNode.median, CHROMIUM_BAR), isTime: false });
  return { data, title, seeds: runs[0].ms.length, rows, checks };
}

/** @param {string} what @param {number} ratio @param {number} bar */
const check = (what, ratio, bar, note = '') => ({ what, ratio, bar, met: ratio <= bar, note, isTime: true });

/** @param {ReturnType<typeof summarize>} summary */
export function printWorkload({ title, rows, checks }) {
  console.log(`\n${title}`);
  console.log(
    `  ${'contender'.padEnd(38)}${'median ms'.padStart(10)}${'min'.padStart(9)}${'max'.padStart(9)}${'mean inertia'.padStart(15)}${'iterations'.padStart(12)}`,
  );
  for (const row of rows) {
    const name = `${row.contender} (${NAMES[row.lane]})`;
    const numbers = [row.median, row.min, row.max].map((ms) => ms.toFixed(2));
    console.log(
      `  ${name.padEnd(38)}${numbers[0].padStart(10)}${numbers[1].padStart(9)}${numbers[2].padStart(9)}` +
        `${row.inertia.toPrecision(7).padStart(15)}${(row.nIter === null ? '' : row.nIter.toFixed(1)).padStart(12)}`,
    );
  }
  for (const { what, ratio, bar, met, note, isTime } of checks) {
    const [got, wanted] = isTime
      ? [`1/${(1 / ratio).toFixed(1)}`, `1/${(1 / bar).toFixed(0)}`]
      : [ratio.toFixed(4), String(bar)];
    printBar(`${what}: ${got}`, `at most ${wanted}`, met, note);
  }
}

/** @param {string} what @param {string} bar @param {boolean} met */
export function printBar(what, bar, met, note = '') {
  console.log(`  ${met ? '    met' : 'NOT MET'}  ${what} (bar: ${bar})${note}`);
}
