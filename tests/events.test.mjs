// Events: merchant and issuer hear of every outcome, signed, soon, and without what is nobody's
// business. Receivers that fail are in events-retries.test.mjs, crashes in events-crash.test.mjs.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  issuerKey,
  personalMessage,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  transaction,
  wrongCode,
} from "./support/demo.mjs";
import { registerEndpoint, startReceiver, verified } from "./support/events.mjs";
import { fillDay } from "./support/locks.mjs";

/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const newSecret = () => `whsec_${randomBytes(24).toString("base64")}`;
const issuerSecrets = [newSecret(), newSecret()];

const shop = await startReceiver();
const issuer = await startReceiver();
const { worker, api } = await startApi({
  vars: { ISSUER_EVENTS_URL: issuer.url, ISSUER_EVENTS_SECRETS: issuerSecrets.join(" ") },
});
const merchant = await registerMerchant(api);
const secret = await registerEndpoint(api, merchant, shop.url);

/** Ends a challenge, and answers the codes that were sent for it. */
const endings = {
  /** @param {Challenge & { code: string }} challenge */
  verified: async (challenge) => assertStatus(await api.verify(challenge.secret, challenge.code)),
  /** @param {Challenge & { code: string }} challenge */
  async failed({ secret: client, code }) {
    for (let n = 1; n <= 5; n++) await api.verify(client, wrongCode(code, n));
  },
  /** @param {Challenge} challenge */
  async expired(challenge) {
    await api.advance(1800 - 2);
    // The clock was moved behind its back; from here on nobody asks.
    assert.equal((await readChallenge(api, challenge)).status, "pending");
  },
  /** @param {Challenge} challenge */
  canceled: async (challenge) => assertStatus(await api.cancel(challenge.secret)),
};

for (const [status, end] of Object.entries(endings)) {
  test(`${status}: merchant and issuer are told, once each, and soon`, async () => {
    const challenge = await presentedChallenge(api, { merchant });
    await end(challenge);
    const ended = Date.now();
    const [toShop] = await shop.told(challenge);
    const [toIssuer] = await issuer.told(challenge);
    const soon = status === "expired" ? 7000 : 5000; // a tenth of a second, but for a busy machine
    assert.ok(toShop.at - ended < soon, `the merchant is told after ${toShop.at - ended} ms`);
    const event = verified(toShop, secret);
    const { ended_at } = await readChallenge(api, challenge);
    assert.deepEqual(event, {
      type: `challenge.${status}`,
      timestamp: ended_at,
      data: {
        challenge: challenge.id,
        cardholder: challenge.cardholder.id,
        status,
        merchant: merchant.id,
        reference: transaction.reference,
        amount: transaction.amount,
        currency: transaction.currency,
        card_last4: transaction.card_last4,
        channel: "email",
        ended_at,
      },
    });
    for (const one of issuerSecrets) assert.deepEqual(verified(toIssuer, one), event);
    assert.equal(toIssuer.headers["webhook-id"], toShop.headers["webhook-id"]);
    for (const { headers, body } of [toShop, toIssuer]) {
      const { email, phone } = challenge.cardholder;
      const kept = [challenge.secret, email, phone, personalMessage, "***"];
      for (const word of kept) assert.ok(!(JSON.stringify(headers) + body).includes(word), word);
      assert.doesNotMatch(body, new RegExp(`(?<![\\w-])${challenge.code}(?![\\w-])`));
    }
  });
}

test("a lock is told to the issuer, and not to the merchant", async () => {
  const cardholder = await registerCardholder(api);
  const filled = await fillDay(api, cardholder, merchant);
  const path = `/v1/cardholders/${cardholder.id}`;
  const { locked_until } = assertStatus(await api.get(path, { key: issuerKey() })).body;
  const events = (await issuer.told(filled, 2)).map((post) => verified(post, issuerSecrets[0]));
  const lock = events.find(({ type }) => type === "cardholder.locked");
  assert.deepEqual(lock.data, {
    challenge: filled.id,
    cardholder: cardholder.id,
    locked_until,
  });
  assert.ok(events.some(({ type }) => type === "challenge.failed"));
  const types = (await shop.told(filled)).map((post) => verified(post, secret).type);
  assert.deepEqual(types, ["challenge.failed"]);
  const locks = issuer.posts.filter(({ event }) => event.data.cardholder === cardholder.id);
  assert.equal(locks.filter(({ event }) => event.type === "cardholder.locked").length, 1);
});

test("another secret, another body and another time are found out", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  await endings.canceled(challenge);
  const [{ headers, body }] = await shop.told(challenge);
  const refuses = (/** @type {string} */ key, /** @type {string} */ text, more = {}) =>
    assert.throws(
      () => new Webhook(key).verify(text, { ...headers, ...more }),
      WebhookVerificationError,
    );
  assert.ok(new Webhook(secret).verify(body, headers));
  refuses(newSecret(), body);
  refuses(issuerSecrets[0], body);
  refuses(secret, body.replace("canceled", "verified"));
  refuses(secret, body, { "webhook-id": `evt_${"0".repeat(32)}` });
  const later = String(Number(headers["webhook-timestamp"]) + 1);
  refuses(secret, body, { "webhook-timestamp": later });
});

test("a merchant is told of its own challenges, and one without an endpoint of none", async () => {
  const neighbour = await startReceiver();
  const other = await registerMerchant(api);
  const silent = await registerMerchant(api);
  const theirs = await registerEndpoint(api, other, neighbour.url);
  assert.notEqual(theirs, secret);
  const challenges = [];
  for (const whose of [merchant, other, silent]) {
    const challenge = await createChallenge(api, { merchant: whose });
    await endings.canceled(challenge);
    await issuer.told(challenge);
    challenges.push(challenge);
  }
  const [ours, another] = challenges;
  verified((await shop.told(ours))[0], secret);
  verified((await neighbour.told(another))[0], theirs);
  const told = (/** @type {import("./support/events.mjs").Receiver} */ { posts }) =>
    new Set(posts.map(({ event }) => event.data.merchant));
  assert.deepEqual([...told(shop)], [merchant.id]);
  assert.deepEqual([...told(neighbour)], [other.id]);
});

test("after a rotation both secrets verify for a day, and then the new one alone", async () => {
  const rotated = await registerMerchant(api);
  const first = await registerEndpoint(api, rotated, shop.url);
  const path = `/v1/merchants/${rotated.id}/event-endpoint`;
  const turned = assertStatus(await api.post(`${path}/rotate`, { key: issuerKey() })).body;
  assert.equal(turned.url, shop.url);
  assert.notEqual(turned.secret, first);
  const cancel = async () => {
    const challenge = await createChallenge(api, { merchant: rotated });
    await endings.canceled(challenge);
    return (await shop.told(challenge))[0];
  };
  const post = await cancel();
  assert.deepEqual(verified(post, first), verified(post, turned.secret));
  assert.equal(post.headers["webhook-signature"].split(" ").length, 2);
  const shown = assertStatus(await api.get(path, { key: issuerKey() }));
  assert.deepEqual(shown.body, { url: shop.url, former_until: turned.former_until });

  await api.advance(86_400);
  const later = await cancel();
  assert.ok(verified(later, turned.secret));
  assert.throws(() => verified(later, first), WebhookVerificationError);
  const { body } = assertStatus(await api.get(path, { key: issuerKey() }));
  assert.equal(body.former_until, null);
});

test("who is erased is told of no more, although a challenge would run out", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  const fence = await presentedChallenge(api, { merchant });
  await api.advance(1800 - 4);
  for (const one of [challenge, fence]) await readChallenge(api, one);
  const path = `/v1/cardholders/${challenge.cardholder.id}`;
  assertStatus(await api.send("DELETE", path, { key: issuerKey() }), 204);
  await shop.told(fence);
  assert.deepEqual(shop.about(challenge), []);
  assert.deepEqual(issuer.about(challenge), []);
});

test("the log has what could not be told, and neither addresses nor secrets", () => {
  const lines = worker.output();
  for (const word of [shop.url, issuer.url, secret, ...issuerSecrets]) {
    assert.ok(!lines.includes(word), word);
  }
  assert.doesNotMatch(lines, /event_dead|event_not_received|event_not_queued|alarm_failed|"fault"/);
});
