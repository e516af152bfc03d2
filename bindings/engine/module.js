/**
 * Loading: from whatever `configure({ wasm })` names to a running instance that has shown that it computes correctly.
 * The compiled module is kept; nothing happens before the first call.
 */
import { LakhError, show, tagOf } from '../errors.js';
import { settings } from '../settings.js';
import { checkEngine } from './self_check.js';

/**
 * A running instance of the module.
 *
 * @typedef {object} Engine
 * @property {Record<string, (...args: number[]) => number>} exports
 * @property {WebAssembly.Memory} memory
 */

/** Of the functions and structs that cross the border, as src/wasm/memory.c counts. */
const ABI_VERSION = 1;
const INITIAL_PAGES = 16;
const HINT = "Host the file 'lakh/lakh.wasm' of the package and give its address: configure({ wasm: '/lakh.wasm' }).";

/** @type {string | undefined} */
let embedded;
/** @type {Promise<Engine> | undefined} */
let loading;
let loadedGeneration = -1;

/**
 * Gives the module's bytes in base64, for use when `configure` names no other source.
 *
 * @param {string} base64
 */
export function embed(base64) {
  embedded = base64;
}

/**
 * The running instance, loaded at the first call. A failure is not remembered: the next call tries again.
 *
 * @returns {Promise<Engine>}
 */
export function loadEngine() {
  if (loading === undefined || loadedGeneration !== settings.generation) {
    loadedGeneration = settings.generation;
    const attempt = load();
    loading = attempt;
    attempt.catch(() => {
      if (loading === attempt) loading = undefined;
    });
  }
  return loading;
}

/**
 * Lets the next call start a fresh instance, after this one trapped.
 *
 * @param {Engine} engine
 */
export async function discardEngine(engine) {
  const current = loading;
  if ((await current) === engine && loading === current) loading = undefined;
}

/** What was compiled last, and from which source. @type {{ source: unknown, module: WebAssembly.Module } | undefined} */
let compiled;

async function load() {
  const engine = instantiate(await compileConfigured(), describeSource(settings.wasm ?? embedded));
  checkEngine(engine);
  return engine;
}

/**
 * The module from where `configure` says it is. It is kept: a response, for one, can be read only once.
 *
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileConfigured() {
  const source = settings.wasm ?? embedded;
  if (source === undefined) throw new LakhError('LOAD_FAILED', `lakh/slim carries no module and none was configured. ${HINT}`);
  if (compiled?.source !== source) compiled = { source, module: await compile(source, describeSource(source)) };
  return compiled.module;
}

/**
 * @param {unknown} source
 * @param {string} name of the source, for messages
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(source, name) {
  if (tagOf(source) === 'WebAssembly.Module') return /** @type {WebAssembly.Module} */ (source);
  const bytes = await readBytes(source, name);
  if (!startsLikeModule(bytes))
    throw new LakhError('LOAD_FAILED', `lakh: ${name} is not WebAssembly: ${describeBytes(bytes)}. ${HINT}`);
  try {
    return await WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  } catch (error) {
    throw new LakhError('LOAD_FAILED', `lakh: ${name} could not be compiled: ${reasonOf(error)}. ${adviceOnCompiling(error)}`, {
      cause: error,
    });
  }
}

/** @param {unknown} error */
function adviceOnCompiling(error) {
  const reason = reasonOf(error);
  if (/unsafe-eval|Content.Security.Policy|CSP/i.test(reason))
    return "The page's Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src.";
  if (/disallowed|code generation/i.test(reason))
    return "Where only ready modules are allowed, import the file 'lakh/lakh.wasm' and give it: configure({ wasm: module }).";
  return 'The file may be damaged, or this engine may be without WebAssembly SIMD (Chrome 91, Firefox 89, Safari 16.4, Node 16.4).';
}

/**
 * @param {unknown} source
 * @param {string} name
 * @returns {Promise<Uint8Array>}
 */
async function readBytes(source, name) {
  if (embedded !== undefined && source === embedded) return fromBase64(embedded);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (tagOf(source) === 'Response' || tagOf(source) === 'Promise')
    return readResponse(await orLoadFailed(/** @type {Response} */ (source), name), name);
  if (typeof source !== 'string' && tagOf(source) !== 'URL') return new Uint8Array(/** @type {ArrayBuffer} */ (source));
  const address = String(source);
  const files = globalThis.process?.getBuiltinModule?.('node:fs');
  if (files !== undefined && !/^(https?|data|blob):/i.test(address)) return readFile(files, address);
  return readResponse(await orLoadFailed(fetch(address), name), name);
}

/**
 * The files of Node, whose fetch does not know them.
 *
 * @param {typeof import('node:fs')} files
 * @param {string} address a path or a file: URL
 */
async function readFile(files, address) {
  try {
    return await files.promises.readFile(address.startsWith('file:') ? new URL(address) : address);
  } catch (error) {
    throw new LakhError('LOAD_FAILED', `lakh: ${address} could not be read: ${reasonOf(error)}. ${HINT}`, { cause: error });
  }
}

/**
 * @template T
 * @param {PromiseLike<T> | T} answer
 * @param {string} name
 * @returns {Promise<T>}
 */
async function orLoadFailed(answer, name) {
  try {
    return await answer;
  } catch (error) {
    throw new LakhError('LOAD_FAILED', `lakh: ${name} could not be fetched: ${reasonOf(error)}. ${HINT}`, { cause: error });
  }
}

/**
 * @param {Response} response
 * @param {string} name
 */
async function readResponse(response, name) {
  if (typeof response?.arrayBuffer !== 'function')
    throw new LakhError('LOAD_FAILED', `lakh: ${name} must give a Response, got ${show(response)}`);
  if (response.bodyUsed) throw new LakhError('LOAD_FAILED', `lakh: ${name} was already read; give a response that was not`);
  const bytes = new Uint8Array(await orLoadFailed(response.arrayBuffer(), name));
  // A page from file:// answers with status 0 in some browsers.
  if (!response.ok && !startsLikeModule(bytes))
    throw new LakhError('LOAD_FAILED', `lakh: ${response.url || name} answered ${describeAnswer(response, bytes)}. ${HINT}`);
  if (!startsLikeModule(bytes)) {
    const answer = describeAnswer(response, bytes);
    throw new LakhError('LOAD_FAILED', `lakh: ${response.url || name} answered ${answer}, which is not WebAssembly. ${HINT}`);
  }
  return bytes;
}

/**
 * What an address answered, in a sentence's middle: '404 Not Found (text/html, 153 bytes, beginning "<html>…")'.
 *
 * @param {Response} response
 * @param {Uint8Array} bytes of its body
 */
export function describeAnswer(response, bytes) {
  const status = `${response.status} ${response.statusText}`.trim();
  return `${status} (${response.headers.get('content-type') ?? 'no content type'}, ${describeBytes(bytes)})`;
}

/** @param {Uint8Array} bytes */
function describeBytes(bytes) {
  const first = bytes.subarray(0, 24);
  const isText = first.every((byte) => (byte >= 32 && byte < 127) || byte === 10 || byte === 13 || byte === 9);
  const text = String.fromCharCode(...first).replace(/\s+/g, ' ');
  const hex = Array.from(first.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${bytes.length} bytes${bytes.length === 0 ? '' : `, beginning ${isText ? JSON.stringify(text) : hex}`}`;
}

/** @param {Uint8Array} bytes */
const startsLikeModule = (bytes) => bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;

/** @param {string} base64 */
function fromBase64(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * @param {WebAssembly.Module} module
 * @param {string} name
 * @returns {Engine}
 */
function instantiate(module, name) {
  try {
    const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: settings.maxPages });
    /** @type {Record<string, Record<string, WebAssembly.ImportValue>>} */
    const imports = {};
    for (const { module: space, name: member, kind } of WebAssembly.Module.imports(module)) {
      imports[space] ??= {};
      // The functions are notices that the module sends to Emscripten's JavaScript, which is not there.
      imports[space][member] = kind === 'memory' ? memory : () => 0;
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    const functions = /** @type {Engine['exports']} */ (/** @type {unknown} */ (exports));
    functions._initialize?.();
    const abi = functions.abi_version?.();
    if (abi === ABI_VERSION) return { exports: functions, memory };
    throw new Error(`it has interface ${abi}, this version of lakh needs ${ABI_VERSION}; take both from the same version`);
  } catch (error) {
    throw new LakhError('LOAD_FAILED', `lakh: ${name} could not be started: ${reasonOf(error)}`, { cause: error });
  }
}

/** @param {unknown} source */
function describeSource(source) {
  if (source === embedded) return 'the embedded module';
  if (typeof source === 'string' || tagOf(source) === 'URL') return String(source);
  return `the configured ${ArrayBuffer.isView(source) || tagOf(source).endsWith('Buffer') ? 'bytes' : tagOf(source)}`;
}

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
