// Every example that the README, the guides and the doc comments show is run. What an example says that it prints
// (`console.log(…); // → …`) must be what it prints.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { root } from '../../scripts/run.mjs';
import { launch, outcomeOf, serve } from '../package/browsers.js';
import { allExamples } from './examples.js';

const execute = promisify(execFile);
const examples = allExamples();

await mkdir(join(root, 'build'), { recursive: true });
// Inside the repository, so that 'lakh' means this package.
const folder = await mkdtemp(join(root, 'build/examples-'));
after(() => rm(folder, { recursive: true, force: true }));

/** Five stripes, 40 × 30. */
const photo =
  'iVBORw0KGgoAAAANSUhEUgAAACgAAAAeBAMAAACs80HuAAAAD1BMVEX19fXwyCgeljzIHhQUKNwLGG7mAAAAHElEQVR42mMwBgIXIBAEAiUgYACBUcFRQVoKAgAU00+xvtYqlQAAAABJRU5ErkJggg==';
/** What examples find in their page unless an HTML block stands above them. */
const usualPage = `<img id="img" alt="" src="data:image/png;base64,${photo}"><input id="input" type="file"><canvas id="canvas"></canvas>`;

/** What the comments of an example promise that it prints. @param {string} code */
const promised = (code) => [...code.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1].trim());

/**
 * The code as a module. An example of something that is not exported by the package means the file that it stands in.
 * @param {import('./examples.js').Example} example
 */
async function moduleOf({ code, file }) {
  if (/^import\b/m.test(code) || !file.endsWith('.js')) return code;
  const path = join(root, file);
  const names = Object.keys(await import(path)).filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  return `import { ${names.join(', ')} } from ${JSON.stringify(path)};\n${code}`;
}

/** @param {string} code @param {string} printed */
function assertPromised(code, printed) {
  const lines = printed.split('\n').map((line) => line.trim());
  let from = 0;
  for (const line of promised(code)) {
    const at = lines.indexOf(line, from);
    assert.notEqual(at, -1, `the example promises ${JSON.stringify(line)} and prints\n${printed}`);
    from = at + 1;
  }
}

test('there are examples in the README, the guides and the doc comments', () => {
  for (const place of ['README.md', 'docs/', 'bindings/', 'web/'])
    assert.ok(
      examples.some(({ file }) => file.startsWith(place)),
      place,
    );
});

describe('examples that run in Node', () => {
  for (const [index, example] of examples.filter(({ inBrowser }) => !inBrowser).entries()) {
    test(example.name, async () => {
      const path = join(folder, `${index}.mjs`);
      await writeFile(path, await moduleOf(example));
      const { stdout } = await execute(process.execPath, [path], { cwd: folder, timeout: 60_000 });
      assertPromised(example.code, stdout);
    });
  }
});

const collectPrinted = "globalThis.printed = []; console.log = (...words) => printed.push(words.join(' '));";

/**
 * Does what an example waits for: a picture is chosen in its file input. It must print something then.
 * @param {import('puppeteer-core').Page} page
 */
async function chooseFile(page) {
  const path = join(folder, 'photo.png');
  await writeFile(path, Buffer.from(photo, 'base64'));
  const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('input[type=file]'));
  await input.uploadFile(path);
  await page.waitForFunction('printed.length > 0', { timeout: 10_000 });
}

describe('examples that run in a page', async () => {
  const inBrowser = examples.filter((example) => example.inBrowser);
  const browser = await launch('chrome');
  after(() => browser.close());
  const server = await serve(folder);
  after(server.close);

  for (const [index, example] of inBrowser.entries()) {
    test(example.name, async () => {
      const code = `${collectPrinted}\n${await moduleOf(example)}\nglobalThis.outcome = 'ran';`;
      const { outputFiles } = await build({
        stdin: { contents: code, resolveDir: root },
        bundle: true,
        format: 'esm',
        write: false,
      });
      await writeFile(join(folder, `page-${index}.js`), outputFiles[0].contents);
      await writeFile(
        join(folder, `page-${index}.html`),
        `<!doctype html><title>example</title>${example.page || usualPage}<script type="module" src="page-${index}.js"></script>`,
      );
      let printed = '';
      await outcomeOf(browser, `${server.address}/page-${index}.html`, async (page) => {
        if (example.code.includes('onchange')) await chooseFile(page);
        printed = /** @type {string} */ (await page.evaluate("printed.join('\\n')"));
      });
      assertPromised(example.code, printed);
    });
  }
});
