// How long each step takes as a browser or a merchant's server feels it, when KV and objects are near
// and when they are far; and what each step waits for, one call after the other.
//
// A user who bought before buys again, in an isolate that is warm. Between two steps everything ends
// that goes on after an answer, as it does while a person reads. The way from the browser to the
// Worker is not in it: it is the same for all, once for each request.
import { gather } from "../lib/statistics.mjs";
import { far, ledgerOf, near, none, waitsInARow, wrapped } from "../lib/wrapped.mjs";
import { startWarifus } from "../systems/all.mjs";
import * as betterAuth from "../systems/better-auth.mjs";
import * as openAuth from "../systems/openauth.mjs";
import { CODE } from "../systems/system.mjs";

/**
 * @typedef {import("../lib/wrapped.mjs").Call} Call
 * @typedef {import("../lib/wrapped.mjs").Distance} Distance
 * @typedef {import("../systems/system.mjs").System} System
 *
 * @typedef {object} Step
 * @property {number} time in milliseconds
 * @property {Call[]} row what was waited for, one call after the other
 */

const distances = { near, far };

/** How many flows a round has at each distance. */
const flows = 3;

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  const wrap = wrapped;
  const felt = gather("distances");
  const waits = gather("waits in a row, and what their ways come to");
  const ratios = gather("distances, to the peers");
  const warifus = [
    ...(await startWarifus(context, { events: true, wrap })),
    ...(await startWarifus(context, { events: false, wrap })),
  ];
  const peers = [await openAuth.start({ wrap }), await betterAuth.start({ wrap })];
  const systems = [...warifus, ...peers];
  for (let flow = 0; flow < context.rounds * flows; flow++) {
    for (const [name, distance] of Object.entries(distances)) {
      /** @type {Map<System, number>} */
      const whole = new Map();
      for (const system of systems) {
        const bought = await buyAgain(system, distance);
        whole.set(system, note(felt, system, name, bought));
        if (flow === 0) noteRows(waits, system, name, bought);
      }
      for (const warifu of warifus) {
        for (const peer of peers) {
          const part = `to ${peer.name}`;
          const ratio = (whole.get(warifu) ?? NaN) / (whole.get(peer) ?? NaN);
          ratios.add({ system: warifu.name, part }, `${name}, a flow`, "times", ratio);
        }
      }
    }
  }
  await Promise.all(systems.map(({ worker }) => worker.dispose()));
  return [...felt.rows(), ...ratios.rows(), ...waits.rows()];
}

/**
 * A flow of a user who had one before.
 * @param {System} system
 * @param {Distance} distance
 */
async function buyAgain(system, distance) {
  const ledger = ledgerOf(system.worker.origin);
  const who = await system.newcomer();
  await ledger.goFar(none);
  await buy(system, ledger, who);
  await ledger.goFar(distance);
  return buy(system, ledger, who);
}

/**
 * @param {System} system
 * @param {ReturnType<typeof ledgerOf>} ledger
 * @param {string} who
 * @returns {Promise<Map<string, Step>>} each step but the code's arrival
 */
async function buy(system, ledger, who) {
  const flow = await system.begin(who);
  const bought = new Map();
  for (const step of system.steps) {
    await ledger.take();
    const start = performance.now();
    await flow.run[step]();
    const time = performance.now() - start;
    const requests = (await ledger.take()).filter(({ kind }) => kind === "request");
    if (step !== CODE) bought.set(step, { time, row: requests.flatMap(waitsInARow) });
  }
  return bought;
}

/**
 * Notes how long the steps took, and answers how long the flow took.
 * @param {ReturnType<typeof gather>} felt
 * @param {System} system
 * @param {string} distance
 * @param {Map<string, Step>} bought
 */
function note(felt, system, distance, bought) {
  let whole = 0;
  for (const [part, { time }] of bought) {
    felt.add({ system: system.name, part }, distance, "ms", time);
    whole += time;
  }
  felt.add({ system: system.name, part: "a flow" }, distance, "ms", whole);
  return whole;
}

/**
 * Notes what the steps waited for. It is the same in every flow.
 * @param {ReturnType<typeof gather>} waits
 * @param {System} system
 * @param {string} name
 * @param {Map<string, Step>} bought
 */
function noteRows(waits, system, name, bought) {
  const distance = distances[/** @type {keyof typeof distances} */ (name)];
  let whole = 0;
  const of = (/** @type {string} */ part) => ({ system: system.name, part });
  for (const [step, { row }] of bought) {
    const ways = row.reduce((all, call) => all + wayOf(call, distance), 0);
    const calls = row.map(({ kind, on }) => `${kind} ${on}`).join(" → ");
    const part = of(`${step}: ${calls || "nothing"}`);
    if (name === "near") waits.add(part, "waits", "calls", row.length);
    waits.add(part, name, "ms", ways);
    whole += ways;
  }
  waits.add(of("a flow"), name, "ms", whole);
}

/** How far a call goes. @param {Call} call @param {Distance} distance */
function wayOf({ kind }, { read, write, object }) {
  if (kind === "fetch") return 0;
  if (kind.startsWith("object")) return object;
  return ["kv.get", "kv.getWithMetadata", "kv.list"].includes(kind) ? read : write;
}
