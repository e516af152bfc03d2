// Builds dist/docs: the guides of docs/*.md and the reference from the doc comments, as static pages that open from file://.
import { join } from 'node:path';
import { root, run } from './run.mjs';

export async function buildDocs() {
  const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');
  await run(process.execPath, [typedoc, '--options', 'docs/typedoc.json'], { capture: true });
}
