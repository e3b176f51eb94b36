// What stands around a Worker whose bindings fail as planned, and the addresses by which a test changes
// the plan. Runs inside workerd.
import { around, boundBy } from "../../../bench/lib/around/proxies.mjs";
import { doubledKv, readEarly } from "./kv.mjs";
import { doubledNamespace } from "./objects.mjs";
import { begin, busy, plan, under, underWay } from "./state.mjs";

export { doubledObject } from "./objects.mjs";

/** The address of the plan, and the header that says at which place a request is handled. */
export const path = "/test/doubles";
const placeHeader = "test-place";

/**
 * @typedef {import("./plan.mjs").Within} Within
 * @typedef {{ place: string, within: Within, now: () => Promise<number> }} At where a binding is called
 */

/**
 * A binding one of whose methods fails as planned.
 * @param {any} binding
 * @param {import("./state.mjs").Call} call
 * @param {string} method
 * @param {(fault: string) => Error} failure
 */
const failing = (binding, call, method, failure) =>
  around(binding, (called, original) =>
    called === method
      ? (...args) => under(call, async () => original(...args), failure)
      : undefined,
  );

/**
 * Workers KV, objects, queues and the like, by the platform's class. A queue that takes too much says
 * "Too Many Requests" (https://developers.cloudflare.com/queues/platform/limits/). How a rate limit, a data
 * set or a mail binding fails is not documented: here by an error, and a data set at once, as its method
 * answers nothing.
 * @type {Record<string, (binding: any, name: string, at: At) => object>}
 */
const doubles = {
  KvNamespace: (binding, name, at) => doubledKv(binding, { binding: name, ...at }),
  DurableObjectNamespace: doubledNamespace,
  WorkerQueue: queue,
  Queue: queue,
  Ratelimit: (binding, name, { within }) =>
    around(binding, (called, original) => {
      if (called !== "limit") return undefined;
      return async (...args) => {
        let refused = false;
        const answer = await under(
          { kind: "limit", on: name, within },
          async () => original(...args),
          (fault) => {
            refused = fault === "refuse";
            return new Error("internal error");
          },
        ).catch((error) => {
          if (!refused) throw error;
          return { success: false };
        });
        return answer;
      };
    }),
  SendEmail: (binding, on, { within }) =>
    failing(binding, { kind: "email", on, within }, "send", () => new Error("internal error")),
  AnalyticsEngineDataset: metrics,
  // Miniflare's own, which the Rust glue would not take.
  LocalAnalyticsEngineDataset: (binding, name, at) =>
    new Proxy(metrics(binding, name, at), {
      get: (target, member) =>
        member === "constructor" ? { name: "AnalyticsEngineDataset" } : Reflect.get(target, member),
    }),
};

/** @param {any} binding @param {string} on @param {At} at */
function queue(binding, on, { within }) {
  const texts = { too_many: "Too Many Requests", error: "Internal Server Error" };
  return failing(binding, { kind: "queue.send", on, within }, "send", (fault) => {
    const text = Object.hasOwn(texts, fault) ? texts[/** @type {"error"} */ (fault)] : texts.error;
    return new Error(`Queue send failed: ${text}`);
  });
}

/** @param {any} binding @param {string} name @param {At} at */
function metrics(binding, name, { within }) {
  return around(binding, (called, original) =>
    called === "writeDataPoint"
      ? (...args) => {
          if (plan().meets("metrics", name, within))
            throw new TypeError("the data point was not written");
          return original(...args);
        }
      : undefined,
  );
}

/**
 * The bindings of a Worker or an object with the doubles around them.
 * @param {Record<string, any>} env
 * @param {{ within: Within, place?: string }} at
 */
export function doubledEnv(env, { within, place = "" }) {
  const missing = new Set(plan(env).plan.missing);
  const at = { place, within, now: () => workerTime(env) };
  const bound = boundBy(env, (value, kind, name) =>
    missing.has(name) ? undefined : (doubles[kind]?.(value, name, at) ?? value),
  );
  return new Proxy(bound, {
    has: (target, name) => !missing.has(String(name)) && Reflect.has(target, name),
  });
}

/** The Worker's own time: on a development server that of its object. @param {Record<string, any>} env */
async function workerTime(env) {
  if (!env.DEV_TOOLS) return Date.now();
  const asked = { method: "POST", body: "{}" };
  const answer = await env.DEV_TOOLS.getByName("all").fetch("https://object/", asked);
  return Date.now() + Number(await answer.text()) * 1000;
}

/**
 * The Worker with doubles around its bindings.
 * @param {any} Original its entry point, a class
 * @param {any} WorkerEntrypoint
 */
export const doubledWorker = (Original, WorkerEntrypoint) =>
  class extends WorkerEntrypoint {
    /** @param {Request} request */
    async fetch(request) {
      if (new URL(request.url).pathname === path) return steer(request, this.env);
      const place = request.headers.get(placeHeader) ?? "";
      return this.#call("fetch", { within: "request", place }, request);
    }

    /** @param {unknown} batch */
    async queue(batch) {
      return this.#call("queue", { within: "queue", place: "queue" }, batch);
    }

    /** @param {"fetch" | "queue"} handler @param {{ within: Within, place: string }} at @param {unknown} argument */
    #call(handler, at, argument) {
      const waitUntil = this.ctx.waitUntil.bind(this.ctx);
      // The platform's object stays what it is: the glue and the platform's classes want it.
      Object.defineProperty(this.ctx, "waitUntil", {
        value: (/** @type {Promise<unknown>} */ work) => waitUntil(underWay(Promise.resolve(work))),
      });
      const original = new Original(this.ctx, doubledEnv(this.env, at));
      return underWay(Promise.resolve(original[handler](argument)));
    }
  };

/**
 * Begins the plan that is put, and answers what the plan met so far; or the keys that a KV really has.
 * @param {Request} request
 * @param {Record<string, any>} env
 */
async function steer(request, env) {
  const asked = new URL(request.url).searchParams;
  const binding = asked.get("kv");
  if (binding) {
    const { keys } = await env[binding].list({ prefix: asked.get("prefix") ?? "" });
    return Response.json(keys.map((/** @type {{ name: string }} */ { name }) => name));
  }
  const { calls, met } = plan(env);
  if (request.method === "PUT") begin(await request.json());
  return Response.json({ calls, met, busy: busy(), readEarly: [...readEarly] });
}
