// The plan of a soak, which a seed decides, and the search for the smallest part of one that still fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "./soak/faults.mjs";
import { added, table } from "./soak/figures.mjs";
import { moodsOf } from "./soak/plan-faults.mjs";
import { kindsOfFlows, planOf } from "./soak/plan.mjs";
import { chance, derived } from "./soak/random.mjs";
import { shrunk, smallest } from "./soak/shrink.mjs";
import { doublesIn, storages } from "./soak/storage.mjs";
import { steps } from "./soak/steps/steps.mjs";
import { rules } from "./soak/books/books.mjs";
import { running } from "./support/doubles/plan.mjs";

const plan = planOf(7, 2_000);

test("the same seed makes the same plan, and another one another", () => {
  assert.deepEqual(planOf(7, 2_000), plan);
  assert.notDeepEqual(planOf(8, 2_000).flows, plan.flows);
  // A flow is the same in a longer plan, so that it can be found again.
  assert.deepEqual(planOf(7, 10).flows, plan.flows.slice(0, 10));
});

test("a plan has every kind of flow, with script and without, by every channel", () => {
  const kinds = new Set(plan.flows.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), [...kindsOfFlows].sort());
  const ways = new Set(plan.flows.map(({ channel, script }) => `${channel} ${script}`));
  assert.equal(ways.size, 6);
});

test("every step of a plan is one that can be taken, and every fault happens at a step", () => {
  for (const flow of plan.flows) {
    for (const step of flow.steps) assert.ok(Object.hasOwn(steps, step.do), step.do);
  }
  for (const { flow, step } of plan.faults) assert.ok(step < plan.flows[flow].steps.length);
});

test("a plan has every fault of the world", () => {
  const kills = plan.faults.filter(({ what }) => what === "kill");
  assert.deepEqual(new Set(kills.map(({ when }) => when)), new Set(["before", "inside"]));
  const births = new Set(kills.map(({ as }) => `${as?.worker} ${as?.objects}`));
  assert.equal(births.size, 4, "each version of the Worker asks objects of each");
  assert.ok(kills.some(({ as }) => as?.rotate));
  const seconds = plan.faults.flatMap((fault) => fault.seconds ?? []);
  assert.ok(seconds.includes(-1) && seconds.some((more) => more > 60));
  const moods = new Set(plan.faults.flatMap(({ of, mood }) => (of ? [`${of} ${mood}`] : [])));
  for (const of of /** @type {const} */ ([
    "email",
    "sms-second",
    "merchant",
    "issuer",
    "directory",
  ])) {
    for (const mood of moodsOf(of)) assert.ok(moods.has(`${of} ${mood}`), `${of} ${mood}`);
  }
});

test("a chunk's seed says how storage is, and the calm has it well", () => {
  const seeds = Array.from({ length: 400 }, (_, n) => derived(7, n));
  const chunks = seeds.map((seed) => planOf(seed, 1).storage);
  const weight = Object.values(storages).reduce((sum, one) => sum + one, 0);
  for (const [storage, share] of Object.entries(storages)) {
    const count = chunks.filter((one) => one === storage).length;
    assert.ok(Math.abs(count - (400 * share) / weight) < 40, `${storage}: ${count}`);
  }
  assert.equal(planOf(7, 1, { calm: true }).storage, "well");
  assert.equal(planOf(7, 1, { storage: "stale" }).storage, "stale");
  assert.deepEqual(doublesIn("well", 1), {});
  assert.deepEqual(doublesIn("stale", 1), { stale: true });
  assert.ok(running(doublesIn("failing", 1)).plan.chance);
});

test("a seed's chance is spread, and derived seeds have nothing in common", () => {
  const by = chance(1);
  const counts = Array.from({ length: 10 }, () => 0);
  for (let n = 0; n < 10_000; n++) counts[by.below(10)]++;
  for (const count of counts) assert.ok(Math.abs(count - 1_000) < 150, counts.join());
  assert.equal(new Set(Array.from({ length: 1_000 }, (_, n) => derived(1, n))).size, 1_000);
});

test("of a hundred the two that fail together are found", async () => {
  let runs = 0;
  const all = Array.from({ length: 100 }, (_, n) => n);
  const fails = async (/** @type {number[]} */ part) => (
    runs++,
    part.includes(17) && part.includes(83)
  );
  assert.deepEqual(await smallest(all, fails), [17, 83]);
  assert.ok(runs < 80, `${runs}`);
});

test("a plan is shrunk to the flow and the fault that fail, within its bounds", async () => {
  const concerned = plan.faults.find(({ flow }) => flow > 100);
  assert.ok(concerned);
  const isBad = (/** @type {import("./soak/plan.mjs").Plan} */ part) =>
    part.flows.some(({ n }) => n === concerned.flow) && part.faults.includes(concerned);
  const small = await shrunk(plan, [concerned.flow], async (part) => isBad(part));
  assert.deepEqual([small.plan.flows.length, small.plan.faults.length], [1, 1]);
  const bounded = await shrunk(plan, [], async (part) => isBad(part), {
    runs: 3,
    milliseconds: 1_000,
  });
  assert.ok(bounded.runs <= 3 && isBad(bounded.plan));
});

test("a fault that is put in by hand has to break a rule of the books, in a flow that there is", () => {
  assert.ok(faults.length >= 10);
  for (const { rule, kinds } of faults) {
    assert.ok(
      rules.some((one) => one === rule),
      rule,
    );
    for (const kind of kinds) assert.ok(kindsOfFlows.includes(kind), kind);
  }
});

test("figures of chunks are added up, and stand in a table", () => {
  const sum = added([
    { flows: 500, kills: 3 },
    { flows: 500, verified: 2 },
  ]);
  assert.deepEqual(sum, { flows: 1_000, kills: 3, verified: 2 });
  assert.match(table(sum), /^\| what \| how many \|\n\| --- \| ---: \|\n\| flows \| 1,000 \|\n/);
});
