/**
 * The matrix product against the bare loops over register blocks (kernels.c), in billions of multiplications and additions a second.
 * A round measures every loop and every product once; figures are medians over rounds.
 */

const ROUNDS = 15;
/** Long enough for the clock, short enough for many rounds. */
const SLICE_MS = 8;
const TRIES = 3;
const BATCH = 128;
/** The largest panels, of 8 rows or 16 columns, then fill 24 KB of the first-level cache at most. */
const LOOP_DEPTH = 256;

/**
 * @typedef {{ name: string, kind: 'square' | 'autoencoder', rows: number, cols: number, depth: number, aTransposed?: boolean, bTransposed?: boolean }} Product operands are stored without gaps
 */

/** The three products of a dense layer: its outputs, and the gradients by its weights and its inputs. */
const layer = (inputs, outputs) => [
  { name: `${inputs} to ${outputs}, outputs`, rows: BATCH, cols: outputs, depth: inputs, bTransposed: true },
  { name: `${inputs} to ${outputs}, gradient by weights`, rows: outputs, cols: inputs, depth: BATCH, aTransposed: true },
  { name: `${inputs} to ${outputs}, gradient by inputs`, rows: BATCH, cols: inputs, depth: outputs },
];

/** @type {Product[]} */
const squares = [256, 512, 1024].map((side) => ({
  name: `a square of ${side}`,
  kind: 'square',
  rows: side,
  cols: side,
  depth: side,
}));

/** Those of a step of the autoencoder; nobody asks for the gradient by its first inputs. @type {Product[]} */
const autoencoder = [...layer(784, 256).slice(0, 2), ...layer(256, 4), ...layer(2, 256), ...layer(256, 784)].map((product) => ({
  ...product,
  kind: 'autoencoder',
}));

const operations = ({ rows, cols, depth }) => 2 * rows * cols * depth;

/** Nanoseconds of one call. @param {(times: number) => void} run @param {number} times that take about a slice */
function time(run, times) {
  const start = performance.now();
  run(times);
  return ((performance.now() - start) * 1e6) / times;
}

/** How often in half a slice, when nothing else is running. @param {(times: number) => void} run */
function timesInSlice(run) {
  for (let times = 1; ; times *= 2) {
    const fastest = Math.min(...Array.from({ length: TRIES }, () => time(run, times)));
    if (fastest * times >= (SLICE_MS / 2) * 1e6) return times;
  }
}

/**
 * @param {WebAssembly.Exports} exports of kernels.c
 * @returns {{ loops: { name: string, ns: number[], operations: number }[], products: (Product & { ns: number[], operations: number })[] }}
 */
export function measureProducts(exports) {
  const kernels = /** @type {Record<string, (...args: number[]) => number>} */ (exports);
  kernels.fill();
  const loops = Array.from({ length: kernels.loop_count() }, (_, loop) => {
    const [rows, cols, depth] = [kernels.loop_rows(loop), kernels.loop_cols(loop), LOOP_DEPTH];
    const run = (times) => kernels.run_loop(loop, depth, times);
    return { name: `${rows} x ${cols}`, operations: operations({ rows, cols, depth }), run, ns: [] };
  });
  const products = [...squares, ...autoencoder].map((product) => {
    const { rows, cols, depth, aTransposed = false, bTransposed = false } = product;
    const run = (times) => kernels.run_product(rows, cols, depth, Number(aTransposed), Number(bTransposed), times);
    return { ...product, operations: operations(product), run, ns: [] };
  });
  const all = [...loops, ...products].map((entry) => ({ ...entry, times: timesInSlice(entry.run) }));
  for (const { run, times } of all) run(times); // The engine has its best code by now.
  for (let round = 0; round < ROUNDS; round++) for (const { run, times, ns } of all) ns.push(time(run, times));
  const plain = ({ run, ...entry }) => entry;
  return { loops: loops.map(plain), products: products.map(plain) };
}
