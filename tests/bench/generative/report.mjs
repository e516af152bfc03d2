/** What the generative workloads come to: medians, ratios, the lines that are printed. */
import { median, NAMES, printBar, spread } from '../report.mjs';

/**
 * @typedef {import('./workloads.mjs').Workload} Workload
 * @typedef {import('./lane.mjs').Measured} Measured
 */

/** @param {Workload} workload @param {{ lane: string, contender: string, measured: Measured[] }[]} runs */
export function summarize({ name, title, per, bars }, runs) {
  const rows = runs.map(({ lane, contender, measured }) => {
    const ms = measured.flatMap((turn) => turn.ms);
    const losses = measured.map(({ loss }) => loss);
    return {
      lane,
      contender,
      count: ms.length,
      ...spread(ms),
      whole: median(measured.map(({ whole }) => whole)),
      loss: losses.includes(null) ? null : median(/** @type {number[]} */ (losses)),
    };
  });
  const find = (lane, contender) => rows.find((row) => row.lane === lane && row.contender === contender);
  const checks = [];
  for (const lane of ['node', 'chromium']) {
    const ours = find(lane, 'lakh');
    if (!ours) continue;
    for (const { peer, ratio: bar } of bars) {
      const theirs = find(lane, peer) ?? find('python', peer);
      if (!theirs) continue;
      const ratio = ours.median / theirs.median;
      checks.push({ what: `lakh in ${NAMES[lane]} against ${peer}`, ratio, bar, met: ratio <= bar });
    }
  }
  return { name, title, per, rows, checks };
}

/** A ratio below 1 as a fraction, above as a multiple. @param {number} ratio @param {number} digits */
const share = (ratio, digits) => (ratio < 1 ? `1/${(1 / ratio).toFixed(digits)}` : ratio.toFixed(digits));

/** @param {ReturnType<typeof summarize>} summary */
export function printWorkload({ title, per, rows, checks }) {
  console.log(`\n${title}: ms ${per}`);
  const head = ['median', 'min', 'max', 'whole', 'loss', 'timed'].map((word) => word.padStart(10)).join('');
  console.log(`  ${'contender'.padEnd(36)}${head}`);
  for (const { lane, contender, median: middle, min, max, whole, loss, count } of rows) {
    const numbers = [middle, min, max, whole].map((ms) => ms.toFixed(2).padStart(10)).join('');
    const rest = `${(loss === null ? '' : loss.toFixed(2)).padStart(10)}${String(count).padStart(10)}`;
    console.log(`  ${`${contender} (${NAMES[lane]})`.padEnd(36)}${numbers}${rest}`);
  }
  for (const { what, ratio, bar, met } of checks) printBar(`${what}: ${share(ratio, 1)}`, `at most ${share(bar, 0)}`, met);
}
