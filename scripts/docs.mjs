// Builds dist/docs: the guides of docs/*.md and the reference from the doc comments, as static pages that open from file://.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

export async function buildDocs() {
  const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');
  await run(process.execPath, [typedoc, '--options', 'docs/typedoc.json'], { capture: true });
  linkDemos();
}

/** TypeDoc writes the link to the demos on every page as it is given, whatever the page's folder. */
function linkDemos() {
  const folder = join(root, 'dist/docs');
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.html') || !path.includes('/')) continue;
    const html = readFileSync(join(folder, path), 'utf8');
    writeFileSync(join(folder, path), html.replaceAll('"../demos/index.html"', '"../../demos/index.html"'));
  }
}
