/** Writes the figures of build/bench/results.json into docs/performance.md, between its two marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/run.mjs';
import { generativeFigures } from './generative/figures.mjs';
import { NAMES } from './report.mjs';
import { BARS } from './size.mjs';

const BEGIN = '<!-- figures: npm run bench -- --write -->';
const END = '<!-- end of figures -->';

/** @param {any} results */
export function writeFigures(results) {
  const page = path.join(root, 'docs/performance.md');
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  writeFileSync(page, `${text.slice(0, begin)}\n\n${figures(results)}\n\n${text.slice(end)}`);
}

/** @param {any} results */
function figures({ machine, workloads, generative, camera, memory, sizes }) {
  const parts = [
    `Measured on ${machine.cores} cores of an ${machine.cpu} with ${machine.memory}, Debian 12: Node ${machine.node.slice(1)}, ` +
      `${machine.chromium.replace('Chrome/', 'Chromium ')}, scikit-learn ${machine.native['scikit-learn']}, OpenCV ${machine.native.opencv}.`,
  ];
  for (const { title, rows, checks, seeds } of workloads) {
    parts.push(
      `### ${title[0].toUpperCase()}${title.slice(1)}`,
      [
        `| ${seeds} seeds | median, ms | fastest | slowest | mean inertia |`,
        '|---|--:|--:|--:|--:|',
        ...rows.map(
          ({ contender, lane, median, min, max, inertia }) =>
            `| ${contender === 'lakh' ? '**lakh**' : contender}, ${NAMES[lane]} | ${ms(median)} | ${ms(min)} | ${ms(max)} | ${inertia.toPrecision(5)} |`,
        ),
      ].join('\n'),
      [
        '| bar | wanted | reached | |',
        '|---|--:|--:|---|',
        ...checks.map(({ what, ratio, bar, met, isTime }) => {
          const show = (/** @type {number} */ value, digits = 0) =>
            isTime ? `1/${(1 / value).toFixed(digits)}` : value.toFixed(3);
          return `| ${what} | ${show(bar)} | ${show(ratio, 1)} | ${verdict(met)} |`;
        }),
      ].join('\n'),
    );
  }
  const rest = [];
  for (const { lane, median, p95 } of camera ?? [])
    rest.push(
      `| a frame of 1280 × 720, ${NAMES[lane]} | 12 ms | ${ms(median)} ms (95 %: ${ms(p95)} ms) | ${verdict(median <= 12)} |`,
    );
  for (const { what, mb } of memory ?? [])
    rest.push(`| memory above a 12-megapixel image: ${what} | 200 MB | ${mb.toFixed(0)} MB | ${verdict(mb < 200)} |`);
  if (sizes) {
    const row = (/** @type {string} */ what, /** @type {number} */ bar, /** @type {number} */ bytes) =>
      `| ${what} | ${bar / 1000} kB | ${(bytes / 1000).toFixed(1)} kB | ${verdict(bytes < bar)} |`;
    rest.push(row('the module, gzipped', BARS.module, sizes.module));
    rest.push(row('its part for clustering and images', BARS.clustering, sizes.clustering));
    rest.push(row('JavaScript for KMeans, minified and gzipped', BARS.kmeans, sizes.kmeans));
  }
  parts.push('### Frames, memory, size', ['| | at most | reached | |', '|---|--:|--:|---|', ...rest].join('\n'));
  parts.push(...generativeFigures(generative));
  return parts.join('\n\n');
}

/** @param {number} value */
const ms = (value) =>
  value.toPrecision(3).replace(/e\+.*/, '') === value.toPrecision(3) ? value.toPrecision(3) : value.toFixed(0);

/** @param {boolean} met */
const verdict = (met) => (met ? 'met' : '**not met**');
