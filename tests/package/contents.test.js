// What is in the tarball: nothing that does not belong there, types for each entry, and within the size budget.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { compile } from '../../scripts/cmake.mjs';
import { root } from '../../scripts/run.mjs';
import { makeConsumer } from './consumer.js';

const execute = promisify(execFile);
const kilobyte = 1000;
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const { write, packed, tarball } = await makeConsumer();

test('the tarball holds sources, built files, types and the texts, and nothing else', () => {
  const expected =
    /^(bindings|web)\/[\w/]+\.js$|^dist\/lakh\.[\w.]+$|^dist\/types\/[\w/.]+\.d\.c?ts$|^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
  assert.deepEqual(
    packed.filter((path) => !expected.test(path)),
    [],
  );
});

test('every file that package.json names is in the tarball', () => {
  const named = JSON.stringify(manifest.exports).match(/\.\/[^"]+/g) ?? [];
  const files = named.filter(
    (path) => /\.(c?js|c?ts|wasm)$/.test(path) && (path.includes('dist/') || !/^\.\/lakh\./.test(path)),
  );
  assert.ok(files.length >= 12);
  for (const path of files) assert.ok(packed.includes(path.slice(2)), `${path} is not packed`);
});

test('the package asks for nothing: no dependency and no script at installation', () => {
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.peerDependencies, undefined);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(manifest.scripts[script], undefined);
});

test('publint has no advice', async () => {
  const { messages } = await publint({ pkgDir: root, strict: true, pack: false });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  );
});

test('are-the-types-wrong finds nothing', async () => {
  // The three files that are fetched or loaded as scripts are not modules that anyone requires.
  const scripts = ['lakh.wasm', 'lakh.worker.js', 'lakh.global.js'];
  const attw = join(root, 'node_modules/.bin/attw');
  // The other entries are ES modules alone: CommonJS code gets everything from 'lakh'.
  await execute(attw, [
    tarball,
    '--no-emoji',
    '--profile',
    'node16',
    '--exclude-entrypoints',
    ...scripts,
    '--ignore-rules',
    'cjs-resolves-to-esm',
  ]);
});

test('the module, its part for clustering and images, and the JavaScript of KMeans grow no further', async () => {
  await compile('wasm', 'lakh_without_neural');
  const gzipped = (/** @type {string} */ path) => gzipSync(readFileSync(join(root, path)), { level: 9 }).length;
  const module = gzipped('dist/lakh.wasm');
  const clustering = gzipped('build/wasm/src/wasm/lakh_without_neural.wasm');
  const entry = await write('kmeans.js', "export { KMeans } from 'lakh/slim';");
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  const script = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(
    `[figure] lakh.wasm ${(module / kilobyte).toFixed(1)} kB gzipped, without generative models ${(clustering / kilobyte).toFixed(1)} kB; KMeans from lakh/slim ${(script / kilobyte).toFixed(1)} kB minified and gzipped`,
  );
  assert.ok(module < 85 * kilobyte, `lakh.wasm has ${module} bytes gzipped`);
  assert.ok(clustering < 43 * kilobyte, `without generative models it has ${clustering} bytes gzipped`);
  assert.ok(script < 8.75 * kilobyte, `KMeans from lakh/slim has ${script} bytes minified and gzipped`);
});
