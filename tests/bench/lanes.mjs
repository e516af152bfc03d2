/**
 * Where contenders run: Node, Chromium and Python, each kept alive for the whole benchmark so that the harness can go round
 * them in turns. A lane has `ask(job)` and `close()`.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import puppeteer from 'puppeteer-core';
import { chromium } from '../../scripts/setup.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** @param {string} dataFolder @param {string} script */
export async function openNode(dataFolder, script = 'lane-node.mjs') {
  const child = fork(path.join(here, script), [dataFolder], {
    execArgv: ['--expose-gc', '--max-old-space-size=8000'],
  });
  await once(child, 'message');
  return {
    async ask(job) {
      child.send(job);
      const [answer] = await once(child, 'message');
      if (answer.error) throw new Error(`Node: ${answer.error}`);
      return answer;
    },
    close: async () => child.kill(),
  };
}

/** @param {string} dataFolder @param {string} script */
export async function openPython(dataFolder, script = 'native.py') {
  const env = { ...process.env, OMP_NUM_THREADS: '2', OPENBLAS_NUM_THREADS: '2' };
  // Set on some machines to force an old kernel; numpy is to run its best.
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  const child = spawn('/usr/bin/python3', [path.join(here, script), dataFolder], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('the Python process ended');
      return JSON.parse(value);
    },
    close: async () => child.stdin.end(),
  };
}

/** What the first page asks the server for, beside itself and the data. */
const CLUSTERING_PAGE = {
  script: 'page.mjs',
  files: {
    '/opencv.js': require.resolve('@techstark/opencv-js'),
    '/kmeans_wasm_bg.wasm': require.resolve('kmeans-wasm/kmeans_wasm_bg.wasm'),
  },
  isolated: true,
};

/**
 * A page in Chromium. Isolated, its clock is finer, and libraries that have threads use them.
 *
 * @param {string} dataFolder
 * @param {{ script: string, files: Record<string, string>, isolated: boolean }} page
 */
export async function openChromium(dataFolder, { script, files, isolated } = CLUSTERING_PAGE) {
  const { outputFiles } = await build({
    entryPoints: [path.join(here, script)],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    external: ['*.wasm'],
    logLevel: 'error',
  });
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    if (url === '/') {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><title>lakh benchmark</title><script src="/page.js"></script>');
    } else if (url === '/page.js') {
      response.setHeader('Content-Type', 'text/javascript');
      response.end(outputFiles[0].text);
    } else {
      const file = files[url] ?? (url.startsWith('/data/') ? path.join(dataFolder, path.basename(url)) : '');
      const size = file && (await stat(file).catch(() => undefined))?.size;
      if (size === undefined || size === '') {
        response.statusCode = 404;
        response.end();
        return;
      }
      response.setHeader('Content-Length', size);
      if (file.endsWith('.wasm')) response.setHeader('Content-Type', 'application/wasm');
      if (file.endsWith('.js')) response.setHeader('Content-Type', 'text/javascript');
      createReadStream(file).pipe(response);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await puppeteer.launch({
    executablePath: chromium(),
    headless: true,
    protocolTimeout: 600_000,
    args: ['--js-flags=--expose-gc', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(() => globalThis.startLane());
  return {
    page,
    version: await browser.version(),
    ask: (job) => page.evaluate((given) => globalThis.lane.answer(given), job),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}
