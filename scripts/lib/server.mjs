// A server that this process starts, waits for, and never leaves behind.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { at } from "./paths.mjs";
import { Failure } from "./run.mjs";
import { nodeTool } from "./toolchain.mjs";

const patience = 60_000;

/**
 * @typedef {object} ServerOptions
 * @property {string} name what to call it in messages
 * @property {string[]} args for Node 22
 * @property {NodeJS.ProcessEnv} env
 * @property {number} port
 * @property {string} ready the path that answers 2xx once it is up
 * @property {boolean} [echo] print what it prints
 *
 * @typedef {{ origin: string, ended: Promise<void>, stop: () => Promise<void> }} RunningServer
 */

/**
 * Starts a server and waits until it answers.
 * @param {ServerOptions} options
 * @returns {Promise<RunningServer>}
 */
export async function startServer({ name, args, env, port, ready, echo = false }) {
  const origin = `http://localhost:${port}`;
  const child = spawn(nodeTool("node"), args, {
    cwd: at(),
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // its own process group, so that its children end with it
  });
  let log = "";
  const keep = (/** @type {Buffer} */ chunk) => {
    log = `${log}${chunk}`.slice(-20_000);
    if (echo) process.stdout.write(chunk);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.on("close", () => resolve()));
  endWithUs(child, ended);
  const stop = () => stopGroup(child, ended);
  try {
    await answers(origin + ready, child);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : error;
    throw new Failure(`The ${name} did not start: ${reason}${echo ? "" : `\n${log}`}`);
  }
  return { origin, ended, stop };
}

/**
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 * @param {ChildProcess} child
 * @param {Promise<void>} ended
 */
function endWithUs(child, ended) {
  const end = () => signalGroup(child, "SIGTERM");
  process.once("exit", end);
  void ended.then(() => process.off("exit", end));
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
  }
}

/**
 * @param {string} url
 * @param {ChildProcess} child
 */
async function answers(url, child) {
  const deadline = Date.now() + patience;
  let last = "no answer";
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error("it ended before it was ready.");
    }
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      const text = await answer.text();
      if (answer.ok) return;
      last = `${answer.status} ${text}`;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} was not well within ${patience / 1000} s (${last}).`);
}

/**
 * @param {ChildProcess} child
 * @param {Promise<void>} ended
 */
async function stopGroup(child, ended) {
  signalGroup(child, "SIGTERM");
  const late = setTimeout(() => signalGroup(child, "SIGKILL"), 3_000);
  await ended;
  clearTimeout(late);
}

/**
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended already.
  }
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * @param {number} port
 * @param {string} what for
 */
export async function needPort(port, what) {
  /** @type {boolean} */
  const free = await new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
  if (free) return;
  throw new Failure(
    `Port ${port}, for the ${what}, is taken. See by what with \`lsof -i :${port}\` (or \`ss -ltnp\`), end it, and start again.`,
  );
}
