/**
 * The benchmark: one run, the same data for all, medians over seeds, ratios beside the bars that were set for them.
 *
 *   npm run bench -- [--quick] [--seeds N] [--only NAME,…] [--lanes node,chromium,python] [--write]
 *
 * NAME is one of china100k, china, photo12mp, mnist10k, blobs16, camera, memory, size, or of the generative models: vae, gan, rbm,
 * rbm-epoch, rbm-epoch-10, convvae, matmul, quality; memory has a part of theirs too. --quick is --seeds 5; --write puts the
 * figures into docs/performance.md. What is left out keeps the figures of the run before. Training takes 5 turns and quality 3
 * seeds, unless --seeds says fewer (or, of turns, more).
 *
 * Contenders take turns: all of them for seed 0, then all for seed 1, …, so that a slow moment of the machine falls on all.
 * Each turn is one run that warms up and one or, where runs are short, three that are timed, of which the fastest counts.
 * Inertia is computed here, in one way for all, from the centres that a contender returned.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/run.mjs';
import { measureCamera, printCamera } from './camera.mjs';
import { measureGenerative } from './generative/bench.mjs';
import { inertiaOf, readTable } from './inertia.mjs';
import { openChromium, openNode, openPython } from './lanes.mjs';
import { measureMemory, printMemory } from './memory.mjs';
import { dataFolder, makeReady } from './ready.mjs';
import { printWorkload, summarize } from './report.mjs';
import { measureSizes, printSizes } from './size.mjs';
import { workloads } from './workloads.mjs';
import { writeFigures } from './write_figures.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seeds: { type: 'string' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    lanes: { type: 'string', default: 'node,chromium,python' },
  },
});
/** A load average above which something else is running. */
const BUSY = 0.7;
const SEEDS = 20;
const QUICK_SEEDS = 5;
const TRAINING_TURNS = 5;
const seeds = Number(options.seeds ?? (options.quick ? QUICK_SEEDS : SEEDS));
const only = options.only.split(',').filter(Boolean);
const isWanted = (name) => only.length === 0 || only.includes(name);

await makeReady();
const openers = { node: openNode, chromium: openChromium, python: openPython };
const laneNames = options.lanes.split(',');
const lanes = {};
if (workloads.some(({ data }) => isWanted(data)) || isWanted('camera'))
  for (const name of laneNames) lanes[name] = await openers[name](dataFolder);

const resultsFile = path.join(root, 'build/bench/results.json');
const earlier = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : { workloads: [] };
const results = { ...earlier, machine: { ...earlier.machine, ...machine() } };
console.log(`${results.machine.cpu}, ${results.machine.cores} cores; Node ${process.version}; ${seeds} seeds`);
if (results.machine.load > BUSY)
  console.log(`The machine is busy (load ${results.machine.load.toFixed(1)}): the times will be too long.`);
if (lanes.python) {
  results.machine.native = await lanes.python.ask({ contender: 'versions' });
  console.log(`native: ${JSON.stringify(results.machine.native)}`);
}
if (lanes.chromium) {
  results.machine.chromium = lanes.chromium.version;
  console.log(lanes.chromium.version);
}

try {
  for (const workload of workloads.filter(({ data }) => isWanted(data))) {
    const summary = summarize(workload, await measure(workload));
    const others = results.workloads.filter(({ data }) => data !== workload.data);
    results.workloads = inOrder([...others, summary]);
    printWorkload(summary);
  }
  if (isWanted('camera')) {
    results.camera = await measureCamera(dataFolder, lanes.chromium);
    printCamera(results.camera);
  }
} finally {
  for (const lane of Object.values(lanes)) await lane.close();
}
results.generative = await measureGenerative(
  { dataFolder, laneNames, turns: Number(options.seeds ?? TRAINING_TURNS), isWanted },
  results.generative,
);
if (isWanted('memory')) {
  results.memory = await measureMemory(dataFolder);
  printMemory(results.memory);
}
if (isWanted('size')) {
  results.sizes = await measureSizes();
  printSizes(results.sizes);
}
writeFileSync(resultsFile, JSON.stringify(results, null, 1));
if (options.write) writeFigures(results);

/** @param {any[]} summaries */
function inOrder(summaries) {
  return workloads.flatMap(({ data }) => summaries.filter((summary) => summary.data === data));
}

/** @param {import('./workloads.mjs').Workload} workload */
async function measure({ data, k, repeats, entrants }) {
  const table = await readTable(dataFolder, data);
  const runs = entrants.filter(({ lane }) => lanes[lane]).map((entrant) => ({ ...entrant, ms: [], inertia: [], nIter: [] }));
  for (let seed = 0; seed < seeds; seed++) {
    // Each round begins with another contender.
    for (let turn = 0; turn < runs.length; turn++) {
      const run = runs[(turn + seed) % runs.length];
      const { ms, centers, nIter } = await lanes[run.lane].ask({ contender: run.contender, data, k, seed, repeats });
      run.ms.push(ms);
      run.inertia.push(inertiaOf(table, centers));
      run.nIter.push(nIter);
    }
  }
  return runs;
}

function machine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0].model,
    cores: cpus.length,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GB`,
    load: os.loadavg()[0],
    node: process.version,
  };
}
