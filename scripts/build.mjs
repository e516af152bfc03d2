// Makes dist/: `node scripts/build.mjs [module] [scripts] [types] [demos] [docs]`, without names all of it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from './cmake.mjs';
import { buildDemos } from './demos.mjs';
import { buildDocs } from './docs.mjs';
import { main, root, run } from './run.mjs';
import { buildTools, setUp } from './setup.mjs';

/** Builds dist/lakh.wasm, and build/wasm-debug/…/lakh.wasm for the tests when `debug`. */
export async function buildModule({ debug = false } = {}) {
  for (const preset of debug ? ['wasm', 'wasm-debug'] : ['wasm']) await compile(preset);
  const wasm = readFileSync(join(root, 'build/wasm/src/wasm/lakh.wasm'));
  write('lakh.wasm', wasm);
  write('lakh.wasm.js', `export default '${wasm.toString('base64')}';\n`);
  write('lakh.wasm.d.ts', stringModule('The module, in base64.'));
  return wasm;
}

/** Bundles the worker, the global script and the CommonJS module. */
export async function buildScripts() {
  const { build } = await import('esbuild');
  /** @param {import('esbuild').BuildOptions} options */
  const bundle = async (options) => {
    const { outputFiles } = await build({
      bundle: true,
      write: false,
      target: 'es2022',
      logLevel: 'silent',
      absWorkingDir: root,
      ...options,
    });
    return /** @type {import('esbuild').OutputFile[]} */ (outputFiles)[0].text;
  };
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const banner = `/* lakh ${version} | MIT licence | unsupervised learning for web pages */\n`;

  const worker = banner + (await bundle({ entryPoints: ['web/worker.js'], format: 'iife', minify: true }));
  write('lakh.worker.js', worker);
  write('lakh.worker.source.js', `export default ${JSON.stringify(worker)};\n`);
  write('lakh.worker.source.d.ts', stringModule("The worker's script, as text."));

  const everything = { contents: "export * from './bindings/index.js';\nexport * from './web/images.js';\n", resolveDir: root };
  write(
    'lakh.global.js',
    banner +
      (await bundle({
        stdin: everything,
        format: 'iife',
        globalName: 'lakh',
        footer: { js: 'globalThis.lakh = lakh;' },
        minify: true,
      })),
  );
  write('lakh.cjs', banner + (await bundle({ entryPoints: ['bindings/index.js'], format: 'cjs', platform: 'node' })));
}

/** Emits the declarations of the ES modules, the same again for CommonJS, and those of the files that are not modules. */
export async function buildTypes() {
  rmSync(join(root, 'dist/types'), { recursive: true, force: true });
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.types.json'], { capture: true });
  for (const path of readdirSync(join(root, 'dist/types'), { recursive: true, encoding: 'utf8' })) {
    if (!path.startsWith('bindings') || !path.endsWith('.d.ts')) continue;
    const declarations = readFileSync(join(root, 'dist/types', path), 'utf8');
    write(
      `types/cjs/${path.replace(/ts$/, 'cts')}`,
      declarations.replace(/((?:from |import\()["']\.[^"']*)\.js(["'])/g, '$1.cjs$2'),
    );
  }
  for (const [name, text] of Object.entries(otherDeclarations)) write(`types/${name}`, text);
}

/** Declarations of the exported files that TypeScript cannot read. */
const otherDeclarations = {
  'lakh.wasm.d.ts': `/** What bundlers that import WebAssembly as a module give, such as Cloudflare's: for \`configure({ wasm })\`. */
declare const module: WebAssembly.Module;
export default module;
`,
  'lakh.worker.d.ts': `/** A classic worker script, for \`configure({ worker })\`: it exports nothing. */
export {};
`,
  'lakh.global.d.ts': `import type * as main from './bindings/index.js';
import type * as images from './web/images.js';
declare global {
  /** What the script lakh.global.js defines: everything of 'lakh' and 'lakh/web'. */
  var lakh: typeof main & typeof images;
}
export {};
`,
};

/** @param {string} meaning */
const stringModule = (meaning) => `/** ${meaning} */\ndeclare const text: string;\nexport default text;\n`;

/**
 * Writes dist/`name` in one piece, and only when it is not what is there already.
 * @param {string} name
 * @param {string | Uint8Array} contents
 */
function write(name, contents) {
  const path = join(root, 'dist', name);
  const hash = (/** @type {string | Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest('hex');
  if (existsSync(path) && hash(readFileSync(path)) === hash(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

/** @type {Record<string, () => Promise<unknown>>} */
const parts = {
  module: () => buildModule({ debug: true }),
  scripts: buildScripts,
  types: buildTypes,
  demos: buildDemos,
  docs: buildDocs,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setUp(buildTools);
    const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
    for (const name of names) await parts[name]();
  });
}
