// What the doubles of one isolate share: the plan that runs, and how a call is carried out under a
// fault. Runs inside workerd.
import { running } from "./plan.mjs";

/**
 * @typedef {import("./plan.mjs").Fault} Fault
 * @typedef {import("./plan.mjs").Kind} Kind
 * @typedef {import("./plan.mjs").Plan} Plan
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
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Longer than the Worker waits for anything. */
const forEver = 120_000;

/**
 * Carries out a call under the fault that it meets, if it meets one.
 * @template T
 * @param {Kind} kind
 * @param {string} on
 * @param {() => Promise<T>} call
 * @param {(fault: string) => Error | Promise<Error>} failure what is thrown for a fault of this name
 * @returns {Promise<T>}
 */
export async function under(kind, on, call, failure) {
  const fault = plan().meets(kind, on);
  if (!fault) return call();
  const { fault: name, when = "before", ms } = fault;
  if (name === "slow") {
    await wait(ms ?? 300);
    return call();
  }
  if (when === "after") await call();
  if (name === "hang") await wait(ms ?? forEver);
  throw await failure(name);
}
