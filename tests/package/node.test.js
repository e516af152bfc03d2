import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerInNode, makeConsumer } from './consumer.js';

const consumer = await makeConsumer();
const expected = await answerInNode(consumer);

test('import in Node clusters, segments, saves and loads', () => {
  const { labels, predicted, palette, inertia } = JSON.parse(expected);
  assert.equal(labels.length, 300);
  assert.equal(new Set(labels).size, 3);
  assert.equal(predicted, labels);
  assert.equal(palette.length, 4);
  assert.ok(inertia > 0);
});

test('require in Node gives the same answer', async () => {
  await consumer.write(
    'required.cjs',
    "const lakh = require('lakh'); import('./use.js').then(({ use }) => use(lakh)).then(console.log);",
  );
  assert.equal(await consumer.node(['required.cjs']), expected);
});

test('import of the CommonJS file finds every name', async () => {
  const names = (/** @type {string} */ from) =>
    consumer.node([
      '--input-type=module',
      '-e',
      `import * as lakh from '${from}'; console.log(Object.keys(lakh).filter((name) => name !== 'default').sort().join());`,
    ]);
  assert.equal(await names('./node_modules/lakh/dist/lakh.cjs'), (await names('lakh')).replace(/module\.exports,/, ''));
});

test('lakh, lakh/slim and lakh/worker export the same names', async () => {
  const names = (/** @type {string} */ from) =>
    consumer.node([
      '--input-type=module',
      '-e',
      `import * as lakh from '${from}'; console.log(Object.keys(lakh).sort().join());`,
    ]);
  const main = await names('lakh');
  assert.match(main, /KMeans/);
  assert.equal(await names('lakh/slim'), main);
  assert.equal(await names('lakh/worker'), main);
});

test('every entry can be imported where there is no page, as for rendering on a server', async () => {
  for (const entry of ['lakh', 'lakh/slim', 'lakh/worker', 'lakh/web']) {
    assert.equal(
      await consumer.node(['--input-type=module', '-e', `await import('${entry}'); console.log('there');`]),
      'there',
    );
  }
});

test('importing starts nothing: no timer, handle or global is left', async () => {
  const script = `
    const before = Object.getOwnPropertyNames(globalThis).length;
    WebAssembly.compile = WebAssembly.instantiate = WebAssembly.Module = () => { throw new Error('compiled at import'); };
    await import('lakh'); await import('lakh/worker'); await import('lakh/web');
    console.log(Object.getOwnPropertyNames(globalThis).length - before, process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|MessagePort|Worker/.test(name)).length);`;
  assert.equal(await consumer.node(['--input-type=module', '-e', script]), '0 0');
});

test('an engine that may not compile bytes, as on Cloudflare, runs a module that it is given', async () => {
  const script = `
    import { readFile } from 'node:fs/promises';
    import { fileURLToPath } from 'node:url';
    const module = new WebAssembly.Module(await readFile(fileURLToPath(import.meta.resolve('lakh/lakh.wasm'))));
    const refuse = () => { throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder'); };
    const { instantiate } = WebAssembly;
    WebAssembly.Module = new Proxy(WebAssembly.Module, { construct: refuse });
    WebAssembly.compile = WebAssembly.compileStreaming = WebAssembly.instantiateStreaming = async () => refuse();
    WebAssembly.instantiate = async (source, imports) => (source === module ? instantiate(source, imports) : refuse());
    const lakh = await import('lakh/slim');
    const { use } = await import('./use.js');
    lakh.configure({ wasm: module });
    console.log(await use(lakh));`;
  await consumer.write('cloudflare.js', script);
  assert.equal(await consumer.node(['cloudflare.js']), expected);
});
