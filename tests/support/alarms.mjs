// The alarms of objects, by the platform's own calls: a Worker that is started with `alarms` runs a
// module around development's, in which every object also answers for its alarm.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { wrangler } from "./packages.mjs";

/** @typedef {{ origin: string, state: string }} Asked a Worker that was started with `alarms` */

const path = "/test/alarms";
const module = "worker/alarms.mjs";

/**
 * Puts the module beside development's, and answers a wrangler.toml that begins with it.
 * @param {string} state
 * @param {string} toml
 */
export async function installAlarms(state, toml) {
  const main = 'main = "worker/development.mjs"';
  const globs = 'globs = ["build/index.js"';
  for (const part of [main, globs]) {
    if (!toml.includes(part)) throw new Error(`wrangler.toml lacks ${part}`);
  }
  await writeFile(join(state, module), source(classesIn(toml)));
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
      const at = await this.#storage.getAlarm();
      if (at !== null && request.method === "POST") await this.#storage.setAlarm(Date.now());
      return Response.json({ id: this.#id, at, keys: [...(await this.#storage.list()).keys()] });
    }
  };

export default class extends development.default {
  async fetch(request) {
    if (new URL(request.url).pathname !== "${path}") return super.fetch(request);
    const { binding, ids } = await request.json();
    const objects = this.env[binding];
    const asked = ids.map(async (id) => {
      const object = objects.get(objects.idFromString(id));
      return (await object.fetch("http://object${path}", { method: request.method })).json();
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
 * @param {(binding: string) => boolean} [isAsked] which classes are asked. Default: all but that of the
 *   development server
 * @returns {Promise<Alarm[]>}
 */
async function ask({ origin, state }, method, isAsked = (binding) => binding !== "DEV_TOOLS") {
  const config = wrangler().unstable_readConfig({
    config: join(state, "wrangler.toml"),
    env: "development",
  });
  /** @type {{ name: string, class_name: string }[]} */
  const bindings = config.durable_objects.bindings;
  const all = bindings
    .filter(({ name }) => isAsked(name))
    .map(async ({ name: binding, class_name }) => {
      const ids = idsOf(join(state, "v3/do", `${config.name}-${class_name}`));
      const answer = await fetch(origin + path, { method, body: JSON.stringify({ binding, ids }) });
      assert.equal(answer.status, 200, await answer.clone().text());
      return /** @type {Alarm[]} */ (await answer.json());
    });
  return (await Promise.all(all)).flat();
}

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
  ask(worker, "PUT", (binding) => binding === "DESTINATIONS");

/**
 * Lets every alarm be due now.
 * @param {Asked} worker
 */
export async function makeAlarmsDue(worker) {
  await ask(worker, "POST");
}
