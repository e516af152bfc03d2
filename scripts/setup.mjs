// Brings a machine to the point where the build and the tests can run: the tools that compile (installed by apt where that
// exists) and the npm packages. Only Node's built-in modules.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, findProgram, root, run, Stop } from './run.mjs';

/**
 * What a tool is called, which Debian package brings it, and how new it must be.
 * @typedef {{
 *   name: string,
 *   command?: string,
 *   packages: string[],
 *   isThere: () => boolean,
 *   version?: () => string | undefined,
 *   minimum?: string,
 * }} Tool
 */

/**
 * @param {string} command
 * @param {string[]} packages
 * @param {{ minimum?: string, name?: string }} [about]
 * @returns {Tool}
 */
const program = (command, packages, { minimum, name = command } = {}) => ({
  name,
  command,
  packages,
  isThere: () => findProgram(command) !== undefined,
  version: () => firstVersion(ask(command, ['--version'])),
  minimum,
});

/** @type {Record<string, Tool>} */
const tools = {
  emcc: program('emcc', ['emscripten'], { minimum: '3.1.6', name: 'Emscripten (emcc)' }),
  cmake: program('cmake', ['cmake'], { minimum: '3.22', name: 'CMake' }),
  ninja: program('ninja', ['ninja-build'], { name: 'Ninja' }),
  clang: program('clang', ['clang'], { minimum: '14' }),
  sanitizers: {
    name: 'the sanitizers of clang',
    packages: ['libclang-rt-dev'],
    isThere: () => {
      const folder = ask('clang', ['--print-runtime-dir']);
      const resources = ask('clang', ['--print-resource-dir']);
      return [folder, resources && join(resources, 'lib/linux')].some(
        (place) =>
          place && ['', '-x86_64', '-aarch64'].some((machine) => existsSync(join(place, `libclang_rt.asan${machine}.a`))),
      );
    },
  },
  simde: {
    name: 'SIMDe',
    packages: ['libsimde-dev'],
    isThere: () =>
      ['/usr/include', '/usr/local/include', '/opt/homebrew/include'].some((place) =>
        existsSync(join(place, 'simde/wasm/simd128.h')),
      ),
  },
  'clang-format': program('clang-format', ['clang-format'], { minimum: '14' }),
  'clang-tidy': program('clang-tidy', ['clang-tidy'], { minimum: '14' }),
  chromium: {
    name: 'chromium',
    packages: ['chromium'],
    isThere: () => chromium() !== undefined,
  },
  firefox: {
    name: 'firefox',
    packages: ['firefox-esr'],
    isThere: () => firefox() !== undefined,
  },
};

/** Vite's demand. The package itself runs on every Node 20. */
const oldestNode = '20.19';

/** What compiles the module. */
export const buildTools = ['emcc', 'cmake', 'ninja'];
/** What compiles and checks it natively. */
export const nativeTools = ['cmake', 'ninja', 'clang', 'sanitizers', 'simde'];
export const lintTools = ['clang-format', 'clang-tidy'];
export const browsers = ['chromium', 'firefox'];

/** The Chromium on this machine: `LAKH_CHROMIUM` or the usual names. */
export const chromium = () =>
  process.env.LAKH_CHROMIUM ?? firstProgram('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome');
/** The Firefox on this machine: `LAKH_FIREFOX` or the usual names. */
export const firefox = () => process.env.LAKH_FIREFOX ?? firstProgram('firefox-esr', 'firefox');

/** @param {string[]} names */
const firstProgram = (...names) => names.map(findProgram).find((path) => path !== undefined);

/** @param {string | undefined} text */
const firstVersion = (text) => text?.match(/\d+(\.\d+)+/)?.[0];

/**
 * Whether version `a` is older than `b`.
 * @param {string} a
 * @param {string} b
 */
export function isOlder(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < right.length; i++) {
    if ((left[i] ?? 0) !== right[i]) return (left[i] ?? 0) < right[i];
  }
  return false;
}

/**
 * Installs what is missing.
 * @param {string[]} names of the tools that are needed
 */
export async function setUp(names) {
  if (isOlder(process.versions.node, oldestNode)) {
    throw new Stop(
      `lakh is built with Node ${oldestNode} or newer, and this is Node ${process.versions.node}: please update Node.`,
    );
  }
  await installTools([...new Set(names)].map((name) => tools[name]));
  refuseReplacedNode();
  await installPackages();
}

/** Debian's Emscripten brings Debian's Node, which may have taken the place of a newer one that no package owned. */
function refuseReplacedNode() {
  const version = ask('node', ['--version'])?.replace(/^v/, '');
  if (version && isOlder(version, oldestNode)) {
    throw new Stop(
      `The node on the PATH is ${version} now that Debian's packages are installed: please put Node ${oldestNode} or newer before it.`,
    );
  }
}

/** @param {Tool[]} wanted */
async function installTools(wanted) {
  // The sanitizers belong to clang, so that one question cannot be answered before the other.
  const missing = wanted.filter((tool) => !tool.isThere());
  if (missing.length > 0) await aptInstall(missing);
  for (const { name, command = '', version, minimum } of wanted) {
    const found = version?.();
    if (minimum && found && isOlder(found, minimum)) {
      throw new Stop(
        `lakh needs ${name} ${minimum} or newer, and the one on the PATH (${findProgram(command)}) is ${found}. Please update it.`,
      );
    }
  }
}

/** @param {Tool[]} missing */
async function aptInstall(missing) {
  const names = list(missing.map((tool) => tool.name));
  await aptInstallPackages(
    names,
    missing.flatMap((tool) => tool.packages),
  );
  const still = missing.filter((tool) => !tool.isThere());
  if (still.length > 0)
    throw new Stop(`apt-get installed what brings ${list(still.map((tool) => tool.name))}, but it is not on the PATH.`);
}

/**
 * Installs Debian's packages, with sudo when not root, or says what to install.
 * @param {string} names what they bring, in words
 * @param {string[]} packages
 */
export async function aptInstallPackages(names, packages) {
  if (!findProgram('apt-get')) {
    throw new Stop(
      `lakh needs ${names}, which this machine does not have; please install that and try again (Debian's packages: ${packages.join(' ')}).`,
    );
  }
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !findProgram('sudo')) {
    throw new Stop(`lakh needs ${names}; please run as root: apt-get install ${packages.join(' ')}`);
  }
  console.log(`Installing ${names} (apt-get install ${packages.join(' ')}) …`);
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y'];
  const [command, ...prefix] = isRoot ? apt : ['sudo', ...apt];
  try {
    await run(command, [...prefix, 'update']);
    await run(command, [...prefix, '--no-install-recommends', 'install', ...packages]);
  } catch {
    throw new Stop(
      `apt-get could not install ${names}; please install the packages ${packages.join(' ')} by hand and try again.`,
    );
  }
}

/** Runs `npm ci` unless node_modules holds just what package-lock.json asks for. */
async function installPackages() {
  if (packagesAreThere()) return;
  console.log('Installing npm packages (npm ci) …');
  try {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  } catch {
    throw new Stop('npm ci could not install the npm packages that the build and the tests use (see its message above).');
  }
}

/**
 * Whether a folder's node_modules holds just what its package-lock.json asks for.
 * @param {string} [folder]
 */
export function packagesAreThere(folder = root) {
  const installed = readLock(join(folder, 'node_modules/.package-lock.json'));
  const wanted = readLock(join(folder, 'package-lock.json'));
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || !isNeeded(entry) || entry.peer === true || installed[path]?.version === entry.version,
  );
}

/**
 * Optional packages are needed where they are built for this machine: they are the native parts of tools.
 * @param {LockEntry} entry
 */
function isNeeded({ optional, os, cpu, libc }) {
  if (!optional) return true;
  const { header } = /** @type {any} */ (process.report.getReport());
  const thisLibc = header.glibcVersionRuntime ? 'glibc' : 'musl';
  const fits = (/** @type {string[] | undefined} */ list, /** @type {string} */ own) =>
    list === undefined || list.includes(own);
  return os !== undefined && fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, thisLibc);
}

/** @typedef {{ version?: string, optional?: boolean, peer?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry */

/**
 * @param {string} path
 * @returns {Record<string, LockEntry> | undefined}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** @param {string[]} names */
const list = (names) => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);
