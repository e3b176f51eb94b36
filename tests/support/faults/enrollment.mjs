// The steps of an enrollment: the member site starts a session, the cardholder's browser goes on.
import assert from "node:assert/strict";
import { assertStatus } from "../api.mjs";
import { issuerKey, registerCardholder } from "../demo.mjs";
import { assertRefusal, pages, readCardholder } from "../enrollment.mjs";

/** @typedef {import("./sweep.mjs").Step} Step */

/** @param {import("./world.mjs").World} world */
async function begun(world) {
  const { cardholder, session, form } = await world.session();
  const { path } = session;
  return { cardholder, session, form, path, names: [cardholder.id], ...pages(world.api, session) };
}

/** Holds by which way codes come. @param {"email" | "sms"} channel @returns {Step["holds"]} */
const comes =
  (channel) =>
  async ({ cardholder }, world) => {
    assert.equal(
      (await readCardholder(world.api, /** @type {any} */ (cardholder))).channel,
      channel,
    );
  };

/** @type {Step[]} */
export const enrolling = [
  {
    what: "start an enrollment session",
    form: "problem",
    async begin(world) {
      const cardholder = await registerCardholder(world.api);
      return { cardholder, names: [cardholder.id] };
    },
    ask: ({ cardholder }, { api }) =>
      api.post(`/v1/cardholders/${cardholder.id}/enrollment-sessions`, { key: issuerKey() }),
    done(answer, context) {
      context.path = new URL(assertStatus(answer, 201).body.url).pathname;
    },
    holds: async ({ path }, { api }) => void assertStatus(await api.get(path)),
  },
  {
    what: "the first step is shown",
    form: "page",
    begin: begun,
    ask: ({ choose }) => choose(),
    done: (answer) => assert.match(assertStatus(answer).text, /name="?channel"?/),
    holds: comes("email"),
  },
  {
    what: "the second step is shown, with an app's secret",
    form: "page",
    begin: begun,
    ask: ({ confirm }) => confirm({ channel: "app" }),
    done(answer, context) {
      const secret = /secret=([A-Z2-7]+)/.exec(assertStatus(answer).text)?.[1];
      assert.ok(secret, "it has the app's secret");
      assert.equal(secret, (context.secret ??= secret), "the same each time");
    },
    holds: comes("email"),
  },
  {
    what: "the change is posted",
    form: "page",
    begin: begun,
    ask: ({ change, form }) => change(form),
    done: (answer) => assertStatus(answer, 303),
    again: (answer) => assertRefusal(answer, 409),
    async holds(context, world) {
      await comes("sms")?.(context, world);
      assertStatus(await context.done());
    },
  },
  {
    what: "the cardholder gives up",
    form: "page",
    begin: begun,
    ask: ({ cancel }) => cancel(),
    done: (answer) => assertStatus(answer, 303),
    again: (answer) => assertRefusal(answer, 409),
    holds: comes("email"),
  },
  {
    what: "the last step is shown",
    form: "page",
    async begin(world) {
      const context = await begun(world);
      assertStatus(await context.change(context.form), 303);
      return context;
    },
    ask: ({ done }) => done(),
    done: (answer) => assertStatus(answer),
    holds: comes("sms"),
  },
];
