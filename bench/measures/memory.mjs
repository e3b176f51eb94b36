// The memory of workerd after many flows, each of a new user: at once, and when the objects have left
// memory, which workerd has them do ten seconds after their last call.
import { setTimeout as pause } from "node:timers/promises";
import { gather } from "../lib/statistics.mjs";
import { disposeAll, startWarifus } from "../systems/all.mjs";
import * as floor from "../systems/floor.mjs";
import { runFlow } from "../systems/system.mjs";

/** After how many flows it is looked. */
const looks = [0, 1_000, 10_000];
const atOnce = 10;
const untilObjectsLeave = 15_000;

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  const systems = [
    await floor.start({ events: false }),
    ...(await startWarifus(context, { events: false })),
  ];
  const figures = gather("memory of workerd");
  for (const [index, flows] of looks.entries()) {
    for (const system of systems) {
      await carry(system, flows - (looks[index - 1] ?? 0));
      await system.worker.quiet();
      const of = { system: system.name };
      figures.add(of, `after ${flows} flows`, "MiB", mebibytes(system));
      if (flows === 0) continue;
      await pause(untilObjectsLeave);
      figures.add(
        of,
        `after ${flows}, ${untilObjectsLeave / 1000} s later`,
        "MiB",
        mebibytes(system),
      );
    }
  }
  await disposeAll(systems);
  return figures.rows();
}

/** @param {import("../systems/system.mjs").System} system */
const mebibytes = ({ worker }) => worker.memory() / 2 ** 20;

/**
 * Has so many flows run.
 * @param {import("../systems/system.mjs").System} system
 * @param {number} flows
 */
async function carry(system, flows) {
  let left = flows;
  const next = async () => {
    while (left-- > 0) await runFlow(system, await system.newcomer());
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}
