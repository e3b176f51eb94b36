// The faults that calls are made to meet.

/**
 * @typedef {import("../doubles/plan.mjs").Fault} Fault
 * @typedef {import("../doubles/plan.mjs").Kind} Kind
 * @typedef {Partial<Record<Kind, Fault[]>>} Faults
 */

const lost = (/** @type {string} */ fault) => ({ fault, when: /** @type {const} */ ("after") });

/** Objects: before they decided and after. @type {Faults} */
export const ofObjects = {
  object: [
    { fault: "overloaded" },
    lost("disconnected"),
    { fault: "moved" },
    lost("updated"),
    { fault: "thrown" },
    lost("memory"),
    { fault: "disconnected" },
    lost("moved"),
    { fault: "updated" },
    { fault: "memory" },
    lost("thrown"),
  ],
};

/** Workers KV: before it did what it was asked and after. @type {Faults} */
export const ofKv = {
  "kv.get": [{ fault: "error" }, { fault: "unavailable" }],
  "kv.list": [{ fault: "error" }, { fault: "unavailable" }],
  "kv.put": [{ fault: "error" }, lost("error"), { fault: "too_many" }],
  "kv.delete": [{ fault: "unavailable" }, lost("error"), { fault: "too_many" }],
};

/** The queue. @type {Faults} */
export const ofQueue = {
  "queue.send": [{ fault: "error" }, lost("error"), { fault: "too_many" }],
};

/** What an object stores and reads. @type {Faults} */
export const ofStorage = {
  "storage.get": [{ fault: "reset" }],
  "storage.put": [{ fault: "reset" }],
  "storage.delete": [{ fault: "reset" }],
  "storage.deleteAll": [{ fault: "reset" }],
  "storage.setAlarm": [{ fault: "reset" }],
};
