// Which call of a binding meets which fault: a table, and chance as a pure function of a seed and a
// call's number. Knows no platform.

/**
 * @typedef {"kv.get" | "kv.put" | "kv.delete" | "kv.list" | "object" | "storage.get" | "storage.put"
 *   | "storage.list" | "storage.delete" | "storage.deleteAll" | "storage.setAlarm" | "queue.send"
 *   | "limit" | "metrics" | "email"} Kind what is called
 *
 * @typedef {"request" | "queue" | "object"} Within what makes the call: a request, with what it leaves for after
 *   its answer, a batch of a queue, or an object
 *
 * @typedef {object} Fault
 * @property {string} fault its name: one of `faultsOf` of its kind
 * @property {"before" | "after"} [when] whether the call fails before it reached its place, or after
 *   that did what it was asked. Default: before
 * @property {number} [ms] of `slow` and `hang`, how long
 *
 * @typedef {object} Row meets a call by its kind, what it is on, and its number among such calls
 * @property {Kind} kind
 * @property {string} [on] what that begins with: a key of KV, `CARDHOLDERS/<name>` for an object, its
 *   class and name for its storage, else the binding. Default: any, but for what only a development
 *   server has
 * @property {Within} [within] Default: any
 * @property {number} [nth] the first call that is met, from 1 since the plan was set. Default: 1
 * @property {number | null} [times] how many in a row are met; null: all from then on. Default: 1
 *
 * @typedef {object} Chance
 * @property {number} seed
 * @property {Partial<Record<Kind, number>>} rates of each kind how many calls are met, from 0 to 1
 * @property {Partial<Record<Kind, Fault[]>>} [faults] among which one is drawn. Default: each of
 *   `faultsOf` but for those that hang
 *
 * @typedef {object} Plan
 * @property {boolean} [stale] whether KV is as far behind itself, and takes as few writes of a key, as
 *   documented: see kv.mjs. Default: false
 * @property {boolean} [ownWrites] whether a place sees its own writes at once. Default: true, the usual
 * @property {(Row & Fault)[]} [rows]
 * @property {Chance} [chance]
 * @property {string[]} [missing] bindings that are not there
 *
 * @typedef {{ kind: Kind, on: string, within: Within, number: number, fault: string }} Met the call of this
 *   number of its kind met a fault
 */

/**
 * The faults that a kind of calls can meet, by name.
 * @type {Record<Kind, string[]>}
 */
export const faultsOf = {
  "kv.get": ["error", "unavailable", "slow", "hang"],
  "kv.put": ["error", "unavailable", "too_many", "slow", "hang"],
  "kv.delete": ["error", "unavailable", "too_many", "slow", "hang"],
  "kv.list": ["error", "unavailable", "slow", "hang"],
  object: ["overloaded", "disconnected", "moved", "updated", "memory", "thrown", "slow", "hang"],
  "storage.get": ["reset", "slow"],
  "storage.put": ["reset", "slow"],
  "storage.list": ["reset", "slow"],
  "storage.delete": ["reset", "slow"],
  "storage.deleteAll": ["reset", "slow"],
  "storage.setAlarm": ["reset", "slow"],
  "queue.send": ["error", "too_many", "slow", "hang"],
  limit: ["refuse", "error", "slow", "hang"],
  metrics: ["error"],
  email: ["error", "slow", "hang"],
};

/** The kinds whose faults, by chance, also come after the call was carried out: its answer is lost. */
const canBeLost = new Set(["kv.put", "kv.delete", "object", "queue.send"]);

/**
 * A number from 0 to 1 that looks drawn and is the same for the same seed and texts.
 * @param {number} seed
 * @param {...(string | number)} about
 */
export function drawn(seed, ...about) {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (const character of about.join("\x1f")) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * The fault that chance has for the call of this number of its kind.
 * @param {Chance} chance
 * @param {Kind} kind
 * @param {number} number
 * @returns {Fault | undefined}
 */
export function byChance({ seed, rates, faults }, kind, number) {
  if (drawn(seed, kind, number, "whether") >= (rates[kind] ?? 0)) return undefined;
  const all = faults?.[kind] ?? usual(kind);
  return all[Math.floor(drawn(seed, kind, number, "which") * all.length)];
}

/** @param {Kind} kind @returns {Fault[]} */
const usual = (kind) =>
  faultsOf[kind]
    .filter((fault) => fault !== "hang")
    .flatMap((fault) =>
      canBeLost.has(kind) && !["slow", "too_many", "overloaded"].includes(fault)
        ? [{ fault }, { fault, when: /** @type {const} */ ("after") }]
        : [{ fault }],
    );

/** What only a development server has, its clock and its outbox, fails only where a row names it. */
const development = /^(DEV_TOOLS|DevTools)/;

/**
 * A plan with how many calls of each kind and row there were since it was set.
 * @param {Plan} plan
 */
export function running(plan) {
  const rows = (plan.rows ?? []).map((row) => {
    const known = faultsOf[row.kind]?.includes(row.fault);
    if (!known) throw new Error(`${row.kind} has no fault ${row.fault}`);
    return { ...row, seen: 0 };
  });
  /** @type {Partial<Record<Kind, number>>} */
  const calls = {};
  /** @type {Met[]} */
  const met = [];
  return {
    plan,
    calls,
    met,
    /**
     * Counts a call, and answers the fault that it meets. The first row that has one decides.
     * @param {Kind} kind
     * @param {string} on
     * @param {Within} within
     * @returns {Fault | undefined}
     */
    meets(kind, on, within) {
      const number = (calls[kind] = (calls[kind] ?? 0) + 1);
      /** @type {Fault | undefined} */
      let fault;
      for (const row of rows) {
        const concerned = row.on === undefined ? !development.test(on) : on.startsWith(row.on);
        if (row.kind !== kind || !concerned || (row.within ?? within) !== within) continue;
        row.seen += 1;
        const { nth = 1, times = 1 } = row;
        if (row.seen >= nth && (times === null || row.seen < nth + times)) fault ??= row;
      }
      if (!fault && plan.chance && !development.test(on)) {
        fault = byChance(plan.chance, kind, number);
      }
      if (fault) met.push({ kind, on, within, number, fault: fault.fault });
      return fault;
    },
  };
}
