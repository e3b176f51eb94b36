// What the bench asks of every system that it measures, so that one measure serves all of them.

/**
 * A submitted code: whether it was right, wrong, or refused without being compared.
 * @typedef {object} Attempt
 * @property {"right" | "wrong" | "refused"} outcome
 * @property {() => Promise<boolean>} redeem has the success redeemed where the system redeems it: a
 *   merchant's siteverify, a token, a session. False when it is refused
 *
 * One flow of one user, whose steps run in the order of `System.steps`.
 * @typedef {object} Flow
 * @property {Record<string, () => Promise<void>>} run each step by its name; throws when it fails
 * @property {() => Promise<string>} code the code that was sent, once it arrived
 * @property {(code: string) => Promise<Attempt>} submit submits any code, as the step that verifies does
 * @property {() => Promise<void>} [resend] has another code sent, and waits until it has arrived
 * @property {() => Promise<void>} [look] asks how the send stands, as an open form does
 *
 * @typedef {object} System
 * @property {string} name as the tables have it
 * @property {import("../lib/workerd.mjs").Running} worker
 * @property {string[]} steps the steps of a flow. The step `code` waits until the code arrives
 * @property {string} health a path whose answer needs no binding
 * @property {() => Promise<string>} newcomer registers a user, which is not measured
 * @property {(who: string) => Promise<Flow>} begin makes a flow of a user; sends nothing yet
 * @property {(method: string, path: string, json?: object) => Promise<any>} [register] a call of the
 *   issuer's
 * @property {(who: string) => Promise<void>} [enroll] a user changes how codes come, on our pages
 *
 * @typedef {object} StartOptions
 * @property {string} [name] instead of the system's own
 * @property {string} [folder] a checkout that is built, for Warifu; without it, this one
 * @property {boolean} [events] whether the queue of events is bound, for Warifu and its floor
 * @property {boolean} [rateLimit] whether a peer asks a rate limit in each request in which Warifu does
 * @property {import("../lib/workerd.mjs").Start["wrap"]} [wrap]
 */

/** The step in which nothing is asked: it lasts until the code has arrived at the gateway. */
export const CODE = "code";

/**
 * Runs the steps of a flow, and answers how long each took, in milliseconds.
 * @param {System} system
 * @param {string} who
 * @param {string[]} [steps] only these
 */
export async function runFlow(system, who, steps = system.steps) {
  const flow = await system.begin(who);
  /** @type {Record<string, number>} */
  const times = {};
  for (const step of steps) {
    const start = performance.now();
    await flow.run[step]();
    times[step] = performance.now() - start;
  }
  return { flow, times };
}
