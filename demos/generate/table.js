/**
 * The user's own table: a CSV file, a row of numbers a line, as a picture when it is a square one, as MNIST is passed on. A column
 * of names, or one that is called label, gives the classes.
 */
import Papa from 'papaparse';
import { shuffled } from './dataset.js';
import { FEWEST, MOST } from './pictures.js';

/** @typedef {import('./dataset.js').Dataset} Dataset */

/** Read at a time, so that the page keeps answering. */
const CHUNK_BYTES = 256 * 1024;
const MOST_CLASSES = 50;
/** A square of fewer numbers is no picture. */
const SMALLEST_SIDE = 4;
const LABEL = /^(label|class|target|species|digit|y)$/i;

/**
 * @param {File} file
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Dataset>}
 */
export async function readTable(file, onProgress, signal) {
  const lines = await readLines(file, onProgress, signal);
  const hasHeader = lines.length > 1 && lines[0].every((cell) => !isNumber(cell)) && lines[1].some(isNumber);
  const header = hasHeader ? lines[0] : [];
  const rows = (hasHeader ? lines.slice(1) : lines).filter((row) => row.length === lines[0].length);
  if (rows.length < FEWEST)
    throw new RangeError(`${file.name} has ${rows.length} rows; at least ${FEWEST} of equal length are needed`);
  const label = labelColumn(rows, header);
  const columns = rows[0].flatMap((_, column) =>
    column !== label && rows.every((row) => isNumber(row[column])) ? [column] : [],
  );
  if (columns.length < 2) throw new RangeError(`${file.name} has no two columns of numbers alone`);
  const { values, note } = scaled(rows, columns);
  const side = Math.sqrt(columns.length);
  const width = Math.ceil(side);
  const left = rows[0].length - columns.length - (label === undefined ? 0 : 1);
  return {
    name: `${file.name.replace(/\.[^.]+$/, '')}, ${rows.length.toLocaleString('en')} rows`,
    noun: side >= SMALLEST_SIDE && Number.isInteger(side) ? 'picture' : 'row',
    ...shuffled(values, columns.length, classesOf(rows, label)),
    width,
    height: Math.ceil(columns.length / width),
    features: columns.length,
    note: `${note}${left > 0 ? ` ${left} columns without numbers were left out.` : ''}`,
  };
}

/**
 * @param {File} file
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<string[][]>}
 */
function readLines(file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    /** @type {string[][]} */
    const lines = [];
    Papa.parse(file, {
      skipEmptyLines: true,
      chunkSize: CHUNK_BYTES,
      chunk({ data, meta }, parser) {
        lines.push(.../** @type {string[][]} */ (data));
        onProgress(Math.min(1, meta.cursor / file.size));
        if (signal.aborted || lines.length > MOST) parser.abort();
      },
      complete: () => (signal.aborted ? reject(signal.reason) : resolve(lines.slice(0, MOST + 1))),
      error: reject,
    });
  });
}

/** @param {string} cell */
const isNumber = (cell) => cell !== undefined && cell.trim() !== '' && Number.isFinite(Number(cell));

/**
 * The column that names the class: by its title, because it holds words, or as the first one before a square picture.
 *
 * @param {string[][]} rows
 * @param {string[]} header
 */
function labelColumn(rows, header) {
  const isClass = (/** @type {number} */ column) => new Set(rows.map((row) => row[column])).size <= MOST_CLASSES;
  const named = header.findIndex((title) => LABEL.test(title.trim()));
  if (named >= 0 && isClass(named)) return named;
  const columns = Array.from(rows[0], (_, column) => column);
  const words = columns.find((column) => rows.every((row) => !isNumber(row[column])) && isClass(column));
  if (words !== undefined) return words;
  const rest = Math.sqrt(columns.length - 1);
  return rest >= SMALLEST_SIDE && Number.isInteger(rest) && isClass(0) ? 0 : undefined;
}

/**
 * @param {string[][]} rows
 * @param {number | undefined} column
 */
function classesOf(rows, column) {
  if (column === undefined) return { classes: [] };
  const classes = [...new Set(rows.map((row) => row[column].trim()))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return { classes, labels: Uint8Array.from(rows, (row) => classes.indexOf(row[column].trim())) };
}

/**
 * Numbers as bytes: shares of one and bytes as they are, others from each column's least to its greatest.
 *
 * @param {string[][]} rows
 * @param {number[]} columns
 */
function scaled(rows, columns) {
  const ranges = columns.map((column) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const row of rows) [low, high] = [Math.min(low, Number(row[column])), Math.max(high, Number(row[column]))];
    return [low, high];
  });
  const [low, high] = [Math.min(...ranges.map(([least]) => least)), Math.max(...ranges.map(([, most]) => most))];
  const isShare = low >= 0 && high <= 1;
  const isByte = !isShare && low >= 0 && high <= 255 && columns.length >= 16;
  const values = new Uint8Array(rows.length * columns.length);
  rows.forEach((row, i) => {
    columns.forEach((column, j) => {
      const value = Number(row[column]);
      const [least, most] = isShare ? [0, 1] : isByte ? [0, 255] : ranges[j];
      values[i * columns.length + j] = Math.round((255 * (value - least)) / (most - least || 1));
    });
  });
  const note = isShare || isByte ? '' : 'Each column runs from its least to its greatest value, in 256 steps.';
  return { values, note };
}
