// A flow from its beginning to its redeemed success: how long it and each of its steps take, how many
// pass in a second, and the CPU time of workerd for one. Each flow is a new user's.
import { gather, median, p95 } from "../lib/statistics.mjs";
import { disposeAll, startAll, takeTurns } from "../systems/all.mjs";
import { CODE, runFlow } from "../systems/system.mjs";

/** How many flows are under way at once, and how many there are in a round. */
const loads = [
  { atOnce: 1, flows: 40 },
  { atOnce: 10, flows: 60 },
  { atOnce: 50, flows: 100 },
  { atOnce: 200, flows: 200 },
];

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  const systems = await startAll(context);
  const flows = gather("flow");
  const steps = gather("steps of a flow, 1 at once");
  await takeTurns(systems, context.rounds, async (system, counts) => {
    for (const load of loads) {
      const taken = await carry(system, load);
      if (counts) note(flows, steps, system, load, taken);
    }
  });
  await disposeAll(systems);
  for (const base of ["Warifu", "Warifu without events"]) {
    for (const { atOnce } of loads) {
      const beside = { system: `${base}, beside`, part: `${atOnce} at once` };
      flows.divide(beside, base, "CPU a flow", "ms");
    }
  }
  return [...flows.rows(), ...steps.rows()];
}

/**
 * Has flows run, so many at once, and waits until the work after the answers is done too. A flow fails
 * when a request is refused, or when its code does not come.
 * @param {import("../systems/system.mjs").System} system
 * @param {typeof loads[number]} load
 */
async function carry(system, { atOnce, flows }) {
  const { worker } = system;
  /** @type {string[]} */
  const users = [];
  for (let n = 0; n < flows; n++) users.push(await system.newcomer());
  await worker.quiet();
  const before = { cpu: worker.cpu(), time: performance.now() };
  /** @type {Record<string, number>[]} */
  const times = [];
  let failed = 0;
  const next = async () => {
    for (let user = users.pop(); user !== undefined; user = users.pop()) {
      try {
        times.push((await runFlow(system, user)).times);
      } catch {
        failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  const milliseconds = performance.now() - before.time;
  await worker.quiet();
  return { times, failed, milliseconds, cpu: worker.cpu() - before.cpu };
}

/**
 * @param {ReturnType<typeof gather>} flows
 * @param {ReturnType<typeof gather>} steps
 * @param {import("../systems/system.mjs").System} system
 * @param {typeof loads[number]} load
 * @param {Awaited<ReturnType<typeof carry>>} taken
 */
function note(flows, steps, system, load, { times, failed, milliseconds, cpu }) {
  const of = { system: system.name, part: `${load.atOnce} at once` };
  const whole = times.map((flow) => Object.values(flow).reduce((sum, time) => sum + time));
  flows.add(of, "p50", "ms", median(whole));
  flows.add(of, "p95", "ms", p95(whole));
  flows.add(of, "flows", "a second", (times.length * 1000) / milliseconds);
  flows.add(of, "CPU a flow", "ms", cpu / load.flows);
  flows.add(of, "failed", "%", (failed * 100) / load.flows);
  if (load.atOnce > 1) return;
  for (const step of system.steps) {
    const own = times.map((flow) => flow[step]);
    const part = step === CODE ? "the code arrives" : step;
    steps.add({ system: system.name, part }, "p50", "ms", median(own));
    steps.add({ system: system.name, part }, "p95", "ms", p95(own));
  }
}
