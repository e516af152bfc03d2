// The demo Segment in real browsers, as it is handed out: one HTML file.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { KMeans } from '../../bindings/index.js';
import { launch, serve } from '../package/browsers.js';
import { makePictures } from './pictures.js';
import { Visitor } from './visitor.js';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'lakh-segment-'));
/** @type {Awaited<ReturnType<typeof makePictures>>} */
let pictures;
/** @type {Awaited<ReturnType<typeof serve>>} */
let site;

before(async () => {
  site = await serve(join(dist, 'demos'));
  const browser = await launch('chrome');
  try {
    pictures = await makePictures(await browser.newPage(), folder);
  } finally {
    await browser.close();
  }
});
after(() => {
  site.close();
  rmSync(folder, { recursive: true });
});

for (const name of /** @type {const} */ (['chrome', 'firefox'])) {
  describe(`Segment in ${name}`, () => {
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
    const atThePage = async (visit, options, address = `${site.address}/segment.html`) => {
      const visitor = await Visitor.open(browser, address, options);
      await visitor.textLike('#status', /5 classes/);
      await visit(visitor);
      await visitor.leave();
    };

    test('a stranger sees five classes of the first photo at once, with colours, names, shares and the time taken', async () => {
      await atThePage(async (visitor) => {
        assert.match(await visitor.text('#status'), /640 × 427 pixels: 5 classes/);
        const classes = await visitor.classes();
        assert.equal(classes.length, 5);
        assert.ok(Math.abs(classes.reduce((sum, { share }) => sum + share, 0) - 100) < 0.5);
        assert.equal(new Set(classes.map(({ name }) => name)).size, 5);
        assert.match(
          await visitor.text('#timing'),
          /^[\d.]+ ms for 273,280 pixels: [\d.,]+( million)? pixels a second, \d+ iterations?/,
        );
        const [r, g, b, a] = await visitor.colorAt(0.9, 0.1);
        assert.ok(classes.some(({ color }) => color === `#${Buffer.from([r, g, b]).toString('hex')}`) && a === 255);
      });
    });

    test('every kind of picture is divided, or the page says what is wrong and keeps what it had', async () => {
      await atThePage(async (visitor) => {
        const shows = async (/** @type {string} */ path, /** @type {RegExp} */ status) => {
          await visitor.upload(path);
          await visitor.textLike('#status', status);
          assert.equal(await visitor.text('#alert'), '');
        };
        await shows(pictures.photo, /photo, 240 × 160 pixels: 5 classes/);
        await shows(pictures.turned, /turned, 160 × 240 pixels/);
        await shows(pictures.transparent, /transparent, 64 × 64 pixels: 2 classes\. It has no more than 2 colours/);
        assert.deepEqual(
          (await visitor.classes()).map(({ share }) => share),
          [50, 50],
        );
        assert.equal((await visitor.colorAt(0.25, 0.75))[3], 0, 'transparent pixels stay so');
        await shows(pictures.grey, /grey.*4 classes/);
        await shows(pictures.gif, /moving, 8 × 8 pixels: 1 class\./);
        assert.deepEqual(await visitor.colorAt(0.5, 0.5), [255, 0, 0, 255], 'the first frame');
        await shows(pictures.drawing, /drawing, 60 × 40 pixels/);
        await shows(pictures.point, /point, 1 × 1 pixels: 1 class/);
        await shows(pictures.photo, /photo, 240 × 160 pixels: 5 classes/);
        const classes = await visitor.classes();
        for (const [path, what] of /** @type {const} */ ([
          [pictures.broken, 'broken'],
          [pictures.empty, 'empty'],
          [pictures.text, 'text'],
        ])) {
          await visitor.upload(path);
          await visitor.textLike('#alert', new RegExp(what));
          assert.match(await visitor.text('#status'), /photo/);
          assert.deepEqual(await visitor.classes(), classes);
        }
      });
    });

    test('a picture may be dropped anywhere, or pasted', async () => {
      await atThePage(async (visitor) => {
        for (const [how, name] of /** @type {const} */ ([
          ['drop', 'dropped'],
          ['paste', 'pasted'],
        ])) {
          await visitor.page.evaluate(
            async (how, name) => {
              const canvas = new OffscreenCanvas(20, 10);
              const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
              context.fillRect(0, 0, 10, 10);
              const files = new DataTransfer();
              files.items.add(new File([await canvas.convertToBlob()], `${name}.png`, { type: 'image/png' }));
              const options = { bubbles: true, cancelable: true };
              const event =
                how === 'drop' ? new DragEvent('drop', { ...options, dataTransfer: files }) : new Event('paste', options);
              // Firefox does not let scripts put files on a clipboard.
              if (how === 'paste') Object.defineProperty(event, 'clipboardData', { value: files });
              document.querySelector('footer')?.dispatchEvent(event);
            },
            how,
            name,
          );
          await visitor.textLike('#status', new RegExp(`${name}, 20 × 10 pixels`));
        }
      });
    });

    test('24 megapixels are divided at full resolution', async () => {
      await atThePage(async (visitor) => {
        await visitor.upload(pictures.large);
        await visitor.textLike('#status', /large, 6,000 × 4,000 pixels: 5 classes/);
        await visitor.textLike('#timing', /for 24,000,000 pixels/);
      });
    });

    test('each setting counts, and only the last of many quick changes is shown', async () => {
      await atThePage(async (visitor) => {
        for (const k of [3, 12, 2, 16, 7, 9]) await visitor.set('#k', k);
        await visitor.textLike('#status', /9 classes/);
        assert.equal((await visitor.classes()).length, 9);
        await visitor.set('#k', 4);
        await visitor.textLike('#status', /4 classes/);
        let before = await visitor.classes();
        for (const [control, value] of /** @type {const} */ ([
          ['#color-space', 'oklab'],
          ['#color-space', 'lab'],
          ['#position', 1],
          ['#small', 1],
        ])) {
          await visitor.set(control, value);
          await visitor.until(
            `${JSON.stringify(before.map(({ color }) => color).join())} !== ` +
              `Array.from(document.querySelectorAll('#legend .color'), (color) => color.value).join()`,
          );
          before = await visitor.classes();
        }
        assert.equal(await visitor.text('#alert'), '');
      });
    });

    test('classes are recoloured, renamed, hidden, merged and restored', async () => {
      await atThePage(async (visitor) => {
        await visitor.upload(pictures.grey);
        await visitor.textLike('#status', /grey.*4 classes/);
        const found = await visitor.classes();
        const row = (/** @type {number} */ i, /** @type {string} */ part) => `#legend li:nth-child(${i + 1}) .${part}`;
        const first = found[0].color;
        const [r, g, b] = Buffer.from(first.slice(1), 'hex');
        const places = [
          [0.25, 0.25],
          [0.75, 0.25],
          [0.25, 0.75],
          [0.75, 0.75],
        ];
        const colors = await Promise.all(places.map(([x, y]) => visitor.colorAt(x, y)));
        const at = colors.findIndex((color) => color[0] === r && color[1] === g && color[2] === b);
        assert.ok(at >= 0);
        const [x, y] = places[at];

        await visitor.set(row(0, 'color'), '#ff8800');
        assert.deepEqual(await visitor.colorAt(x, y), [255, 136, 0, 255]);
        await visitor.set(row(0, 'name'), 'roof');
        assert.equal((await visitor.classes())[0].name, 'roof');
        await visitor.press(row(0, 'hide'));
        assert.equal((await visitor.colorAt(x, y))[3], 0);
        await visitor.press(row(0, 'hide'));
        await visitor.press(row(0, 'selection'));
        await visitor.press(row(1, 'selection'));
        await visitor.press('#merge');
        const merged = await visitor.classes();
        assert.equal(merged.length, 3);
        assert.ok(merged.some(({ share }) => Math.abs(share - 50) < 0.2));
        await visitor.press('#restore');
        assert.deepEqual(await visitor.classes(), found);
        assert.deepEqual(await visitor.colorAt(x, y), colors[at]);
      });
    });

    test('everything can be taken away, and fits together', async () => {
      await atThePage(async (visitor) => {
        await visitor.upload(pictures.photo);
        await visitor.textLike('#status', /photo/);
        const palette = await visitor.download('#export-json');
        assert.match(palette.name, /^photo.*\.json$/);
        const json = JSON.parse(String(palette.bytes));
        assert.equal(json.classes.length, 5);
        const css = String((await visitor.download('#export-css')).bytes);
        for (const { hex } of json.classes) assert.ok(css.includes(hex), `${hex} is missing in\n${css}`);

        const size = (/** @type {Buffer} */ png) => [png.readUInt32BE(16), png.readUInt32BE(20)];
        const signature = '89504e470d0a1a0a';
        const png = (await visitor.download('#export-png')).bytes;
        const labels = (await visitor.download('#export-labels')).bytes;
        for (const bytes of [png, labels]) {
          assert.equal(bytes.subarray(0, 8).toString('hex'), signature);
          assert.deepEqual(size(bytes), [240, 160]);
        }
        const model = KMeans.load((await visitor.download('#export-model')).bytes);
        const counts = await visitor.page.evaluate(
          async (pngs) => {
            const read = async (/** @type {string} */ base64) => {
              const blob = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
              const bitmap = await createImageBitmap(blob);
              const context = /** @type {any} */ (new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d'));
              context.drawImage(bitmap, 0, 0);
              return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
            };
            const [picture, labels] = [await read(pngs[0]), await read(pngs[1])];
            /** @type {Record<string, number>} */
            const counts = {};
            for (let i = 0; i < labels.length; i += 4) {
              const key = `${labels[i]}: ${picture[i]}, ${picture[i + 1]}, ${picture[i + 2]}`;
              counts[key] = (counts[key] ?? 0) + 1;
            }
            return counts;
          },
          [png.toString('base64'), labels.toString('base64')],
        );
        const expected = Object.fromEntries(
          json.classes.map((/** @type {any} */ { number, rgb, count }) => [`${number}: ${rgb.join(', ')}`, count]),
        );
        assert.deepEqual(counts, expected, 'label map, picture and palette tell the same');
        assert.equal(model.clusterCenters.shape[0], 5);
        const [center] = json.classes;
        const pixel = {
          data: Uint8ClampedArray.from([...Buffer.from(center.meanHex.slice(1), 'hex'), 255]),
          width: 1,
          height: 1,
        };
        assert.ok(center.modelLabels.includes((await model.predict(pixel))[0]), 'the model knows the classes');
      });
    });

    test('the classes can be watched as they form, step by step', async () => {
      await atThePage(async (visitor) => {
        await visitor.press('#watch');
        await visitor.press('#step');
        const first = await visitor.textLike('#iteration', /\d/);
        await visitor.press('#step');
        await visitor.until(`document.querySelector('#iteration').textContent.trim() !== ${JSON.stringify(first)}`);
        await visitor.press('#play');
        await visitor.press('#watch-end');
        await visitor.until(`document.querySelector('#converge').hidden`);
        assert.equal((await visitor.classes()).length, 5);
      });
    });

    test('the founding question is answered: one lakh pixels, against one frame', async () => {
      await atThePage(async (visitor) => {
        await visitor.press('#lakh');
        assert.match(await visitor.textLike('#lakh-time', /[\d.]+ ms/), /[\d.]+ ms/);
        assert.match(await visitor.textLike('#lakh-words', /one frame/), /^Median of \d+ runs/);
      });
    });

    test('help in choosing k draws its curves and says what they mean', async () => {
      await atThePage(async (visitor) => {
        await visitor.press('#suggest');
        await visitor.until(`document.querySelectorAll('#curves svg').length === 3`);
        assert.ok((await visitor.text('#suggest-words')).length > 20);
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
        await tabTo('split');
        const value = () => page.$eval('#split', (input) => Number(/** @type {HTMLInputElement} */ (input).value));
        const start = await value();
        await page.keyboard.press('ArrowRight');
        assert.ok((await value()) > start);
        await tabTo('k');
        await page.keyboard.press('ArrowRight');
        await visitor.textLike('#status', /6 classes/);
        await tabTo('export-json');
        const outline = await page.evaluate(
          () => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle,
        );
        assert.notEqual(outline, 'none', 'what has the focus shows it');
      });
    });

    test('nothing is asked of the network once the page is there', async () => {
      await atThePage(async (visitor) => {
        await visitor.upload(pictures.photo);
        await visitor.textLike('#status', /photo/);
        await visitor.press('#sample-temple');
        await visitor.textLike('#status', /temple/);
        await visitor.press('#lakh');
        await visitor.textLike('#lakh-words', /one frame/);
        assert.deepEqual(visitor.requests, []);
      });
    });

    test('the one file works from the disk, as does the page that leads to it', async () => {
      const page = (/** @type {string} */ file) => pathToFileURL(join(dist, 'demos', file)).href;
      await atThePage(
        async (visitor) => {
          await visitor.upload(pictures.photo);
          await visitor.textLike('#status', /photo/);
        },
        {},
        page('segment.html'),
      );
      const home = await Visitor.open(browser, page('index.html'));
      const links = await home.page.$$eval('a[href]', (all) => all.map((link) => link.getAttribute('href')));
      assert.ok(links.includes('segment.html') && links.some((link) => link?.includes('docs/')), String(links));
      await home.leave();
    });

    test('a telephone shows it without scrolling sideways', async () => {
      for (const file of ['index.html', 'segment.html']) {
        const visitor = await Visitor.open(browser, `${site.address}/${file}`, { width: 360, height: 780 });
        if (file === 'segment.html') await visitor.textLike('#status', /5 classes/);
        await visitor.page.$$eval('details', (all) => {
          for (const details of all) details.open = true;
        });
        const [content, window] = /** @type {number[]} */ (
          await visitor.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
        );
        assert.ok(content <= window, `${file} is ${content} wide in a window of ${window}`);
        await visitor.leave();
      }
    });

    test('people who cannot see it well, or at all, can use it, in light and in dark', async () => {
      for (const file of ['index.html', 'segment.html']) {
        const visitor = await Visitor.open(browser, `${site.address}/${file}`);
        if (file === 'segment.html') await visitor.textLike('#status', /5 classes/);
        await visitor.page.$$eval('details', (all) => {
          for (const details of all) details.open = true;
        });
        await visitor.page.evaluate(axe);
        for (let theme = 0; theme < 2; theme++) {
          const violations = await visitor.page.evaluate(async () => {
            const { violations } = await /** @type {any} */ (globalThis).axe.run();
            return violations.map(
              (/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.html)}`,
            );
          });
          assert.deepEqual(violations, [], file);
          const dark = () => visitor.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
          const before = await dark();
          await visitor.press('#theme');
          await visitor.until(`getComputedStyle(document.body).backgroundColor !== ${JSON.stringify(before)}`);
        }
        await visitor.leave();
      }
    });
  });
}

describe('Segment with what only Chromium can pretend', () => {
  test('the camera’s pictures are divided as they come, and one can be kept', async () => {
    const browser = await launch('chrome', ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
    try {
      const visitor = await Visitor.open(browser, `${site.address}/segment.html`);
      await visitor.textLike('#status', /5 classes/);
      await visitor.press('#camera');
      await visitor.textLike('#speed', /[1-9]\d* frames a second, [\d.]+ ms of work a frame/);
      const { width } = await visitor.page.$eval('#after', (canvas) => ({
        width: /** @type {HTMLCanvasElement} */ (canvas).width,
      }));
      assert.ok(width > 0);
      await visitor.press('#snap');
      await visitor.textLike('#status', /^(?!dahlia).*pixels: \d+ class/);
      assert.equal(await visitor.page.$eval('#live', (live) => /** @type {HTMLElement} */ (live).hidden), true);
      await visitor.leave();
    } finally {
      await browser.close();
    }
  });

  test('a camera that may not be used is an explained failure', async () => {
    const browser = await launch('chrome', ['--use-fake-device-for-media-stream', '--deny-permission-prompts']);
    try {
      const visitor = await Visitor.open(browser, `${site.address}/segment.html`);
      await visitor.textLike('#status', /5 classes/);
      await visitor.press('#camera');
      await visitor.textLike('#alert', /camera/i);
      await visitor.leave();
    } finally {
      await browser.close();
    }
  });

  test('who asked for less motion steps instead of watching', async () => {
    const browser = await launch('chrome');
    try {
      const visitor = await Visitor.open(browser, `${site.address}/segment.html`, {
        media: { 'prefers-reduced-motion': 'reduce', 'prefers-color-scheme': 'dark' },
      });
      await visitor.textLike('#status', /5 classes/);
      await visitor.press('#watch');
      const first = await visitor.textLike('#iteration', /\d/);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.equal(await visitor.text('#iteration'), first, 'nothing moves by itself');
      await visitor.leave();
    } finally {
      await browser.close();
    }
  });
});
