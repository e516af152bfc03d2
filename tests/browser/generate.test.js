// The demo Generate in real browsers, as it is handed out: one HTML file.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { VAE } from '../../bindings/index.js';
import { launch, serve } from '../package/browsers.js';
import { Visitor } from './visitor.js';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'lakh-generate-'));
/** What the page may weigh. */
const MOST_BYTES = 1_500_000;
/** @type {Awaited<ReturnType<typeof serve>>} */
let site;

before(async () => {
  site = await serve(join(dist, 'demos'));
});
after(() => {
  site.close();
  rmSync(folder, { recursive: true });
});

test('the page with its digits and models weighs less than 1.5 MB', () => {
  assert.ok(statSync(join(dist, 'demos/generate.html')).size < MOST_BYTES);
});

/** Waits until what is seen belongs to the model. @param {Visitor} visitor */
const settled = (visitor) => visitor.until(`document.querySelector('#stage').getAttribute('aria-busy') === 'false'`);

/** How much ink there is on a canvas, 0..1. @param {Visitor} visitor @param {string} selector */
const inkOn = (visitor, selector) =>
  visitor.page.$eval(selector, (element) => {
    const canvas = /** @type {HTMLCanvasElement} */ (element);
    const { width, height } = canvas;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const { data } = context.getImageData(0, 0, width, height);
    let sum = 0;
    for (let i = 3; i < data.length; i += 4) sum += data[i];
    return sum / (255 * width * height);
  });

/** Where an element is. @param {Visitor} visitor @param {string} selector */
const boxOf = (visitor, selector) =>
  visitor.page.$eval(selector, (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x, y, width, height };
  });

/** A canvas's pixels, in short. @param {Visitor} visitor @param {string} selector */
const lookOf = (visitor, selector) =>
  visitor.page.$eval(selector, (canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());

/** Changes a setting. @param {Visitor} visitor @param {string} name @param {string | number} value */
const setTo = (visitor, name, value) => visitor.set(`#set-${name}`, value);

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`Generate in ${name}`, () => {
    /** @type {import('puppeteer-core').Browser} */
    let browser;
    before(async () => {
      browser = await launch(name);
    });
    after(() => browser.close());

    /**
     * @param {(visitor: Visitor) => Promise<void>} visit
     * @param {Parameters<typeof Visitor.open>[2]} [options]
     * @param {string} [address]
     */
    const atThePage = async (visit, options, address = `${site.address}/generate.html`) => {
      const visitor = await Visitor.open(browser, address, options);
      await visitor.textLike('#status', /ready-trained/);
      await settled(visitor);
      await visit(visitor);
      // What was kept is not for the next visitor.
      await visitor.press('#offer-forget');
      await visitor.leave();
    };

    /** Trains with few units until some epochs are over. @param {Visitor} visitor @param {number} epochs */
    const trainFor = async (visitor, epochs) => {
      await setTo(visitor, 'hidden', '64');
      await setTo(visitor, 'epochs', epochs);
      await visitor.press('#train');
      await visitor.textLike('#status', new RegExp(`Trained: ${epochs} epochs?,`));
    };

    test('a stranger explores the latent plane at once, by pointer and by keys', async () => {
      await atThePage(async (visitor) => {
        await visitor.press('#plane');
        assert.ok((await inkOn(visitor, '#map')) > 0.05, 'digits all over the plane');
        const { x, y, width, height } = await boxOf(visitor, '#plane');
        await visitor.page.mouse.move(x + 0.25 * width, y + 0.5 * height);
        const there = await visitor.textLike('#code-words', /^−1\.\d\d, −?0\.0\d: /);
        const digit = await lookOf(visitor, '#decoded');
        await visitor.page.mouse.move(x + 0.75 * width, y + 0.5 * height);
        await visitor.textLike('#code-words', /^1\.\d\d, −?0\.0\d: /);
        assert.notEqual(await lookOf(visitor, '#decoded'), digit);
        await visitor.page.focus('#plane');
        for (let i = 0; i < 3; i++) await visitor.page.keyboard.press('ArrowUp');
        await visitor.textLike('#code-words', /, 0\.3\d: (among the data’s “\d”|far from all the data)/);
        assert.notEqual(await visitor.text('#code-words'), there);
      });
    });

    test('the visitor trains, pauses, steps, goes on and resets, and sees how fast and how well it goes', async () => {
      await atThePage(async (visitor) => {
        const ready = await lookOf(visitor, '#samples');
        await setTo(visitor, 'epochs', 500);
        await visitor.press('#train');
        await visitor.textLike('#speed', /Epoch \d+ of 500: [\d.,]+ steps a second, [\d,]+ digits a second, about/);
        await visitor.textLike('#curves', /each step: \d+/);
        await visitor.press('#train');
        const paused = await visitor.textLike('#status', /Paused in epoch \d+ of 500, after [\d,]+ steps/);
        const steps = Number(paused.match(/after ([\d,]+)/)?.[1].replace(',', ''));
        await settled(visitor);
        assert.notEqual(await lookOf(visitor, '#samples'), ready, 'its samples are its own');
        await visitor.press('#step');
        await visitor.textLike('#status', new RegExp(`after ${(steps + 1).toLocaleString('en')} steps`));
        await visitor.press('#train');
        await visitor.textLike('#status', /is learning/);
        await visitor.press('#train');
        await visitor.textLike('#status', /Paused/);
        await visitor.press('#reset');
        await visitor.textLike('#status', /learned nothing yet/);
        await visitor.press('#ready-model');
        await visitor.textLike('#status', /ready-trained/);
      });
    });

    test('training needs no animation frames, which hidden tabs do not have', async () => {
      const page = await browser.newPage();
      await page.evaluateOnNewDocument(() => {
        globalThis.requestAnimationFrame = () => 0;
        Object.defineProperty(document, 'hidden', { get: () => true });
      });
      await page.goto(`${site.address}/generate.html`);
      const visitor = new Visitor(page);
      await visitor.textLike('#status', /ready-trained/);
      await trainFor(visitor, 2);
      await visitor.press('#offer-forget');
      await visitor.leave();
    });

    test('a reload offers to go on, and that comes to the same weights as never having stopped', async () => {
      await atThePage(async (visitor) => {
        await trainFor(visitor, 2);
        const { name, bytes } = await visitor.download('#save-model');
        assert.equal(name, 'vae.safetensors');
        const whole = VAE.load(bytes);
        assert.equal(whole.nEpochs, 2);

        await visitor.press('#reset');
        await visitor.textLike('#status', /learned nothing yet/);
        for (let step = 2; step <= 4; step++) {
          await visitor.press('#step');
          await visitor.textLike('#status', new RegExp(`after ${step} steps`));
        }
        await settled(visitor);
        await visitor.page.reload();
        await visitor.textLike('#offer-words', /epoch 1 of 2, after 4 steps/);
        await visitor.press('#offer-go-on');
        await visitor.textLike('#status', /Trained: 2 epochs/);
        const again = VAE.load((await visitor.download('#save-model')).bytes);
        assert.deepEqual(again.weights, whole.weights);
      });
    });

    test('a saved model is opened again, and what is no model is refused with a reason', async () => {
      await atThePage(async (visitor) => {
        await trainFor(visitor, 1);
        const samples = await lookOf(visitor, '#samples');
        const { bytes } = await visitor.download('#save-model');
        const path = join(folder, `${name}.safetensors`);
        writeFileSync(path, bytes);
        await visitor.press('#ready-model');
        await visitor.textLike('#status', /ready-trained/);
        const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (
          await visitor.page.$('#model-file')
        );
        await input.uploadFile(path);
        await visitor.textLike('#status', /Trained: 1 epoch, 27 steps/);
        await settled(visitor);
        assert.equal(await lookOf(visitor, '#samples'), samples);
        const broken = join(folder, 'broken.safetensors');
        writeFileSync(broken, bytes.subarray(0, 1000));
        await input.uploadFile(broken);
        await visitor.textLike('#alert', /broken\.safetensors could not be opened/);
        const onnx = await visitor.download('#save-onnx');
        assert.equal(onnx.name, 'vae-generator.onnx');
        assert.ok(onnx.bytes.length > 4 * 64 * 784, 'with its weights');
        assert.match((await visitor.download('#save-picture')).bytes.toString('latin1', 1, 4), /PNG/);
      });
    });

    test('a diverging training is explained, and the page goes on', async () => {
      await atThePage(async (visitor) => {
        await setTo(visitor, 'learningRate', 1);
        await setTo(visitor, 'activation', 'elu');
        await visitor.press('#train');
        await visitor.textLike('#alert', /diverged in epoch \d+, at step \d+/);
        await visitor.press('#ready-model');
        await visitor.textLike('#status', /ready-trained/);
      });
    });

    test('all three kinds are there ready-trained, and each can be trained', async () => {
      await atThePage(async (visitor) => {
        for (const [kind, canvases] of /** @type {const} */ ([
          ['gan', ['#real', '#generated', '#samples', '#strip']],
          ['rbm', ['#filters', '#chains', '#samples']],
          ['vae', ['#map', '#decoded', '#samples', '#strip']],
        ])) {
          await visitor.press(`#kind-${kind}`);
          await visitor.textLike('#status', /ready-trained/);
          await settled(visitor);
          for (const canvas of canvases) assert.ok((await inkOn(visitor, canvas)) > 0.01, `${canvas} is empty`);
          if (kind === 'gan') {
            assert.match(await visitor.text('#verdict'), /takes a real digit for real with \d+%, a generated one with \d+%/);
            assert.match(await visitor.text('#modes-words'), /10 classes appear among 256 samples/);
          }
          const before = await lookOf(visitor, '#samples');
          await visitor.press('#train');
          await visitor.textLike('#speed', /steps a second/);
          await visitor.press('#train');
          await visitor.textLike('#status', /Paused|Trained/);
          await settled(visitor);
          assert.notEqual(await lookOf(visitor, '#samples'), before, kind);
        }
      });
    });

    test('the chains of the Boltzmann machine wander', async () => {
      await atThePage(async (visitor) => {
        await visitor.press('#kind-rbm');
        await visitor.textLike('#status', /ready-trained/);
        await settled(visitor);
        const start = await lookOf(visitor, '#chains');
        await visitor.press('#chain-step');
        await visitor.textLike('#chain-words', /After 1 Gibbs step:/);
        assert.notEqual(await lookOf(visitor, '#chains'), start);
        await visitor.press('#chain-noise');
        await visitor.textLike('#chain-words', /begin/);
        await visitor.press('#chain-play');
        await visitor.textLike('#chain-words', /After [3-9] Gibbs steps/);
        await visitor.press('#chain-play');
      });
    });

    test('a digit that the visitor draws is drawn again by the model', async () => {
      await atThePage(async (visitor) => {
        await visitor.page.$eval('#pad', (pad) => pad.scrollIntoView({ block: 'center' }));
        const { x, y, width, height } = await boxOf(visitor, '#pad');
        const { mouse } = visitor.page;
        await mouse.move(x + width / 2, y + 0.2 * height);
        await mouse.down();
        await mouse.move(x + width / 2, y + 0.8 * height, { steps: 8 });
        await mouse.up();
        await visitor.textLike('#answer-words', /among the data’s “1”/);
        assert.ok((await inkOn(visitor, '#answer')) > 0.02);
        await visitor.press('#kind-gan');
        await visitor.textLike('#answer-words', /The critic takes your drawing for real with \d+%/);
        await visitor.press('#wipe');
        await visitor.textLike('#answer-words', /^The critic judges it/);
      });
    });

    test('the visitor’s own pictures and tables are learned from', async () => {
      await atThePage(async (visitor) => {
        const table = join(folder, 'waves.csv');
        const rows = Array.from({ length: 200 }, (_, i) =>
          [
            i % 2 ? 'fast' : 'slow',
            ...Array.from({ length: 16 }, (_, j) => Math.sin((i % 2 ? 2 : 1) * j + i / 30).toFixed(3)),
          ].join(','),
        );
        writeFileSync(table, `kind,${Array.from({ length: 16 }, (_, j) => `x${j}`)}\n${rows.join('\n')}\n`);
        await visitor.upload(table);
        await visitor.textLike('#data-words', /waves, 200 rows, 2 classes, 4 × 4 pixels/);
        await visitor.textLike('#status', /learned nothing yet/);
        await visitor.press('#train');
        await visitor.textLike('#status', /Trained: \d+ epochs/);

        const pictures = await visitor.page.evaluate(async () => {
          const canvas = new OffscreenCanvas(60, 40);
          const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
          const files = new DataTransfer();
          for (let i = 0; i < 40; i++) {
            context.fillStyle = '#fff';
            context.fillRect(0, 0, 60, 40);
            context.fillStyle = '#000';
            context.fillRect(15 + (i % 10), 5, 4, 30);
            files.items.add(new File([await canvas.convertToBlob()], `${i}.png`, { type: 'image/png' }));
          }
          files.items.add(new File(['none'], 'notes.jpg', { type: 'image/jpeg' }));
          const event = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: files });
          document.querySelector('footer')?.dispatchEvent(event);
          return files.files.length;
        });
        assert.equal(pictures, 41);
        await visitor.textLike(
          '#data-words',
          /40 pictures, 28 × 28 pixels.*dark on light turned around\. 1 files were left out/,
        );
        await visitor.press('#step');
        await visitor.textLike('#status', /after 2 steps/);

        const empty = join(folder, 'empty.csv');
        writeFileSync(empty, 'a,b\n1,2\n');
        await visitor.upload(empty);
        await visitor.textLike('#alert', /empty\.csv has \d rows; at least 10/);
        await visitor.press('#digits');
        await visitor.textLike('#status', /ready-trained/);
      });
    });

    test('it works by keyboard alone', async () => {
      await atThePage(async (visitor) => {
        const { page } = visitor;
        const tabTo = async (/** @type {string} */ id) => {
          for (let i = 0; i < 60; i++) {
            await page.keyboard.press('Tab');
            if (await page.evaluate((id) => document.activeElement?.id === id, id)) return;
          }
          assert.fail(`Tab never reaches #${id}`);
        };
        await tabTo('kind-vae');
        await tabTo('plane');
        await page.keyboard.press('ArrowRight');
        await tabTo('train');
        await page.keyboard.press('Enter');
        await visitor.textLike('#speed', /steps a second/);
        await page.keyboard.press('Enter');
        await visitor.textLike('#status', /Paused/);
        await tabTo('pad');
        for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
        await visitor.textLike('#answer-words', /Decoded from its code/);
        const outline = await page.evaluate(
          () => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle,
        );
        assert.notEqual(outline, 'none', 'what has the focus shows it');
      });
    });

    test('the one file works from the disk, and asks nothing of the network', async () => {
      await atThePage(
        async (visitor) => {
          await trainFor(visitor, 2);
          assert.deepEqual(visitor.requests, []);
        },
        {},
        pathToFileURL(join(dist, 'demos/generate.html')).href,
      );
    });

    test('a telephone shows it without scrolling sideways', async () => {
      await atThePage(
        async (visitor) => {
          for (const kind of ['vae', 'gan', 'rbm']) {
            await visitor.press(`#kind-${kind}`);
            await visitor.textLike('#status', /ready-trained/);
            await settled(visitor);
            await visitor.page.$$eval('details', (all) => {
              for (const details of all) details.open = true;
            });
            const [content, window] = /** @type {number[]} */ (
              await visitor.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
            );
            assert.ok(content <= window, `${kind} is ${content} wide in a window of ${window}`);
          }
        },
        { width: 360, height: 780 },
      );
    });

    test('people who cannot see it well, or at all, can use it, in light and in dark', async () => {
      await atThePage(async (visitor) => {
        await visitor.page.$$eval('details', (all) => {
          for (const details of all) details.open = true;
        });
        await visitor.page.evaluate(axe);
        for (const kind of ['vae', 'gan', 'rbm']) {
          await visitor.press(`#kind-${kind}`);
          await visitor.textLike('#status', /ready-trained/);
          await settled(visitor);
          for (let theme = 0; theme < 2; theme++) {
            const violations = await visitor.page.evaluate(async () => {
              const { violations } = await /** @type {any} */ (globalThis).axe.run();
              return violations.map(
                (/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.html)}`,
              );
            });
            assert.deepEqual(violations, [], kind);
            const dark = () => visitor.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
            const before = await dark();
            await visitor.press('#theme');
            await visitor.until(`getComputedStyle(document.body).backgroundColor !== ${JSON.stringify(before)}`);
          }
        }
      });
    });
  });
}

describe('Generate with what only Chromium can pretend', () => {
  test('who asked for less motion moves the lens alone', async () => {
    const browser = await launch('chrome');
    try {
      const visitor = await Visitor.open(browser, `${site.address}/generate.html`, {
        media: { 'prefers-reduced-motion': 'reduce', 'prefers-color-scheme': 'dark' },
      });
      await visitor.textLike('#status', /ready-trained/);
      await settled(visitor);
      const code = await visitor.text('#code-words');
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(await visitor.text('#code-words'), code, 'nothing moves by itself');
      await visitor.leave();
    } finally {
      await browser.close();
    }
  });
});
