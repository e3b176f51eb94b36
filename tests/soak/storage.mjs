// How well storage is in one chunk: as the local platform has it, as far behind itself as Workers KV may be, or
// failing as well. The doubles are those of tests/support/doubles; a seed decides which calls fail.
import { chance } from "./random.mjs";

/**
 * @typedef {keyof typeof storages} Storage
 * @typedef {import("../support/doubles/plan.mjs").Plan} Doubles
 */

/** What storage can be in a chunk, and how often it is that. */
export const storages = /** @type {const} */ ({ well: 1, stale: 1, failing: 2 });

/** Where requests are handled, each place with what it has read from KV. */
const places = ["tokyo", "osaka", "sendai"];

/**
 * How many calls of each kind fail. A purchase makes some thirty of them. A reset of an object costs
 * every other call of the same isolate, so that storage itself fails more seldom.
 * @type {Partial<Record<import("../support/doubles/plan.mjs").Kind, number>>}
 */
const rates = {
  "kv.get": 0.02,
  "kv.put": 0.04,
  "kv.delete": 0.04,
  "kv.list": 0.02,
  object: 0.02,
  "storage.get": 0.001,
  "storage.put": 0.002,
  "storage.list": 0.002,
  "storage.delete": 0.002,
  "storage.deleteAll": 0.02,
  "storage.setAlarm": 0.002,
  "queue.send": 0.05,
  limit: 0.03,
  metrics: 0.05,
};

/** A limit that refuses whom nobody counted is no fault of storage: the client would be refused rightly. */
const faults = { limit: [{ fault: "error" }, { fault: "slow" }] };

/** @param {number} seed of a chunk @returns {Storage} */
export const storageOf = (seed) => chance(seed).weighed(storages);

/**
 * What the doubles do from one start of the Worker to the next.
 * @param {Storage} storage
 * @param {number} seed
 * @returns {Doubles}
 */
export function doublesIn(storage, seed) {
  if (storage === "well") return {};
  return { stale: true, ...(storage === "failing" && { chance: { seed, rates, faults } }) };
}

/** The headers of a request of this number: the next comes to another place. @param {number} number */
export const placed = (number) => ({ "test-place": places[number % places.length] });
