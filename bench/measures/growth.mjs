// Whether a flow grows with what a deployment has: registered cardholders, merchants, and the ended
// challenges of one cardholder, which stay readable for a day. How long it takes with nothing in the
// way, what it reads and writes, and how many bytes a save of the cardholder's object has. The cases
// take turns, each in a Worker of its own, so that what else the machine does meets all.
import { gather } from "../lib/statistics.mjs";
import { tally } from "../lib/tally.mjs";
import { ledgerOf, wrapped } from "../lib/wrapped.mjs";
import { runFlow } from "../systems/system.mjs";
import { start } from "../systems/warifu.mjs";

/**
 * @typedef {import("../systems/system.mjs").System} System
 *
 * @typedef {object} Case
 * @property {string} part what there is much of
 * @property {System} system
 * @property {() => Promise<string>} who buys next
 * @property {number[]} times of the flows, in milliseconds
 */

/** How many there are where there are many. */
const many = { cardholders: 1000, merchants: 200, ended: 199 };
/** How many flows a round has in each case. */
const flows = 5;
const warmUp = 60;

/** @type {import("../measure.mjs").Measure} */
export async function measure({ rounds }) {
  const growth = gather("growth");
  const few = await begin("a few of all", async (system) => system.newcomer);
  const cases = [
    few,
    await begin(`${many.cardholders} cardholders`, async (system) => {
      for (let n = 0; n < many.cardholders; n++) await system.newcomer();
      return system.newcomer;
    }),
    await begin(`${many.merchants} merchants`, async (system) => {
      const json = { name: "店", origins: ["https://other.example"] };
      for (let n = 1; n < many.merchants; n++) {
        await system.register?.("PUT", `/v1/merchants/other-${n}`, json);
      }
      return system.newcomer;
    }),
    await begin("1 ended challenge of the cardholder", async (system) => async () => {
      const who = await system.newcomer();
      await runFlow(system, who);
      return who;
    }),
    await begin(`${many.ended} ended challenges of the cardholder`, async (system) => {
      const who = await system.newcomer();
      for (let n = 0; n < many.ended; n++) await runFlow(system, who);
      // Once no attestation can be redeemed any more, the oldest makes room for a new one.
      const ledger = ledgerOf(system.worker.origin);
      await ledger.take();
      for (let left = 600; left > 0; await ledger.take()) left = await ledger.advance(left);
      return async () => who;
    }),
  ];
  // Flow 0 warms up.
  for (let flow = 0; flow <= rounds * flows; flow++) {
    for (const one of flow % 2 ? cases : [...cases].reverse()) {
      const bought = await buy(one);
      if (flow > 0) note(growth, one, bought);
    }
    for (const one of flow > 0 ? cases : []) {
      const [time = NaN, first = NaN] = [one.times.at(-1), few.times.at(-1)];
      growth.add(of(one), "to the first line", "times", time / first);
    }
  }
  await Promise.all(cases.map(({ system }) => system.worker.dispose()));
  return growth.rows();
}

/**
 * @param {string} part
 * @param {(system: System) => Promise<() => Promise<string>>} fill
 * @returns {Promise<Case>}
 */
async function begin(part, fill) {
  const system = await start({ wrap: wrapped });
  // The wasm gets quicker as it is used.
  for (let n = 0; n < warmUp; n++) await runFlow(system, await system.newcomer());
  return { part, system, who: await fill(system), times: [] };
}

/** @param {Case} one */
const of = ({ system, part }) => ({ system: system.name, part });

/** @param {Case} one */
async function buy({ system, who }) {
  const ledger = ledgerOf(system.worker.origin);
  const user = await who();
  await ledger.take();
  const { times } = await runFlow(system, user);
  const time = Object.values(times).reduce((sum, step) => sum + step);
  return { time, invocations: await ledger.take() };
}

/**
 * @param {ReturnType<typeof gather>} growth
 * @param {Case} one
 * @param {Awaited<ReturnType<typeof buy>>} bought
 */
function note(growth, one, { time, invocations }) {
  one.times.push(time);
  growth.add(of(one), "a flow", "ms", time);
  const { kvReads, rowsRead, rowsWritten } = tally(invocations);
  growth.add(of(one), "KV reads", "each", kvReads);
  growth.add(of(one), "rows read", "each", rowsRead);
  growth.add(of(one), "rows written", "each", rowsWritten);
  const saves = invocations
    .filter(({ what }) => what === "CardholderObject")
    .flatMap(({ calls }) => calls.filter(({ kind }) => kind === "storage.put"));
  const longest = Math.max(...saves.map(({ bytes = 0 }) => bytes));
  growth.add(of(one), "longest save", "bytes", longest);
}
