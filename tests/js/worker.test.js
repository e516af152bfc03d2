import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as there from '../../web/index.js';
import { blobs, random } from './data.js';
import { fails } from './expect.js';

const { configure, KMeans, LakhError, ready, silhouetteScore, suggestK } = there;
const X = blobs(100, 3);
const script = new URL('../../dist/lakh.worker.js', import.meta.url);
const wasm = readFileSync(new URL('../../dist/lakh.wasm', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lakh-'));
const fit = () => new KMeans({ nClusters: 3 }).fit(X);

afterEach(() => configure({ worker: undefined, wasm: undefined, maxMemory: undefined }));

/** A script for a worker. @param {string} name @param {string} text */
function scriptOf(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the worker is', () => {
  test('the one inside, without any configuration', async () => assert.ok((await fit()).isFitted));

  test('the exported script, by path or URL', async () => {
    for (const worker of [script, String(script), fileURLToPath(script)]) {
      configure({ worker });
      assert.ok((await fit()).isFitted);
    }
  });

  test('one that was made elsewhere, or a function that makes one', async () => {
    const worker = new Worker(script);
    configure({ worker: /** @type {any} */ (worker) });
    assert.ok((await fit()).isFitted);
    configure({ worker: /** @type {any} */ (() => new Worker(script)) });
    assert.ok((await fit()).isFitted);
    await worker.terminate();
  });
});

describe('a worker that fails', () => {
  test('to start says what was found and what to host', async () => {
    configure({ worker: join(folder, 'missing.js') });
    const error = await fails(fit, { name: 'LakhError', code: 'WORKER_FAILED', message: /missing\.js.*configure\(\{ worker:/ });
    assert.ok(error instanceof LakhError);
  });

  test('because its address answers a page says so', async () => {
    const server = createServer((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html>'),
    );
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    configure({ worker: new URL(`http://127.0.0.1:${port}/lakh.worker.js`) });
    await fails(fit, {
      code: 'WORKER_FAILED',
      message: /answered 404 Not Found \(text\/html, 15 bytes, beginning "<!doctype html>"/,
    });
    server.closeAllConnections();
    server.close();
  });

  test('because it is of another version says so', async () => {
    configure({
      worker: scriptOf(
        'old.cjs',
        `const { parentPort } = require('node:worker_threads');
        parentPort.on('message', () => parentPort.postMessage({ type: 'hello', version: '0.0.1' }));`,
      ),
    });
    await fails(fit, { code: 'WORKER_FAILED', message: /version 0\.0\.1/ });
  });

  test('while calls are under way rejects them all, and the next call starts a new one', async () => {
    const workers = /** @type {Worker[]} */ ([]);
    configure({
      worker: /** @type {any} */ (
        () => {
          workers.push(new Worker(script));
          return workers[workers.length - 1];
        }
      ),
    });
    await ready();
    const next = random(1);
    const large = { data: Float32Array.from({ length: 500_000 }, next), shape: /** @type {[number, number]} */ ([50_000, 10]) };
    const model = await fit();
    const before = model.save();
    const calls = [model.fit(large), new KMeans({ nClusters: 40 }).fit(large), suggestK(X)].map((call) =>
      fails(() => call, { code: 'WORKER_FAILED', message: /ended unexpectedly/ }),
    );
    setTimeout(() => workers[0].terminate(), 5);
    await Promise.all(calls);
    assert.deepEqual(model.save(), before);
    await model.fit(X);
    assert.equal(workers.length, 2);
  });

  test('with an uncaught error does so too', async () => {
    configure({
      worker: scriptOf(
        'throws.cjs',
        `const { parentPort } = require('node:worker_threads');
        parentPort.on('message', ({ type }) => {
          if (type === 'hello') parentPort.postMessage({ type: 'hello', version: '0.1.0' });
          else throw new Error('out of luck');
        });`,
      ),
    });
    await fails(fit, { code: 'WORKER_FAILED', message: /out of luck/ });
  });
});

describe('a call to the worker', () => {
  test('copies what it is given: the caller may change it at once', async () => {
    const { data } = { data: Float32Array.from(X.flat()) };
    const model = new KMeans({ nClusters: 3 });
    const call = model.fit({ data, shape: [100, 3] });
    data.fill(Number.NaN);
    await call;
    assert.deepEqual(model.save(), (await fit()).save());
    assert.equal(data.length, 300, 'it was not taken away');
  });

  test('that is cancelled rejects at once, and the worker goes on with others', async () => {
    const next = random(1);
    const large = { data: Float32Array.from({ length: 800_000 }, next), shape: /** @type {[number, number]} */ ([50_000, 16]) };
    const controller = new AbortController();
    const slow = new KMeans({ nClusters: 100, algorithm: 'lloyd', tol: 0 });
    const cancelled = fails(() => slow.fit(large, { signal: controller.signal }), { message: /never mind/ });
    const other = fit();
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort(new Error('never mind'));
    await cancelled;
    assert.ok((await other).isFitted);
    await slow.fit(X);
    assert.ok(slow.isFitted);
  });

  test('gives errors of the same class and message as here', async () => {
    const here = await import('../../bindings/index.js');
    /** @type {((lakh: any) => unknown)[]} */
    const calls = [
      ({ KMeans: Class }) =>
        new Class().fit([
          [1, 2],
          [Number.NaN, 3],
        ]),
      ({ KMeans: Class }) =>
        new Class({ nClusters: 2 }).fit([
          [1, 2],
          [1, Number.NaN],
        ]),
      ({ KMeans: Class }) => new Class({ nClusters: 2 }).fit({ data: Float64Array.of(1, 2, 3, 1e300), shape: [2, 2] }),
      ({ KMeans: Class }) =>
        new Class({ nClusters: 2 }).fit([
          [1, 2],
          ['3', 3],
        ]),
      ({ KMeans: Class }) => new Class().predict(X),
      ({ segmentImage }) => segmentImage({ data: new Uint8Array(16), width: 2, height: 2 }, { nClusters: 1 }),
      ({ silhouetteScore: score }) => score([[1], [Number.POSITIVE_INFINITY], [3]], [0, 1, 1]),
    ];
    for (const call of calls) {
      const [local, remote] = [await fails(() => call(here), {}), await fails(() => call(there), {})];
      assert.deepEqual(
        [remote.constructor, remote.name, remote.code, remote.message],
        [local.constructor, local.name, local.code, local.message],
      );
    }
  });

  test('loads the configured module over there', async () => {
    for (const source of [
      wasm,
      await WebAssembly.compile(wasm),
      new Response(wasm),
      Promise.resolve(new Response(wasm)),
      `data:application/wasm;base64,${wasm.toString('base64')}`,
    ]) {
      configure({ wasm: source });
      assert.ok((await fit()).isFitted);
    }
    configure({ wasm: new TextEncoder().encode('<html>') });
    await fails(fit, { code: 'LOAD_FAILED', message: /<html>/ });
    configure({ wasm: Promise.resolve(new Response('<html>', { status: 404, statusText: 'Not Found' })) });
    await fails(fit, { code: 'LOAD_FAILED', message: /404 Not Found/ });
  });

  test('that needs more memory than allowed is refused, and the next one works', async () => {
    configure({ maxMemory: 2 ** 20 });
    const large = { data: new Float32Array(2 ** 19), shape: /** @type {[number, number]} */ ([2 ** 17, 4]) };
    await fails(() => new KMeans().fit(large), { code: 'OUT_OF_MEMORY' });
    assert.ok((await fit()).isFitted);
  });

  test('works for functions, too', async () => {
    assert.ok((await silhouetteScore([[0], [1], [9], [8]], [0, 0, 1, 1])) > 0.8);
    await fails(() => suggestK(X, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});

test('an idle worker does not keep the process alive', () => {
  const text = `
    import { KMeans } from ${JSON.stringify(new URL('../../web/index.js', import.meta.url).href)};
    const model = await new KMeans({ nClusters: 2 }).fit([[1], [2], [9]]);
    console.log(model.labels.length);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(output, '3\n');
});
