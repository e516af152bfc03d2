/** The figures of the generative models, as tables for docs/performance.md. */
import { NAMES } from '../report.mjs';

const verdict = (/** @type {boolean} */ met) => (met ? 'met' : '**not met**');
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(0)} %`;
const three = (/** @type {number} */ value) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));
/** A ratio below 1 as a fraction. */
const share = (/** @type {number} */ ratio, digits = 0) =>
  ratio < 1 ? `1/${(1 / ratio).toFixed(digits)}` : `${ratio.toFixed(digits)} ×`;
const table = (/** @type {string[]} */ ...lines) => lines.join('\n');

/** @param {any[]} checks */
const bars = (checks) =>
  table(
    '| bar | at most | reached | |',
    '|---|--:|--:|---|',
    ...checks.map(({ what, ratio, bar, met }) => `| ${what} | ${share(bar)} | ${share(ratio, 1)} | ${verdict(met)} |`),
  );

/** @param {any} workload */
const steps = ({ title, per, rows, checks }) => [
  `#### ${title[0].toUpperCase()}${title.slice(1)}`,
  table(
    `| ms ${per} | median | fastest | slowest | loss |`,
    '|---|--:|--:|--:|--:|',
    ...rows.map(({ contender, lane, median, min, max, loss }) => {
      const name = contender === 'lakh' ? '**lakh**' : contender;
      return `| ${name}, ${NAMES[lane]} | ${three(median)} | ${three(min)} | ${three(max)} | ${loss === null ? '' : three(loss)} |`;
    }),
  ),
  ...(checks.length === 0 ? [] : [bars(checks)]),
];

/** @param {any[]} summaries one a lane */
function products(summaries) {
  const lanes = summaries.map(({ lane, fastest }) => `${NAMES[lane]}, of ${fastest.speed.toFixed(1)} GFLOP/s`);
  const [{ rows }] = summaries;
  return [
    '#### The matrix product, as a share of the fastest loop',
    table(
      `| product | rows × columns × depth | ${lanes.join(' | ')} |`,
      `|---|--:|${lanes.map(() => '--:|').join('')}`,
      ...rows.map(({ name, shape }, i) => {
        const shares = summaries.map((summary) => percent(summary.rows[i].share));
        return `| ${name} | ${shape.join(' × ')} | ${shares.join(' | ')} |`;
      }),
    ),
    table(
      '| bar | at least | reached | |',
      '|---|--:|--:|---|',
      ...summaries.flatMap(({ checks }) =>
        checks.map(
          ({ what, share: reached, bar, met }) => `| ${what} | ${percent(bar)} | ${percent(reached)} | ${verdict(met)} |`,
        ),
      ),
    ),
  ];
}

/** @param {any[]} rows */
const quality = (rows) => {
  const shown = (/** @type {number} */ value) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
  return [
    '#### Quality on the test digits',
    table(
      '| | bar | reached | by seed | reference | |',
      '|---|--:|--:|---|---|---|',
      ...rows.map(({ what, bar, mean, values, met, reference, lowerIsBetter }) => {
        const limit = `${lowerIsBetter ? '≤' : '≥'} ${shown(bar)}`;
        const by = values.map(shown).join(', ');
        return `| ${what} | ${limit} | ${shown(mean)} | ${by} | ${reference.name}: ${shown(reference.mean)} | ${verdict(met)} |`;
      }),
    ),
  ];
};

/** @param {any[]} rows */
const memory = (rows) => [
  '#### Memory of training',
  table(
    '| | under | reached | |',
    '|---|--:|--:|---|',
    ...rows.map(({ what, mb, bar, met }) => `| ${what} | ${bar} MB | ${mb.toFixed(1)} MB | ${verdict(met)} |`),
  ),
];

/** @param {any} results of measureGenerative @returns {string[]} */
export function generativeFigures({ workloads = [], matmul, quality: qualities, memory: memories, native } = {}) {
  const parts = [
    ...workloads.flatMap(steps),
    ...(matmul ? products(matmul) : []),
    ...(qualities ? quality(qualities) : []),
    ...(memories ? memory(memories) : []),
  ];
  if (parts.length === 0) return [];
  const versions = native
    ? ` beside PyTorch ${native.torch}, scikit-learn ${native['scikit-learn']}, TensorFlow.js 4.22 and jax-js 0.1.25`
    : '';
  return ['### Training', `Training${versions}.`, ...parts];
}
