// A guard around every call of the Worker's wasm.
//
// All requests and objects of an isolate share one wasm instance. When it traps, the promises of all
// its calls stay pending for ever: callers of an object get no answer for many minutes, and its alarm
// is not set off again. The guard ends those calls at once. A request is answered 503, and an object
// is reset, so that its callers fail and the platform repeats its alarm. What was stored stays
// stored, and the next call makes a new instance.

/** How each call under way is told of a trap. @type {Set<(what: typeof trapped) => void>} */
const underWay = new Set();
const trapped = Symbol("trapped");

/** An alarm that failed so often in a row is not left to the platform, which would give it up. */
const lastTry = 5;
/** How long after that it goes off again, in milliseconds. */
const again = 300_000;

addEventListener("error", ({ error }) => noteTrap(error));

/** @param {unknown} error */
function noteTrap(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  for (const tell of underWay) tell(trapped);
  underWay.clear();
}

/**
 * What a call comes to, or `trapped`.
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<T | typeof trapped>}
 */
async function orTrap(call) {
  // Made for each call, because a promise settles only in the request or object that made it.
  /** @type {PromiseWithResolvers<typeof trapped>} */
  const { promise, resolve } = Promise.withResolvers();
  underWay.add(resolve);
  try {
    return await Promise.race([call(), promise]);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    noteTrap(error);
    return trapped;
  } finally {
    underWay.delete(resolve);
  }
}

/**
 * @typedef {object} Worker the built one
 * @property {(request: Request) => Promise<Response>} fetch
 * @property {(batch: unknown) => Promise<void>} queue
 * @property {(request: Request, env: unknown, ctx: unknown) => Promise<Response>} unavailable
 *
 * @typedef {new (...args: any[]) => { ctx: unknown, env: unknown }} Entrypoint
 */

/**
 * The Worker with the guard around it.
 * @template {Entrypoint} E
 * @param {E} WorkerEntrypoint
 * @param {new (ctx: unknown, env: unknown) => Worker} Worker
 */
export const guardedWorker = (WorkerEntrypoint, Worker) =>
  class extends WorkerEntrypoint {
    /** @param {Request} request */
    async fetch(request) {
      const worker = new Worker(this.ctx, this.env);
      const answer = await orTrap(() => worker.fetch(request));
      if (answer !== trapped) return answer;
      // Without the body, which is read only once: the headers say in which language and form an
      // answer is wanted.
      const head = new Request(request.url, { headers: request.headers });
      const refusal = await orTrap(() => worker.unavailable(head, this.env, this.ctx));
      if (refusal !== trapped) return refusal;
      const headers = { "Retry-After": "1", "Cache-Control": "no-store" };
      return new Response(null, { status: 503, headers });
    }

    /** @param {unknown} batch */
    async queue(batch) {
      const done = await orTrap(() => new Worker(this.ctx, this.env).queue(batch));
      // The platform then delivers the batch again.
      if (done === trapped) throw new Error("the Worker trapped");
    }
  };

/**
 * @typedef {object} State
 * @property {(reason: string) => void} abort
 * @property {{ setAlarm: (at: number) => Promise<void> }} storage
 *
 * @typedef {object} Built an object of the built Worker
 * @property {(request: Request) => Promise<Response>} fetch
 * @property {() => Promise<void>} alarm
 */

/**
 * A class of objects with the guard around it.
 * @param {new (state: State, env: unknown) => Built} Class
 */
export const guardedObject = (Class) =>
  class {
    #state;
    #object;

    /**
     * @param {State} state
     * @param {unknown} env
     */
    constructor(state, env) {
      this.#state = state;
      this.#object = new Class(state, env);
    }

    /** @param {Request} request */
    async fetch(request) {
      const answer = await orTrap(() => this.#object.fetch(request));
      if (answer !== trapped) return answer;
      this.#state.abort("an object trapped");
      throw new Error("an object trapped");
    }

    /** @param {{ retryCount: number }} [info] */
    async alarm(info) {
      const done = await orTrap(() => this.#object.alarm());
      if (done !== trapped) return;
      if ((info?.retryCount ?? 0) < lastTry) this.#state.abort("an alarm trapped");
      await this.#state.storage.setAlarm(Date.now() + again);
    }
  };
