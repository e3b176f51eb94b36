// Has every call that a step makes of a binding fail, one after the other: each time with a context of its
// own, and then the same step again without a fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused } from "./clear.mjs";

/**
 * @typedef {import("../api.mjs").Answer} Answer
 * @typedef {import("../doubles/plan.mjs").Kind} Kind
 * @typedef {import("../doubles/plan.mjs").Fault} Fault
 * @typedef {import("./world.mjs").World} World
 * @typedef {import("./clear.mjs").Form} Form
 *
 * @typedef {Record<string, any> & { names: string[] }} Context what a step works with; `names` are the ids
 *   that its calls have in what they are on
 *
 * @typedef {object} Step
 * @property {string} what
 * @property {Form} form how it is refused
 * @property {(world: World) => Promise<Context>} begin
 * @property {(context: Context, world: World) => Promise<Answer>} ask
 * @property {(answer: Answer, context: Context) => void} done holds that it succeeded
 * @property {(answer: Answer, context: Context) => void} [again] holds what the same call comes to once it
 *   was carried out; default: `done`
 * @property {(context: Context, world: World) => Promise<void>} [holds] what is so in the end, whatever
 *   failed
 *
 * @typedef {{ kind: Kind, on: string, nth: number }} Call the nth call of this kind on what begins with that
 */

/**
 * Which calls are made to fail: those of the request itself and of what it leaves for after its answer.
 * Alarms come when they come.
 * @param {Kind} kind
 */
const within = (kind) => (kind.startsWith("storage.") ? "object" : "request");

/**
 * A test for each step: every call of these kinds meets each of these faults once.
 * @param {World} world
 * @param {Step[]} steps
 * @param {readonly Kind[]} kinds
 * @param {(kind: Kind) => Fault[]} faults of a kind, asked for each call
 */
export function sweep(world, steps, kinds, faults) {
  for (const step of steps) {
    test(`${step.what}: each of ${kinds.join(", ")} fails`, async (t) => {
      const calls = await callsOf(world, step, kinds);
      assert.ok(calls.length > 0, "the step makes such a call");
      for (const call of calls) {
        for (const fault of faults(call.kind)) {
          const when = fault.when === "after" ? ", answer lost" : "";
          const name = `${fault.fault}${when}: ${call.kind} ${call.on} ${call.nth}`;
          await t.test(name, () => failed(world, step, call, fault));
        }
      }
    });
  }
}

/**
 * Faults in turn: each call meets the next one, so that a run of all steps has all of them.
 * @param {Partial<Record<Kind, Fault[]>>} all
 * @returns {(kind: Kind) => Fault[]}
 */
export function inTurn(all) {
  /** @type {Partial<Record<Kind, number>>} */
  const asked = {};
  return (kind) => {
    const faults = all[kind] ?? [];
    const n = (asked[kind] = (asked[kind] ?? -1) + 1);
    return [faults[n % faults.length]];
  };
}

/** Every fault for every call. @param {Partial<Record<Kind, Fault[]>>} all @returns {(kind: Kind) => Fault[]} */
export const each = (all) => (kind) => all[kind] ?? [];

/**
 * The calls that a step makes when nothing fails, and what it leaves for after its answer.
 * @param {World} world
 * @param {Step} step
 * @param {readonly Kind[]} kinds
 * @returns {Promise<Call[]>}
 */
async function callsOf({ doubles, ...world }, step, kinds) {
  const whole = { doubles, ...world };
  const context = await step.begin(whole);
  await doubles.quiet();
  /** @type {import("../doubles/plan.mjs").Plan["rows"]} */
  const noted = kinds.map((kind) => ({
    kind,
    within: within(kind),
    times: null,
    fault: "slow",
    ms: 0,
  }));
  await doubles.set({ rows: noted });
  step.done(await step.ask(context, whole), context);
  await doubles.quiet();
  const met = await doubles.set({});
  await step.holds?.(context, whole);
  /** @type {Map<string, number>} */
  const seen = new Map();
  return (
    met
      // A development server's clock, and what an object notes of it, are not the product's.
      .filter(({ kind, on }) => !/^(DEV_TOOLS|DevTools)/.test(on) && isOurs(kind, on, context))
      .map(({ kind, on }) => {
        const part = general(on, context.names);
        const name = `${kind} ${part}`;
        const nth = (seen.get(name) ?? 0) + 1;
        seen.set(name, nth);
        return { kind, on: part, nth };
      })
  );
}

/**
 * Whether a call is the step's: storage is also that of objects whose alarms go off.
 * @param {Kind} kind
 * @param {string} on
 * @param {Context} context
 */
const isOurs = (kind, on, { names }) =>
  !kind.startsWith("storage.") || names.some((name) => on.endsWith(`/${name}`));

/** Stands for the nth name of a context. */
const place = (/** @type {number} */ n) => `{${n}}`;

/** What a call is on in every context of a step: up to what is new in each. @param {string} on @param {string[]} names */
function general(on, names) {
  const replaced = names.reduce((text, name, n) => text.replace(name, place(n)), on);
  return replaced === on
    ? (/^[A-Za-z_-]+[/:]/.exec(on)?.[0] ?? on)
    : replaced.replace(/\}.*$/, "}");
}

/**
 * Holds one of two. What neither holds, fails with both reasons.
 * @param {() => void} first
 * @param {(() => void)} [second]
 */
function either(first, second) {
  try {
    first();
  } catch (error) {
    if (!second) throw error;
    try {
      second();
    } catch (other) {
      throw new Error(`${error}\nand ${other}`, { cause: other });
    }
  }
}

/**
 * @param {World} world
 * @param {Step} step
 * @param {Call} call
 * @param {Fault} fault
 */
async function failed(world, step, call, fault) {
  const { doubles } = world;
  const context = await step.begin(world);
  await doubles.quiet();
  const on = call.on.replace(/\{(\d+)\}/, (_, n) => context.names[Number(n)]);
  await doubles.set({
    rows: [{ kind: call.kind, on, within: within(call.kind), nth: call.nth, ...fault }],
  });
  context.answerLost = fault.when === "after" && on.startsWith("CARDHOLDERS/");
  const answer = await step.ask(context, world);
  await doubles.quiet();
  const met = await doubles.set({});
  assert.equal(met.length, 1, "the call was made, and met its fault");
  either(
    () => step.done(answer, context),
    () => assertRefused(step.form, answer),
  );
  const same = await step.ask(context, world);
  either(() => step.done(same, context), step.again && (() => step.again?.(same, context)));
  await doubles.quiet();
  await step.holds?.(context, world);
}
