/**
 * Loading: from whatever `configure({ wasm })` names to a running instance that has shown that it computes correctly.
 * The compiled module is kept; nothing happens before the first call.
 */
import { LakhError, tagOf } from '../errors.js';
import { settings } from '../settings.js';

/**
 * A running instance of the module.
 *
 * @typedef {object} Engine
 * @property {Record<string, (...args: number[]) => number>} exports
 * @property {WebAssembly.Memory} memory
 */

/** Of the functions and structs that cross the border, as src/wasm/memory.c counts. */
const ABI_VERSION = 2;
const INITIAL_PAGES = 16;
const HINT = "Say with configure({ wasm }) where 'lakh/lakh.wasm' is; it needs SIMD.";

/** @type {(() => Uint8Array<ArrayBuffer>) | undefined} */
let embedded;
/** @type {Promise<Engine>} */
let loading;
let loadedGeneration = -1;

/**
 * Gives the module's bytes, for use when `configure` names no other source.
 *
 * @param {() => Uint8Array<ArrayBuffer>} decode
 */
export function embed(decode) {
  embedded = decode;
}

/**
 * The running instance, loaded at the first call. A failure is not remembered: the next call tries again.
 *
 * @returns {Promise<Engine>}
 */
export function loadEngine() {
  if (loadedGeneration !== settings.generation) {
    loadedGeneration = settings.generation;
    loading = load();
    loading.catch(discardEngine);
  }
  return loading;
}

/** Lets the next call start a fresh instance, after this one failed or trapped. */
export function discardEngine() {
  settings.generation++;
}

/** What was compiled last, and from which source. @type {{ source: unknown, module: WebAssembly.Module } | undefined} */
let compiled;

/** The module of the running instance. */
export const compiledModule = () => /** @type {WebAssembly.Module} */ (compiled?.module);

async function load() {
  const source = settings.wasm ?? embedded;
  try {
    // What was compiled is kept: a response, for one, can be read only once.
    if (compiled === undefined || compiled.source !== source) compiled = { source, module: await compile(source) };
    const engine = instantiate(compiledModule());
    if (engine.exports.self_check()) return engine;
  } catch (cause) {
    const from = /String|URL/.test(tagOf(source)) ? ` from ${source}` : '';
    throw new LakhError('LOAD_FAILED', `lakh: no module could be loaded${from}: ${cause}. ${HINT}`, { cause });
  }
  throw new LakhError('BROKEN_ENGINE', "lakh: this engine's SIMD computes wrongly");
}

/**
 * @param {unknown} source
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(source) {
  const given = await source;
  if (tagOf(given) === 'WebAssembly.Module') return /** @type {WebAssembly.Module} */ (given);
  const response = await toResponse(given);
  const bytes = await response.arrayBuffer();
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new Error(`${response.url || 'it'} answered ${describeAnswer(response, bytes)}; ${cause}`, { cause });
  }
}

/** @param {any} source @returns {Promise<Response>} */
async function toResponse(source) {
  if (!source) throw new Error('none is inside lakh/slim');
  if (/String|URL/.test(tagOf(source))) {
    // Where there are files, `fetch` knows none.
    const files = globalThis.process?.getBuiltinModule?.('node:fs/promises');
    if (!files || /^(https?|data|blob):/.test(source)) return fetch(source);
    return new Response(await files.readFile(/^file:/.test(source) ? new URL(source) : source));
  }
  return tagOf(source) === 'Response' ? source : new Response(typeof source === 'function' ? source() : source);
}

/**
 * What an address answered, in a sentence's middle: '404 Not Found (text/html, 153 bytes, beginning "<html>…")'.
 *
 * @param {Response} response
 * @param {ArrayBuffer} body
 */
export function describeAnswer({ status, statusText, headers }, body) {
  const text = JSON.stringify(new TextDecoder().decode(body.slice(0, 24)));
  return `${status} ${statusText} (${headers.get('content-type')}, ${body.byteLength} bytes, beginning ${text})`;
}

/**
 * @param {WebAssembly.Module} module
 * @returns {Engine}
 */
function instantiate(module) {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: settings.maxPages });
  // The function is a notice to Emscripten's JavaScript, which is not there.
  const imports = { env: { memory, emscripten_notify_memory_growth() {} } };
  const { exports } = new WebAssembly.Instance(module, imports);
  const functions = /** @type {Engine['exports']} */ (/** @type {unknown} */ (exports));
  functions._initialize();
  if (functions.abi_version() !== ABI_VERSION) throw new Error('it is of another version');
  return { exports: functions, memory };
}
