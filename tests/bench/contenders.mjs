/**
 * The contenders that run in JavaScript, the same in Node and in a page: each takes the caller's data and gives labels and
 * centres. What a library cannot take as it is (rows as arrays, for example) is made ready before the clock starts, in its
 * favour; what it gives back is left as it is, also when that is less than labels.
 */

export const MAX_ITER = 300;
export const TOL = 1e-4;

/** The threshold in the README of kmeans-wasm. */
const KMEANS_WASM_THRESHOLD = 0.001;

/**
 * @typedef {{ data: Uint8Array | Float32Array, shape: number[] }} Table bytes of pixels, or rows of floats
 * @typedef {{ centers: ArrayLike<number>, nIter?: number, labels?: ArrayLike<number> }} Result
 * @typedef {(seed: number) => Result | Promise<Result>} Run
 */

/** @param {Table} table Rows as arrays of numbers, without alpha. */
function rowsOf({ data, shape }) {
  const channels = shape[shape.length - 1];
  const cols = data instanceof Uint8Array ? 3 : channels;
  return Array.from({ length: data.length / channels }, (_, i) => Array.from(data.subarray(i * channels, i * channels + cols)));
}

/** @param {Table} table How far a centre may still move when OpenCV stops: what scikit-learn's `tol` means for these data. */
function openCvEpsilon({ data, shape }) {
  const channels = shape[shape.length - 1];
  const cols = data instanceof Uint8Array ? 3 : channels;
  const rows = data.length / channels;
  let variance = 0;
  for (let j = 0; j < cols; j++) {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < rows; i++) {
      sum += data[i * channels + j];
      squares += data[i * channels + j] ** 2;
    }
    variance += (squares / rows - (sum / rows) ** 2) / cols;
  }
  return Math.sqrt(TOL * variance);
}

/**
 * @param {string} name
 * @param {Table} table
 * @param {number} k
 * @param {any} libraries what the lane could load: { lakh, kmeansWasm, mlKmeans, cv }
 * @returns {Run}
 */
export function contender(name, table, k, libraries) {
  const { lakh, kmeansWasm, mlKmeans, cv } = libraries;
  switch (name) {
    case 'lakh':
      return async (seed) => {
        const model = await new lakh.KMeans({ nClusters: k, maxIter: MAX_ITER, tol: TOL, randomState: seed }).fit(table);
        return { centers: model.clusterCenters.data, nIter: model.nIter, labels: model.labels };
      };
    case 'kmeans-wasm': {
      const rows = rowsOf(table);
      return () => {
        const { centroids, idxs, it } = kmeansWasm.kmeans(rows, k, MAX_ITER, KMEANS_WASM_THRESHOLD);
        // It pushes its k centres behind k empty places, and each centre's coordinates behind as many empty ones.
        return { centers: centroids.slice(-k).flatMap((row) => row.slice(-rows[0].length)), nIter: it, labels: idxs };
      };
    }
    case 'kmeans-wasm colours only':
      return () => ({ centers: kmeansWasm.kmeans_rgb(table.data, k, MAX_ITER, KMEANS_WASM_THRESHOLD) });
    case 'ml-kmeans': {
      const rows = rowsOf(table);
      return (seed) => {
        const { centroids, clusters, iterations } = mlKmeans(rows, k, { seed, maxIterations: MAX_ITER });
        return { centers: centroids.flat(), nIter: iterations, labels: clusters };
      };
    }
    case 'opencv.js': {
      const { data, shape } = table;
      const criteria = new cv.TermCriteria(cv.TermCriteria_EPS | cv.TermCriteria_MAX_ITER, MAX_ITER, openCvEpsilon(table));
      const cols = shape[shape.length - 1];
      return (seed) => {
        cv.setRNGSeed(seed + 1);
        const samples = new cv.Mat(data.length / cols, cols, cv.CV_32F);
        samples.data32F.set(data);
        const labels = new cv.Mat();
        const centers = new cv.Mat();
        cv.kmeans(samples, k, labels, criteria, 1, cv.KMEANS_PP_CENTERS, centers);
        const result = { centers: Float32Array.from(centers.data32F), labels: Int32Array.from(labels.data32S) };
        for (const mat of [samples, labels, centers]) mat.delete();
        return result;
      };
    }
    default:
      throw new RangeError(`no contender is called ${name}`);
  }
}

/** Instantiates kmeans-wasm, whose package is made for bundlers, from its glue and the bytes of its module. */
export function startKmeansWasm(glue, bytes) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { './kmeans_wasm_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  return glue;
}

/** One lane's loop: keeps one workload ready and answers jobs. */
export class Lane {
  /** @param {any} libraries @param {(name: string) => Promise<Table>} load */
  constructor(libraries, load) {
    this.libraries = libraries;
    this.load = load;
    this.data = '';
    /** @type {Table | undefined} */
    this.table = undefined;
    /** @type {Map<string, Run>} */
    this.runs = new Map();
  }

  /** @param {{ data: string, contender: string, k: number, seed: number, repeats: number }} job */
  async answer(job) {
    if (this.data !== job.data) {
      this.runs.clear();
      this.table = await this.load(job.data);
      this.data = job.data;
    }
    const key = `${job.contender} ${job.k}`;
    let run = this.runs.get(key);
    if (!run) {
      run = contender(job.contender, /** @type {Table} */ (this.table), job.k, this.libraries);
      this.runs.set(key, run);
    }
    let result = await run(job.seed);
    let ms = Number.POSITIVE_INFINITY;
    for (let repeat = 0; repeat < job.repeats; repeat++) {
      // Others' garbage must not be collected on this contender's time.
      /** @type {any} */ (globalThis).gc?.();
      const start = performance.now();
      result = await run(job.seed);
      ms = Math.min(ms, performance.now() - start);
    }
    return { ms, centers: Array.from(result.centers), nIter: result.nIter ?? null };
  }
}
