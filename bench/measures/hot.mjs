// One user under wrong codes: how long the flows of others take meanwhile, and how long without. The
// wrong codes go to one flow of that user, whose code was sent.
import { gather, median, p95 } from "../lib/statistics.mjs";
import { disposeAll, startWarifus, takeTurns } from "../systems/all.mjs";
import * as betterAuth from "../systems/better-auth.mjs";
import * as openAuth from "../systems/openauth.mjs";
import { CODE, runFlow } from "../systems/system.mjs";

const perSecond = 300;
/** The flows of others, one after the other, in each half of a round. */
const flows = 40;

/** @typedef {import("../systems/system.mjs").System} System */

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  const systems = [
    ...(await startWarifus(context)),
    await openAuth.start(),
    await betterAuth.start(),
  ];
  const figures = gather(`one user under ${perSecond} wrong codes a second`);
  await takeTurns(systems, context.rounds, async (system, counts) => {
    const quiet = await others(system);
    const attack = await attackOn(system);
    const under = await others(system);
    const { sent, seconds } = await attack.end();
    if (!counts) return;
    const of = { system: system.name };
    figures.add(of, "another's p50, quiet", "ms", median(quiet));
    figures.add(of, "p50 under attack", "ms", median(under));
    figures.add(of, "another's p95, quiet", "ms", p95(quiet));
    figures.add(of, "p95 under attack", "ms", p95(under));
    figures.add(of, "p95 under attack", "times quiet", p95(under) / p95(quiet));
    figures.add(of, "wrong codes", "a second", sent / seconds);
  });
  await disposeAll(systems);
  return figures.rows();
}

/** How long flows of new users take, in milliseconds. @param {System} system */
async function others(system) {
  const users = [];
  for (let n = 0; n < flows; n++) users.push(await system.newcomer());
  const all = [];
  for (const user of users) {
    const { times } = await runFlow(system, user);
    all.push(Object.values(times).reduce((sum, time) => sum + time));
  }
  return all;
}

/**
 * Submits wrong codes to one flow until it is ended, however slowly they are answered.
 * @param {System} system
 */
async function attackOn(system) {
  const steps = system.steps.slice(0, system.steps.indexOf(CODE) + 1);
  const { flow } = await runFlow(system, await system.newcomer(), steps);
  const right = Number(await flow.code());
  const start = performance.now();
  /** @type {Set<Promise<unknown>>} */
  const under = new Set();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - start) * perSecond) / 1000;
    for (; sent < due; sent++) {
      const wrong = (right + 1 + (sent % 999_999)) % 1_000_000;
      const attempt = flow.submit(String(wrong).padStart(6, "0"));
      under.add(attempt);
      void attempt.finally(() => under.delete(attempt));
    }
  }, 5);
  return {
    async end() {
      clearInterval(timer);
      await Promise.all(under);
      return { sent, seconds: (performance.now() - start) / 1000 };
    },
  };
}
