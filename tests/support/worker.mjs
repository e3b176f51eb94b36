// A Worker on workerd for one test file: its own port, its own state, all its output kept, and a
// way to end it as a power cut would.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync, statfsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at, paths } from "../../scripts/lib/paths.mjs";
import { nodeTool, toolEnv } from "../../scripts/lib/toolchain.mjs";

/**
 * @typedef {object} WorkerOptions
 * @property {string} [environment] of wrangler.toml; "" is production. Default: development
 * @property {Record<string, string>} [vars] over those of wrangler.toml
 * @property {(toml: string) => string} [edit] runs on an edited copy of wrangler.toml
 * @property {boolean} [onDisk] for a state that is large, or whose objects are thousands: workerd
 *   keeps three files open for each until it has rested for 10 seconds
 *
 * @typedef {object} TestWorker
 * @property {string} origin
 * @property {string} state the folder that `--persist-to` names
 * @property {() => string} output everything it has printed, over all its lives
 * @property {(text: string) => Promise<void>} prints resolves when that is in its output
 * @property {() => Promise<void>} kill SIGKILL for wrangler and workerd alike
 * @property {(vars?: Record<string, string>) => Promise<void>} start again, on the same port and
 *   state; with other settings if given
 * @property {(vars?: Record<string, string>) => Promise<void>} restart killed, then started
 * @property {() => Promise<void>} stop killed, and its state removed
 */

/**
 * Starts the built Worker and waits until it answers, with whatever status.
 * @param {WorkerOptions} [options]
 * @returns {Promise<TestWorker>}
 */
export async function startWorker(options = {}) {
  const state = await mkdtemp(join(home(options), "warifu-test-"));
  await install(state, options.edit ?? ((toml) => toml));
  const port = await quietPort();
  const origin = `http://localhost:${port}`;
  let output = "";
  /** @type {Life | undefined} */
  let life;

  const start = async (vars = options.vars) => {
    const given = { ...options, vars };
    const started = spawnWrangler(port, state, given, (text) => (output += text));
    life = started;
    void started.ended.then(() => {
      if (life === started) console.error(`the Worker ended by itself:\n${output.slice(-5000)}`);
    });
    try {
      await answers(`${origin}/healthz`, started);
    } catch (error) {
      await kill();
      throw new Error(`the Worker did not start: ${error}\n${output}`, { cause: error });
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
  const stop = async () => {
    await kill();
    await rm(state, { recursive: true, force: true, maxRetries: 5 });
  };
  await start();
  const prints = async (/** @type {string} */ text) => {
    for (let checks = 0; checks < 100 && !output.includes(text); checks++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (!output.includes(text)) throw new Error(`"${text}" was not printed:\n${output}`);
  };
  return { origin, state, output: () => output, prints, kill, start, restart, stop };
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

/**
 * A free port below those that the system gives to outgoing connections, of which the tests make
 * thousands: one of them could take it before the Worker listens.
 * @returns {Promise<number>}
 */
export async function quietPort() {
  const port = randomInt(15_000, 32_000);
  const server = createServer();
  const free = await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "localhost", () => server.close(() => resolve(true)));
  });
  return free ? port : quietPort();
}

/** @typedef {{ kill: () => void, ended: Promise<void>, running: () => boolean }} Life */

/**
 * @param {number} port
 * @param {string} state
 * @param {WorkerOptions} options
 * @param {(text: string) => void} keep
 * @returns {Life}
 */
function spawnWrangler(port, state, { environment = "development", vars = {} }, keep) {
  const args = [
    ...[at("node_modules/wrangler/bin/wrangler.js"), "dev", "--env", environment],
    ...["--port", String(port), "--inspector-port", "0", "--persist-to", state],
    "--show-interactive-dev-session=false",
    ...["--config", join(state, "wrangler.toml"), "--env-file", paths.devVars],
    ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
  const env = {
    ...toolEnv(),
    CI: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG: "log", // what the Worker itself logs is on this level
    WRANGLER_LOG_PATH: paths.logs,
    WRANGLER_REGISTRY_PATH: join(state, "registry"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
  const child = spawn(nodeTool("node"), args, {
    cwd: state,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // its own process group: workerd must end with it
  });
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const kill = () => {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group has ended.
    }
  };
  // "close" comes when the last process that holds the pipes is gone, workerd included.
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.on("close", () => resolve()));
  process.once("exit", kill);
  void ended.then(() => process.off("exit", kill));
  return { kill, ended, running: () => child.exitCode === null && child.signalCode === null };
}

/**
 * Copies what is built beside the state, with a wrangler.toml that names the copies: a build that
 * somebody starts meanwhile does not change what is tested.
 * @param {string} state
 * @param {(toml: string) => string} edit
 */
async function install(state, edit) {
  const original = readFileSync(at("wrangler.toml"), "utf8");
  for (const line of [
    'main = "worker/build/index.js"',
    'main = "worker/development.mjs"',
    'directory = "dist/assets"',
  ]) {
    if (!original.includes(`\n${line}\n`)) throw new Error(`wrangler.toml lacks ${line}`);
  }
  const built = ["worker/build/index.js", "worker/build/index_bg.wasm", "dist/assets"];
  for (const path of [...built, "worker/development.mjs", "worker/development"]) {
    await cp(at(path), join(state, path), { recursive: true });
  }
  const toml = edit(original).replace(/^\[build\]\n(?:(?!\[).*\n)*/m, "");
  await writeFile(join(state, "wrangler.toml"), toml);
}

/**
 * @param {string} url
 * @param {Life} life
 */
async function answers(url, life) {
  const deadline = Date.now() + 90_000;
  while (Date.now() < deadline) {
    if (!life.running()) throw new Error("wrangler ended before it was ready");
    try {
      await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error("no answer within 90 s");
}

/**
 * A secret of the development set-up.
 * @param {"MASTER_KEYS" | "ATTESTATION_KEYS" | "APP_KEYS" | "EVENT_KEYS" | "ISSUER_KEY"} name
 * @returns {string}
 */
export function devSecret(name) {
  const line = readFileSync(paths.devVars, "utf8").match(new RegExp(`^${name}=(.*)$`, "m"));
  if (!line) throw new Error(`.dev.vars has no ${name}: run \`npm run setup\``);
  return line[1].trim().replace(/^(["'])(.*)\1$/, "$2");
}
