// The systems that are measured together, and the order of their turns.
import * as betterAuth from "./better-auth.mjs";
import * as constant from "./constant.mjs";
import * as floor from "./floor.mjs";
import * as openAuth from "./openauth.mjs";
import * as warifu from "./warifu.mjs";

/** @typedef {import("./system.mjs").System} System */

/**
 * Warifu, and the build beside it if there is one.
 * @param {{ beside?: string }} context
 * @param {import("./system.mjs").StartOptions} [options]
 */
export async function startWarifus({ beside }, options) {
  const own = await warifu.start(options);
  if (!beside) return [own];
  return [own, await warifu.start({ ...options, folder: beside, name: `${own.name}, beside` })];
}

/**
 * Every system, with and without events and rate limits.
 * @param {{ beside?: string }} context
 * @returns {Promise<System[]>}
 */
export async function startAll(context) {
  return [
    await constant.start(),
    await floor.start({ events: false }),
    ...(await startWarifus(context, { events: false })),
    await floor.start({ events: true }),
    ...(await startWarifus(context, { events: true })),
    await openAuth.start(),
    await openAuth.start({ rateLimit: true }),
    await betterAuth.start(),
    await betterAuth.start({ rateLimit: true }),
  ];
}

/**
 * Lets the systems take turns, round by round, each second round in the other order, so that what else
 * the machine does meets all of them. Round 0 warms up.
 * @param {System[]} systems
 * @param {number} rounds
 * @param {(system: System, counts: boolean) => Promise<void>} turn
 */
export async function takeTurns(systems, rounds, turn) {
  for (let round = 0; round <= rounds; round++) {
    for (const system of round % 2 ? systems : [...systems].reverse()) {
      await turn(system, round > 0);
    }
  }
}

/** @param {System[]} systems */
export const disposeAll = (systems) => Promise.all(systems.map(({ worker }) => worker.dispose()));
