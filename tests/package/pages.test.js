// Pages without a bundler: one script tag, native modules with an import map, and a strict Content-Security-Policy.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { launch, outcomeOf, serve } from './browsers.js';
import { answerInNode, makeConsumer } from './consumer.js';

const consumer = await makeConsumer();
const expected = await answerInNode(consumer);
const server = await serve(consumer.folder);
after(server.close);
const { address } = server;
const browsers = { chrome: await launch('chrome'), firefox: await launch('firefox') };
after(() => Promise.all(Object.values(browsers).map((browser) => browser.close())));

const classic = (await consumer.read('use.js')).replaceAll('export ', '');
await consumer.write(
  'script.html',
  `<!doctype html><title>script</title><script src="node_modules/lakh/dist/lakh.global.js"></script>
  <script>${classic}; globalThis.outcome = use(lakh);</script>`,
);
await consumer.write(
  'importmap.html',
  `<!doctype html><title>import map</title>
  <script type="importmap">{ "imports": { "lakh": "/node_modules/lakh/bindings/index.js", "lakh/worker": "/node_modules/lakh/web/index.js" } }</script>
  <script type="module">
    import * as here from 'lakh';
    import * as worker from 'lakh/worker';
    import { use } from './use.js';
    globalThis.outcome = Promise.all([use(here), use(worker)]);
  </script>`,
);

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  test(`one script tag gives Node's answer over http in ${name}`, async () => {
    assert.equal(await outcomeOf(browsers[name], `${address}/script.html`), expected);
  });

  test(`one script tag gives Node's answer from file:// in ${name}`, async () => {
    assert.equal(await outcomeOf(browsers[name], pathToFileURL(join(consumer.folder, 'script.html')).href), expected);
  });

  test(`native modules with an import map give Node's answer, here and in a worker, in ${name}`, async () => {
    assert.deepEqual(await outcomeOf(browsers[name], `${address}/importmap.html`), [expected, expected]);
  });

  test(`a strict policy is met by self-hosted files in ${name}, and explained otherwise`, async (context) => {
    const site = join(consumer.folder, 'strict');
    await consumer.write('strict.js', strictProgram);
    await build({
      entryPoints: [join(consumer.folder, 'strict.js')],
      bundle: true,
      format: 'esm',
      outfile: join(site, 'strict.js'),
    });
    await consumer.write(
      'strict/index.html',
      '<!doctype html><title>strict</title><script type="module" src="/strict.js"></script>',
    );
    for (const file of ['lakh.wasm', 'lakh.worker.js'])
      await copyFile(join(consumer.folder, 'node_modules/lakh/dist', file), join(site, file));
    const server = await serve(site, {
      'content-security-policy':
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
    });
    context.after(server.close);
    const { refusal, here, slim, worker } = JSON.parse(
      /** @type {string} */ (await outcomeOf(browsers[name], `${server.address}/index.html`)),
    );
    assert.equal(refusal.code, 'WORKER_FAILED');
    assert.match(refusal.message, /configure\(\{ worker/);
    assert.match(refusal.message, /lakh\.worker\.js/);
    assert.deepEqual([here, slim, worker], [expected, expected, expected]);
  });
}

const strictProgram = `
  import * as here from 'lakh';
  import * as slim from 'lakh/slim';
  import * as worker from 'lakh/worker';
  import { use } from './use.js';

  globalThis.outcome = (async () => {
    const answer = {};
    answer.here = await use(here);
    answer.refusal = await use(worker).then(() => 'none', ({ code, message }) => ({ code, message }));
    slim.configure({ wasm: '/lakh.wasm' });
    answer.slim = await use(slim);
    worker.configure({ worker: '/lakh.worker.js' });
    answer.worker = await use(worker);
    return JSON.stringify(answer);
  })();
`;
