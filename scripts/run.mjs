// Starts programs for the other scripts, and sees to it that none outlives them. Only Node's built-in modules: this runs before
// anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Something the person at the keyboard can mend: printed as one sentence, without a stack. */
export class Stop extends Error {}

/** A program that ended with an error; `output` holds what it printed when that was captured. */
export class CommandFailed extends Error {
  /**
   * @param {string} command
   * @param {number | null} code
   * @param {string} output
   */
  constructor(command, code, output) {
    super(`${command} ended with ${code === null ? 'a signal' : `code ${code}`}`);
    this.output = output;
  }
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

/**
 * Runs a program to its end. With `capture` its output is collected and returned, otherwise it goes to the terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, capture?: boolean, allowFailure?: boolean }} [options]
 * @returns {Promise<{ code: number | null, output: string }>}
 */
export function run(command, args, { cwd = root, env = {}, capture = false, allowFailure = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['inherit', 'inherit', 'inherit'],
    });
    children.add(child);
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => {
      children.delete(child);
      reject(new Stop(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code) => {
      children.delete(child);
      const output = Buffer.concat(chunks).toString();
      if (code === 0 || allowFailure) resolve({ code, output });
      else reject(new CommandFailed([command, ...args].join(' '), code, output));
    });
  });
}

/**
 * What a program prints, or undefined when it is not there or fails.
 * @param {string} command
 * @param {string[]} args
 * @returns {string | undefined}
 */
export function ask(command, args) {
  const answer = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

/**
 * The full path of a program on the PATH.
 * @param {string} name
 * @returns {string | undefined}
 */
export function findProgram(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * What to print of an error: the sentence, the output, or everything.
 * @param {unknown} error
 */
export function describe(error) {
  if (error instanceof Stop) return error.message;
  if (error instanceof CommandFailed) return `${error.output}\n${error.message}`;
  // esbuild's errors are complete without its stack.
  return error instanceof Error && 'warnings' in error ? error.message : error;
}

/**
 * Runs a script's main function; a Stop becomes a sentence, a failed command its output.
 * @param {() => Promise<unknown>} script
 */
export async function main(script) {
  try {
    await script();
  } catch (error) {
    console.error(describe(error));
    process.exitCode = 1;
  }
}
