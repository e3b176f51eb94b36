// One chunk of a soak: a fresh world, the flows of a plan several at once, then calm, and what everybody
// was told and what is stored afterwards.
import { issuerKey } from "../support/demo.mjs";
import { makeBooks } from "./books/books.mjs";
import { drain } from "./drain.mjs";
import { retain } from "./retain.mjs";
import { startMerchantSite } from "../support/merchant-page.mjs";
import { browserFlowsOf, startBrowsing } from "./browsing.mjs";
import { none } from "./sabotage.mjs";
import { course } from "./steps/steps.mjs";
import { pause } from "./client.mjs";
import { merchants } from "./plan.mjs";
import { startWorld } from "./world.mjs";

/**
 * @typedef {import("./plan.mjs").Plan} Plan
 * @typedef {import("./plan.mjs").Flow} Flow
 * @typedef {import("./client.mjs").Context} Context
 * @typedef {import("./books/books.mjs").Violation} Violation
 * @typedef {Awaited<ReturnType<typeof runChunk>>} Outcome
 *
 * @typedef {object} How
 * @property {import("./sabotage.mjs").Sabotage} [sabotage]
 * @property {number} [atOnce] how many flows
 * @property {boolean} [retention] whether it is looked at what is stored after retention
 * @property {number} [browserFlows] how many more flows in Chromium
 */

/** @param {Plan} plan @param {How} [how] */
export async function runChunk(plan, how = {}) {
  const { sabotage = none, atOnce = 8, retention = true, browserFlows = 0 } = how;
  const begun = performance.now();
  const books = makeBooks();
  /** @type {Map<number, string[]>} */
  const history = new Map();
  /** @type {Record<string, number>} */
  const counts = {};
  const world = await startWorld(books, sabotage, plan);
  let done = 0;
  let unfinished = 0;
  /** @type {Record<string, number>} */
  const memory = {};
  const site = await startMerchantSite();
  const browsing = browserFlows > 0 ? await startBrowsing(site) : null;
  try {
    const shops = await registerMerchants(world, [site.origin, "https://shop.example"]);
    const inBrowser = browserFlowsOf(plan.seed, browserFlows);
    await Promise.all([
      each(plan.flows, atOnce, (context) =>
        course(
          context,
          plan.faults.filter(({ flow }) => flow === context.flow.n),
        ),
      ),
      // Each is a page of its own; two at once are as much as a small machine shows in time.
      each(inBrowser, 2, async (context) => {
        await browsing?.course(context);
        counts["flows in Chromium"] = (counts["flows in Chromium"] ?? 0) + 1;
        return true;
      }),
    ]);

    /**
     * @param {Flow[]} flows @param {number} workers
     * @param {(context: Context) => Promise<boolean>} run
     */
    async function each(flows, workers, run) {
      const waiting = [...flows];
      const next = async () => {
        for (let flow = waiting.shift(); flow; flow = waiting.shift()) {
          if (books.violations.length >= tooMany) return;
          try {
            if (!(await run(contextOf(flow)))) unfinished++;
          } catch (error) {
            const text = `${error instanceof Error ? (error.stack ?? error) : error}`;
            books.broken("answers", flow.n, text);
          }
          counts[`flow: ${flow.kind}`] = (counts[`flow: ${flow.kind}`] ?? 0) + 1;
          done++;
        }
      };
      await Promise.all(Array.from({ length: workers }, next));
    }

    memory.last = world.memory();
    await drain(world, shops, (line) => note(-1, line));
    if (retention) Object.assign(memory, await retain(world, (line) => note(-1, line)));

    /** @param {Flow} flow @returns {Context} */
    function contextOf(flow) {
      const merchant = shops[flow.merchant % shops.length];
      const empty = { holder: null, purchase: null, creates: 0 };
      return { flow, world, merchant, note: (line) => note(flow.n, line), counts, ...empty };
    }
  } finally {
    await browsing?.stop();
    await site.stop();
    await world.stop();
  }
  books.close();
  for (const fault of world.providers.faults()) {
    books.found({ flow: null, rule: "providers", text: fault });
  }

  /** @param {number} flow @param {string} line */
  function note(flow, line) {
    const at = Math.round(performance.now() - begun);
    history.set(flow, [...(history.get(flow) ?? []), `${String(at).padStart(6)} ms  ${line}`]);
  }

  const ledgers = [...books.ledgers.values()];
  const ended = (/** @type {string} */ status) =>
    ledgers.filter(({ end }) => end?.status === status);
  const results = books.results.figures();
  return {
    violations: books.violations,
    history,
    figures: {
      flows: done,
      unfinished,
      ...counts,
      challenges: ledgers.length,
      verified: ended("verified").length,
      failed: ended("failed").length,
      canceled: ended("canceled").length,
      expired: ended("expired").length,
      "codes that had to be taken": books.tries.demands(),
      "events and audit records": results.delivered,
      "of these repeats": results.repeats,
      RReqs: results.rreqs,
      "of these RReqs repeats": results.rreqRepeats,
      notifications: world.providers.notifications(),
      [`chunks with storage ${plan.storage}`]: 1,
      kills: world.counts.kills,
      starts: world.counts.starts,
      "key rotations": world.counts.rotations,
      "clock steps": world.counts.steps,
      "repetitions lost with the local queue": world.counts.lost,
      ...Object.fromEntries(Object.entries(world.faults).map(([name, n]) => [`fault: ${name}`, n])),
      seconds: Math.round((performance.now() - begun) / 1000),
    },
    memory,
  };
}

/** A chunk with so many violations is not gone through to its end. */
const tooMany = 25;

/** @param {import("./world.mjs").World} world @param {string[]} origins */
async function registerMerchants({ api, receivers }, origins) {
  const key = issuerKey();
  const made = [];
  for (let n = 0; n < merchants; n++) {
    const id = `shop-${n}`;
    const name = `●●shop ${n}`;
    await done("PUT", `/v1/merchants/${id}`, { name, origins });
    const { body } = await done("POST", `/v1/merchants/${id}/keys`);
    const json = { url: `${receivers.origin}/merchant/${id}` };
    const endpoint = await done("PUT", `/v1/merchants/${id}/event-endpoint`, json);
    receivers.expects(`/merchant/${id}`, endpoint.body.secret);
    made.push({ id, name, key: body.key });
  }
  return made;

  /** @param {string} method @param {string} path @param {unknown} [json] */
  async function done(method, path, json) {
    for (let times = 1; ; times++) {
      const answer = await api.send(method, path, { key, json });
      if (answer.status < 300) return answer;
      if (times === 20) throw new Error(`${path}: ${answer.status} ${answer.text}`);
      await pause(200);
    }
  }
}
