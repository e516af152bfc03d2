/** Times training steps: all contenders take turns, and each round begins with another. */
import { printWorkload, summarize } from './report.mjs';
import { workloads } from './workloads.mjs';

/**
 * @param {Record<string, { ask: (job: any) => Promise<any> }>} lanes
 * @param {number} turns of each contender
 * @param {(name: string) => boolean} isWanted
 */
export async function measureSteps(lanes, turns, isWanted) {
  const summaries = [];
  for (const workload of workloads.filter(({ name }) => isWanted(name))) {
    const { name, warmUp, steps } = workload;
    const runs = workload.entrants.filter(({ lane }) => lanes[lane]).map((entrant) => ({ ...entrant, measured: [] }));
    for (let turn = 0; turn < Math.min(turns, workload.turns ?? turns); turn++) {
      for (let place = 0; place < runs.length; place++) {
        const { lane, contender, measured } = runs[(place + turn) % runs.length];
        measured.push(await lanes[lane].ask({ task: 'train', workload: name, contender, warmUp, steps, seed: turn }));
      }
    }
    const summary = summarize(workload, runs);
    printWorkload(summary);
    summaries.push(summary);
  }
  return summaries;
}
