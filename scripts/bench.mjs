// `npm run bench`: builds, and runs the benchmarks of tests/bench (their options are passed on).
import { join } from 'node:path';
import { buildModule, buildScripts } from './build.mjs';
import { main, root, run } from './run.mjs';
import { buildTools, setUp } from './setup.mjs';

await main(async () => {
  await setUp([...buildTools, 'chromium']);
  await buildModule();
  await buildScripts();
  await run(process.execPath, [join(root, 'tests/bench/bench.mjs'), ...process.argv.slice(2)]);
});
