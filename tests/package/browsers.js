// Real browsers, and servers for them, for the tests of consumers.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import puppeteer from 'puppeteer-core';
import { chromium, firefox } from '../../scripts/setup.mjs';

/** @typedef {'chrome' | 'firefox'} BrowserName */

/**
 * @param {BrowserName} browser
 * @param {string[]} [flags]
 * @returns {Promise<import('puppeteer-core').Browser>}
 */
export function launch(browser, flags = []) {
  const executablePath = browser === 'chrome' ? chromium() : firefox();
  if (!executablePath) throw new Error(`There is no ${browser} on this machine.`);
  // Chromium's sandbox does not start for root.
  const args = browser === 'chrome' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return puppeteer.launch({ browser, executablePath, headless: true, args: [...args, ...flags] });
}

/**
 * Opens a page whose script leaves a promise in `globalThis.outcome`, and returns what it resolves to.
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} address
 * @param {(page: import('puppeteer-core').Page) => Promise<unknown>} [act] what to do in the page before the outcome is read
 */
export async function outcomeOf(browser, address, act) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()));
  page.on('requestfailed', (request) => trouble.push(`${request.url()} failed`));
  try {
    await page.goto(address);
    await page.waitForFunction('globalThis.outcome !== undefined', { timeout: 20_000 });
    await act?.(page);
    return await page.evaluate('globalThis.outcome');
  } catch (error) {
    throw new Error(`${address}: ${/** @type {Error} */ (error).message}\n${trouble.join('\n')}`);
  } finally {
    await page.close();
  }
}

const types = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.css': 'text/css; charset=utf-8',
});

/**
 * Serves a folder on a free port of 127.0.0.1.
 * @param {string} folder
 * @param {Record<string, string>} [headers] sent with every file
 * @returns {Promise<{ address: string, close: () => void }>}
 */
export function serve(folder, headers = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const file = join(folder, path);
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) {
      response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', ...headers });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      resolve({
        address: `http://127.0.0.1:${port}`,
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      });
    });
  });
}
