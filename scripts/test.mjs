// `npm test [-- --only STAGE[,STAGE]]`: sets up what is missing, then checks everything, stage by stage; the first failing stage
// ends the run with its output.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildModule, buildScripts, buildTypes } from './build.mjs';
import { compile } from './cmake.mjs';
import { buildDemos } from './demos.mjs';
import { buildDocs } from './docs.mjs';
import { checks } from './lint.mjs';
import { CommandFailed, describe, main, root, run, Stop } from './run.mjs';
import { browsers, buildTools, lintTools, nativeTools, setUp } from './setup.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number, output?: string }} Count */

/**
 * A stage that has no tests to count is itself one check.
 * @param {() => Promise<unknown>} check
 * @returns {() => Promise<Count>}
 */
const oneCheck = (check) => async () => {
  await check();
  return { passed: 1, failed: 0, skipped: 0 };
};

/**
 * In this order; what a stage needs is made by those before it, and by the builds that each run begins with.
 * @type {Record<string, () => Promise<Count>>}
 */
const stages = {
  build: oneCheck(async () => {
    await buildTypes();
    await buildDemos();
    await buildDocs();
  }),
  ...Object.fromEntries(Object.entries(checks).map(([name, check]) => [`lint:${name}`, oneCheck(check)])),
  c: nativeTests,
  js: () => nodeTests('tests/js'),
  docs: () => nodeTests('tests/docs', { sequential: true }),
  package: () => nodeTests('tests/package', { sequential: true }),
  browser: () => nodeTests('tests/browser', { sequential: true }),
};

/** The C tests under the address and undefined-behaviour sanitizers. */
async function nativeTests() {
  await compile('native-asan');
  const { output } = await run('ctest', ['--preset', 'native-asan', '-j2'], { capture: true, allowFailure: true });
  const [, failed, all] = output.match(/tests passed, (\d+) tests? failed out of (\d+)/) ?? [];
  if (all === undefined) throw new CommandFailed('ctest', 1, output);
  return { passed: Number(all) - Number(failed), failed: Number(failed), skipped: 0, output };
}

/**
 * The *.test.js files of a folder under Node's test runner.
 * @param {string} folder
 * @param {{ sequential?: boolean }} [options] `sequential` runs one file at a time: browsers are heavy
 * @returns {Promise<Count>}
 */
async function nodeTests(folder, { sequential = false } = {}) {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.js'))
    .map((path) => join(folder, path))
    .sort();
  const { code, output } = await run(
    process.execPath,
    ['--test', '--test-reporter=spec', ...(sequential ? ['--test-concurrency=1'] : []), ...files],
    { capture: true, allowFailure: true },
  );
  const count = (/** @type {string} */ name) => Number(output.match(new RegExp(`^\\S+ ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
  const [passed, failed] = [count('pass'), count('fail') + count('cancelled')];
  // An error outside any test must not pass for success.
  if ((code !== 0 && failed === 0) || passed + failed === 0) throw new CommandFailed(`node --test ${folder}`, code, output);
  return { passed, failed, skipped: count('skipped') + count('todo'), output };
}

/** The names of the stages to run. */
function chosenStages() {
  let only;
  try {
    ({ only } = parseArgs({ options: { only: { type: 'string' } } }).values);
  } catch (error) {
    throw new Stop(`${/** @type {Error} */ (error).message}. Usage: npm test -- [--only STAGE[,STAGE]]`);
  }
  const names = Object.keys(stages);
  if (only === undefined) return names;
  const chosen = names.filter((name) => only.split(',').some((wanted) => name === wanted || name.startsWith(`${wanted}:`)));
  if (chosen.length === 0) throw new Stop(`There is no stage ${JSON.stringify(only)}; the stages are ${names.join(', ')}.`);
  return chosen;
}

await main(async () => {
  const chosen = chosenStages();
  const total = { passed: 0, failed: 0, skipped: 0 };
  const seconds = (/** @type {number} */ since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

  /** @param {string} name @param {() => Promise<Count>} stage */
  const runStage = async (name, stage) => {
    const start = performance.now();
    process.stdout.write(`${name} … `);
    try {
      const { output = '', ...count } = await stage();
      for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += count[key];
      console.log(
        `${count.passed} passed${count.failed ? `, ${count.failed} failed` : ''}${count.skipped ? `, ${count.skipped} skipped` : ''} (${seconds(start)})`,
      );
      for (const line of output.matchAll(/^.*\[figure\] (.*)$/gm)) console.log(`  ${line[1]}`);
      if (count.failed > 0) console.log(output);
      return count.failed === 0;
    } catch (error) {
      total.failed++;
      console.log(`failed (${seconds(start)})`);
      console.log(describe(error));
      return false;
    }
  };

  await setUp([...buildTools, ...nativeTools, ...lintTools, ...browsers]);
  let good = await runStage(
    'module',
    oneCheck(async () => {
      await buildModule({ debug: true });
      await buildScripts();
    }),
  );
  for (const name of chosen) good = good && (await runStage(name, stages[name]));

  console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
  if (!good) process.exitCode = 1;
});
