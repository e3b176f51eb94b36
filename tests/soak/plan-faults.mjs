// Which faults the world has in a plan, and at which steps they begin.
import { chance } from "./random.mjs";

/**
 * @typedef {"now" | "next"} Version
 *
 * @typedef {object} Rebirth how the Worker is started again after it was killed
 * @property {Version} worker
 * @property {Version} objects the version of the objects that it asks
 * @property {boolean} rotate whether a new key stands in front of each list of keys
 *
 * @typedef {object} WorldFault
 * @property {number} flow its number
 * @property {number} step the number of the step at which it happens
 * @property {"kill" | "clock" | "mood"} what
 * @property {"before" | "inside"} [when] a kill between two steps, or while requests are under way
 * @property {number} [after] milliseconds into the step
 * @property {Rebirth} [as]
 * @property {number} [seconds] by how much the clock moves
 * @property {Party} [of] whose mood it is
 * @property {string} [mood] how whoever it is answers, a name of world.mjs
 * @property {number} [times] how many requests meet it
 *
 * @typedef {"email" | "email-second" | "sms" | "sms-second" | "merchant" | "issuer" | "directory"} Party
 */

/** How those around the Worker can answer, beside well. */
export const moods = {
  provider: /** @type {const} */ ([
    "slow",
    "too-slow",
    "refuses",
    "throttles",
    "breaks",
    "lies-that-it-failed",
    "lies-that-it-took",
    "closes-before",
    "closes-after",
    "resets",
  ]),
  receiver: /** @type {const} */ ([
    "slow",
    "fails",
    "fails-though-it-kept",
    "closes-before",
    "resets-after",
    "babbles",
  ]),
  directory: /** @type {const} */ ([
    "slow",
    "fails",
    "resets",
    "mistakes-ids",
    "babbles",
    "silent",
    "away",
  ]),
};

/** @type {Party[]} */
const parties = ["email", "email-second", "sms", "sms-second", "merchant", "issuer", "directory"];

/**
 * @param {Party} party
 * @returns {readonly string[]}
 */
export function moodsOf(party) {
  if (party === "directory") return moods.directory;
  return party === "merchant" || party === "issuer" ? moods.receiver : moods.provider;
}

/** Of how many flows one has the Worker killed in its course. */
const flowsAKill = 18;

/**
 * @param {number} seed
 * @param {import("./plan.mjs").Flow[]} flows
 * @returns {WorldFault[]}
 */
export function worldFaults(seed, flows) {
  const by = chance(seed);
  /** @type {WorldFault[]} */
  const faults = [];
  for (const { n: flow, steps } of flows) {
    const step = by.below(steps.length);
    if (by.happens(1 / flowsAKill)) faults.push({ flow, step, ...kill(by) });
    if (by.happens(0.12)) {
      // The second that a platform's clock may step back, and the minutes of a machine that slept.
      const seconds = by.happens(0.6) ? -1 : by.between(60, 420);
      faults.push({ flow, step: by.below(steps.length), what: "clock", seconds });
    }
    for (const share of [0.3, 0.15]) {
      if (!by.happens(share)) continue;
      const of = by.one(parties);
      const times = by.weighed({ one: 5, two: 2, five: 1 });
      faults.push({
        flow,
        step: by.below(steps.length),
        what: "mood",
        of,
        mood: by.one(moodsOf(of)),
        times: { one: 1, two: 2, five: 5 }[times],
      });
    }
  }
  return faults;
}

/**
 * @param {import("./random.mjs").Chance} by
 * @returns {Omit<WorldFault, "flow" | "step">}
 */
function kill(by) {
  const when = by.happens(0.7) ? "inside" : "before";
  const worker = by.one(/** @type {Version[]} */ (["now", "now", "next"]));
  const objects = by.happens(0.75) ? worker : by.one(/** @type {Version[]} */ (["now", "next"]));
  const as = { worker, objects, rotate: by.happens(0.15) };
  return { what: "kill", when, after: by.between(0, 60), as };
}
