// What the doubles of one isolate share: the plan that runs, and how a call is carried out under a
// fault. Runs inside workerd.
import { running } from "./plan.mjs";

/**
 * @typedef {import("./plan.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Kind} Kind
 * @typedef {import("./plan.mjs").Plan} Plan
 * @typedef {import("./plan.mjs").Within} Within
 * @typedef {{ kind: Kind, on: string, within: Within }} Call
 */

/** @type {ReturnType<typeof running> | undefined} */
let current;

/** Begins a plan. @param {Plan} plan */
export function begin(plan) {
  current = running(plan);
}

/**
 * The plan that runs: that of the setting `DOUBLES`, until another is begun.
 * @param {Record<string, any>} [env]
 */
export function plan(env) {
  current ??= running(JSON.parse(env?.DOUBLES ?? "{}"));
  return current;
}

/** @param {number} ms */
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a slow call waits whose row does not say it, in milliseconds. */
export const usuallySlow = 300;

/** Longer than the Worker waits for anything. */
const forEver = 120_000;

/**
 * Carries out a call under the fault that it meets, if it meets one.
 * @template T
 * @param {Call} of
 * @param {() => Promise<T>} call
 * @param {(fault: string) => Error | Promise<Error>} failure what is thrown for a fault of this name
 * @returns {Promise<T>}
 */
export async function under({ kind, on, within }, call, failure) {
  const fault = plan().meets(kind, on, within);
  if (!fault) return call();
  const { fault: name, when = "before", ms } = fault;
  if (name === "slow") {
    await wait(ms ?? usuallySlow);
    return call();
  }
  if (when === "after") await call();
  if (name === "hang") await wait(ms ?? forEver);
  throw await failure(name);
}

/** What goes on: requests, batches, and what they left for after their answer. */
let open = 0;

/**
 * Counts work until it is over.
 * @template T
 * @param {Promise<T>} work
 */
export function underWay(work) {
  open += 1;
  const over = () => void (open -= 1);
  work.then(over, over);
  return work;
}

/** How much goes on. */
export const busy = () => open;
