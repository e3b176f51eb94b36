// What a flow costs: the operations that Cloudflare charges for, counted by what stands around the
// bindings. With what comes later: events, expiry and forgetting, for which the clock is moved from
// alarm to alarm. Between the form and the code half a minute goes by, in which the platform puts the
// objects out of memory. A user bought at the same merchant the day before, unless it is said.
//
// The CPU time is that of a Worker with nothing around it, in a workerd process with the bindings of
// this machine: more than is charged. Of anything but a flow it is taken by the number of requests.
import { gather } from "../lib/statistics.mjs";
import { divided, nothing, plus, tally } from "../lib/tally.mjs";
import { ledgerOf, wrapped } from "../lib/wrapped.mjs";
import { costOfMillion, sum } from "../prices.mjs";
import * as betterAuth from "../systems/better-auth.mjs";
import * as openAuth from "../systems/openauth.mjs";
import * as threeDs from "../systems/warifu-three-ds.mjs";
import * as warifu from "../systems/warifu.mjs";
import { CODE } from "../systems/system.mjs";

/**
 * @typedef {import("../lib/tally.mjs").Tally} Tally
 * @typedef {import("../systems/system.mjs").System} System
 * @typedef {import("../systems/system.mjs").Flow} Flow
 * @typedef {import("../systems/system.mjs").StartOptions} StartOptions
 * @typedef {(options: StartOptions) => Promise<System>} Start
 * @typedef {(seconds: number) => Promise<void>} Wait
 * @typedef {(system: System, who: string, wait: Wait) => Promise<void>} Act what a user does
 */

export const aFlow = "a flow";
export const aFirstFlow = "a flow of one who is new to the merchant";
export const question = "a question of the open form, in addition";

/** How long somebody takes to type a code, in seconds. */
const typing = 30;
/** Until a challenge of now is forgotten: its life, a day, and ten minutes that an alarm may wait. */
const forgetting = 26 * 3600;

/**
 * A whole flow, and what somebody does more in the form before the right code.
 * @param {(flow: Flow, wait: Wait) => Promise<unknown>} [more]
 * @returns {Act}
 */
const buy = (more) => async (system, who, wait) => {
  const flow = await system.begin(who);
  for (const step of system.steps) {
    await flow.run[step]();
    if (step !== CODE) continue;
    await wait(typing);
    await more?.(flow, wait);
  }
};

/** A form that is shown, and a code that is never typed. @type {Act} */
async function abandon(system, who) {
  const flow = await system.begin(who);
  for (const step of system.steps) {
    await flow.run[step]();
    if (step === CODE) return;
  }
}

/** A code that is not this one. @param {string} code */
const other = (code) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

/** What is done more in a form, by its name. @type {Record<string, Parameters<typeof buy>[0]>} */
const additions = {
  "a wrong code, in addition": async (flow) => flow.submit(other(await flow.code())),
  "a resend, in addition": async (flow, wait) => {
    await wait(1);
    await flow.resend?.();
  },
  [question]: (flow) => flow.look?.() ?? Promise.resolve(),
};

/**
 * Counts what users do, one after the other, and what comes of it until all is forgotten.
 * @param {System} system
 * @param {Act} act
 * @param {number} users
 * @param {boolean} [known] whether they bought at the same merchant the day before
 * @returns {Promise<Tally>} of one of them
 */
async function count(system, act, users, known = true) {
  const ledger = ledgerOf(system.worker.origin);
  let counted = nothing();
  const look = async () => {
    counted = plus(counted, tally(await ledger.take()));
  };
  /** @type {Wait} */
  const wait = async (seconds) => {
    await look();
    for (let left = seconds; left > 0; await look()) left = await ledger.advance(left);
  };
  const whos = [];
  for (let user = 0; user < users; user++) whos.push(await system.newcomer());
  for (const who of known ? whos : []) await buy()(system, who, wait);
  await wait(forgetting);
  counted = nothing();
  for (const who of whos) await act(system, who, wait);
  await wait(forgetting);
  return divided(counted, users);
}

/**
 * The CPU time of a flow, in milliseconds.
 * @param {Start} start
 * @param {StartOptions} options
 */
async function cpuOfFlow(start, options) {
  const system = await start(options);
  const flows = 40;
  try {
    const at = async (/** @type {number} */ times) => {
      for (let flow = 0; flow < times; flow++) {
        await buy()(system, await system.newcomer(), async () => {});
      }
      await system.worker.quiet();
      return system.worker.cpu();
    };
    const warm = await at(flows);
    return ((await at(flows)) - warm) / flows;
  } finally {
    await system.worker.dispose();
  }
}

/** What is counted, as a table says it. @type {[keyof Tally, string][]} */
export const figures = [
  ["requests", "requests"],
  ["kvReads", "KV reads"],
  ["kvWrites", "KV writes"],
  ["objectRequests", "object requests"],
  ["alarms", "of them alarms"],
  ["rowsRead", "rows read"],
  ["rowsWritten", "rows written"],
  ["alarmRows", "of them alarms set"],
  ["messages", "messages"],
  ["limits", "rate limits"],
  ["lines", "log lines"],
  ["points", "data points"],
  ["posts", "posts"],
];

/** @type {import("../measure.mjs").Measure} */
export async function measure({ rounds, beside }) {
  const operations = gather("operations");
  const costs = gather("a million at list prices");
  const parts = gather("a million at list prices, by what is paid for");
  /** @type {[Start, StartOptions][]} */
  const measured = [
    [warifu.start, { events: true }],
    [warifu.start, { events: false }],
    ...(beside
      ? [true, false].map(
          (events) =>
            /** @type {[Start, StartOptions]} */ ([warifu.start, { events, folder: beside }]),
        )
      : []),
    [threeDs.start, {}],
    [openAuth.start, {}],
    [betterAuth.start, {}],
  ];
  for (const [start, options] of measured) {
    const { name, counted } = await countAll(start, options, rounds);
    const system = options.folder ? `${name}, beside` : name;
    for (const [part, tally] of Object.entries(counted)) {
      for (const [figure, said] of figures)
        operations.add({ system, part }, said, "each", tally[figure]);
      const dollars = costOfMillion(tally);
      costs.add({ system, part }, "all", "$", sum(dollars));
      if (part !== aFlow) continue;
      for (const [what, cost] of Object.entries(dollars)) parts.add({ system }, what, "$", cost);
    }
  }
  return [...operations.rows(), ...costs.rows(), ...parts.rows()];
}

/**
 * @param {Start} start
 * @param {StartOptions} options
 * @param {number} users
 * @returns {Promise<{ name: string, counted: Record<string, Tally> }>}
 */
export async function countAll(start, options, users) {
  const cpu = await cpuOfFlow(start, options);
  const wrap = (/** @type {import("../lib/workerd.mjs").WorkerOptions} */ given) =>
    wrapped({ ...given, analyticsEngineDatasets: { METRICS: { dataset: "metrics" } } });
  const system = await start({ ...options, wrap });
  try {
    const { name, enroll } = system;
    const flow = { ...(await count(system, buy(), users)), cpu };
    /** @type {Record<string, Tally>} */
    const counted = { [aFlow]: flow };
    if (enroll) {
      counted[aFirstFlow] = await count(system, buy(), users, false);
      const never = "a challenge that is shown and never typed";
      counted[never] = await count(system, abandon, users);
      for (const [what, more] of Object.entries(additions)) {
        counted[what] = plus(await count(system, buy(more), users), flow, -1);
      }
      counted["an enrollment"] = await count(system, (_, who) => enroll(who), users);
    }
    for (const one of Object.values(counted)) one.cpu = (one.requests * cpu) / flow.requests;
    return { name, counted };
  } finally {
    await system.worker.dispose();
  }
}
