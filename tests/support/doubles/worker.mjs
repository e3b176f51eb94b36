// What stands around a Worker whose bindings fail as planned, and the addresses by which a test changes
// the plan. Runs inside workerd.
import { around, boundBy } from "../../../bench/lib/around/proxies.mjs";
import { doubledKv } from "./kv.mjs";
import { doubledNamespace } from "./objects.mjs";
import { begin, plan, under } from "./state.mjs";

export { doubledObject } from "./objects.mjs";

/** The address of the plan, and the header that says at which place a request is handled. */
export const path = "/test/doubles";
const placeHeader = "test-place";

/**
 * A binding one of whose methods fails as planned.
 * @param {any} binding
 * @param {string} name of the binding
 * @param {import("./plan.mjs").Kind} kind
 * @param {string} method
 * @param {(fault: string) => Error} failure
 */
const failing = (binding, name, kind, method, failure) =>
  around(binding, (called, original) =>
    called === method
      ? (...args) => under(kind, name, async () => original(...args), failure)
      : undefined,
  );

/**
 * Workers KV, objects, queues and the like, by the platform's class. A queue that takes too much says
 * "Too Many Requests" (https://developers.cloudflare.com/queues/platform/limits/). How a rate limit, a data
 * set or a mail binding fails is not documented: here by an error, and a data set at once, as its method
 * answers nothing.
 * @type {Record<string, (binding: any, name: string, at: { place: string, now: () => Promise<number> }) => object>}
 */
const doubles = {
  KvNamespace: (binding, name, at) => doubledKv(binding, { binding: name, ...at }),
  DurableObjectNamespace: doubledNamespace,
  WorkerQueue: queue,
  Queue: queue,
  Ratelimit: (binding, name) =>
    around(binding, (called, original) => {
      if (called !== "limit") return undefined;
      return async (...args) => {
        let refused = false;
        const answer = await under(
          "limit",
          name,
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
  SendEmail: (binding, name) =>
    failing(binding, name, "email", "send", () => new Error("internal error")),
  AnalyticsEngineDataset: metrics,
  // Miniflare's own, which the Rust glue would not take.
  LocalAnalyticsEngineDataset: (binding, name) =>
    new Proxy(metrics(binding, name), {
      get: (target, member) =>
        member === "constructor" ? { name: "AnalyticsEngineDataset" } : Reflect.get(target, member),
    }),
};

/** @param {any} binding @param {string} name */
function queue(binding, name) {
  const texts = { too_many: "Too Many Requests", error: "Internal Server Error" };
  return failing(binding, name, "queue.send", "send", (fault) => {
    const text = Object.hasOwn(texts, fault) ? texts[/** @type {"error"} */ (fault)] : texts.error;
    return new Error(`Queue send failed: ${text}`);
  });
}

/** @param {any} binding @param {string} name */
function metrics(binding, name) {
  return around(binding, (called, original) =>
    called === "writeDataPoint"
      ? (...args) => {
          if (plan().meets("metrics", name)) throw new TypeError("the data point was not written");
          return original(...args);
        }
      : undefined,
  );
}

/**
 * The bindings of a Worker or an object with the doubles around them.
 * @param {Record<string, any>} env
 * @param {string} [place]
 */
export function doubledEnv(env, place = "") {
  const missing = new Set(plan(env).plan.missing);
  const at = { place, now: () => workerTime(env) };
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
      return new Original(this.ctx, doubledEnv(this.env, place)).fetch(request);
    }

    /** @param {unknown} batch */
    async queue(batch) {
      return new Original(this.ctx, doubledEnv(this.env, "queue")).queue(batch);
    }
  };

/**
 * Begins the plan that is put, and answers what the plan met so far.
 * @param {Request} request
 * @param {Record<string, any>} env
 */
async function steer(request, env) {
  const { calls, met } = plan(env);
  if (request.method === "PUT") begin(await request.json());
  return Response.json({ calls, met });
}
