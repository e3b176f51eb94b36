// What stands around a Worker that is measured: its requests and batches are invocations of the
// ledger, and some addresses are not the Worker's but ours, to read and steer. Runs inside workerd.
import { wrappedEnv, wrappedExports } from "./bindings.mjs";
import { after, answering, distance, drain, invocation, queued } from "./ledger.mjs";
import { advance, ring } from "./objects.mjs";

/** @typedef {import("./ledger.mjs").Invocation} Invocation */

/** Our addresses, and what each does. */
const steering = "/bench-ledger/";

/**
 * @param {Request} request
 * @param {Record<string, any>} env
 * @param {Record<string, string>} bindings
 */
async function steer(request, env, bindings) {
  const what = new URL(request.url).pathname.slice(steering.length);
  if (what === "drain") {
    await ring(env, bindings);
    return Response.json(drain());
  }
  const json = await request.json();
  if (what === "distance") Object.assign(distance, json);
  const { seconds = 0 } = /** @type {any} */ (json);
  return Response.json(what === "advance" ? await advance(seconds, env, bindings) : 0);
}

/**
 * Has what a Worker leaves for after its answer counted, and its calls of its own entry points
 * noted. The platform's object stays what it is: the glue and the platform's classes want it.
 * @param {any} ctx
 * @param {Invocation} run
 */
function watched(ctx, run) {
  const waitUntil = ctx.waitUntil.bind(ctx);
  const { exports } = ctx;
  Object.defineProperty(ctx, "waitUntil", {
    value: (/** @type {Promise<unknown>} */ work) => {
      after(Promise.resolve(work));
      waitUntil(work);
    },
  });
  if (exports) Object.defineProperty(ctx, "exports", { value: wrappedExports(exports, run) });
}

/**
 * An entry point with that around it: a class, or an object with handlers.
 * @param {any} Original
 * @param {any} WorkerEntrypoint
 * @param {Record<string, string>} bindings the binding of each class of objects
 */
export const wrappedWorker = (Original, WorkerEntrypoint, bindings) =>
  class extends WorkerEntrypoint {
    /** @param {string} handler @param {Invocation} run @param {unknown} argument */
    #call(handler, run, argument) {
      watched(this.ctx, run);
      const env = wrappedEnv(this.env, () => run);
      return answering(run, () =>
        typeof Original === "function"
          ? new Original(this.ctx, env)[handler](argument)
          : Original[handler](argument, env, this.ctx),
      );
    }

    /** @param {Request} request */
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith(steering)) return steer(request, this.env, bindings);
      return this.#call("fetch", invocation("request", `${request.method} ${pathname}`), request);
    }

    /** @param {any} batch */
    async queue(batch) {
      try {
        return await this.#call("queue", invocation("queue", batch.queue), batch);
      } finally {
        queued(-batch.messages.length);
      }
    }
  };
