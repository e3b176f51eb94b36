// One life of a Worker on workerd, from its start until it is killed. It is started by Miniflare in
// this process, which is quick, or by `wrangler dev`, which is what `npm start` runs.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { modulesOf } from "../../scripts/lib/modules.mjs";
import { at, paths } from "../../scripts/lib/paths.mjs";
import { nodeTool, toolEnv } from "../../scripts/lib/toolchain.mjs";
import { devSecrets } from "./dev-secrets.mjs";
import { kept } from "./kept.mjs";
import { miniflare, wrangler } from "./packages.mjs";
import { tailed } from "./tail.mjs";

/**
 * @typedef {object} Birth
 * @property {number} port
 * @property {string} state the folder with wrangler.toml, what it names, and what is persisted
 * @property {string} [objects] the folder of another build, whose objects the Worker asks
 * @property {Record<string, string>} [objectVars] over `vars`, for the objects of that build alone
 * @property {string} environment of wrangler.toml; "" is production
 * @property {{ key: string, cert: string }} [tls] with it https is spoken
 * @property {Record<string, string>} vars over those of wrangler.toml and .dev.vars
 * @property {(text: string) => void} keep takes all that is printed
 * @property {(text: string) => void} [keepInvocations] takes a line for each invocation: see tail.mjs
 * @property {Services} [services] bindings of other services, by name
 *
 * @typedef {Record<string, (request: Request) => Promise<Response>>} Services what each answers
 *
 * @typedef {object} Life
 * @property {() => void} kill SIGKILL for workerd, and for wrangler if there is one
 * @property {Promise<void>} ended resolves once workerd is gone
 * @property {() => boolean} running whether it has neither been killed nor ended by itself
 */

/**
 * The Worker in a Miniflare of this process, with what `wrangler dev` makes of the same
 * wrangler.toml. workerd is a process of its own and has all the state.
 * @param {Birth} birth
 * @returns {Life}
 */
export function lifeInMiniflare(birth) {
  const { port, state, objects, objectVars, environment, vars, keep, keepInvocations } = birth;
  const { config, workerOptions, main } = optionsOf(state, environment);
  // Miniflare takes its modules one by one, as `wrangler dev` gives them.
  const { modulesRules: _, bindings, ...others } = workerOptions;
  const settings = { .../** @type {object} */ (bindings), ...devSecrets(), ...vars };
  /** @param {string} file */
  const built = (file, own = {}) => ({
    bindings: { ...settings, ...own },
    modules: modulesOf(file, config.rules),
    modulesRoot: dirname(file),
  });
  const bound = /** @type {object | undefined} */ (others.serviceBindings);
  const serviceBindings = { ...bound, ...birth.services };
  const worker = { ...others, name: config.name, ...built(main ?? ""), serviceBindings };
  const asked = objects
    ? objectsElsewhere(worker, built(join(objects, relative(state, main ?? "")), objectVars))
    : [worker];
  const workers = keepInvocations ? tailed(asked, keepInvocations) : asked;
  const { Miniflare, convertV4MiniflareOptions } = miniflare();
  const workerd = new Miniflare(
    convertV4MiniflareOptions({
      rootPath: state,
      host: "localhost",
      port,
      ...(birth.tls ? { httpsKey: birth.tls.key, httpsCert: birth.tls.cert } : {}),
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      unsafeTriggerHandlers: true,
      // As in `wrangler dev`: an object's database then has the object's name.
      unsafeInspectDurableObjects: true,
      log: keptLog(keep),
      handleStructuredLogs: ({ message }) => keep(`${message}\n`),
      handleUncaughtError: (error) => keep(`${error.stack}\n`),
      unsafeHandleRuntimeRestart: () => {
        alive = false;
      },
      resourcePersistencePath: join(state, "v3"),
      resourceTmpPath: join(state, ".wrangler/tmp"),
      workers,
    }),
  );
  let alive = true;
  const { promise: ended, resolve } = Promise.withResolvers();
  const kill = () => {
    alive = false;
    resolve(workerd.dispose());
  };
  workerd.ready.catch((error) => {
    keep(`${error.stack}\n`);
    kill();
  });
  return { kill, ended, running: () => alive };
}

/** The binding of the object that only a development server has. It is always of the Worker's build. */
const DEVELOPMENT = "DEV_TOOLS";

/**
 * A Worker that asks the objects of another build, as while a deployment rolls out. The objects have
 * the Worker's bindings, but no static files and no queue to consume.
 * @param {any} worker
 * @param {object} other what the other build is made of
 * @returns {any[]}
 */
function objectsElsewhere(worker, other) {
  const { assets: _, queueConsumers: __, ...shared } = worker;
  const script = "objects";
  const bound = Object.entries(worker.durableObjects).map(([name, object]) => [
    name,
    name === DEVELOPMENT ? object : { .../** @type {object} */ (object), scriptName: script },
  ]);
  const asking = { ...worker, durableObjects: Object.fromEntries(bound) };
  return [asking, { ...shared, ...other, name: script }];
}

/**
 * What `wrangler dev` makes of a wrangler.toml.
 * @param {string} state its folder
 * @param {string} environment
 */
function optionsOf(state, environment) {
  const config = join(state, "wrangler.toml");
  // Every Worker has a folder of its own, which the options name. They are kept without its name, so
  // that the next Worker finds them.
  const text = `${environment}\n${readFileSync(config, "utf8").replaceAll(state, HERE)}`;
  const options = kept(text, () => {
    const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = wrangler();
    const { name, rules, ...others } = unstable_readConfig({ config, env: environment });
    const options = unstable_getMiniflareWorkerOptions({ name, rules, ...others }, environment);
    const { workerOptions, main } = options;
    const made = JSON.stringify({ config: { name, rules }, workerOptions, main });
    return made.replaceAll(state, HERE);
  });
  return /** @type {Options} */ (JSON.parse(options.replaceAll(HERE, state)));
}

/** Stands for a Worker's own folder in what is kept. */
const HERE = "{here}";

/**
 * @typedef {Pick<import("wrangler").Unstable_Config, "name" | "rules">} Named
 * @typedef {ReturnType<typeof import("wrangler").unstable_getMiniflareWorkerOptions>} Made
 * @typedef {Made & { config: Named }} Options
 */

/**
 * A log that keeps what Miniflare itself prints, about queues and mails for example.
 * @param {(text: string) => void} keep
 */
function keptLog(keep) {
  const { Log, LogLevel } = miniflare();
  return new (class extends Log {
    /** @override @param {string} message */
    log(message) {
      keep(`${message}\n`);
    }
  })(LogLevel.INFO);
}

/**
 * The Worker in `wrangler dev`.
 * @param {Birth} birth
 * @returns {Life}
 */
export function lifeInWrangler({ port, state, environment, vars, keep }) {
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
