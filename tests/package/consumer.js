// A project of somebody else: the packed tarball, installed into a folder outside the repository.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../scripts/run.mjs';

const execute = promisify(execFile);

/** What every consumer does with the package: the same calls must give the same numbers everywhere. */
const program = `
export const rows = Array.from({ length: 300 }, (_, i) => [((i * 7919) % 101) / 8 + (i % 3) * 50, ((i * 104729) % 97) / 8 - (i % 3) * 40]);

export async function use({ KMeans, segmentImage }) {
  const model = new KMeans({ nClusters: 3, randomState: 7 });
  await model.fit(rows);
  const image = { width: 40, height: 30, data: Uint8ClampedArray.from({ length: 4800 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 256)) };
  const { palette } = await segmentImage(image, { nClusters: 4 });
  const again = await KMeans.load(model.save());
  const answer = {
    inertia: model.inertia,
    centers: [...model.clusterCenters.data],
    labels: [...model.labels].join(''),
    palette: palette.map(({ hex }) => hex),
    predicted: [...(await again.predict(rows))].join(''),
  };
  model.dispose();
  again.dispose();
  return JSON.stringify(answer);
}
`;

/**
 * @typedef {object} Consumer
 * @property {string} folder
 * @property {string} tarball
 * @property {string[]} packed the files in the tarball
 * @property {(path: string, contents: string) => Promise<string>} write makes a file and returns its path
 * @property {(path: string) => Promise<string>} read
 * @property {(args: string[]) => Promise<string>} node runs Node in the folder and returns what it printed
 */

/**
 * Packs and installs. To be called before the tests of a file, after which the folder is removed.
 * @returns {Promise<Consumer>}
 */
export async function makeConsumer() {
  const folder = await mkdtemp(join(tmpdir(), 'lakh-consumer-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const { stdout } = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [{ filename, files }] = JSON.parse(stdout);

  /** @param {string} path @param {string} contents */
  const write = async (path, contents) => {
    const full = join(folder, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, contents);
    return full;
  };
  await write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  await write('use.js', program);
  await execute('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], { cwd: folder });
  return {
    folder,
    tarball: join(folder, filename),
    packed: files.map((/** @type {{ path: string }} */ { path }) => path),
    write,
    read: (path) => readFile(join(folder, path), 'utf8'),
    node: async (args) => (await execute(process.execPath, args, { cwd: folder })).stdout.trim(),
  };
}

/**
 * The answer of the package in Node, to which all others are held.
 * @param {Consumer} consumer
 */
export const answerInNode = ({ node }) =>
  node([
    '--input-type=module',
    '-e',
    "import * as lakh from 'lakh'; import { use } from './use.js'; console.log(await use(lakh));",
  ]);
