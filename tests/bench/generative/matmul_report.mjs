/** The matrix product as a share of the fastest bare loop, each the median over rounds. */
import { median, NAMES, printBar } from '../report.mjs';

/** By what the product is for. */
const BARS = { square: 0.8, autoencoder: 0.6 };

/** @param {string} lane @param {ReturnType<import('./matmul.mjs').measureProducts>} measured */
export function summarizeProducts(lane, { loops, products }) {
  const speed = ({ operations, ns }) => operations / median(ns);
  const fastest = loops.reduce((best, loop) => (speed(loop) > speed(best) ? loop : best));
  const rows = products.map((product) => ({
    name: product.name,
    shape: [product.rows, product.cols, product.depth],
    kind: product.kind,
    microseconds: median(product.ns) / 1e3,
    speed: speed(product),
    share: speed(product) / speed(fastest),
  }));
  const step = products.filter(({ kind }) => kind === 'autoencoder');
  const sum = (/** @type {(product: any) => number} */ of) => step.reduce((total, product) => total + of(product), 0);
  const together = sum(({ operations }) => operations) / sum(({ ns }) => median(ns)) / speed(fastest);
  const checks = [
    ...rows
      .filter(({ kind }) => kind === 'square')
      .map(({ name, share }) => ({ what: `${name}, ${NAMES[lane]}`, share, bar: BARS.square })),
    { what: `all products of a training step, ${NAMES[lane]}`, share: together, bar: BARS.autoencoder },
  ].map((check) => ({ ...check, met: check.share >= check.bar }));
  return { lane, fastest: { name: fastest.name, speed: speed(fastest) }, rows, checks };
}

const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(0)} %`;

/** @param {ReturnType<typeof summarizeProducts>[]} summaries */
export function printProducts(summaries) {
  for (const { lane, fastest, rows, checks } of summaries) {
    const { name, speed } = fastest;
    console.log(`\nmatrix product (${NAMES[lane]}); the fastest loop, over blocks of ${name}: ${speed.toFixed(1)} GFLOP/s`);
    for (const row of rows) {
      const numbers = [
        row.microseconds.toFixed(1).padStart(10),
        row.speed.toFixed(1).padStart(10),
        percent(row.share).padStart(8),
      ];
      console.log(`  ${row.name.padEnd(34)}${row.shape.join(' x ').padStart(20)}${numbers.join('')}`);
    }
    for (const { what, share, bar, met } of checks) printBar(`${what}: ${percent(share)}`, `at least ${percent(bar)}`, met);
  }
}
