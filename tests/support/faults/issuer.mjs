// The steps of an issuer's systems: cardholders, their cards, merchants and their keys.
import assert from "node:assert/strict";
import { assertProblem, assertStatus } from "../api.mjs";
import { challengeBody, issuerKey, registerCardholder, uniqueId } from "../demo.mjs";
import { readCardholder } from "../enrollment.mjs";
import { payment } from "../three-ds/messages.mjs";
import { addCard, cardDigest, newCard } from "../three-ds.mjs";
import { browser } from "./world.mjs";

/** @typedef {import("./sweep.mjs").Step} Step */

const facts = (/** @type {string} */ id) => ({
  email: `${id}@mail.jp`,
  personal_message: "ハワイ大好き",
  channel: "email",
});

/** @param {import("./world.mjs").World} world */
async function registered({ api }) {
  const cardholder = await registerCardholder(api);
  return { cardholder, path: `/v1/cardholders/${cardholder.id}`, names: [cardholder.id] };
}

/** @param {import("./world.mjs").World} world */
async function withCard(world) {
  const context = await registered(world);
  const card = newCard();
  return { ...context, card, cardPath: `${context.path}/cards/${cardDigest(card)}` };
}

/** @param {import("./world.mjs").World} world */
async function withMerchant({ merchant }) {
  const registered = await merchant();
  const path = `/v1/merchants/${registered.id}`;
  return { merchant: registered, path, names: [registered.id] };
}

const key = issuerKey();

/** What a directory server is answered about a card. @param {import("./world.mjs").World} world @param {string} card */
const answered = async ({ bench }, card) =>
  (await bench.ask(payment("2.2.0", { acctNumber: card }))).body.transStatus;

/** Cardholders and cards. @type {Step[]} */
export const issuing = [
  {
    what: "register a cardholder",
    form: "problem",
    begin: async () => {
      const id = uniqueId("holder");
      return { id, path: `/v1/cardholders/${id}`, names: [id] };
    },
    ask: ({ id, path }, { api }) => api.send("PUT", path, { key, json: facts(id) }),
    done: ({ status, text }) => assert.ok(status === 200 || status === 201, text),
    async holds({ id, path }, { api }) {
      const { channel, authenticators } = assertStatus(await api.get(path, { key })).body;
      assert.deepEqual([channel, authenticators.length], ["email", 1]);
      const listed = assertStatus(await api.get("/v1/cardholders?limit=1000", { key })).body;
      assert.equal(listed.cardholders.filter((/** @type {any} */ one) => one.id === id).length, 1);
    },
  },
  {
    what: "read a cardholder",
    form: "problem",
    begin: registered,
    ask: ({ path }, { api }) => api.get(path, { key }),
    done: (answer) => assert.equal(assertStatus(answer).body.channel, "email"),
  },
  {
    what: "unlock a cardholder",
    form: "problem",
    begin: registered,
    ask: ({ path }, { api }) => api.post(`${path}/unlock`, { key }),
    done: (answer) => assert.equal(assertStatus(answer).body.locked_until, null),
  },
  {
    what: "erase a cardholder",
    form: "problem",
    async begin(world) {
      const context = await withCard(world);
      const { cardholder, card } = context;
      await addCard(world.api, cardholder, card);
      const merchant = await world.merchant();
      const json = challengeBody(cardholder.id);
      const made = assertStatus(
        await world.api.post("/v1/challenges", { key: merchant.key, json }),
        201,
      );
      const { id, client_secret: secret } = made.body;
      return {
        ...context,
        merchant,
        id,
        secret,
        names: [cardholder.id, id, cardDigest(card), merchant.id],
      };
    },
    ask: ({ path }, { api }) => api.send("DELETE", path, { key }),
    done: (answer) => assertStatus(answer, 204),
    again: (answer) => assertProblem(answer, 404, "cardholder_not_found"),
    async holds({ path, id, secret, card, merchant }, world) {
      const { api, doubles } = world;
      assertProblem(await api.get(path, { key }), 404, "cardholder_not_found");
      assertProblem(
        await api.get(`/v1/challenges/${id}`, { key: merchant.key }),
        404,
        "challenge_not_found",
      );
      assertStatus(await api.present(secret, browser), 404);
      assert.deepEqual(await doubles.keys(`challenge:${id}`), []);
      assert.deepEqual(await doubles.keys(`card:${cardDigest(card)}`), []);
      assert.equal(await answered(world, card), "U");
    },
  },
  {
    what: "register a card",
    form: "problem",
    begin: withCard,
    ask: ({ cardPath }, { api }) => api.send("PUT", cardPath, { key }),
    done: (answer) => assertStatus(answer, 204),
    async holds({ card, cardholder }, world) {
      assert.equal((await readCardholder(world.api, cardholder)).cards.length, 1);
      assert.equal(await answered(world, card), "C");
    },
  },
  {
    what: "register another's card",
    form: "problem",
    async begin(world) {
      const context = await withCard(world);
      const former = await registerCardholder(world.api);
      await addCard(world.api, former, context.card);
      return { ...context, former, names: [context.cardholder.id, former.id] };
    },
    ask: ({ cardPath }, { api }) => api.send("PUT", cardPath, { key }),
    done: (answer) => assertStatus(answer, 204),
    async holds({ card, cardholder, former }, world) {
      assert.equal((await readCardholder(world.api, cardholder)).cards.length, 1);
      assert.equal(await answered(world, card), "C");
      // Whoever had it before is erased, and it stays where it is.
      assertStatus(await world.api.send("DELETE", `/v1/cardholders/${former.id}`, { key }), 204);
      assert.equal(await answered(world, card), "C");
    },
  },
  {
    what: "remove a card",
    form: "problem",
    async begin(world) {
      const context = await withCard(world);
      await addCard(world.api, context.cardholder, context.card);
      return context;
    },
    ask: ({ cardPath }, { api }) => api.send("DELETE", cardPath, { key }),
    done: (answer) => assertStatus(answer, 204),
    async holds({ card, cardholder }, world) {
      assert.deepEqual((await readCardholder(world.api, cardholder)).cards, []);
      assert.deepEqual(await world.doubles.keys(`card:${cardDigest(card)}`), []);
      assert.equal(await answered(world, card), "U");
    },
  },
  {
    what: "import",
    form: "lines",
    async begin() {
      const [id, card] = [uniqueId("holder"), newCard()];
      return { id, card, path: `/v1/cardholders/${id}`, names: [id] };
    },
    ask: ({ id, card }, { api }) =>
      api.post("/v1/cardholders", {
        key,
        body: JSON.stringify({ id, ...facts(id), cards: [cardDigest(card)] }),
        type: "application/x-ndjson",
      }),
    done(answer) {
      const lines = assertStatus(answer)
        .text.trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const { imported, refused } = lines.at(-1);
      assert.deepEqual([imported, refused], [1, 0], answer.text);
    },
    async holds({ id, path, card }, world) {
      const { cards } = assertStatus(await world.api.get(path, { key })).body;
      assert.deepEqual(cards, [cardDigest(card)]);
      assert.equal(await answered(world, card), "C");
      const listed = assertStatus(await world.api.get("/v1/cardholders?limit=1000", { key })).body;
      assert.equal(listed.cardholders.filter((/** @type {any} */ one) => one.id === id).length, 1);
    },
  },
  {
    what: "the desk looks at a cardholder's challenges",
    form: "problem",
    async begin(world) {
      const challenge = await world.created();
      // The record of a younger one is not read.
      await world.api.advance(11);
      return { ...challenge, names: [challenge.id, challenge.cardholder.id] };
    },
    ask: ({ cardholder }, { api }) =>
      api.get(`/v1/cardholders/${cardholder.id}/challenges`, { key }),
    done(answer, { id, merchant }) {
      const [challenge] = assertStatus(answer).body.challenges;
      assert.deepEqual([challenge.id, challenge.merchant], [id, merchant.id]);
    },
  },
  {
    what: "release a challenge",
    form: "problem",
    async begin(world) {
      const challenge = await world.presented();
      return { ...challenge, names: [challenge.id, challenge.cardholder.id] };
    },
    ask: ({ id, cardholder }, { api }) =>
      api.post(`/v1/cardholders/${cardholder.id}/challenges/${id}/release`, { key }),
    done: (answer) => assert.equal(assertStatus(answer).body.status, "pending"),
    holds: (context, world) => world.completes(/** @type {any} */ (context)),
  },
];

/** What has no object: merchants, their keys and endpoints. @type {Step[]} */
export const administering = [
  {
    what: "register a merchant",
    form: "problem",
    begin: async () => {
      const id = uniqueId("shop");
      return { path: `/v1/merchants/${id}`, names: [id] };
    },
    ask: ({ path }, { api }) =>
      api.send("PUT", path, { key, json: { name: "shop", origins: ["https://shop.example"] } }),
    done: (answer) => assertStatus(answer),
    holds: async ({ path }, { api }) => void assertStatus(await api.get(path, { key })),
  },
  {
    what: "make a merchant's key",
    form: "problem",
    begin: withMerchant,
    ask: ({ path }, { api }) => api.post(`${path}/keys`, { key }),
    done(answer, context) {
      context.made = assertStatus(answer, 201).body.key;
    },
    async holds({ made }, { api }) {
      assertStatus(await api.get("/v1/merchant", { key: made }));
    },
  },
  {
    what: "revoke a merchant's key",
    form: "problem",
    begin: withMerchant,
    ask: ({ path, merchant }, { api }) =>
      api.send("DELETE", `${path}/keys/${merchant.keyId}`, { key }),
    done: (answer) => assertStatus(answer, 204),
    again: (answer) => assertProblem(answer, 404, "key_not_found"),
    async holds({ merchant, path }, { api }) {
      assertProblem(await api.get("/v1/merchant", { key: merchant.key }), 401, "invalid_key");
      assert.deepEqual(assertStatus(await api.get(path, { key })).body.keys, []);
    },
  },
  {
    what: "register an endpoint",
    form: "problem",
    begin: withMerchant,
    ask: ({ path }, { api, shop }) =>
      api.send("PUT", `${path}/event-endpoint`, { key, json: { url: `${shop.url}/other` } }),
    done: (answer) => assert.match(assertStatus(answer).body.secret, /^whsec_/),
    async holds({ path }, { api, shop }) {
      const { url } = assertStatus(await api.get(`${path}/event-endpoint`, { key })).body;
      assert.equal(url, `${shop.url}/other`);
    },
  },
  {
    what: "make an endpoint's secret anew",
    form: "problem",
    begin: withMerchant,
    ask: ({ path }, { api }) => api.post(`${path}/event-endpoint/rotate`, { key }),
    done: (answer) => assert.match(assertStatus(answer).body.secret, /^whsec_/),
    async holds({ path }, { api, shop }) {
      const { url, former_until } = assertStatus(
        await api.get(`${path}/event-endpoint`, { key }),
      ).body;
      assert.deepEqual([url, typeof former_until], [shop.url, "string"]);
    },
  },
  {
    what: "remove a merchant",
    form: "problem",
    begin: withMerchant,
    ask: ({ path }, { api }) => api.send("DELETE", path, { key }),
    done: (answer) => assertStatus(answer, 204),
    again: (answer) => assertProblem(answer, 404, "merchant_not_found"),
    async holds({ merchant, path }, { api, doubles }) {
      assertProblem(await api.get("/v1/merchant", { key: merchant.key }), 401, "invalid_key");
      assertProblem(await api.get(path, { key }), 404, "merchant_not_found");
      for (const prefix of ["keys-of", "events-of", "test-events-of", "merchant"]) {
        assert.deepEqual(await doubles.keys(`${prefix}:${merchant.id}`), [], prefix);
      }
    },
  },
];
