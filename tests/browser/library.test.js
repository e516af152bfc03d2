// The library in real browsers: every estimator's contract on the page and in a worker, pictures, and the same bytes as in Node.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launch, outcomeOf, serve } from '../package/browsers.js';

const expected = JSON.parse(readFileSync(new URL('../js/determinism.json', import.meta.url), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'lakh-library-'));
/** @type {{ address: string, close: () => void }} */
let site;

before(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./library_page.js', import.meta.url))],
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    logLevel: 'error',
  });
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><title>lakh</title><body><script type="module" src="page.js"></script>',
  );
  site = await serve(folder);
});
after(() => {
  site.close();
  rmSync(folder, { recursive: true });
});

for (const browser of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`in ${browser}`, () => {
    /** @type {{ failures: string[], count: number, hashes: Record<string, Record<string, string>>, during: { turns: number, gap: number } }} */
    let outcome;
    before(async () => {
      const running = await launch(browser);
      try {
        outcome = /** @type {any} */ (await outcomeOf(running, `${site.address}/index.html`));
      } finally {
        await running.close();
      }
    });

    test('every estimator keeps its promises, on the page and in a worker, and pictures come in and go out', () => {
      assert.deepEqual(outcome.failures, []);
      assert.ok(outcome.count > 100, `${outcome.count} promises`);
    });

    test('the models are the same bytes as in Node', () => {
      assert.deepEqual(outcome.hashes.here, expected);
      assert.deepEqual(outcome.hashes.there, expected);
    });

    test('a long fit lets the page go on', (t) => {
      t.diagnostic(`[figure] ${browser}: longest time without a turn for the page ${outcome.during.gap.toFixed(0)} ms`);
      assert.ok(outcome.during.turns > 3, `${outcome.during.turns} turns`);
    });
  });
}
