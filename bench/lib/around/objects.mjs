// What stands around an object of a Worker that is measured: its calls of storage are noted, its
// alarm goes off by the moved clock, and it can be put out of memory as the platform does. Runs
// inside workerd.
import { size, wrappedEnv } from "./bindings.mjs";
import { alarms, answering, invocation, moveClock, noted, onPlatform } from "./ledger.mjs";
import { around } from "./proxies.mjs";

/**
 * @typedef {import("./ledger.mjs").Invocation} Invocation
 *
 * @typedef {object} Built
 * @property {(request: Request) => Promise<Response>} fetch
 * @property {(info?: unknown) => Promise<void>} alarm
 *
 * @typedef {{ storage: any, id: { toString(): string } }} State
 */

/** The address that wakes an object whose alarm is due by the moved clock. */
const dueNow = "https://bench/alarm";

/** What each object keeps: its keys. @type {Map<string, Set<string>>} */
const kept = new Map();

/** The lives of objects so far; an object of an earlier life begins anew. */
let life = 0;

/** @param {unknown} keys one key or several, or the entries of a put of several */
const several = (keys) =>
  Array.isArray(keys) ? keys : typeof keys === "object" ? Object.keys(keys ?? {}) : [keys];

/**
 * The storage of an object, with its calls noted for the invocation that is under way.
 * @param {any} storage
 * @param {string} on the class
 * @param {string} object
 * @param {() => Invocation | undefined} run
 */
function wrappedStorage(storage, on, object, run) {
  const keys = kept.get(object) ?? new Set();
  kept.set(object, keys);
  /** @type {Record<string, (method: (...args: any[]) => any, args: any[]) => unknown>} */
  const calls = {
    get: (method, [key, ...others]) =>
      noted(run(), { kind: "storage.get", on, rows: several(key).length }, () =>
        method(key, ...others),
      ),
    put: (method, [key, ...others]) => {
      for (const name of several(key)) keys.add(name);
      const bytes = typeof key === "object" ? size(key) : size(others[0]);
      return noted(run(), { kind: "storage.put", on, rows: several(key).length, bytes }, () =>
        method(key, ...others),
      );
    },
    delete: (method, [key, ...others]) => {
      const rows = several(key).filter((name) => keys.delete(name)).length;
      return noted(run(), { kind: "storage.delete", on, rows }, () => method(key, ...others));
    },
    list: (method, args) =>
      noted(run(), { kind: "storage.list", on, rows: keys.size }, () => method(...args)),
    getAlarm: (method, args) =>
      noted(run(), { kind: "storage.getAlarm", on, rows: 1 }, () => method(...args)),
    setAlarm: (method, [at, ...others]) => {
      alarms.set(object, Number(at));
      return noted(run(), { kind: "storage.setAlarm", on, rows: 1 }, () =>
        method(onPlatform(Number(at)), ...others),
      );
    },
    deleteAlarm: (method, args) => {
      alarms.delete(object);
      return noted(run(), { kind: "storage.deleteAlarm", on, rows: 1 }, () => method(...args));
    },
    deleteAll: (method, args) => {
      const rows = keys.size + (alarms.delete(object) ? 1 : 0);
      keys.clear();
      return noted(run(), { kind: "storage.deleteAll", on, rows }, () => method(...args));
    },
  };
  const wrapped = around(storage, (name, method) =>
    Object.hasOwn(calls, name) ? (...args) => calls[name](method, args) : undefined,
  );
  const sql = storage.sql && wrappedSql(storage.sql, on, run);
  return new Proxy(wrapped, {
    get: (target, name) => (name === "sql" ? sql : Reflect.get(target, name)),
  });
}

/**
 * @param {any} sql
 * @param {string} on
 * @param {() => Invocation | undefined} run
 */
const wrappedSql = (sql, on, run) =>
  around(sql, (name, method) => {
    if (name !== "exec") return undefined;
    return (...args) => {
      const current = run();
      const cursor = noted(current, { kind: "storage.sql", on }, () => method(...args));
      // Counted when the ledger is read: a cursor reads its rows as they are taken.
      const call = current?.calls.at(-1);
      for (const [rows, count] of /** @type {const} */ ([
        ["read", "rowsRead"],
        ["written", "rowsWritten"],
      ])) {
        if (call) Object.defineProperty(call, rows, { enumerable: true, get: () => cursor[count] });
      }
      return cursor;
    };
  });

/** How to reach each object again. @type {Map<string, { Class: string, id: string }>} */
const places = new Map();

/**
 * A class of objects with that around it.
 * @param {string} Class its name
 * @param {new (state: any, env: any) => Built} Original
 */
export const wrappedObject = (Class, Original) =>
  class {
    #state;
    #env;
    #storage;
    #name;
    /** @type {{ life: number, object: Built } | undefined} */
    #living;
    /** @type {Invocation | undefined} */
    #run;

    /**
     * @param {State} state
     * @param {Record<string, any>} env
     */
    constructor(state, env) {
      this.#state = state;
      this.#env = env;
      const id = state.id.toString();
      this.#name = `${Class}/${id}`;
      this.#storage = wrappedStorage(state.storage, Class, this.#name, () => this.#run);
      places.set(this.#name, { Class, id });
    }

    /** The object as the Worker made it, in its present life. */
    #object() {
      if (this.#living?.life !== life) {
        const state = around(this.#state, () => undefined);
        const storage = this.#storage;
        const wrapped = new Proxy(state, {
          get: (target, name) => (name === "storage" ? storage : Reflect.get(target, name)),
        });
        const env = wrappedEnv(this.#env, () => this.#run);
        this.#living = { life, object: new Original(wrapped, env) };
      }
      return this.#living.object;
    }

    /** @param {Request} request */
    async fetch(request) {
      if (request.url === dueNow) {
        await this.#state.storage.setAlarm(onPlatform(Date.now()));
        return new Response();
      }
      const run = invocation("object", Class);
      this.#run = run;
      return answering(run, () => this.#object().fetch(request));
    }

    /** @param {unknown} info */
    async alarm(info) {
      const at = alarms.get(this.#name);
      // The platform's clock went on to where it was set; the moved one has not come there.
      if (at !== undefined && at > Date.now()) return this.#state.storage.setAlarm(onPlatform(at));
      alarms.delete(this.#name);
      const run = invocation("alarm", Class);
      this.#run = run;
      return answering(run, () => this.#object().alarm(info));
    }
  };

/**
 * Moves the clock, no further than to the first alarm, and lets alarms go off that are due. Objects
 * that nobody asks for ten seconds are put out of memory. Answers how many seconds are left.
 * @param {number} seconds
 * @param {Record<string, any>} env
 * @param {Record<string, string>} bindings the binding of each class
 */
export async function advance(seconds, env, bindings) {
  const first = Math.min(...alarms.values()) - Date.now();
  const moved = Math.max(0, Math.min(seconds * 1000, first));
  moveClock(moved);
  if (moved >= 10_000) life += 1;
  await ring(env, bindings);
  return seconds - moved / 1000;
}

/** For which time each object was last woken by us. @type {Map<string, number>} */
const rung = new Map();

/**
 * Has alarms go off that are due by the moved clock. The platform has those of a moment later for hours
 * later.
 * @param {Record<string, any>} env
 * @param {Record<string, string>} bindings the binding of each class
 */
export async function ring(env, bindings) {
  for (const [name, at] of [...alarms]) {
    if (at > Date.now() || rung.get(name) === at) continue;
    rung.set(name, at);
    const { Class, id } = /** @type {{ Class: string, id: string }} */ (places.get(name));
    const objects = env[bindings[Class]];
    await objects.get(objects.idFromString(id)).fetch(dueNow);
  }
}
