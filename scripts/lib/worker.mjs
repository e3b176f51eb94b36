// A Worker on this machine: `wrangler dev` with the settings that keep it quiet, offline and apart
// from any other one that runs at the same time.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createServer } from "node:net";
import { at, paths } from "./paths.mjs";
import { Failure } from "./run.mjs";
import { nodeTool, toolEnv } from "./toolchain.mjs";

/**
 * @typedef {object} WorkerOptions
 * @property {number} [port] default: any free one
 * @property {string} persist the folder its state is kept in
 * @property {string} [environment] default: development
 * @property {Record<string, string>} [vars] over those of wrangler.toml
 * @property {boolean} [rebuild] build at the start and on each edit; default: serve what is built
 *
 * @typedef {{ origin: string, output: () => string, ended: Promise<void>, stop: () => Promise<void> }} RunningWorker
 */

/**
 * Starts the built Worker and waits until it answers.
 * @param {WorkerOptions} options
 * @returns {Promise<RunningWorker>}
 */
export async function startWorker(options) {
  const port = options.port ?? (await freePort());
  if (!(await isFree(port))) {
    throw new Failure(`Port ${port} is taken: stop what listens there (\`ss -ltnp\` names it).`);
  }
  const origin = `http://localhost:${port}`;
  const child = spawn(nodeTool("node"), wranglerArgs(port, options), {
    cwd: at(),
    env: wranglerEnv(options),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // its own process group, so that workerd ends with it whatever happens
  });
  let log = "";
  const keep = (/** @type {Buffer} */ chunk) => {
    log = (log + chunk).slice(-20_000);
    if (options.rebuild) process.stdout.write(chunk);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.on("close", () => resolve()));
  const stop = () => stopGroup(child, ended);
  endWithUs(child, ended);
  try {
    await answers(`${origin}/healthz`, child);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : error;
    throw new Failure(`The Worker did not start: ${reason}\n${log}`);
  }
  return { origin, output: () => log, ended, stop };
}

/**
 * @param {number} port
 * @param {WorkerOptions} options
 */
function wranglerArgs(port, { persist, environment = "development", vars = {} }) {
  return [
    at("node_modules/wrangler/bin/wrangler.js"),
    "dev",
    ...["--env", environment],
    ...["--port", String(port)],
    ...["--inspector-port", "0"],
    ...["--persist-to", persist],
    "--show-interactive-dev-session=false",
    ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
}

/** @param {WorkerOptions} options */
function wranglerEnv({ persist, rebuild = false }) {
  return {
    ...toolEnv(),
    ...(rebuild ? {} : { WARIFU_BUILT: "1" }),
    CI: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG: process.env.WRANGLER_LOG ?? "warn",
    WRANGLER_LOG_PATH: paths.logs,
    // Workers of one name find each other in this folder; two at once must not.
    WRANGLER_REGISTRY_PATH: join(persist, "registry"),
    // No look-up of the edge's facts about this request: there is no edge here.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
}

/**
 * No Worker outlives the script that started it, not even when that is interrupted.
 * @param {import("node:child_process").ChildProcess} child
 * @param {Promise<void>} ended
 */
function endWithUs(child, ended) {
  const end = () => signalGroup(child, "SIGTERM");
  process.once("exit", end);
  ended.then(() => process.off("exit", end));
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
  }
}

/**
 * @param {string} url
 * @param {import("node:child_process").ChildProcess} child
 */
async function answers(url, child) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error("wrangler ended before it was ready.");
    }
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      if (answer.ok) return;
      if (answer.status >= 500) throw new Error(`/healthz says ${await answer.text()}`);
    } catch (error) {
      // Refused or cut off: it is still starting.
      if (!(error instanceof TypeError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not answer /healthz within 60 s.");
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {Promise<void>} ended
 */
async function stopGroup(child, ended) {
  signalGroup(child, "SIGTERM");
  const late = setTimeout(() => signalGroup(child, "SIGKILL"), 3_000);
  await ended;
  clearTimeout(late);
}

/**
 * @param {import("node:child_process").ChildProcess} child
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
 * @returns {Promise<boolean>}
 */
export function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
