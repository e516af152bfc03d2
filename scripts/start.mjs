// `npm start [-- --port N]`: sets up what is missing, builds, and serves the demos on 127.0.0.1 until Ctrl-C.
import { createServer } from 'node:net';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { buildModule, buildScripts } from './build.mjs';
import { describe, main, root, Stop } from './run.mjs';
import { buildTools, setUp } from './setup.mjs';

const host = '127.0.0.1';
const firstPort = 5173;

/** The port asked for on the command line, if any. */
function askedPort() {
  let port;
  try {
    ({ port } = parseArgs({ options: { port: { type: 'string', short: 'p' } } }).values);
  } catch (error) {
    throw new Stop(`${/** @type {Error} */ (error).message}. Usage: npm start -- [--port N]`);
  }
  if (port === undefined) return undefined;
  if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    throw new Stop(`--port takes a number from 1 to 65535, got ${JSON.stringify(port)}.`);
  }
  return Number(port);
}

/** @param {number} port */
const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

/** @param {number | undefined} asked */
async function choosePort(asked) {
  if (asked !== undefined) {
    if (await isFree(asked)) return asked;
    throw new Stop(
      `Port ${asked} is in use (or not allowed); please give another: npm start -- --port ${asked === 65535 ? asked - 1 : asked + 1}`,
    );
  }
  for (let port = firstPort; port < firstPort + 100; port++) {
    if (await isFree(port)) return port;
  }
  throw new Stop(`Ports ${firstPort} to ${firstPort + 99} are all in use; please give one: npm start -- --port N`);
}

/**
 * Builds again when a source changes; the page then reloads by itself.
 * @param {import('vite').FSWatcher} watcher
 */
function rebuildOnChange(watcher) {
  watcher.add(['src', 'bindings', 'web'].map((folder) => join(root, folder)));
  let building = Promise.resolve();
  watcher.on('change', (path) => {
    const folder = relative(root, path).split(sep)[0];
    if (!['src', 'bindings', 'web'].includes(folder)) return;
    building = building
      .then(() => (folder === 'src' ? buildModule() : undefined))
      .then(buildScripts)
      .catch((error) => console.error(describe(error)));
  });
}

await main(async () => {
  const asked = askedPort();
  await choosePort(asked); // A taken port is said before minutes of set-up, not after.
  await setUp(buildTools);
  await buildModule();
  await buildScripts();

  const vite = await import('vite');
  const port = await choosePort(asked);
  const server = await vite.createServer({
    configFile: `${root}/vite.config.js`,
    server: { host, port, strictPort: true },
    clearScreen: false,
    logLevel: 'warn',
  });
  rebuildOnChange(server.watcher);
  await server.listen();
  console.log(`The demos are at http://${host}:${port}/ (Ctrl-C ends)`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal);
    process.on(signal, () => process.exit(0));
  }
});
