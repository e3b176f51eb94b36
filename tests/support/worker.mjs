// A Worker on workerd for one test file: its own port, its own state, all its output kept, and a
// way to end it as a power cut would.
import { readFileSync, statfsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "../../scripts/lib/paths.mjs";
import { installAlarms } from "./alarms.mjs";
import { doublesVars, installDoubles } from "./doubles.mjs";
import { lifeInMiniflare, lifeInWrangler } from "./life.mjs";
import { quietPort } from "./ports.mjs";

export { quietPort } from "./ports.mjs";
export { devSecret } from "./dev-secrets.mjs";

/**
 * @typedef {object} WorkerOptions
 * @property {string} [environment] of wrangler.toml; "" is production. Default: development
 * @property {Record<string, string>} [vars] over those of wrangler.toml
 * @property {(toml: string) => string} [edit] runs on an edited copy of wrangler.toml
 * @property {string} [built] the folder whose `worker/` and `dist/assets/` run. Default: this project's
 * @property {string} [objects] the folder of another build, whose objects the Worker asks; not in
 *   `wrangler dev`
 * @property {Record<string, string>} [objectVars] over `vars`, for the objects of that build alone
 * @property {boolean} [onDisk] keeps the state on the disk and never in memory. For a large state, and
 *   for thousands of objects, of each of which workerd keeps three files open until the object has
 *   rested for 10 seconds
 * @property {{ key: string, cert: string }} [tls] its certificate, which this process trusts: it is
 *   reached by https; not in `wrangler dev`
 * @property {string} [wasm] a folder with another build of the Rust code than the published one
 * @property {boolean} [invocations] whose invocations are kept; not in `wrangler dev`
 * @property {boolean} [alarms] with objects that answer for their alarms, for alarms.mjs
 * @property {import("./doubles.mjs").Plan} [doubles] with doubles around its bindings, which fail as this
 *   plan says: see doubles.mjs
 * @property {import("./life.mjs").Services} [services] bindings of other services, by name; not in
 *   `wrangler dev`
 * @property {boolean} [wrangler] in `wrangler dev`, as `npm start` runs it, and not in a Miniflare
 *   of this process, which is quicker
 *
 * @typedef {object} TestWorker
 * @property {string} origin
 * @property {string} state the folder that its state is kept in, below v3
 * @property {() => string} output everything it has printed, over all its lives
 * @property {(text: string) => Promise<void>} prints resolves when that is in its output
 * @property {Kept} invocations a line of JSON for each one, if they are kept: see tail.mjs
 * @property {() => Promise<void>} kill SIGKILL for workerd, and for wrangler if there is one
 * @property {(vars?: Record<string, string>) => Promise<void>} start again, on the same port and
 *   state; with other settings if given
 * @property {(vars?: Record<string, string>) => Promise<void>} restart killed, then started
 * @property {(builds: Builds, vars?: Record<string, string>) => Promise<void>} become killed, then
 *   started as other builds on the same state; with other settings if given
 * @property {() => Promise<void>} stop killed, and its state removed
 *
 * @typedef {Pick<WorkerOptions, "built" | "objects" | "wasm">} Builds
 * @typedef {Pick<ReturnType<typeof collect>, "all" | "until">} Kept
 */

/** A `wrangler.toml` whose development has no queue of events. @param {string} toml */
export const withoutQueues = (toml) =>
  toml.replaceAll(/\[\[env\.development\.queues\.\w+\]\]\n(?:[^[]+\n)+/g, "");

/** Only a Worker that is broken takes this long, on the slowest machine. */
const patience = 90_000;

/**
 * Starts the built Worker and waits until it answers, with whatever status.
 * @param {WorkerOptions} [options]
 * @returns {Promise<TestWorker>}
 */
export async function startWorker(options = {}) {
  const { environment = "development", edit = (toml) => toml } = options;
  const state = await mkdtemp(join(home(options), "warifu-test-"));
  /** @type {Builds} */
  let builds = options;
  const wanted = async (/** @type {string} */ original) => {
    const edited = edit(original);
    const toml = options.alarms ? await installAlarms(state, edited) : edited;
    if (!options.doubles) return toml;
    const folders = builds.objects ? [state, join(state, OBJECTS)] : [state];
    return installDoubles(folders, toml, environment);
  };
  await install(state, wanted, builds);
  const port = await quietPort();
  const origin = `${options.tls ? "https" : "http"}://localhost:${port}`;
  const printed = collect();
  const invocations = collect();
  /** @type {import("./life.mjs").Life | undefined} */
  let life;

  const start = async (given = options.vars ?? {}) => {
    const vars = { ...(options.doubles ? doublesVars(options.doubles) : {}), ...given };
    const objects = builds.objects && join(state, OBJECTS);
    const keepInvocations = options.invocations ? invocations.keep : undefined;
    const birth = {
      ...{ port, state, objects, objectVars: options.objectVars, environment, vars },
      ...{ keep: printed.keep, keepInvocations, tls: options.tls, services: options.services },
    };
    const started = options.wrangler ? lifeInWrangler(birth) : lifeInMiniflare(birth);
    life = started;
    void started.ended.then(() => {
      if (life === started) console.error(`the Worker ended by itself:\n${printed.last()}`);
    });
    try {
      await answers(`${origin}/healthz`, started);
    } catch (error) {
      await kill();
      throw new Error(`the Worker did not start: ${error}\n${printed.all()}`, { cause: error });
    }
  };
  const kill = async () => {
    const killed = life;
    life = undefined;
    killed?.kill();
    await killed?.ended;
  };
  const restart = async (/** @type {Record<string, string>} */ vars = {}) => {
    await kill();
    await start({ ...options.vars, ...vars });
  };
  const become = async (
    /** @type {Builds} */ others,
    /** @type {Record<string, string>} */ vars = {},
  ) => {
    await kill();
    builds = others;
    await install(state, wanted, builds);
    await start({ ...options.vars, ...vars });
  };
  const stop = async () => {
    await kill();
    await rm(state, { recursive: true, force: true, maxRetries: 5 });
  };
  await start();
  const { all: output, until: prints } = printed;
  return { origin, state, output, prints, invocations, kill, start, restart, become, stop };
}

/** Text that comes bit by bit. */
function collect() {
  let output = "";
  /** @type {Set<() => void>} */
  const waiting = new Set();
  return {
    all: () => output,
    last: () => output.slice(-5000),
    /** @param {string} text */
    keep(text) {
      output += text;
      for (const look of waiting) look();
    },
    /** @param {string} text @returns {Promise<void>} */
    until: (text) =>
      new Promise((resolve, reject) => {
        const settle = () => {
          clearTimeout(late);
          waiting.delete(look);
        };
        const look = () => {
          if (!output.includes(text)) return;
          settle();
          resolve();
        };
        const late = setTimeout(() => {
          settle();
          reject(new Error(`"${text}" was not printed:\n${output}`));
        }, patience);
        waiting.add(look);
        look();
      }),
  };
}

/**
 * Where states lie: in memory where there is enough of it, because a Worker waits for the disk with
 * every write. What is in memory outlives a killed process as well as what is on a disk.
 * @param {WorkerOptions} options
 */
function home({ onDisk = false }) {
  if (onDisk) return tmpdir();
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    if (bavail * bsize > 4 * 2 ** 30) return "/dev/shm";
  } catch {
    // No such place here.
  }
  return tmpdir();
}

/** Where the build lies whose objects are asked, below the state. */
const OBJECTS = "objects";

/**
 * Copies what is built beside the state, with a wrangler.toml that names the copies: a build that
 * somebody starts meanwhile does not change what is tested.
 * @param {string} state
 * @param {(toml: string) => Promise<string>} edit
 * @param {Builds} builds
 */
async function install(state, edit, { built: from = at(), objects, wasm }) {
  const original = readFileSync(at("wrangler.toml"), "utf8");
  for (const line of [
    'main = "worker/main.mjs"',
    'main = "worker/development.mjs"',
    'directory = "dist/assets"',
  ]) {
    if (!original.includes(`\n${line}\n`)) throw new Error(`wrangler.toml lacks ${line}`);
  }
  const built = ["worker/build/index.js", "worker/build/index_bg.wasm", "dist/assets"];
  const ours = ["main.mjs", "guard.mjs", "development.mjs", "development"];
  for (const path of [...built, ...ours.map((name) => `worker/${name}`)]) {
    await cp(join(from, path), join(state, path), { recursive: true });
    if (objects) await cp(join(objects, path), join(state, OBJECTS, path), { recursive: true });
  }
  if (wasm) {
    for (const name of ["index.js", "index_bg.wasm"]) {
      await cp(join(wasm, name), join(state, "worker/build", name), { force: true });
    }
  }
  const toml = (await edit(original)).replace(/^\[build\]\n(?:(?!\[).*\n)*/m, "");
  await writeFile(join(state, "wrangler.toml"), toml);
}

/**
 * @param {string} url
 * @param {import("./life.mjs").Life} life
 */
async function answers(url, life) {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    if (!life.running()) throw new Error("it ended before it was ready");
    try {
      await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`no answer within ${patience / 1000} s`);
}
