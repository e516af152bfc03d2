/**
 * What is measured, and the bars that it is held to. A bar is a ratio of medians, lakh's time over the peer's on the same
 * lane when the peer runs in JavaScript, and over the native time otherwise.
 */

/**
 * @typedef {{ lane: 'node' | 'chromium' | 'python', contender: string }} Entrant
 * @typedef {{ data: string, k: number, title: string, repeats: number, entrants: Entrant[], bars: { peer: string, ratio: number }[] }} Workload
 */

/** @param {string[]} names @returns {Entrant[]} */
const inBoth = (...names) => names.flatMap((contender) => [node(contender), { lane: 'chromium', contender }]);
/** @param {string} contender @returns {Entrant} */
const node = (contender) => ({ lane: 'node', contender });
/** @type {Entrant[]} */
const native = [
  { lane: 'python', contender: 'scikit-learn' },
  { lane: 'python', contender: 'opencv' },
];

const pixelBars = [
  { peer: 'kmeans-wasm', ratio: 1 / 12 },
  { peer: 'ml-kmeans', ratio: 1 / 150 },
  { peer: 'scikit-learn', ratio: 1 / 8 },
  { peer: 'opencv', ratio: 1 / 4 },
];

/** @type {Workload[]} */
export const workloads = [
  {
    data: 'china100k',
    k: 5,
    title: '100,000 pixels of china.jpg, k = 5',
    repeats: 3,
    entrants: [...inBoth('lakh', 'kmeans-wasm', 'kmeans-wasm colours only', 'opencv.js', 'ml-kmeans'), ...native],
    bars: pixelBars,
  },
  {
    data: 'china',
    k: 5,
    title: 'all 273,280 pixels of china.jpg, k = 5',
    repeats: 3,
    entrants: [...inBoth('lakh', 'kmeans-wasm', 'kmeans-wasm colours only', 'opencv.js', 'ml-kmeans'), ...native],
    bars: pixelBars,
  },
  {
    data: 'photo12mp',
    k: 5,
    title: 'a photo of 12 megapixels, k = 5',
    repeats: 1,
    entrants: [...inBoth('lakh'), ...native],
    bars: [{ peer: 'scikit-learn', ratio: 1 / 10 }],
  },
  {
    data: 'mnist10k',
    k: 10,
    title: 'MNIST, 10,000 x 784, k = 10',
    repeats: 1,
    entrants: [...inBoth('lakh', 'kmeans-wasm'), ...native],
    bars: [{ peer: 'kmeans-wasm', ratio: 1 / 10 }],
  },
  {
    data: 'blobs16',
    k: 50,
    title: 'overlapping blobs, 100,000 x 16, k = 50',
    repeats: 1,
    entrants: [...inBoth('lakh', 'kmeans-wasm'), ...native],
    bars: [{ peer: 'kmeans-wasm', ratio: 1 / 10 }],
  },
];

/** Time in Chromium over time in Node, for the first workload. */
export const CHROMIUM_BAR = 1.3;
/** lakh's mean inertia over scikit-learn's. */
export const QUALITY_BAR = 1.005;
