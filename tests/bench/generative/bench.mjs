/**
 * The benchmark of the generative models, for bench.mjs: lanes of its own, so that these libraries and those of clustering do not
 * share a process. Its page is not isolated: every library then runs in one thread, as it does on a host that sets no headers.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { openChromium, openNode, openPython } from '../lanes.mjs';
import { kernelsModule } from '../ready.mjs';
import { printProducts, summarizeProducts } from './matmul_report.mjs';
import { measureTrainingMemory } from './memory.mjs';
import { measureQuality } from './quality.mjs';
import { measureSteps } from './steps.mjs';
import { workloads } from './workloads.mjs';

const require = createRequire(import.meta.url);
const tensorflow = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
const PAGE = {
  script: 'generative/page.mjs',
  files: {
    '/tensorflow/tfjs-backend-wasm-simd.wasm': path.join(tensorflow, 'tfjs-backend-wasm-simd.wasm'),
    '/kernels.wasm': kernelsModule,
  },
  isolated: false,
};

/** The bars are means over so many. */
const QUALITY_SEEDS = 3;

const openers = {
  node: (folder) => openNode(folder, 'generative/lane-node.mjs'),
  chromium: (folder) => openChromium(folder, PAGE),
  python: (folder) => openPython(folder, 'generative/native.py'),
};

/**
 * @param {object} options
 * @param {string} options.dataFolder
 * @param {string[]} options.laneNames
 * @param {number} options.turns of each contender
 * @param {(name: string) => boolean} options.isWanted
 * @param {any} earlier results, which what is left out keeps
 */
export async function measureGenerative({ dataFolder, laneNames, turns, isWanted }, earlier) {
  const results = { ...earlier };
  if (![...workloads.map(({ name }) => name), 'matmul', 'quality', 'memory'].some(isWanted)) return results;
  const lanes = {};
  try {
    for (const name of laneNames) lanes[name] = await openers[name](dataFolder);
    if (lanes.python) results.native = await lanes.python.ask({ task: 'versions' });
    const summaries = await measureSteps(lanes, turns, isWanted);
    const others = (earlier?.workloads ?? []).filter(({ name }) => !summaries.some((summary) => summary.name === name));
    const all = [...summaries, ...others];
    results.workloads = workloads.flatMap(({ name }) => all.filter((summary) => summary.name === name));
    if (isWanted('matmul')) {
      results.matmul = [];
      for (const lane of ['node', 'chromium'].filter((name) => lanes[name]))
        results.matmul.push(summarizeProducts(lane, await lanes[lane].ask({ task: 'matmul' })));
      printProducts(results.matmul);
    }
    if (isWanted('quality') && lanes.python) {
      console.log('\nquality on the test digits');
      results.quality = await measureQuality(dataFolder, lanes.python, Math.min(turns, QUALITY_SEEDS));
    }
  } finally {
    for (const lane of Object.values(lanes)) await lane.close();
  }
  if (isWanted('memory')) {
    console.log('\nmemory of training (Node)');
    results.memory = await measureTrainingMemory(dataFolder);
  }
  return results;
}
