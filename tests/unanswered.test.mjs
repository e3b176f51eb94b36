// What never answers is not waited for without end: KV for 5 seconds, an object for 10, the queue for 5, and
// what a purchase can do without for 2 or less. The same call again, once all answers, heals it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused } from "./support/faults/clear.mjs";
import { enrolling } from "./support/faults/enrollment.mjs";
import { administering, issuing } from "./support/faults/issuer.mjs";
import { purchase } from "./support/faults/purchase.mjs";
import { threeDs } from "./support/faults/three-ds.mjs";
import { startWorld } from "./support/faults/world.mjs";

/**
 * @typedef {import("./support/doubles/plan.mjs").Row} Row
 * @typedef {import("./support/faults/sweep.mjs").Context} Context
 */

const world = await startWorld();
const steps = [...purchase, ...issuing, ...administering, ...enrolling, ...threeDs];

/** Longer than any of them is waited for; the platform then ends the call. */
const forEver = 30_000;
/** Far more than a slow machine takes beside the wait. */
const slack = 6_000;

/**
 * @param {string} what
 * @returns {import("./support/faults/sweep.mjs").Step}
 */
function stepOf(what) {
  const step = steps.find((one) => one.what === what);
  assert.ok(step, what);
  return step;
}

/**
 * Holds steps at the same time to what they come to while calls of theirs hang.
 * @param {[string, Row["kind"], (context: Context) => string, number | "done", ("before" | "after")?][]} table
 *   what is asked, what hangs and on what, and after how many seconds it is refused, or done, at the latest
 * @param {number} [within] in how many seconds what is done is done
 */
async function unanswered(table, within = 0) {
  const cases = [];
  for (const [what, kind, on, comes, when] of table) {
    const step = stepOf(what);
    const context = await step.begin(world);
    cases.push({ step, context, comes, row: { kind, on: on(context), when } });
  }
  await world.doubles.quiet();
  await world.doubles.set({
    rows: cases.map(({ row }) => ({ ...row, times: null, fault: "hang", ms: forEver })),
  });
  const answers = await Promise.all(
    cases.map(async ({ step, context }) => {
      const start = performance.now();
      const answer = await step.ask(context, world);
      return { answer, took: performance.now() - start };
    }),
  );
  const met = await world.doubles.set({});
  for (const [n, { step, context, comes, row }] of cases.entries()) {
    const { answer, took } = answers[n];
    if (comes === "done") step.done(answer, context);
    else assertRefused(step.form, answer);
    const bound = (comes === "done" ? within : comes) * 1000 + slack;
    assert.ok(took < bound, `${step.what}: ${Math.round(took)} ms`);
    assert.ok(
      met.some(({ kind, on }) => kind === row.kind && on.startsWith(row.on)),
      step.what,
    );
  }
  for (const { step, context } of cases) {
    const again = await step.ask(context, world);
    try {
      step.done(again, context);
    } catch (error) {
      if (!step.again) throw error;
      step.again(again, context);
    }
    await step.holds?.(context, world);
  }
}

/** @param {Context} context */
const record = ({ names }) => `challenge:${names[0]}`;
/** @param {Context} context */
const cardholderOf = ({ cardholder }) => `CARDHOLDERS/${cardholder.id}`;

test("KV that does not answer is waited for 5 seconds", () =>
  unanswered([
    ["the form is shown", "kv.get", record, 5],
    ["verify, a right code", "kv.get", record, 5],
    ["redeem", "kv.get", record, 5],
    ["CReq", "kv.get", record, 5],
    ["create without one", "kv.get", ({ merchant }) => `merchant:${merchant.id}`, 5],
    ["AReq", "kv.put", () => "challenge:", 5],
    ["create with an Idempotency-Key", "kv.put", () => "challenge:", 5],
    ["erase a cardholder", "kv.delete", ({ id }) => `challenge:${id}`, 5],
    ["remove a merchant", "kv.list", ({ names }) => `keys-of:${names[0]}`, 5],
  ]));

test("an object that does not answer is waited for 10 seconds", () =>
  unanswered([
    ["create with an Idempotency-Key", "object", cardholderOf, 10, "after"],
    ["the form is shown", "object", cardholderOf, 10],
    ["resend", "object", () => "DESTINATIONS/", 10],
    ["verify, a wrong code", "object", cardholderOf, 10, "after"],
    ["redeem", "object", cardholderOf, 10, "after"],
    ["register a cardholder", "object", () => "CARDHOLDER_INDEX/", 10],
    ["the change is posted", "object", cardholderOf, 10],
    ["AReq", "object", () => "KNOWN_REQUESTS/", 10],
    ["a requestor's form is verified", "object", cardholderOf, 10],
  ]));

test("what a purchase can do without is waited for 2 seconds at most", () =>
  unanswered(
    [
      ["create without one", "object", ({ merchant }) => `MERCHANTS/${merchant.id}`, "done"],
      ["the form is shown", "limit", () => "FORM_RATE", "done"],
      ["verify, a right code", "limit", () => "FORM_RATE", "done"],
      ["a merchant reads a challenge", "limit", () => "MERCHANT_RATE", "done"],
      ["redeem", "limit", () => "MERCHANT_RATE", "done"],
    ],
    2,
  ));

test("the queue is waited for 5 seconds, and an act is carried out without it", () =>
  unanswered(
    [
      ["register a cardholder", "queue.send", () => "EVENTS", "done"],
      ["unlock a cardholder", "queue.send", () => "EVENTS", "done"],
      ["revoke a merchant's key", "queue.send", () => "EVENTS", "done"],
    ],
    5,
  ));

test("merchant and issuer are told of every end, whatever hung", () => world.told());
