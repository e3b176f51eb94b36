// Starts a Worker in a workerd process of its own, through Miniflare, and reads the CPU time and the
// memory of that process.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_readConfig } from "wrangler";
import { at } from "../../scripts/lib/paths.mjs";

/**
 * @typedef {import("miniflare").Request} OutboundRequest
 * @typedef {import("miniflare").Response} OutboundResponse
 * @typedef {import("miniflare").V4SharedOptions & import("miniflare").V4WorkerOptions} WorkerOptions
 *
 * @typedef {object} Start
 * @property {WorkerOptions} options modules, bindings and settings
 * @property {(request: OutboundRequest) => Promise<OutboundResponse>} [outbound] answers what the Worker
 *   fetches; without it, every fetch fails
 * @property {(options: WorkerOptions) => WorkerOptions} [wrap] changes the options before the start
 *
 * @typedef {object} Running
 * @property {Miniflare} miniflare
 * @property {string} origin
 * @property {number} pid of workerd
 * @property {() => number} cpu the CPU time of workerd so far, in milliseconds
 * @property {() => number} memory the resident memory of workerd, in bytes
 * @property {() => Promise<void>} quiet resolves once workerd works no more, such as after an answer
 * @property {() => Promise<void>} dispose
 */

/** The compatibility date of every Worker that is measured. */
export const compatibilityDate =
  unstable_readConfig({ config: at("wrangler.toml"), env: "" }).compatibility_date ?? "";

/** Only one start at a time, because workerd is known by being new. @type {Promise<unknown>} */
let starting = Promise.resolve();

/**
 * @param {Start} start
 * @returns {Promise<Running>}
 */
export function startWorker(start) {
  const started = starting.then(() => startAlone(start));
  starting = started.catch(() => {});
  return started;
}

/**
 * @param {Start} start
 * @returns {Promise<Running>}
 */
async function startAlone({ options, outbound, wrap = (same) => same }) {
  const before = workerds();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: () => {},
      ...wrap({ compatibilityDate, ...options }),
      outboundService: outbound ?? unreachable,
    }),
  );
  const { origin } = await miniflare.ready;
  const [pid] = workerds().filter((process) => !before.includes(process));
  const cpu = () => cpuOf(pid);
  return {
    miniflare,
    origin,
    pid,
    cpu,
    memory: () => memoryOf(pid),
    quiet: () => quiet(cpu),
    dispose: () => miniflare.dispose(),
  };
}

/** @returns {Promise<never>} */
async function unreachable() {
  throw new Error("this Worker has nothing to fetch");
}

/** The workerd processes of this one. */
function workerds() {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
    .split(" ")
    .filter((pid) => pid && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd"))
    .map(Number);
}

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** The CPU time of a process so far, in milliseconds. @param {number} pid */
function cpuOf(pid) {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user, system] = fields.split(" ").slice(11, 13).map(Number);
  return ((user + system) * 1000) / ticksPerSecond;
}

/** The resident memory of a process, in bytes. @param {number} pid */
function memoryOf(pid) {
  const [, kibibytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}

/**
 * Waits until a process has used no CPU time for a fifth of a second, at most ten seconds.
 * @param {() => number} cpu
 */
async function quiet(cpu) {
  for (let looks = 0, last = -1; looks < 50; looks++) {
    const now = cpu();
    if (now === last) return;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
