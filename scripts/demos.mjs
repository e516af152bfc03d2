// Builds each demo page as one HTML file that works from file:// without a network: dist/demos/<page>.html.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root } from './run.mjs';

/** Pages as they are served, and the files that they become beside each other in dist/demos. */
function pages() {
  const folders = readdirSync(join(root, 'demos'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'demos', entry.name, 'index.html')))
    .map((entry) => entry.name);
  return new Map([
    ['index.html', 'index.html'],
    ...folders.map((name) => /** @type {const} */ ([`${name}/index.html`, `${name}.html`])),
  ]);
}

export async function buildDemos() {
  const { build } = await import('vite');
  const { viteSingleFile } = await import('vite-plugin-singlefile');
  const targets = pages();
  const draft = join(root, 'build/demos');
  mkdirSync(join(root, 'dist/demos'), { recursive: true });
  for (const [source, target] of targets) {
    await build({
      configFile: join(root, 'vite.config.js'),
      logLevel: 'warn',
      plugins: [viteSingleFile({ removeViteModuleLoader: true }), relink(source, targets)],
      build: { outDir: draft, emptyOutDir: true, rollupOptions: { input: join(root, 'demos', source) } },
    });
    refuseLeftovers(draft, source);
    renameSync(join(draft, source), join(root, 'dist/demos', target));
  }
  rmSync(draft, { recursive: true });
}

/**
 * A page that is not whole would fail only where there is no network.
 * @param {string} draft
 * @param {string} source
 */
function refuseLeftovers(draft, source) {
  const others = readdirSync(draft, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'index.html',
  );
  if (others.length > 0)
    throw new Error(`demos/${source} needs files that are not inside it: ${others.map((entry) => entry.name).join(', ')}`);
  const outside = readFileSync(join(draft, source), 'utf8').match(
    /<(?:script|img|source|video)\b[^>]*\ssrc="(?!data:|blob:)[^"]*"|<link\b[^>]*\shref="(?!data:)[^"]*"/,
  );
  if (outside) throw new Error(`demos/${source} loads something that is not inside it: ${outside[0]}`);
}

/**
 * Turns links between the served pages into links between the files that they become.
 * @param {string} page
 * @param {Map<string, string>} targets
 * @returns {import('vite').Plugin}
 */
function relink(page, targets) {
  const href = (/** @type {string} */ link) => {
    const [path, rest = ''] = link.split(/(?=[?#])(.*)/s);
    const served = posix.join(posix.dirname(page), path.endsWith('/') ? `${path}index.html` : path);
    if (targets.has(served)) return `${targets.get(served)}${rest}`;
    if (served.startsWith('docs/')) return `../${served}${rest}`;
    return link;
  };
  return {
    name: 'relink',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) =>
        html.replace(/(<a\b[^>]*\shref=")([^":]*)(")/g, (_, before, link, after) => `${before}${href(link)}${after}`),
    },
  };
}
