/** The module with failing allocations, for tests in Node. */
import { existsSync, readFileSync } from 'node:fs';
import { loadEngine } from '../../bindings/engine/module.js';
import { configure } from '../../bindings/index.js';

const path = new URL('../../build/wasm-debug/src/wasm/lakh.wasm', import.meta.url);
if (!existsSync(path)) throw new Error('The debug module is not built; run npm run build first.');
const bytes = readFileSync(path);

/** Loads it in place of the one that ships. @param {object} [options] of configure */
export async function useDebugModule(options = {}) {
  configure({ wasm: bytes, ...options });
  return loadEngine();
}

/**
 * Where blocks of several sizes would be put: the same before and after means that everything between was released.
 *
 * @param {import('../../bindings/engine/module.js').Engine} engine
 * @returns {number[]}
 */
export function freePlaces({ exports }) {
  const blocks = [16, 1024, 65536, 300000].map((size) => exports.alloc(1, size));
  for (const block of blocks) exports.free(block);
  return blocks;
}
