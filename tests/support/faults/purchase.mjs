// The steps of a purchase: merchant, form, redemption.
import assert from "node:assert/strict";
import { assertProblem, assertStatus } from "../api.mjs";
import { challengeBody, createChallenge, readChallenge, uniqueId, wrongCode } from "../demo.mjs";
import { enrollApp, laterStep } from "../enrollment.mjs";
import { browser } from "./world.mjs";

/** @typedef {import("./sweep.mjs").Step} Step */
/** @typedef {import("../api.mjs").Answer} Answer */

const attempt = () => uniqueId("attempt-of-a-test");
const names = (/** @type {import("../demo.mjs").Challenge} */ { id, merchant, cardholder }) => [
  id,
  merchant.id,
  cardholder.id,
];

/**
 * A challenge with an attempt of its own.
 * @param {import("./world.mjs").World} world
 */
async function shown(world) {
  const challenge = await world.presented();
  return { ...challenge, attempt: attempt(), names: names(challenge) };
}

/** @param {import("./world.mjs").World} world */
async function created(world) {
  const challenge = await world.created();
  return { ...challenge, names: names(challenge) };
}

/** A right code that the widget sends, whichever way it came. @type {Omit<Step, "what" | "begin">} */
const typedRight = {
  form: "problem",
  ask: ({ secret, code, attempt: name }, { api }) => api.verify(secret, code, name),
  done(answer, context) {
    const { status, attestation } = assertStatus(answer).body;
    assert.equal(status, "verified");
    context.attestation = attestation;
  },
  holds: async (context, world) => bought(context, world, 1),
};

/** @type {Step[]} */
export const purchase = [
  {
    what: "create with an Idempotency-Key",
    form: "problem",
    async begin(world) {
      const { merchant, cardholder } = await world.parties();
      return { merchant, cardholder, key: uniqueId("order"), names: [merchant.id, cardholder.id] };
    },
    ask: ({ merchant, cardholder, key }, { api }) =>
      api.post("/v1/challenges", {
        key: merchant.key,
        json: challengeBody(cardholder.id),
        headers: { "idempotency-key": key },
      }),
    done(answer, context) {
      const { id, client_secret } = assertStatus(answer, 201).body;
      assert.equal(id, (context.id ??= id), "a repeat is the same challenge");
      assert.equal(client_secret, (context.secret ??= client_secret));
    },
    async holds(context, world) {
      const challenge = /** @type {any} */ (context);
      assertStatus(await world.api.present(challenge.secret, browser));
      await world.doubles.quiet();
      await world.completes(challenge);
    },
  },
  {
    what: "create without one",
    form: "problem",
    async begin(world) {
      const { merchant, cardholder } = await world.parties();
      return { merchant, cardholder, names: [merchant.id, cardholder.id] };
    },
    ask: ({ merchant, cardholder }, { api }) =>
      api.post("/v1/challenges", { key: merchant.key, json: challengeBody(cardholder.id) }),
    done(answer, context) {
      const { id, client_secret } = assertStatus(answer, 201).body;
      Object.assign(context, { id, secret: client_secret });
    },
    async holds(context, world) {
      const challenge = /** @type {any} */ (context);
      assertStatus(await world.api.present(challenge.secret, browser));
      await world.doubles.quiet();
      await world.completes(challenge);
    },
  },
  {
    what: "a merchant reads a challenge",
    form: "problem",
    begin: created,
    ask: ({ id, merchant }, { api }) => api.get(`/v1/challenges/${id}`, { key: merchant.key }),
    done: (answer) => assert.equal(assertStatus(answer).body.status, "pending"),
  },
  {
    what: "a merchant lists its challenges",
    form: "problem",
    async begin(world) {
      const context = await created(world);
      // A younger one is not listed.
      await world.api.advance(11);
      return context;
    },
    ask: ({ merchant }, { api }) => api.get("/v1/challenges", { key: merchant.key }),
    done(answer, { id }) {
      const { challenges } = assertStatus(answer).body;
      assert.deepEqual(
        challenges.map((/** @type {any} */ challenge) => challenge.id),
        [id],
      );
    },
  },
  {
    what: "the form is shown",
    form: "page",
    begin: created,
    ask: ({ secret }, { api }) => api.present(secret, browser),
    done: (answer) => assert.match(assertStatus(answer).text, /id="?code"?/),
    async holds(context, world) {
      const challenge = /** @type {any} */ (context);
      assert.equal((await readChallenge(world.api, challenge)).sends, 1, "it sends once");
      await world.completes(challenge);
    },
  },
  {
    what: "the form asks about its send",
    form: "problem",
    begin: shown,
    ask: ({ secret }, { api }) =>
      api.get(`/challenge/${secret}/delivery`, { headers: { accept: "application/json" } }),
    done: (answer) => assert.equal(assertStatus(answer).body.send, 1),
  },
  {
    what: "resend",
    form: "problem",
    async begin(world) {
      const context = await shown(world);
      await world.api.advance(31);
      return context;
    },
    ask: ({ secret }, { api }) => api.resend(secret),
    done: (answer) => assert.equal(assertStatus(answer).body.send, 2),
    again: (answer) => assertProblem(answer, 429, "resend_too_soon"),
    async holds(context, world) {
      const challenge = /** @type {any} */ (context);
      assert.equal((await readChallenge(world.api, challenge)).sends, 2, "one press is one send");
      await world.completes(challenge);
    },
  },
  {
    what: "verify, a right code",
    begin: shown,
    ...typedRight,
  },
  {
    what: "verify, a wrong code",
    form: "problem",
    begin: shown,
    ask: ({ secret, code, attempt: name }, { api }) => api.verify(secret, wrongCode(code), name),
    done(answer) {
      assertProblem(answer, 422, "wrong_code");
      assert.equal(answer.body.tries_left, 4);
    },
    holds: (context, world) => world.completes(/** @type {any} */ (context), 1),
  },
  {
    what: "verify without script",
    form: "page",
    begin: shown,
    ask: ({ secret, code, attempt: attempt_id }, { api }) =>
      api.post(`/challenge/${secret}/verify`, { form: { code, attempt_id }, headers: browser }),
    done(answer, context) {
      assert.match(assertStatus(answer).text, /data-status="?verified/);
      context.attestation = /data-response="?([^"\s>]+)/.exec(answer.text)?.[1];
    },
    holds: async (context, world) => bought(context, world, 1),
  },
  {
    what: "verify, an app's code",
    async begin(world) {
      const { merchant, cardholder } = await world.parties();
      const app = await enrollApp(world.api, cardholder);
      const challenge = await createChallenge(world.api, { merchant, cardholder });
      assertStatus(await world.api.present(challenge.secret, browser));
      const code = app.code(await laterStep(world.api));
      return { ...challenge, code, attempt: attempt(), names: names(challenge) };
    },
    ...typedRight,
  },
  {
    what: "cancel in the form",
    form: "problem",
    begin: shown,
    ask: ({ secret }, { api }) => api.cancel(secret),
    done: (answer) => assert.equal(assertStatus(answer).body.status, "canceled"),
    holds: (context, world) => world.isEnded(/** @type {any} */ (context), "canceled"),
  },
  {
    what: "a merchant cancels",
    form: "problem",
    begin: created,
    ask: ({ id, merchant }, { api }) =>
      api.post(`/v1/challenges/${id}/cancel`, { key: merchant.key }),
    done: (answer) => assert.equal(assertStatus(answer).body.status, "canceled"),
    holds: (context, world) => world.isEnded(/** @type {any} */ (context), "canceled"),
  },
  {
    what: "the cardholder reports the purchase",
    form: "page",
    begin: shown,
    ask: ({ secret }, { api }) =>
      api.post(`/challenge/${secret}/report`, { form: {}, headers: browser }),
    done: (answer) => assertStatus(answer, 303),
    holds: (context, world) => world.isEnded(/** @type {any} */ (context), "canceled"),
  },
  {
    what: "redeem",
    form: "siteverify",
    async begin(world) {
      const challenge = await world.verified();
      return { ...challenge, key: uniqueId("order"), names: names(challenge) };
    },
    ask: ({ merchant, attestation, key }, { api }) =>
      api.siteverify({ secret: merchant.key, response: attestation, idempotency_key: key }),
    done(answer, { id }) {
      const { success, challenge } = assertStatus(answer).body;
      assert.deepEqual([success, challenge], [true, id], answer.text);
    },
    holds: (context, world) =>
      world.redeemedOnce(/** @type {any} */ (context), context.attestation, context.key),
  },
];

/**
 * Holds that a challenge is verified by so many tries, and can be redeemed once.
 * @param {import("./sweep.mjs").Context} context
 * @param {import("./world.mjs").World} world
 * @param {number} tries
 */
async function bought(context, world, tries) {
  const challenge = /** @type {any} */ (context);
  const read = await readChallenge(world.api, challenge);
  assert.deepEqual([read.status, read.tries, read.redeemed], ["verified", tries, false]);
  world.ended.push([challenge, "challenge.verified"]);
  await world.redeemedOnce(challenge, context.attestation);
}
