// A visitor at a page of the demos: opens it in a real browser, gives it pictures, reads what it shows. Anything that the page
// complains about in the console fails the test.
import assert from 'node:assert/strict';

/**
 * @typedef {import('puppeteer-core').Browser} Browser
 * @typedef {import('puppeteer-core').Page} Page
 */

export class Visitor {
  /** @type {string[]} */
  trouble = [];
  /** Addresses asked for since the page was loaded. @type {string[]} */
  requests = [];

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * @param {Browser} browser
   * @param {string} address
   * @param {{ width?: number, height?: number, media?: Record<string, string> }} [options]
   */
  static async open(browser, address, { width = 1280, height = 900, media = {} } = {}) {
    const page = await browser.newPage();
    const visitor = new Visitor(page);
    page.on('pageerror', (error) => visitor.trouble.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && visitor.trouble.push(message.text()));
    await page.setViewport({ width, height });
    const features = Object.entries(media).map(([name, value]) => ({ name, value }));
    if (features.length > 0) await page.emulateMediaFeatures(features);
    // What the page gives away as a file stays where the test can read it.
    await page.evaluateOnNewDocument(() => {
      /** @type {Map<string, Blob>} */
      const blobs = new Map();
      const create = URL.createObjectURL.bind(URL);
      URL.createObjectURL = (/** @type {any} */ object) => {
        const address = create(object);
        if (object instanceof Blob) blobs.set(address, object);
        return address;
      };
      HTMLAnchorElement.prototype.click = function () {
        const blob = blobs.get(this.href);
        if (this.download && blob) Object.assign(globalThis, { downloaded: { name: this.download, blob } });
      };
    });
    await page.goto(address);
    page.on('request', (request) => {
      if (!/^(blob|data):/.test(request.url())) visitor.requests.push(request.url());
    });
    return visitor;
  }

  async leave() {
    await this.page.close();
    assert.deepEqual(this.trouble, []);
  }

  /** Waits until a function in the page gives true. @param {string} expression */
  until(expression) {
    return this.page.waitForFunction(expression, { timeout: 20_000, polling: 50 });
  }

  /** @param {string} selector */
  text(selector) {
    return this.page.$eval(selector, (element) => element.textContent?.trim() ?? '');
  }

  /** Waits until the element's text matches, and gives it. @param {string} selector @param {RegExp} pattern */
  async textLike(selector, pattern) {
    try {
      await this.until(`${pattern}.test(document.querySelector(${JSON.stringify(selector)})?.textContent ?? '')`);
    } catch (error) {
      assert.match(`${await this.text(selector)} (alert: ${await this.text('#alert')})`, pattern, String(error));
    }
    return this.text(selector);
  }

  /** @param {string} path */
  async upload(path) {
    const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await this.page.$('#file'));
    await input.uploadFile(path);
  }

  /** Moves a slider or fills a field as its user would: value, then the event. @param {string} selector @param {string | number} value */
  set(selector, value) {
    return this.page.$eval(
      selector,
      (element, value) => {
        /** @type {HTMLInputElement} */ (element).value = String(value);
        element.dispatchEvent(new Event('input', { bubbles: true }));
        element.dispatchEvent(new Event('change', { bubbles: true }));
      },
      value,
    );
  }

  /** Presses a button where it is, wherever the page is scrolled to. @param {string} selector */
  press(selector) {
    return this.page.$eval(selector, (element) => /** @type {HTMLElement} */ (element).click());
  }

  /** The classes of the legend. */
  classes() {
    return this.page.$$eval('#legend li', (items) =>
      items.map((item) => {
        const input = (/** @type {string} */ part) => /** @type {HTMLInputElement} */ (item.querySelector(`.${part}`)).value;
        const share = item.querySelector('.share')?.textContent ?? '';
        return { name: input('name'), color: input('color'), share: Number.parseFloat(share) };
      }),
    );
  }

  /** The colour of the result in the middle of a part of the picture, 0..1 from the left and from the top. @param {number} x @param {number} y */
  colorAt(x, y) {
    return this.page.$eval(
      '#after',
      (element, x, y) => {
        const canvas = /** @type {HTMLCanvasElement} */ (element);
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        return Array.from(context.getImageData(Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1).data);
      },
      x,
      y,
    );
  }

  /** Presses a button that gives a file away. @param {string} selector @returns {Promise<{ name: string, bytes: Buffer }>} */
  async download(selector) {
    await this.page.evaluate('globalThis.downloaded = undefined');
    await this.press(selector);
    await this.until('globalThis.downloaded !== undefined');
    const { name, base64 } = /** @type {{ name: string, base64: string }} */ (
      await this.page.evaluate(async () => {
        const { name, blob } = /** @type {any} */ (globalThis).downloaded;
        const bytes = new Uint8Array(await blob.arrayBuffer());
        let text = '';
        for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
        return { name, base64: btoa(text) };
      })
    );
    return { name, bytes: Buffer.from(base64, 'base64') };
  }
}
