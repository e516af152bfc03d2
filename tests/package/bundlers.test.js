import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import resolveNames from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { launch, outcomeOf, serve } from './browsers.js';
import { answerInNode, makeConsumer } from './consumer.js';

const consumer = await makeConsumer();
const expected = await answerInNode(consumer);
const browsers = { chrome: await launch('chrome'), firefox: await launch('firefox') };
after(() => Promise.all(Object.values(browsers).map((browser) => browser.close())));
await consumer.write(
  'main.js',
  `import * as here from 'lakh';
  import * as worker from 'lakh/worker';
  import { imageToPng, readImage } from 'lakh/web';
  import { use } from './use.js';

  async function thereAndBack() {
    const pixels = new ImageData(Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255), 2, 1);
    return [...(await readImage(await imageToPng(pixels))).data].join();
  }
  globalThis.outcome = Promise.all([use(here), use(worker), thereAndBack()]);`,
);
await consumer.write('index.html', '<!doctype html><title>vite</title><script type="module" src="/main.js"></script>');

/**
 * @param {string} address
 * @param {...import('./browsers.js').BrowserName} names
 */
async function isRightIn(address, ...names) {
  for (const name of names) {
    assert.deepEqual(await outcomeOf(browsers[name], address), [expected, expected, '255,0,0,255,0,255,0,255'], name);
  }
}

/**
 * A page with the bundle that a bundler left as `folder`/main.js.
 * @param {import('node:test').TestContext} context
 * @param {string} folder
 */
async function bundleIsRight(context, folder) {
  await consumer.write(
    `${folder}/index.html`,
    '<!doctype html><title>bundle</title><script type="module" src="/main.js"></script>',
  );
  const server = await serve(join(consumer.folder, folder));
  context.after(server.close);
  await isRightIn(`${server.address}/index.html`, 'chrome');
}

test('Vite builds a page that works', async (context) => {
  const outDir = join(consumer.folder, 'vite');
  await vite.build({ root: consumer.folder, configFile: false, logLevel: 'error', build: { outDir } });
  const server = await serve(outDir);
  context.after(server.close);
  await isRightIn(`${server.address}/index.html`, 'chrome', 'firefox');
});

test('the development server of Vite, which bundles dependencies beforehand, serves a page that works', async (context) => {
  const server = await vite.createServer({
    root: consumer.folder,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, strictPort: false },
  });
  context.after(() => server.close());
  await server.listen();
  await isRightIn(/** @type {string} */ (server.resolvedUrls?.local[0]), 'chrome', 'firefox');
  const optimized = Object.keys(JSON.parse(await consumer.read('node_modules/.vite/deps/_metadata.json')).optimized);
  assert.deepEqual(optimized.sort(), ['lakh', 'lakh/web', 'lakh/worker']);
});

test('Vite builds for a server, with the package inside and outside of the bundle', async () => {
  await consumer.write(
    'server.js',
    "import * as lakh from 'lakh'; import 'lakh/worker'; import { use } from './use.js'; console.log(await use(lakh));",
  );
  for (const noExternal of [true, undefined]) {
    const outDir = join(consumer.folder, `ssr-${noExternal ? 'inside' : 'outside'}`);
    await vite.build({
      root: consumer.folder,
      configFile: false,
      logLevel: 'error',
      ssr: { noExternal },
      build: { ssr: 'server.js', outDir, emptyOutDir: true },
    });
    assert.equal(await consumer.node([join(outDir, 'server.js')]), expected);
  }
});

test('webpack bundles it', async (context) => {
  const compiler = webpack({
    mode: 'production',
    context: consumer.folder,
    entry: './main.js',
    output: { path: join(consumer.folder, 'webpack'), filename: 'main.js' },
    performance: { hints: false },
  });
  assert.ok(compiler);
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  assert.deepEqual(stats?.toJson({ all: false, errors: true, warnings: true }).errors, []);
  assert.deepEqual(stats?.toJson({ all: false, errors: true, warnings: true }).warnings, []);
  await bundleIsRight(context, 'webpack');
});

test('Rollup bundles it', async (context) => {
  /** @type {string[]} */
  const warnings = [];
  const bundle = await rollup({
    input: join(consumer.folder, 'main.js'),
    plugins: [resolveNames()],
    onwarn: ({ message }) => warnings.push(message),
  });
  await bundle.write({ dir: join(consumer.folder, 'rollup'), format: 'es', inlineDynamicImports: true });
  assert.deepEqual(warnings, []);
  await bundleIsRight(context, 'rollup');
});

test('esbuild bundles it', async (context) => {
  const { warnings } = await esbuild.build({
    absWorkingDir: consumer.folder,
    entryPoints: ['main.js'],
    bundle: true,
    minify: true,
    format: 'esm',
    outfile: 'esbuild/main.js',
    logLevel: 'silent',
  });
  assert.deepEqual(warnings, []);
  await bundleIsRight(context, 'esbuild');
});
