/**
 * The user's own data: pictures or a table.
 */
import { readPictures } from './pictures.js';
import { readTable } from './table.js';

const TABLE = /\.(csv|tsv|txt)$/i;
/** What folders hold besides. */
const HIDDEN = /^\.|^Thumbs\.db$/i;

/**
 * @param {File[]} files
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal
 */
export function readOwn(files, onProgress, signal) {
  const table = files.find(({ name }) => TABLE.test(name));
  if (table !== undefined) return readTable(table, onProgress, signal);
  return readPictures(
    files.filter(({ name }) => !HIDDEN.test(name)),
    onProgress,
    signal,
  );
}
