// Feeds damaged model files to `load`: whatever the bytes are, it gives an estimator that works or refuses them with BAD_FILE.
// Most mutants get a right checksum, so that what lies behind it is reached. `node tests/fuzz/fuzz_model_file.mjs [seconds [seed]]`
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GAN, KMeans, LakhError, MiniBatchKMeans, RBM, VAE } from 'lakh';
import { root } from '../../scripts/run.mjs';

const seconds = Number(process.argv[2] ?? 60);
const firstSeed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const corpusFolder = join(root, 'tests/fuzz/corpus/fuzz_model_file');
const foundFolder = join(root, 'build/fuzz/found');

/** @typedef {ReturnType<typeof randomFrom>} Random */

/** Numbers that are a function of the seed (xorshift), so that a find can be repeated. @param {number} seed */
function randomFrom(seed) {
  let state = seed | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    below: (/** @type {number} */ bound) => next() % bound,
    of: (/** @type {any[]} */ values) => values[next() % values.length],
  };
}

/** Files of all estimators with each kind of content. */
async function seeds() {
  const rows = Array.from({ length: 40 }, (_, i) => [(i * 17) % 23, (i * 29) % 31]);
  const models = [
    new KMeans({ nClusters: 3 }),
    new KMeans({
      nClusters: 2,
      init: [
        [0, 0],
        [9, 9],
      ],
      algorithm: 'elkan',
    }),
    new MiniBatchKMeans({ nClusters: 3, batchSize: 16 }),
  ];
  for (const model of models) await model.fit(rows);
  const binary = Array.from({ length: 40 }, (_, i) => [i % 2, (i >> 1) % 2, (i * 7) % 2, 1]);
  const trained = [
    new VAE({ hidden: [3], batchSize: 10, epochs: 2, patience: 1 }),
    new VAE({ hidden: [], filters: [2], imageShape: [2, 2], batchSize: 10, epochs: 2 }),
    new GAN({ hidden: [3], latentDim: 2, batchSize: 10, epochs: 2, qualitySamples: 0 }),
    new RBM({ nComponents: 3, nIter: 2 }),
  ];
  for (const model of trained) await model.fit(binary);
  const paused = new VAE({ hidden: [3], batchSize: 10, epochs: 2 });
  for await (const _ of paused.steps(binary, { every: 1 })) break;
  return [...[...models, ...trained, paused].map((model) => model.save()), trained[0].save({ training: false })];
}

const oddities = [
  0,
  -1,
  1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  -0.5,
  null,
  true,
  '',
  'F32',
  'NaN',
  [],
  {},
  [0],
  ['x'],
  '__proto__',
  'constructor',
];

/** Changes one place somewhere in a JSON value. @param {any} value @param {Random} random @returns {any} */
function mutateJson(value, random) {
  if (typeof value === 'string' && value.startsWith('{')) {
    try {
      return JSON.stringify(mutateJson(JSON.parse(value), random));
    } catch {
      return random.of(oddities);
    }
  }
  if (typeof value !== 'object' || value === null || random.below(8) === 0) return random.of(oddities);
  const keys = Object.keys(value);
  if (keys.length === 0) return random.of(oddities);
  const key = random.of(keys);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const kind = random.below(10);
  if (kind === 0) delete copy[key];
  else if (kind === 1) copy[random.of(['__proto__', 'extra', 'params.init', 'labels'])] = copy[key];
  else copy[key] = mutateJson(copy[key], random);
  return copy;
}

/** @param {Uint8Array} file @param {Random} random */
function mutateHeader(file, random) {
  try {
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    let header = JSON.parse(Buffer.from(file.subarray(8, 8 + length)).toString());
    for (let changes = 1 + random.below(3); changes > 0; changes--) header = mutateJson(header, random);
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([size, text, file.subarray(8 + length)]);
  } catch {
    return mutateBytes(file, random);
  }
}

/** @param {Uint8Array} file @param {Random} random */
function mutateBytes(file, random) {
  let copy = Buffer.from(file);
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const at = random.below(copy.length + 1);
    const length = random.below(9);
    const kind = random.below(5);
    if (kind === 0) copy = copy.subarray(0, at);
    else if (kind === 1) copy = Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
    else if (kind === 2)
      copy = Buffer.concat([copy.subarray(0, at), Buffer.alloc(length, random.below(256)), copy.subarray(at)]);
    else if (at < copy.length) copy[at] = kind === 3 ? copy[at] ^ (1 << random.below(8)) : random.of([0, 1, 127, 128, 255]);
  }
  return copy;
}

/** Makes the checksum right, as far as there is a header to put it in. @param {Buffer} file @returns {Buffer} */
function seal(file) {
  try {
    const start = 8 + Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.subarray(8, start).toString());
    const tail = file.subarray(start);
    header.__metadata__.fnv1a = String(hashOf(tail, hashOf(Buffer.from(header.__metadata__.model), 0x811c9dc5)));
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([size, text, tail]);
  } catch {
    return file;
  }
}

/** FNV-1a. @param {Uint8Array} bytes @param {number} hash of what comes before */
function hashOf(bytes, hash) {
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/**
 * Uses a model of centres that was loaded.
 *
 * @param {any} model
 */
async function useCenters(model) {
  const { data, shape } = model.clusterCenters;
  const [k, cols] = shape;
  if (data.length !== k * cols || k < 1 || cols < 1)
    throw new Error(`loaded centres of shape ${shape} with ${data.length} values`);
  const labels = await model.predict({ data: new Float32Array(3 * cols), shape: [3, cols] });
  if (labels.length !== 3 || labels.some((/** @type {number} */ label) => label < 0 || label >= k))
    throw new Error(`predicted ${labels}`);
}

/** Errors that a changed, but possible, model may answer a use with. */
const refusals = ['BAD_FILE', 'OUT_OF_MEMORY', 'DIVERGED'];

/**
 * Uses a generative model that was loaded: it works, finds that its weights do not belong to its parameters, or wants more memory
 * than there is. Training goes on or is refused.
 *
 * @param {any} model
 */
async function useTrained(model) {
  const cols = Math.min(model.nFeaturesIn, 64);
  const X = { data: new Float32Array(40 * cols), shape: [40, cols] };
  const calls = [
    () => (model.generate ?? model.sample ?? model.gibbs).call(model, model.gibbs ? X : 2),
    () => model.fit(X, { resume: true }),
    () => model.partialFit(X),
  ];
  for (const call of calls) {
    try {
      await call();
    } catch (error) {
      const isRefusal = error instanceof LakhError ? refusals.includes(error.code) : /^(Range|Type)Error$/.test(error.name);
      if (!isRefusal) throw error;
    }
  }
}

/** What the loader did with a file: `undefined` when it kept its promise. @param {Uint8Array} file */
async function faultOf(file) {
  for (const Estimator of [KMeans, MiniBatchKMeans, VAE, GAN, RBM]) {
    let model;
    try {
      model = await Estimator.load(file);
    } catch (error) {
      if (!(error instanceof LakhError) || error.code !== 'BAD_FILE') return error;
      continue;
    }
    accepted++;
    try {
      await ('clusterCenters' in model ? useCenters(model) : useTrained(model));
      await Estimator.load(model.save());
    } catch (error) {
      return error;
    }
    model.dispose();
  }
  return undefined;
}

let accepted = 0;
let runs = 0;
const fresh = await seeds();
mkdirSync(corpusFolder, { recursive: true });
const kept = readdirSync(corpusFolder).map((name) => readFileSync(join(corpusFolder, name)));
for (const file of kept) {
  const fault = await faultOf(file);
  if (fault) throw fault;
}
const starts = [...fresh, ...kept];
const end = performance.now() + 1000 * seconds;
for (let seed = firstSeed; performance.now() < end; seed++) {
  const random = randomFrom(seed * 2654435761);
  let file = Buffer.from(random.of(starts));
  file = random.below(3) === 0 ? mutateBytes(file, random) : Buffer.from(mutateHeader(file, random));
  if (random.below(10) !== 0) file = seal(file);
  const fault = await faultOf(file);
  runs++;
  if (fault) {
    mkdirSync(foundFolder, { recursive: true });
    const path = join(foundFolder, `model-${seed}.safetensors`);
    writeFileSync(path, file);
    console.error(`seed ${seed}: ${path}`);
    throw fault;
  }
}
console.log(`${runs} files, ${accepted} loaded (from seed ${firstSeed})`);
if (accepted === 0 || accepted === runs) throw new Error('The mutants were all of one kind: the fuzzing reaches nothing.');
