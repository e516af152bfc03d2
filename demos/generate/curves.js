/**
 * The course of training as two charts beside each other, and in words.
 */
import uPlot from 'uplot';
import { cssColor, onNewColors } from './ink.js';

/**
 * @typedef {object} Line
 * @property {'steps' | 'epochs'} every of the history
 * @property {string} series
 * @property {string} words
 * @property {string} color a property
 * @property {boolean} [isBrief] whether it is left out where only the epochs are known
 * @property {boolean} [isShare] whether it is one of a whole, with an axis of its own on the right
 *
 * @typedef {object} ChartKind
 * @property {string} title
 * @property {Line[]} lines
 *
 * @typedef {{ steps: Record<string, ArrayLike<number>>, epochs: Record<string, ArrayLike<number>> }} History
 */

/** More points than that are not told apart; each is then the mean of several. */
const MOST_POINTS = 300;
const HEIGHT = 168;
/** A share of the highest values, those of the first steps, may lie above the chart. */
const ABOVE = 0.04;

/** @type {Record<import('./kinds.js').KindName, ChartKind[]>} */
const charts = {
  vae: [
    {
      title: 'Loss: nats to describe one picture',
      lines: [
        { every: 'steps', series: 'loss', words: 'each step', color: '--line-strong', isBrief: true },
        { every: 'epochs', series: 'loss', words: 'epoch', color: '--accent' },
        { every: 'epochs', series: 'validationLoss', words: 'held out', color: '--below' },
      ],
    },
    {
      title: 'Of these, nats that the code carries',
      lines: [
        { every: 'steps', series: 'divergence', words: 'each step', color: '--line-strong', isBrief: true },
        { every: 'epochs', series: 'divergence', words: 'epoch', color: '--accent' },
      ],
    },
  ],
  gan: [
    {
      title: 'Losses of the two players',
      lines: [
        { every: 'steps', series: 'generatorLoss', words: 'generator', color: '--accent' },
        { every: 'steps', series: 'discriminatorLoss', words: 'critic', color: '--below' },
      ],
    },
    {
      title: 'Variety, and distance from the data',
      lines: [
        { every: 'epochs', series: 'modeCoverage', words: 'share of modes', color: '--accent', isShare: true },
        { every: 'epochs', series: 'featureDistance', words: 'distance', color: '--below' },
      ],
    },
  ],
  rbm: [
    {
      title: 'Pseudo-likelihood, nats a picture',
      lines: [{ every: 'epochs', series: 'validationScore', words: 'held out', color: '--accent' }],
    },
    {
      title: 'Error of the reconstruction',
      lines: [
        { every: 'steps', series: 'reconstruction', words: 'each step', color: '--line-strong', isBrief: true },
        { every: 'epochs', series: 'reconstruction', words: 'epoch', color: '--accent' },
      ],
    },
  ],
};

/** @param {unknown} _ @param {number[]} at */
const asPercents = (_, at) => at.map((share) => `${Math.round(100 * share)}%`);
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

export class Curves {
  #place = /** @type {HTMLElement} */ (document.getElementById('curves'));
  /** @type {Chart[]} */
  #charts = [];
  /** @type {import('./kinds.js').KindName | undefined} */
  #kind;
  /** @type {[History | undefined, number]} */
  #last = [undefined, 1];

  constructor() {
    onNewColors(() => {
      if (this.#kind !== undefined) this.#make(this.#kind);
      this.#draw();
    });
    new ResizeObserver(() => {
      for (const chart of this.#charts) chart.fit();
    }).observe(this.#place);
  }

  /**
   * @param {import('./kinds.js').KindName} kind
   * @param {History | undefined} history
   * @param {number} perEpoch steps of an epoch
   */
  show(kind, history, perEpoch) {
    if (kind !== this.#kind) this.#make(kind);
    this.#last = [history, perEpoch];
    this.#draw();
  }

  /** @param {import('./kinds.js').KindName} kind */
  #make(kind) {
    this.#kind = kind;
    for (const chart of this.#charts) chart.end();
    this.#charts = charts[kind].map((one) => new Chart(one, this.#place));
    // Only now do they share the width.
    for (const chart of this.#charts) chart.fit();
  }

  #draw() {
    const [history, perEpoch] = this.#last;
    for (const chart of this.#charts) chart.draw(history, perEpoch);
  }
}

class Chart {
  #kind;
  #figure = document.createElement('figure');
  #canvas = document.createElement('div');
  #words = document.createElement('p');
  #plot;

  /** @param {ChartKind} kind @param {HTMLElement} place */
  constructor(kind, place) {
    this.#kind = kind;
    const title = document.createElement('figcaption');
    title.textContent = kind.title;
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#words.className = 'timing';
    this.#figure.append(title, this.#canvas, this.#words);
    place.append(this.#figure);
    const hasShare = kind.lines.some(({ isShare }) => isShare);
    const axis = { stroke: cssColor('--ink-soft'), grid: { stroke: cssColor('--line'), width: 1 }, ticks: { show: false } };
    const font = '12px system-ui, sans-serif';
    this.#plot = new uPlot(
      {
        width: this.#canvas.clientWidth || 300,
        height: HEIGHT,
        padding: [8, hasShare ? 0 : 16, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false },
          y: { range: (_, low, high) => [low, high === low ? low + 1 : high] },
          share: { range: [0, 1.05] },
        },
        axes: [
          { ...axis, font, size: 28, gap: 4, values: (_, at) => at.map((value) => `${value}`) },
          { ...axis, font, size: 44, gap: 4 },
          ...(hasShare
            ? [
                {
                  ...axis,
                  font,
                  size: 44,
                  gap: 4,
                  scale: 'share',
                  side: /** @type {1} */ (1),
                  grid: { show: false },
                  values: asPercents,
                },
              ]
            : []),
        ],
        series: [
          {},
          ...kind.lines.map(({ color, every, isShare }) => ({
            scale: isShare ? 'share' : 'y',
            stroke: cssColor(color),
            width: every === 'steps' && kind.lines.length > 1 && color === '--line-strong' ? 1 : 2,
            spanGaps: true,
            points: { show: every === 'epochs', size: 4 },
          })),
        ],
      },
      [[0], ...kind.lines.map(() => [null])],
      this.#canvas,
    );
  }

  fit() {
    const { clientWidth: width } = this.#canvas;
    if (width > 0) this.#plot.setSize({ width, height: HEIGHT });
  }

  end() {
    this.#plot.destroy();
    this.#figure.remove();
  }

  /** @param {History | undefined} history @param {number} perEpoch */
  draw(history, perEpoch) {
    const lines = this.#kind.lines.map(({ every, series, isBrief }) => {
      // Of a ready-trained model only the epochs are known.
      const isStep = every === 'steps' && (isBrief || history?.steps[series] !== undefined);
      return thin(history?.[isStep ? 'steps' : 'epochs'][series] ?? [], isStep ? perEpoch : 1);
    });
    const values = lines.flatMap(([, y], i) => (this.#kind.lines[i].isShare ? [] : y)).sort((a, b) => a - b);
    const isEmpty = values.length === 0;
    this.#figure.hidden = isEmpty && history !== undefined;
    if (!isEmpty) {
      const low = values[0];
      const high = values[Math.ceil((values.length - 1) * (1 - ABOVE))];
      const room = 0.06 * (high - low || 1);
      this.#plot.batch(() => {
        this.#plot.setData(/** @type {any} */ (uPlot.join(/** @type {any} */ (lines))), false);
        this.#plot.setScale('x', { min: 0, max: Math.max(...lines.map(([x]) => x.at(-1) ?? 0)) });
        this.#plot.setScale('y', { min: low - room, max: high + room });
      });
    }
    this.#words.replaceChildren(...this.#kind.lines.flatMap((line, i) => this.#legend(line, lines[i][1].at(-1))));
  }

  /** @param {Line} line @param {number | undefined} last */
  #legend({ words, color }, last) {
    if (last === undefined) return [];
    const entry = document.createElement('span');
    entry.className = 'entry';
    entry.style.setProperty('--color', `var(${color})`);
    entry.textContent = `${words}: ${number.format(last)}`;
    return [entry];
  }
}

/**
 * A series with its places in epochs; long ones as means of equal parts.
 *
 * @param {ArrayLike<number>} values
 * @param {number} perEpoch
 * @returns {[x: number[], y: number[]]}
 */
function thin(values, perEpoch) {
  const size = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  /** @type {[number[], number[]]} */
  const [x, y] = [[], []];
  for (let from = 0; from < values.length; from += size) {
    const to = Math.min(values.length, from + size);
    let [sum, count] = [0, 0];
    for (let i = from; i < to; i++) {
      // Some steps have no value: those, for one, in which only the critic learns.
      if (!Number.isFinite(values[i])) continue;
      sum += values[i];
      count++;
    }
    if (count === 0) continue;
    x.push(to / perEpoch);
    y.push(sum / count);
  }
  return [x, y];
}
