// Runs CMake's presets.
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { ask, findProgram, root, run } from './run.mjs';

/** @param {string} preset */
export async function configure(preset) {
  const env = environment();
  forgetStaleConfiguration(preset, env);
  await run('cmake', ['--preset', preset], { env, capture: true });
}

/**
 * @param {string} preset
 * @param {string} [target] what is built only when asked for
 */
export async function compile(preset, target = 'all') {
  await configure(preset);
  const options = ['--parallel', String(availableParallelism()), '--target', target];
  await run('cmake', ['--build', '--preset', preset, ...options], { env: environment(), capture: true });
}

/** Where Emscripten's toolchain file is, which the wasm presets ask for. */
function environment() {
  const emcc = findProgram('emcc');
  if (emcc === undefined) return {};
  return { EMSCRIPTEN_ROOT: ask('em-config', ['EMSCRIPTEN_ROOT']) ?? dirname(realpathSync(emcc)) };
}

/**
 * CMake refuses a build folder whose sources or toolchain have moved; such a folder is made anew.
 * @param {string} preset
 * @param {{ EMSCRIPTEN_ROOT?: string }} env
 */
function forgetStaleConfiguration(preset, { EMSCRIPTEN_ROOT }) {
  const folder = join(root, 'build', preset);
  const cache = join(folder, 'CMakeCache.txt');
  if (!existsSync(cache)) return;
  const entries = readFileSync(cache, 'utf8');
  const toolchain = entries.match(/^CMAKE_TOOLCHAIN_FILE:\w+=(.*)$/m)?.[1];
  const sourcesMoved = !entries.includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root}\n`);
  const toolchainMoved = toolchain !== undefined && !toolchain.startsWith(`${EMSCRIPTEN_ROOT}/`);
  if (sourcesMoved || toolchainMoved) rmSync(folder, { recursive: true });
}
