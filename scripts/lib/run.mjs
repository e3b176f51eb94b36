// Saying what is being done, and running other programs.
import { spawn, spawnSync } from "node:child_process";

/** A failure that a person can act on: only its sentence is printed, never a stack. */
export class Failure extends Error {}

/** @param {string} text */
export function say(text) {
  console.log(text);
}

/**
 * Runs a script's body; a Failure ends it with one sentence and exit code 1.
 * @param {() => Promise<unknown> | unknown} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Failure ? `\n✘ ${error.message}` : error);
    process.exit(1);
  }
}

/** @param {number} since from performance.now() */
export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * Says a step, runs it, says how long it took.
 * @template T
 * @param {string} what
 * @param {() => Promise<T> | T} body
 * @returns {Promise<T>}
 */
export async function step(what, body) {
  say(`▸ ${what}`);
  const start = performance.now();
  const result = await body();
  say(`  done in ${seconds(start)}`);
  return result;
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeout] milliseconds
 * @property {string} [hint] what to do when it fails
 * @property {boolean} [aside] its output goes to our standard error, as our standard output is data
 */

/**
 * Runs a program with its output on ours, and fails when it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export async function run(program, args, options = {}) {
  const code = await exitCode(program, args, options);
  if (code !== 0) {
    const hint = options.hint ? ` ${options.hint}` : "";
    throw new Failure(`\`${[program, ...args].join(" ")}\` failed (${code}).${hint}`);
  }
}

/**
 * Runs a program with its output on ours.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number | string>} the exit code, or the reason there is none
 */
export function exitCode(program, args, { cwd, env, timeout, aside = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env,
      timeout,
      stdio: ["ignore", aside ? 2 : "inherit", "inherit"],
    });
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(code ?? String(signal)));
  });
}

/**
 * The trimmed standard output of a program, or undefined when it is missing or fails.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export function capture(program, args, { cwd, env } = {}) {
  const result = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
