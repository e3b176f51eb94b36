// A double of Workers KV in front of the local one, which is never behind itself. Runs inside workerd.
//
// As documented:
// - A place caches what it read for 60 s (`cacheTtl`, at least 60, is longer), a miss as well: "Negative
//   lookups indicating that the key does not exist are also cached, so the same delay exists noticing a
//   value is created as when a value is changed."
//   https://developers.cloudflare.com/kv/concepts/how-kv-works/
// - "At the Cloudflare global network location at which changes are made, these changes are usually
//   immediately visible. However, this is not guaranteed" (there). `ownWrites: false` has that case.
// - A list shows changes up to 60 s late. https://developers.cloudflare.com/kv/api/list-keys/
// - "Workers KV has a maximum of 1 write to the same key per second. Writes made to the same key within 1
//   second will cause rate limiting (429) errors to be thrown", with the text below.
//   https://developers.cloudflare.com/kv/api/write-key-value-pairs/
//   Whether a delete is such a write is not said. Here it is one.
// - What else fails throws `KV GET failed: 500 Internal Server Error` and the like.
//   https://github.com/cloudflare/workerd/blob/main/src/workerd/api/kv.c++
//
// Not here: that a value ends with its expiration although a place has it still. What a place has is at
// most a minute old, and the Worker's values live at least so long.
import { around } from "../../../bench/lib/around/proxies.mjs";
import { plan, under } from "./state.mjs";

/** Seconds that a place keeps what it read. */
const cacheTtl = 60;

/** @typedef {{ value: ArrayBuffer | null, metadata: unknown }} Entry */

/** What places have read, by place, binding and key or list. @type {Map<string, { until: number, read: unknown }>} */
const caches = new Map();

/** When each key was written last. @type {Map<string, number>} */
const writes = new Map();

/** Keys that were not there when they were read. @type {Set<string>} */
const missed = new Set();

/**
 * Keys that were read before they were written, at whichever place: there they are not found for a minute.
 * @type {Set<string>}
 */
export const readEarly = new Set();

/** The texts of failures. @type {Record<string, string>} */
const statuses = {
  error: "500 Internal Server Error",
  unavailable: "503 Service Unavailable",
  too_many: "429 Too Many Requests",
};

/**
 * @typedef {object} At
 * @property {string} binding
 * @property {import("./plan.mjs").Within} within
 * @property {string} place where the Worker runs, whose cache is asked
 * @property {() => Promise<number>} now the Worker's own time, in milliseconds: the development clock
 *   moves what a place has read as well
 */

/**
 * @param {any} binding
 * @param {At} at
 */
export function doubledKv(binding, at) {
  const failure = (/** @type {string} */ verb) => (/** @type {string} */ fault) =>
    new Error(`KV ${verb} failed: ${statuses[fault] ?? statuses.error}`);

  /** @param {string} key @returns {Promise<Entry>} */
  const central = async (key) => {
    const entry = await binding.getWithMetadata(key, "arrayBuffer");
    if (entry.value === null) missed.add(key);
    return entry;
  };

  /** @param {string} key @param {any} options @returns {Promise<Entry>} */
  const read = (key, options) => cached(at, `key:${key}`, options?.cacheTtl, () => central(key));

  /** @param {"put" | "delete"} method */
  const write =
    (method) =>
    (/** @type {string} */ key, /** @type {unknown[]} */ ...others) =>
      under(
        { kind: `kv.${method}`, on: key, within: at.within },
        async () => {
          once(at.binding, key, method);
          if (method === "put" && missed.delete(key)) readEarly.add(key);
          await binding[method](key, ...others);
          if (plan().plan.ownWrites ?? true) forget(at, key);
        },
        failure(method.toUpperCase()),
      );

  /** @type {Record<string, (...args: any[]) => unknown>} */
  const methods = {
    get: (key, options) =>
      under(
        { kind: "kv.get", on: key, within: at.within },
        async () => {
          const { value } = await read(key, options);
          return as(typeOf(options), value);
        },
        failure("GET"),
      ),
    getWithMetadata: (key, options) =>
      under(
        { kind: "kv.get", on: key, within: at.within },
        async () => {
          const { value, metadata } = await read(key, options);
          return { value: as(typeOf(options), value), metadata, cacheStatus: null };
        },
        failure("GET"),
      ),
    list: (options) =>
      under(
        { kind: "kv.list", on: options?.prefix ?? "", within: at.within },
        () => cached(at, `list:${JSON.stringify(options)}`, undefined, () => binding.list(options)),
        failure("LIST"),
      ),
    put: write("put"),
    delete: write("delete"),
  };
  return around(binding, (name) => methods[name]);
}

/**
 * What a place reads: what it read less than a minute ago, or what is central.
 * @template T
 * @param {At} at
 * @param {string} what
 * @param {number | undefined} ttl in seconds
 * @param {() => Promise<T>} central
 * @returns {Promise<T>}
 */
async function cached({ binding, place, now }, what, ttl, central) {
  if (!plan().plan.stale) return central();
  const name = [place, binding, what].join("\x1f");
  const time = await now();
  const known = caches.get(name);
  if (known && time < known.until) return /** @type {T} */ (known.read);
  const read = await central();
  caches.set(name, { until: time + Math.max(ttl ?? 0, cacheTtl) * 1000, read });
  return read;
}

/** Lets a place see what it wrote itself. @param {At} at @param {string} key */
function forget({ binding, place }, key) {
  const own = `${place}\x1f${binding}\x1f`;
  caches.delete(`${own}key:${key}`);
  for (const name of caches.keys()) if (name.startsWith(`${own}list:`)) caches.delete(name);
}

/** Refuses a second write of a key within a second. @param {string} binding @param {string} key @param {string} method */
function once(binding, key, method) {
  if (!plan().plan.stale) return;
  const name = `${binding}\x1f${key}`;
  const last = writes.get(name);
  if (last !== undefined && Date.now() < last + 1000) {
    throw new Error(`KV ${method.toUpperCase()} failed: ${statuses.too_many}`);
  }
  writes.set(name, Date.now());
}

/** @param {any} options @returns {string} */
const typeOf = (options) => (typeof options === "string" ? options : (options?.type ?? "text"));

/** @param {string} type @param {ArrayBuffer | null} value */
function as(type, value) {
  if (value === null) return null;
  if (type === "arrayBuffer") return value.slice(0);
  const text = new TextDecoder().decode(value);
  if (type === "json") return JSON.parse(text);
  if (type !== "text") throw new Error(`the double of KV reads no ${type}`);
  return text;
}
