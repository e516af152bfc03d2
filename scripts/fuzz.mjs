// `npm run fuzz [-- --seconds N] [--only TARGET]`: feeds mutated input to the C entry points (libFuzzer, tests/fuzz) and to the
// loader of model files, for N seconds each (60 unless told). Inputs that reach new code stay in tests/fuzz/corpus.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildModule } from './build.mjs';
import { compile } from './cmake.mjs';
import { main, root, run, Stop } from './run.mjs';
import { buildTools, nativeTools, setUp } from './setup.mjs';

function options() {
  let values;
  try {
    ({ values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, only: { type: 'string' } } }));
  } catch (error) {
    throw new Stop(`${/** @type {Error} */ (error).message}. Usage: npm run fuzz -- [--seconds N] [--only TARGET]`);
  }
  const seconds = Number(values.seconds);
  if (!(seconds >= 1)) throw new Stop(`--seconds takes a number of at least 1, got ${JSON.stringify(values.seconds)}.`);
  return { seconds, only: values.only };
}

/** @param {string} name @param {number} seconds */
async function fuzzC(name, seconds) {
  const corpus = join(root, 'tests/fuzz/corpus', name);
  mkdirSync(corpus, { recursive: true });
  const found = join(root, 'build/fuzz/found/');
  mkdirSync(found, { recursive: true });
  const program = join(root, 'build/fuzz/tests/fuzz', name);
  await run(program, [
    corpus,
    `-max_total_time=${seconds}`,
    `-artifact_prefix=${found}`,
    '-print_final_stats=1',
    '-verbosity=0',
  ]);
}

await main(async () => {
  const { seconds, only } = options();
  await setUp([...buildTools, ...nativeTools]);
  await buildModule();
  await compile('fuzz');

  const folder = join(root, 'tests/fuzz');
  /** @type {Record<string, () => Promise<unknown>>} */
  const targets = {};
  for (const file of readdirSync(folder).sort()) {
    const name = file.replace(/\.(c|js|mjs)$/, '');
    if (/^fuzz_.*\.c$/.test(file) && existsSync(join(root, 'build/fuzz/tests/fuzz', name)))
      targets[name] = () => fuzzC(name, seconds);
    if (/^fuzz_.*\.m?js$/.test(file)) targets[name] = () => run(process.execPath, [join(folder, file), String(seconds)]);
  }
  const chosen = Object.keys(targets).filter((name) => only === undefined || name.includes(only));
  if (chosen.length === 0)
    throw new Stop(`There is no target ${JSON.stringify(only)}; the targets are ${Object.keys(targets).join(', ')}.`);
  for (const name of chosen) {
    console.log(`${name}: ${seconds} s …`);
    await targets[name]();
  }
  console.log(`${chosen.length} targets, nothing found`);
});
