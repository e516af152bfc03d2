import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { KMeans } from '../../bindings/index.js';
import { configure, LakhError, ready } from '../../bindings/slim.js';
import { fails } from './expect.js';

const file = new URL('../../dist/lakh.wasm', import.meta.url);
const bytes = readFileSync(file);
const X = [[1], [2], [8], [9]];
const fit = () => new KMeans({ nClusters: 2 }).fit(X);

/** @type {import('node:http').Server} */
let server;
let address = '';
let requests = 0;
/** How the server answers, by path. @type {Record<string, [number, Record<string, string>, string | Uint8Array]>} */
const answers = {
  '/lakh.wasm': [200, { 'content-type': 'application/wasm' }, bytes],
  '/untyped.wasm': [200, {}, bytes],
  '/missing.wasm': [404, { 'content-type': 'text/html' }, '<!doctype html><title>Not here</title>'],
  '/fallback.wasm': [200, { 'content-type': 'text/html' }, '<!doctype html><title>App</title>'],
  '/empty.wasm': [200, { 'content-type': 'application/wasm' }, ''],
  '/cut.wasm': [200, { 'content-type': 'application/wasm' }, bytes.subarray(0, 1000)],
  '/other.wasm': [200, { 'content-type': 'application/wasm' }, new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
};

before(async () => {
  server = createServer((request, response) => {
    requests++;
    const [status, headers, body] = answers[request.url ?? ''] ?? answers['/missing.wasm'];
    response.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  address = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => configure({ wasm: undefined }));

describe('the module is taken from', () => {
  /** @type {Record<string, () => any>} */
  const sources = {
    'what lakh carries inside': () => undefined,
    'an address': () => `${address}/lakh.wasm`,
    'a URL': () => new URL(`${address}/lakh.wasm`),
    'an address that sends no content type': () => `${address}/untyped.wasm`,
    'the path of a file': () => fileURLToPath(file),
    'the URL of a file': () => file,
    'a data URL': () => `data:application/wasm;base64,${bytes.toString('base64')}`,
    'a response': () => fetch(`${address}/lakh.wasm`),
    'bytes within a larger buffer': () => new Uint8Array([9, ...bytes, 9]).subarray(1, bytes.length + 1),
    'an ArrayBuffer': () => Uint8Array.from(bytes).buffer,
    'a compiled module': () => new WebAssembly.Module(bytes),
  };
  for (const [name, source] of Object.entries(sources)) {
    test(name, async () => {
      configure({ wasm: source() });
      await ready();
      assert.equal((await fit()).inertia, 1);
      configure({ wasm: await source() });
      assert.equal((await fit()).inertia, 1);
    });
  }

  test('one request, however many calls', async () => {
    configure({ wasm: `${address}/lakh.wasm` });
    requests = 0;
    await Promise.all([fit(), fit(), ready()]);
    await fit();
    assert.equal(requests, 1);
  });
});

describe('a failed load says what was found where, and what to do:', () => {
  /** @type {[string, () => any, RegExp][]} */
  const failures = [
    [
      'a page that is not there',
      () => `${address}/missing.wasm`,
      /missing\.wasm answered 404 Not Found \(text\/html, 38 bytes, beginning "<!doctype html>/,
    ],
    [
      'a page instead of the module',
      () => `${address}/fallback.wasm`,
      /fallback\.wasm answered 200 OK \(text\/html, \d+ bytes, beginning "<!doctype/,
    ],
    ['an empty answer', () => `${address}/empty.wasm`, /empty\.wasm answered 200 OK \(application\/wasm, 0 bytes/],
    ['a module cut off', () => `${address}/cut.wasm`, /cut\.wasm/],
    ['a module of something else', () => `${address}/other.wasm`, /other\.wasm: TypeError/],
    ['a server that does not answer', () => 'http://127.0.0.1:1/lakh.wasm', /127\.0\.0\.1:1/],
    [
      'a response that was read before',
      async () => {
        const response = await fetch(`${address}/lakh.wasm`);
        await response.arrayBuffer();
        return response;
      },
      /body|read/i,
    ],
    ['a promise that fails', () => Promise.reject(new Error('no network')), /no network/],
    ['a promise of something else', () => Promise.resolve(3), /CompileError/],
    ['bytes of something else', () => new TextEncoder().encode('hello'), /beginning "hello"/],
  ];
  for (const [name, source, message] of failures) {
    test(name, async () => {
      const given = source();
      configure({ wasm: name.startsWith('a response') ? await given : given });
      const error = await fails(fit, { name: 'LakhError', code: 'LOAD_FAILED', message });
      assert.match(error.message, /configure\(\{ wasm \}\)/);
      assert.ok(error instanceof LakhError && error.cause !== undefined);
    });
  }

  test('lakh/slim without a source', () => {
    const script = `
      import { ready } from ${JSON.stringify(new URL('../../bindings/slim.js', import.meta.url).href)};
      ready().catch((error) => console.log(error.code, error.message));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.match(output, /^LOAD_FAILED lakh: .*lakh\/slim.*configure/);
  });

  test('a failure is not remembered', async () => {
    answers['/later.wasm'] = answers['/missing.wasm'];
    configure({ wasm: `${address}/later.wasm` });
    await fails(fit, { code: 'LOAD_FAILED' });
    answers['/later.wasm'] = answers['/lakh.wasm'];
    await fit();
  });
});

test('an engine that computes wrongly is told from a working one', async () => {
  // A multiplication in SIMD that adds, somewhere in the module, is what a broken engine amounts to.
  let noticed = 0;
  for (const damaged of withOneInstructionChanged(bytes)) {
    configure({ wasm: damaged });
    await ready().catch(({ code }) => {
      assert.equal(code, 'BROKEN_ENGINE');
      noticed++;
    });
  }
  assert.ok(noticed > 0);
});

/** Modules in each of which one f32x4.mul is an f32x4.add. @param {Uint8Array} module */
function* withOneInstructionChanged(module) {
  for (let i = 0; i + 2 < module.length; i++) {
    // The codes: 0xfd 0xe6 0x01 and 0xfd 0xe4 0x01.
    if (module[i] !== 0xfd || module[i + 1] !== 0xe6 || module[i + 2] !== 1) continue;
    const damaged = Uint8Array.from(module);
    damaged[i + 1] = 0xe4;
    if (WebAssembly.validate(damaged)) yield damaged;
  }
}

test('importing has no effect and opens nothing', () => {
  for (const entry of ['bindings/index.js', 'bindings/slim.js', 'web/index.js', 'web/images.js']) {
    const script = `
      const before = Reflect.ownKeys(globalThis).length;
      const watched = ['fetch', 'Worker', 'WebAssembly', 'document', 'window', 'navigator', 'URL', 'atob', 'performance'];
      const touched = [];
      for (const name of watched) {
        const value = globalThis[name];
        Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return value; } });
      }
      const added = watched.filter((name) => !Reflect.ownKeys(globalThis).includes(name)).length;
      const after = Reflect.ownKeys(globalThis).length;
      await import(${JSON.stringify(new URL(`../../${entry}`, import.meta.url).href)});
      console.log(JSON.stringify([touched, Reflect.ownKeys(globalThis).length - after]));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(output), [[], 0], entry);
  }
});

test('configure refuses what it does not know', async () => {
  const bad = /** @type {[any, string][]} */ ([
    [undefined, 'TypeError'],
    [{ wsam: '/x' }, 'TypeError'],
    [{ wasm: 3 }, 'TypeError'],
    [{ wasm: {} }, 'TypeError'],
    [{ worker: 3 }, 'TypeError'],
    [{ maxMemory: '1 GB' }, 'TypeError'],
    [{ maxMemory: 1000 }, 'RangeError'],
    [{ maxMemory: 2 ** 33 }, 'RangeError'],
    [{ maxMemory: Number.NaN }, 'RangeError'],
  ]);
  for (const [options, name] of bad) await fails(() => configure(options), { name, message: /^configure: / });
  await fit();
});

test('version is that of the package', async () => {
  const { version } = await import('../../bindings/index.js');
  assert.equal(version, JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version);
});
