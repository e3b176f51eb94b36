// A double of what Durable Objects fail by, around the stubs that ask them and around their storage. Runs
// inside workerd.
//
// As documented in https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ and
// https://developers.cloudflare.com/durable-objects/observability/troubleshooting/ :
// - An error with `.retryable` may be met by asking again with a new stub: the network or the object's
//   place was lost. One with `.overloaded` should not be repeated. `.remote` is set on what the object's
//   own code threw, and on exceeded memory.
// - "Many exceptions leave the DurableObjectStub in a broken state, such that all attempts to send
//   additional requests will just fail immediately with the original exception."
// - A reset loses the object's memory and nothing that it saved. It is a real one here: the object is
//   aborted, so that every other call under way fails as well, and the next stub finds a new instance.
// - What an object writes without waiting in between is written as a whole or not at all (write
//   coalescing), and one that waits for its storage is given nothing else to do (input gates), however
//   long that takes. https://blog.cloudflare.com/durable-objects-easy-fast-correct-choose-three/
import { around, ofStub } from "../../../bench/lib/around/proxies.mjs";
import { plan, under, usuallySlow, wait } from "./state.mjs";

/** @typedef {import("./plan.mjs").Within} Within */

/** The address by which an object is told to reset itself. */
const resetUrl = "https://doubles/reset";

/** By fault: the platform's text, and what it sets on the error. @type {Record<string, [string, object]>} */
const errors = {
  overloaded: ["Durable Object is overloaded. Too many requests queued.", { overloaded: true }],
  disconnected: ["Network connection lost.", { retryable: true }],
  moved: [
    "Connection closed: this Durable Object instance is no longer active. Reconnect or retry the request.",
    { retryable: true },
  ],
  updated: [
    "Durable Object reset because its code was updated.",
    { retryable: true, durableObjectReset: true },
  ],
  memory: [
    "Durable Object's isolate exceeded its memory limit and was reset.",
    { remote: true, durableObjectReset: true },
  ],
  thrown: ["an error of the object's own", { remote: true }],
  hang: ["Network connection lost.", { retryable: true }],
};

/** The faults that reset the object. */
const resets = new Set(["moved", "updated", "memory"]);

/** @param {string} fault */
function errorOf(fault) {
  const [message, properties] = errors[fault];
  return Object.assign(new Error(message), properties);
}

/**
 * The stubs of a namespace, whose calls fail as planned.
 * @param {any} namespace
 * @param {string} binding
 * @param {{ within: Within }} at
 */
export const doubledNamespace = (namespace, binding, { within }) =>
  around(namespace, (method, original) => {
    if (method !== "get" && method !== "getByName") return undefined;
    return (of, ...others) => {
      const name = typeof of === "string" ? of : (of.name ?? of.toString());
      return doubledStub(original(of, ...others), {
        kind: "object",
        on: `${binding}/${name}`,
        within,
      });
    };
  });

/**
 * @param {any} stub
 * @param {import("./state.mjs").Call} call
 */
function doubledStub(stub, call) {
  /** @type {Error | undefined} */
  let broken;
  return around(stub, (method, original) => {
    if (ofStub.has(method)) return undefined;
    return async (...args) => {
      if (broken) throw broken;
      const failure = async (/** @type {string} */ fault) => {
        // A reset tells its caller by an error, which says nothing here.
        if (resets.has(fault)) await stub.fetch(resetUrl).catch(() => {});
        return (broken = errorOf(fault));
      };
      return under(call, async () => original(...args), failure);
    };
  });
}

/** The text of a storage that fails: it resets the object. */
const storageFailed =
  "Durable Object storage operation exceeded timeout which caused object to be reset.";

/**
 * Resets an object. What called for it comes to nothing: the object is gone before it would hear of it, and
 * its callers get an error. `abort` ends what JavaScript runs in the whole isolate and drops what is queued there, so
 * it is called by itself, and not within a call of the object.
 * @param {any} state
 * @returns {Promise<never>}
 */
const resetBy = (state) => new Promise(() => setTimeout(() => state.abort(storageFailed), 0));

/** The methods of a storage that fail as planned. */
const ofStorage = new Set(["get", "put", "list", "delete", "deleteAll", "setAlarm"]);

/**
 * What an object asks of its storage, in the order and with the faults of each call. Calls that are made
 * without waiting in between are carried out together once that is over, or none of them.
 * @param {any} state
 */
function together(state) {
  /** @typedef {{ call: () => Promise<unknown>, fault: import("./plan.mjs").Fault | undefined }} Asked */
  /** @type {{ asked: Asked[], done: Promise<Promise<unknown>[]> } | undefined} */
  let turn;

  /** @param {Asked[]} asked */
  async function carryOut(asked) {
    turn = undefined;
    if (asked.some(({ fault }) => fault?.fault === "reset")) return resetBy(state);
    const waits = asked.map(({ fault }) => (fault ? (fault.ms ?? usuallySlow) : 0));
    const begin = () => asked.map(({ call }) => call());
    if (Math.max(...waits) === 0) return begin();
    return state.blockConcurrencyWhile(async () => {
      await wait(Math.max(...waits));
      const begun = begin();
      await Promise.allSettled(begun);
      return begun;
    });
  }

  return async (/** @type {Asked} */ one) => {
    if (!turn) {
      /** @type {Asked[]} */
      const asked = [];
      turn = { asked, done: Promise.resolve().then(() => carryOut(asked)) };
    }
    const index = turn.asked.push(one) - 1;
    return (await turn.done)[index];
  };
}

/**
 * A class of objects whose storage fails as planned, and which resets itself when it is told to.
 * @param {string} Class its name
 * @param {any} Original
 * @param {(env: Record<string, any>, at: { within: Within }) => Record<string, any>} doubled the bindings
 */
export const doubledObject = (Class, Original, doubled) =>
  class {
    #state;
    #object;

    /**
     * @param {any} state
     * @param {Record<string, any>} env
     */
    constructor(state, env) {
      plan(env);
      const on = `${Class}/${state.id.name ?? state.id}`;
      const asked = together(state);
      const storage = around(state.storage, (method, original) => {
        if (!ofStorage.has(method)) return undefined;
        const kind = /** @type {import("./plan.mjs").Kind} */ (`storage.${method}`);
        return (...args) => {
          const fault = plan().meets(kind, on, "object");
          return asked({ call: async () => original(...args), fault });
        };
      });
      const wrapped = new Proxy(
        around(state, () => undefined),
        {
          get: (target, name) => (name === "storage" ? storage : Reflect.get(target, name)),
        },
      );
      this.#state = state;
      this.#object = new Original(wrapped, doubled(env, { within: "object" }));
    }

    /** @param {Request} request */
    async fetch(request) {
      if (request.url === resetUrl) return resetBy(this.#state);
      return this.#object.fetch(request);
    }

    /** @param {unknown} info */
    alarm(info) {
      return this.#object.alarm(info);
    }
  };
