// What stands around the bindings of a Worker that is measured: each call is noted, and goes as long
// a way as the distance says. Runs inside workerd.
import { around, boundBy, ofStub } from "./proxies.mjs";
import { distance, distant, noted, queued } from "./ledger.mjs";

/** @typedef {import("./ledger.mjs").Invocation} Invocation */

/**
 * @typedef {object} Place
 * @property {string} binding
 * @property {() => Invocation | undefined} run the invocation under way, when something is called
 *
 * @typedef {(binding: any, place: Place) => object} Wrap
 */

/** How many bytes a value is. @param {unknown} value */
export const size = (value) =>
  value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? value.byteLength
    : new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)).length;

/** @type {Wrap} */
const kv = (binding, { binding: on, run }) => {
  const ways = {
    get: () => distance.read,
    getWithMetadata: () => distance.read,
    list: () => distance.read,
    put: () => distance.write,
    delete: () => distance.write,
  };
  return around(binding, (name, method) => {
    if (!Object.hasOwn(ways, name)) return undefined;
    const way = ways[/** @type {keyof typeof ways} */ (name)];
    return (...args) => {
      const bytes = name === "put" ? size(args[1]) : undefined;
      const of = typeof args[0] === "string" ? /^[a-z-]+(?=[:\x1f])/.exec(args[0])?.[0] : undefined;
      return noted(run(), { kind: `kv.${name}`, on: of ? `${on} ${of}` : on, bytes }, () =>
        distant(run(), way(), () => method(...args)),
      );
    };
  });
};

/** @type {Wrap} */
const stub = (target, { binding: on, run }) =>
  around(target, (name, method) =>
    ofStub.has(name)
      ? undefined
      : (...args) =>
          noted(run(), { kind: name === "fetch" ? "object" : `object.${name}`, on }, () =>
            distant(run(), distance.object, async () => method(...args)),
          ),
  );

/** @type {Wrap} */
const namespace = (binding, place) =>
  around(binding, (name, method) =>
    name === "get" || name === "getByName" ? (...args) => stub(method(...args), place) : undefined,
  );

/** @type {Wrap} */
const queue = (binding, { binding: on, run }) =>
  around(binding, (name, method) => {
    if (name !== "send" && name !== "sendBatch") return undefined;
    return (body, ...others) => {
      const messages = name === "send" ? 1 : body.length;
      queued(messages);
      return noted(run(), { kind: "queue.send", on, rows: messages }, () =>
        distant(run(), distance.write, () => method(body, ...others)),
      );
    };
  });

/**
 * Notes the calls of one method that goes no way: what it asks is beside the Worker, or is not the
 * platform's.
 * @param {string} method
 * @returns {Wrap}
 */
const near =
  (method) =>
  (binding, { binding: on, run }) =>
    around(binding, (name, original) =>
      name === method
        ? (...args) => noted(run(), { kind: method, on }, () => original(...args))
        : undefined,
    );

/**
 * A rate limit, which refuses nothing here. The platform's counts on the same machine, without a wait;
 * Miniflare's is an object with a database.
 * @type {Wrap}
 */
const rateLimit = (binding, { binding: on, run }) =>
  around(binding, (name) =>
    name === "limit"
      ? () => noted(run(), { kind: "limit", on }, async () => ({ success: true }))
      : undefined,
  );

/** By the name of the platform's class. @type {Record<string, Wrap>} */
const wraps = {
  KvNamespace: kv,
  DurableObjectNamespace: namespace,
  WorkerQueue: queue,
  Queue: queue,
  Ratelimit: rateLimit,
  SendEmail: near("send"),
  AnalyticsEngineDataset: near("writeDataPoint"),
  // Miniflare's own, which the Rust glue would not take.
  LocalAnalyticsEngineDataset: (binding, place) =>
    new Proxy(near("writeDataPoint")(binding, place), {
      get: (target, name) =>
        name === "constructor" ? { name: "AnalyticsEngineDataset" } : Reflect.get(target, name),
    }),
};

/**
 * The bindings of a Worker or an object, whose calls are noted for the invocation under way.
 * @param {Record<string, any>} env
 * @param {() => Invocation | undefined} run
 */
export const wrappedEnv = (env, run) =>
  boundBy(env, (value, kind, binding) => wraps[kind]?.(value, { binding, run }) ?? value);

/**
 * The other entry points of a Worker, which it calls as it calls another one.
 * @param {object} exports
 * @param {Invocation} run
 */
export const wrappedExports = (exports, run) =>
  new Proxy(exports, {
    get(target, name) {
      const entry = Reflect.get(target, name, target);
      if (typeof name !== "string" || entry === null || entry === undefined) return entry;
      return new Proxy(entry, {
        get:
          (_, method) =>
          (/** @type {any[]} */ ...args) =>
            noted(run, { kind: `entry.${String(method)}`, on: name }, () => entry[method](...args)),
      });
    },
  });

// Lines of the log, and what goes over the network, are global functions, which know no invocation.
for (const level of /** @type {const} */ (["log", "info", "warn", "error", "debug"])) {
  const write = console[level].bind(console);
  console[level] = (...args) =>
    noted(undefined, { kind: "line", on: level, bytes: size(args.join(" ")) }, () =>
      write(...args),
    );
}
const ask = fetch;
globalThis.fetch = (...args) =>
  noted(undefined, { kind: "fetch", on: "network" }, () => ask(...args));
