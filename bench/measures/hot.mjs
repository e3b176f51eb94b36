// One user under wrong codes: how long the flows of others take meanwhile, and how long without. The
// wrong codes go to one flow of that user, whose code was sent. Beside them the floor: as many requests
// to the same Worker that a constant answers.
import { send } from "../lib/http.mjs";
import { gather, median, p95 } from "../lib/statistics.mjs";
import { disposeAll, startWarifus, takeTurns } from "../systems/all.mjs";
import * as betterAuth from "../systems/better-auth.mjs";
import * as openAuth from "../systems/openauth.mjs";
import { CODE, runFlow } from "../systems/system.mjs";
import * as warifu from "../systems/warifu.mjs";

const perSecond = 300;
/** How many of them are under way at most. Where they are answered too slowly, fewer are sent. */
const atOnce = 200;
/** The flows of others, one after the other, in each half of a round: at most so many, and so long. */
const flows = 40;
const longest = 15_000;

/** @typedef {import("../systems/system.mjs").System} System */

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  const systems = [
    ...(await startWarifus(context)),
    await startFloor(),
    await openAuth.start(),
    await betterAuth.start(),
  ];
  const figures = gather(`one user under ${perSecond} wrong codes a second`);
  await takeTurns(systems, context.rounds, async (system, counts) => {
    const users = await newcomers(system);
    const quiet = await others(system, users.slice(0, flows));
    const attack = await attackOn(system);
    const under = await others(system, users.slice(flows));
    const { sent, seconds, cpu } = await attack.end();
    if (!counts) return;
    const row = { system: system.name };
    for (const [when, { times, failed }] of Object.entries({ quiet, "under attack": under })) {
      figures.add(row, `another's failures, ${when}`, "flows", failed);
      if (times.length === 0) continue;
      figures.add(row, `another's p50, ${when}`, "ms", median(times));
      figures.add(row, `another's p95, ${when}`, "ms", p95(times));
    }
    if (quiet.times.length > 0 && under.times.length > 0) {
      figures.add(row, "p95 under attack", "times quiet", p95(under.times) / p95(quiet.times));
    }
    figures.add(row, "wrong codes", "a second", sent / seconds);
    figures.add(row, "CPU, all in all", "of one core", cpu / seconds / 1000);
  });
  await disposeAll(systems);
  return figures.rows();
}

/**
 * Warifu, asked for its health in place of each wrong code: no answer costs this workerd less.
 * @returns {Promise<System>}
 */
async function startFloor() {
  const system = await warifu.start({ name: "Warifu, its health asked in place of codes" });
  const { worker, health } = system;
  return {
    ...system,
    begin: async (who) => ({
      ...(await system.begin(who)),
      async submit() {
        await send(worker.origin, "GET", health, { headers: warifu.host });
        return { outcome: "refused", redeem: async () => false };
      },
    }),
  };
}

/** Those of both halves. @param {System} system */
async function newcomers(system) {
  const users = [];
  for (let n = 0; n < 2 * flows; n++) users.push(await system.newcomer());
  return users;
}

/**
 * How long the flows of users take, in milliseconds, and how many of them fail.
 * @param {System} system
 * @param {string[]} users
 */
async function others(system, users) {
  const times = [];
  let failed = 0;
  const end = performance.now() + longest;
  for (const user of users) {
    if (performance.now() > end) break;
    try {
      const taken = Object.values((await runFlow(system, user)).times);
      times.push(taken.reduce((sum, time) => sum + time));
    } catch {
      failed += 1;
    }
  }
  return { times, failed };
}

/**
 * Submits wrong codes to one flow until it is ended.
 * @param {System} system
 */
async function attackOn(system) {
  const steps = system.steps.slice(0, system.steps.indexOf(CODE) + 1);
  const { flow } = await runFlow(system, await system.newcomer(), steps);
  const right = Number(await flow.code());
  const start = performance.now();
  const cpu = system.worker.cpu();
  /** @type {Set<Promise<unknown>>} */
  const under = new Set();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - start) * perSecond) / 1000;
    for (; sent < due && under.size < atOnce; sent++) {
      const wrong = (right + 1 + (sent % 999_999)) % 1_000_000;
      const attempt = flow.submit(String(wrong).padStart(6, "0"));
      under.add(attempt);
      attempt.finally(() => under.delete(attempt)).catch(() => {});
    }
  }, 5);
  return {
    async end() {
      clearInterval(timer);
      await Promise.all(under);
      const seconds = (performance.now() - start) / 1000;
      return { sent, seconds, cpu: system.worker.cpu() - cpu };
    },
  };
}
