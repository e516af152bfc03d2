// Collects the JavaScript examples of the texts and of the doc comments.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../../scripts/run.mjs';

/**
 * @typedef {object} Example
 * @property {string} name file:line
 * @property {string} code
 * @property {boolean} inBrowser needs a page: marked ```js browser
 * @property {string} page the HTML block before it, for examples that need elements
 * @property {string} file
 */

const fence = /^```(\w+)([^\n]*)\n(.*?)^```$/gms;

/**
 * The ```js blocks of a text; ```js browser ones run in a page, whose body is the ```html block above it, if there is one.
 * @param {string} text
 * @param {string} file
 * @param {number} [firstLine]
 * @returns {Example[]}
 */
function blocks(text, file, firstLine = 1) {
  /** @type {Example[]} */
  const examples = [];
  let page = '';
  for (const { 1: language, 2: marks, 3: code, index } of text.matchAll(fence)) {
    if (language === 'html') page = code;
    if (language !== 'js' && language !== 'javascript') continue;
    const line = firstLine + text.slice(0, index).split('\n').length - 1;
    examples.push({ name: `${file}:${line}`, file, code, inBrowser: /\bbrowser\b/.test(marks), page });
    page = '';
  }
  return examples;
}

/**
 * The `@example` parts of a source's doc comments: fenced blocks, or plain code, which runs in a page when it is of web/.
 * @param {string} source
 * @param {string} file
 * @returns {Example[]}
 */
function docExamples(source, file) {
  /** @type {Example[]} */
  const examples = [];
  for (const { 0: comment, index } of source.matchAll(/\/\*\*.*?\*\//gs)) {
    const commentLine = source.slice(0, index).split('\n').length;
    const text = comment.replace(/\s*\*\/$/, '').replace(/^\s*\* ?/gm, '');
    for (const part of text.matchAll(/^@example\b[^\n]*\n(.*?)(?=^@\w|$(?![\s\S]))/gms)) {
      const line = commentLine + text.slice(0, part.index).split('\n').length;
      const fenced = part[1].includes('```');
      if (fenced) examples.push(...blocks(part[1], file, line));
      else examples.push({ name: `${file}:${line}`, file, code: part[1], inBrowser: file.startsWith('web/'), page: '' });
    }
  }
  return examples;
}

/** All files with a given ending below a folder. @param {string} folder @param {string} ending */
const filesBelow = (folder, ending) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .map((path) => join(root, folder, path))
    .sort();

/** @returns {Example[]} */
export function allExamples() {
  const texts = [join(root, 'README.md'), join(root, 'CONTRIBUTING.md'), ...filesBelow('docs', '.md')];
  const sources = [...filesBelow('bindings', '.js'), ...filesBelow('web', '.js')];
  return [
    ...texts.flatMap((path) => blocks(readFileSync(path, 'utf8'), relative(root, path))),
    ...sources.flatMap((path) => docExamples(readFileSync(path, 'utf8'), relative(root, path))),
  ];
}
