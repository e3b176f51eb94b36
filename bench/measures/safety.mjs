// What wrong, simultaneous and used codes come to in each system that compares codes.
import { gather } from "../lib/statistics.mjs";
import { disposeAll, startWarifus, takeTurns } from "../systems/all.mjs";
import * as betterAuth from "../systems/better-auth.mjs";
import * as openAuth from "../systems/openauth.mjs";
import { CODE, runFlow } from "../systems/system.mjs";

const wrongCodes = 200;
const rightCodes = 20;

/** @typedef {import("../systems/system.mjs").System} System */

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  const systems = [
    ...(await startWarifus(context)),
    await openAuth.start(),
    await betterAuth.start(),
  ];
  const figures = gather("safety");
  await takeTurns(systems, context.rounds, async (system, counts) => {
    const guessed = await guess(system);
    const spent = await submitAtOnce(system);
    const again = await submitAgain(system);
    if (!counts) return;
    const of = { system: system.name };
    figures.add(of, "wrong codes compared", `of ${wrongCodes} at once`, guessed.compared);
    figures.add(of, "the right code counts after them", "of 1", Number(guessed.open));
    figures.add(of, "successes of one code", `of ${rightCodes} at once`, spent);
    figures.add(of, "a used code counts again", "of 1", Number(again));
  });
  await disposeAll(systems);
  return figures.rows();
}

/** A flow of a new user whose code has arrived. @param {System} system */
async function sent(system) {
  const steps = system.steps.slice(0, system.steps.indexOf(CODE) + 1);
  const { flow } = await runFlow(system, await system.newcomer(), steps);
  return { flow, code: await flow.code() };
}

/**
 * Submits wrong codes at once, and the right one after them.
 * @param {System} system
 */
async function guess(system) {
  const { flow, code } = await sent(system);
  const wrong = Array.from({ length: wrongCodes }, (_, n) =>
    String((Number(code) + 1 + n) % 1_000_000).padStart(6, "0"),
  );
  const attempts = await Promise.all(wrong.map((one) => flow.submit(one)));
  if (attempts.some(({ outcome }) => outcome === "right")) throw new Error("a wrong code counts");
  const compared = attempts.filter(({ outcome }) => outcome === "wrong").length;
  return { compared, open: await succeeds(await flow.submit(code)) };
}

/**
 * Submits the right code many times at once. Answers how many of them succeed.
 * @param {System} system
 */
async function submitAtOnce(system) {
  const { flow, code } = await sent(system);
  const attempts = await Promise.all(Array.from({ length: rightCodes }, () => flow.submit(code)));
  const succeeded = await Promise.all(attempts.map(succeeds));
  return succeeded.filter(Boolean).length;
}

/**
 * Whether a code counts once more after a whole flow.
 * @param {System} system
 */
async function submitAgain(system) {
  const { flow } = await runFlow(system, await system.newcomer());
  return succeeds(await flow.submit(await flow.code()));
}

/** @param {import("../systems/system.mjs").Attempt} attempt */
const succeeds = async ({ outcome, redeem }) => outcome === "right" && (await redeem());
