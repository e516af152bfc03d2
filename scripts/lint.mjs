// `npm run lint`: the style, the types and the doubtful places of everything that is written by hand.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModule, buildScripts } from './build.mjs';
import { configure } from './cmake.mjs';
import { ask, CommandFailed, main, root, run } from './run.mjs';
import { buildTools, lintTools, nativeTools, setUp } from './setup.mjs';

/** Other versions break lines differently; what they say of the layout is not asked. */
const formatterVersion = '14';

/** @param {string} tool in node_modules/.bin, started by this Node */
export const binary = (tool) => join(root, 'node_modules/.bin', tool);

/**
 * The C sources and headers below some folders.
 * @param {...string} folders
 */
export const cFiles = (...folders) =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.[ch]$/.test(path))
      .map((path) => join(root, folder, path))
      .sort(),
  );

/** @type {Record<string, () => Promise<unknown>>} */
export const checks = {
  biome: () => run(binary('biome'), ['check', '--error-on-warnings', '.'], { capture: true }),
  'clang-format': checkFormat,
  'clang-tidy': tidy,
  tsc: () => run(binary('tsc'), ['-p', 'tsconfig.json'], { capture: true }),
  knip: () => run(binary('knip'), [], { capture: true }),
};

/** Whether this machine's clang-format is the one whose layout the sources have. */
export const formatterFits = () => ask('clang-format', ['--version'])?.includes(`version ${formatterVersion}.`) ?? false;

async function checkFormat() {
  if (formatterFits()) await run('clang-format', ['--dry-run', '-Werror', ...cFiles('src', 'tests')], { capture: true });
}

/** Runs clang-tidy on the sources that have changed since it last found nothing in them. */
async function tidy() {
  await configure('native-asan');
  const remembered = join(root, 'build/lint/tidy.json');
  /** @type {Record<string, string>} */
  const clean = existsSync(remembered) ? JSON.parse(readFileSync(remembered, 'utf8')) : {};
  const hash = (/** @type {string[]} */ paths) => {
    const digest = createHash('sha256');
    for (const path of paths) digest.update(path).update(readFileSync(path));
    return digest.digest('hex');
  };
  const files = cFiles('src').filter((path) => !path.includes('/src/wasm/'));
  const headers = hash([join(root, '.clang-tidy'), ...files.filter((path) => path.endsWith('.h'))]);
  const sources = files.filter((path) => path.endsWith('.c'));
  const changed = sources.filter((path) => clean[relative(root, path)] !== headers + hash([path]));

  /** @type {CommandFailed[]} */
  const failures = [];
  const check = async () => {
    for (let path = changed.pop(); path !== undefined; path = changed.pop()) {
      const { code, output } = await run('clang-tidy', ['--quiet', '-p', 'build/native-asan', path], {
        capture: true,
        allowFailure: true,
      });
      if (code === 0) clean[relative(root, path)] = headers + hash([path]);
      else failures.push(new CommandFailed(`clang-tidy ${relative(root, path)}`, code, output));
    }
  };
  await Promise.all([check(), check()]);
  mkdirSync(join(root, 'build/lint'), { recursive: true });
  writeFileSync(remembered, JSON.stringify(clean));
  if (failures.length > 0) {
    throw new CommandFailed('clang-tidy', 1, failures.map(({ output, message }) => `${output}${message}\n`).join(''));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setUp([...buildTools, ...nativeTools, ...lintTools]);
    await buildModule();
    await buildScripts(); // The types of the generated files.
    for (const [name, check] of Object.entries(checks)) {
      await check();
      console.log(`${name}: nothing to complain of`);
    }
  });
}
