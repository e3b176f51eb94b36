// The alarms of objects, by the platform's own calls: a Worker that is started with `alarms` runs a
// module around development's, in which every object also answers for its alarm, and the clock of
// development can step back.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { wrangler } from "./packages.mjs";

/** @typedef {{ origin: string, state: string }} Asked a Worker that was started with `alarms` */

const path = "/test/alarms";
const clockPath = "/test/clock";
const module = "worker/alarms.mjs";
/** The script of objects that are of another build than the Worker: see life.mjs. */
const elsewhere = "objects";

/**
 * Puts the module beside development's, also that of the objects' own build, and answers a wrangler.toml
 * that begins with it.
 * @param {string} state
 * @param {string} toml
 */
export async function installAlarms(state, toml) {
  const main = 'main = "worker/development.mjs"';
  const globs = 'globs = ["build/index.js"';
  for (const part of [main, globs]) {
    if (!toml.includes(part)) throw new Error(`wrangler.toml lacks ${part}`);
  }
  for (const folder of [state, join(state, elsewhere)]) {
    if (!existsSync(join(folder, "worker/development.mjs"))) continue;
    await writeFile(join(folder, module), source(classesIn(toml)));
  }
  return toml.replace(main, `main = "${module}"`).replace(globs, `${globs}, "development.mjs"`);
}

/** The classes of objects that wrangler.toml names. @param {string} toml */
export const classesIn = (toml) =>
  new Set([...toml.matchAll(/^class_name = "(\w+)"$/gm)].map(([, name]) => name));

/** @param {Iterable<string>} classes */
const source = (classes) => `
import * as development from "./development.mjs";

const withAlarm = (Class) =>
  class extends Class {
    #id;
    #storage;

    constructor(state, env) {
      super(state, env);
      this.#id = state.id.toString();
      this.#storage = state.storage;
    }

    async fetch(request) {
      if (new URL(request.url).pathname !== "${path}") return super.fetch(request);
      const { ahead } = await request.json();
      if (ahead !== undefined) await this.#storage.put("seconds_ahead", String(ahead));
      const at = await this.#storage.getAlarm();
      if (at !== null && request.method === "POST") await this.#storage.setAlarm(Date.now());
      return Response.json({ id: this.#id, at, keys: [...(await this.#storage.list()).keys()] });
    }
  };

export default class extends development.default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "${clockPath}") {
      const tools = this.env.DEV_TOOLS.getByName("all");
      return tools.fetch("http://object/", { method: "POST", body: await request.text() });
    }
    if (pathname !== "${path}") return super.fetch(request);
    const { binding, ids, ahead } = await request.json();
    const objects = this.env[binding];
    const asked = ids.map(async (id) => {
      const object = objects.get(objects.idFromString(id));
      const body = JSON.stringify({ ahead });
      return (await object.fetch("http://object${path}", { method: request.method, body })).json();
    });
    return Response.json(await Promise.all(asked));
  }
}
${[...classes].map((name) => `export const ${name} = withAlarm(development.${name});`).join("\n")}
`;

/**
 * @typedef {{ id: string, at: number | null, keys: string[] }} Alarm when the object of this id will be
 *   woken, and the names of what it keeps
 * @param {Asked} worker
 * @param {"PUT" | "POST"} method
 * @param {object} [how]
 * @param {(binding: string) => boolean} [how.isAsked] which classes are asked. Default: all but that of the
 *   development server
 * @param {number} [how.ahead] how many seconds the objects' clock is ahead from now on
 * @returns {Promise<Alarm[]>}
 */
async function ask(
  { origin, state },
  method,
  { isAsked = (/** @type {string} */ binding) => binding !== "DEV_TOOLS", ahead } = {},
) {
  const config = wrangler().unstable_readConfig({
    config: join(state, "wrangler.toml"),
    env: "development",
  });
  /** @type {{ name: string, class_name: string }[]} */
  const bindings = config.durable_objects.bindings;
  const all = bindings
    .filter(({ name }) => isAsked(name))
    .map(async ({ name: binding, class_name }) => {
      const ids = [config.name, elsewhere].flatMap((script) =>
        idsOf(join(state, "v3/do", `${script}-${class_name}`)),
      );
      /** @type {Alarm[]} */
      const all = [];
      for (let first = 0; first < ids.length; first += atOnce) {
        const some = ids.slice(first, first + atOnce);
        const body = JSON.stringify({ binding, ids: some, ahead });
        const answer = await fetch(origin + path, { method, body });
        assert.equal(answer.status, 200, await answer.clone().text());
        all.push(.../** @type {Alarm[]} */ (await answer.json()));
      }
      return all;
    });
  return (await Promise.all(all)).flat();
}

/** How many objects one request asks. */
const atOnce = 100;

/** The ids of a class's objects that have stored anything. @param {string} folder */
const idsOf = (folder) =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))
    .map((file) => basename(file, ".sqlite"));

/**
 * How many cardholders' objects are going to be woken.
 * @param {Asked} worker
 * @param {number} [within] counts alarms of the next so many hours only. To tell an event, an object
 *   is woken within two hours; to forget a challenge, after a day
 */
export async function alarms(worker, within = Infinity) {
  const end = Date.now() + within * 3_600_000;
  const set = (await ask(worker, "PUT")).filter(({ at }) => at !== null && at < end);
  return set.filter(({ keys }) => keys.includes("cardholder")).length;
}

/**
 * Of every object in which destinations are counted, when it will be woken and what it keeps.
 * @param {Asked} worker
 */
export const destinationAlarms = (worker) =>
  ask(worker, "PUT", { isAsked: (binding) => binding === "DESTINATIONS" });

/** Of every object, when it will be woken and what it keeps. @param {Asked} worker */
export const everyObject = (worker) => ask(worker, "PUT");

/**
 * Lets every alarm be due now.
 * @param {Asked} worker
 * @param {number} [ahead] how many seconds the objects' clock is ahead from now on. Default: as they
 *   heard it with the last command
 */
export async function makeAlarmsDue(worker, ahead) {
  await ask(worker, "POST", { ahead });
}

/**
 * Steps the clock of development back, as a platform's clock can.
 * @param {Asked} worker
 * @param {number} seconds fewer than it is ahead
 */
export async function stepBack({ origin }, seconds) {
  const body = JSON.stringify({ advance: -seconds });
  const answer = await fetch(origin + clockPath, { method: "POST", body });
  assert.equal(answer.status, 200, await answer.clone().text());
}
