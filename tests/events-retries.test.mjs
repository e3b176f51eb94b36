// Receivers that fail: told again with patience, each alone, and at last given up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { createChallenge, eventually, issuerKey, registerMerchant } from "./support/demo.mjs";
import { registerEndpoint, startReceiver, verified } from "./support/events.mjs";

/** @typedef {import("./support/events.mjs").Fate} Fate */

const issuerSecret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const shop = await startReceiver();
const issuer = await startReceiver();
const { worker, api } = await startApi({
  vars: {
    ISSUER_EVENTS_URL: issuer.url,
    ISSUER_EVENTS_SECRETS: issuerSecret,
    EVENT_RETRY_SECONDS: "1,1,1",
  },
  edit: (toml) => toml.replaceAll(/^max_retries = \d+$/gm, "max_retries = 2"),
});
const merchant = await registerMerchant(api);
const secret = await registerEndpoint(api, merchant, shop.url);

/**
 * Ends a challenge whose posts to one receiver meet these fates, and then good ones.
 * @param {import("./support/events.mjs").Receiver} receiver
 * @param {Fate[]} fates
 */
async function cancel(receiver, fates) {
  const challenge = await createChallenge(api, { merchant });
  const coming = [...fates];
  receiver.answers(({ event }) => {
    return event.data.challenge === challenge.id ? coming.shift() : undefined;
  });
  assertStatus(await api.cancel(challenge.secret));
  return challenge;
}

/** Lines of the log about a challenge. @param {{ id: string }} challenge */
const lines = ({ id }) =>
  worker
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{") && line.includes(id))
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event.startsWith("event_"));

/** Until something that is left alone would long have come: another event's third attempt. */
async function fence() {
  const other = await cancel(shop, [{ status: 500 }, { status: 500 }]);
  await shop.told(other, 3);
}

for (const [what, fate] of /** @type {[string, Fate][]} */ ([
  ["an error", { status: 500 }],
  ["a refusal", { status: 404 }],
  ["a broken connection", { drop: true }],
  ["a redirect", { status: 302, headers: { location: shop.url } }],
])) {
  test(`after ${what} it comes again, with the same id and its own signature`, async () => {
    const challenge = await cancel(shop, [fate]);
    const [first, second] = await shop.told(challenge, 2);
    assert.equal(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert.deepEqual(verified(first, secret), verified(second, secret));
    assert.ok(second.at - first.at >= 950, `${second.at - first.at} ms`);
    assert.notEqual(first.headers["webhook-timestamp"], second.headers["webhook-timestamp"]);
    const [line] = lines(challenge);
    const { event, type, to, attempt } = line;
    assert.deepEqual(
      { event, type, to, attempt },
      { event: "event_not_received", type: "challenge.canceled", to: "merchant", attempt: "1" },
    );
    assert.equal(issuer.about(challenge).length, 1, "the issuer had it");
  });
}

test("an issuer that fails is told again, and the merchant is not", async () => {
  const challenge = await cancel(issuer, [{ status: 503 }, { status: 503 }]);
  const posts = await issuer.told(challenge, 3);
  assert.equal(new Set(posts.map(({ headers }) => headers["webhook-id"])).size, 1);
  verified(posts[2], issuerSecret);
  assert.equal(shop.about(challenge).length, 1);
});

test("Retry-After is waited for, in seconds and as a date", async () => {
  const date = new Date(Date.now() + 6000).toUTCString();
  const [byDate, bySeconds] = [
    await cancel(shop, [{ status: 503, headers: { "retry-after": date } }]),
    await cancel(issuer, [{ status: 429, headers: { "retry-after": "4" } }]),
  ];
  const [first, second] = await issuer.told(bySeconds, 2);
  assert.ok(second.at - first.at >= 3950, `${second.at - first.at} ms`);
  const [, again] = await shop.told(byDate, 2);
  assert.ok(again.at >= Date.parse(date) - 50, `${again.at - Date.parse(date)} ms`);
});

test("what is no time to wait until changes nothing", async () => {
  for (const after of ["soon", "-5", "Thu, 01 Jan 1970 00:00:00 GMT"]) {
    const challenge = await cancel(shop, [{ status: 503, headers: { "retry-after": after } }]);
    const [first, second] = await shop.told(challenge, 2);
    assert.ok(second.at - first.at < 5000, `${after}: ${second.at - first.at} ms`);
  }
});

test("who answers 410 is not told again", async () => {
  const challenge = await cancel(shop, [{ status: 410 }]);
  await shop.told(challenge);
  await fence();
  assert.equal(shop.about(challenge).length, 1);
  assert.deepEqual(lines(challenge), []);
});

test("after the last attempt it is in the queue of the dead, and the log says so", async () => {
  const challenge = await cancel(
    shop,
    [500, 501, 502, 503, 504].map((status) => ({ status })),
  );
  await shop.told(challenge, 4);
  await eventually(
    async () => lines(challenge),
    ({ length }) => length === 4,
  );
  await worker.prints('to dead letter queue "warifu-events-dead" after 3 failed attempts');
  const noted = lines(challenge).map(({ event, attempt, why }) => [event, attempt, why].join(" "));
  assert.deepEqual(noted, [
    "event_not_received 1 500",
    "event_not_received 2 501",
    "event_not_received 3 502",
    "event_dead 4 503",
  ]);
  await fence();
  assert.equal(shop.about(challenge).length, 4);
  assert.equal(issuer.about(challenge).length, 1);
});

test("nobody is told again of a cardholder who was erased meanwhile", async () => {
  const challenge = await cancel(shop, [{ status: 500, headers: { "retry-after": "2" } }]);
  await shop.told(challenge);
  const path = `/v1/cardholders/${challenge.cardholder.id}`;
  assertStatus(await api.send("DELETE", path, { key: issuerKey() }), 204);
  await eventually(
    async () => lines(challenge).at(-1)?.event,
    (event) => event === "event_without_record",
  );
  assert.equal(shop.about(challenge).length, 1);
});

test("an endpoint that changed gets what waits, and one that was removed does not", async () => {
  const mover = await registerMerchant(api);
  const path = `/v1/merchants/${mover.id}/event-endpoint`;
  await registerEndpoint(api, mover, shop.url);
  const cancelTheirs = async () => {
    const challenge = await createChallenge(api, { merchant: mover });
    shop.answers(({ event }) => {
      const ours = event.data.challenge === challenge.id;
      return ours ? { status: 500, headers: { "retry-after": "2" } } : undefined;
    });
    assertStatus(await api.cancel(challenge.secret));
    await shop.told(challenge);
    return challenge;
  };
  const moved = await cancelTheirs();
  const elsewhere = await startReceiver();
  const theirs = await registerEndpoint(api, mover, elsewhere.url);
  verified((await elsewhere.told(moved))[0], theirs);
  await registerEndpoint(api, mover, shop.url);
  const removed = await cancelTheirs();
  assertStatus(await api.send("DELETE", path, { key: issuerKey() }), 204);
  await fence();
  await fence();
  assert.deepEqual([shop.about(moved).length, shop.about(removed).length], [1, 1]);
});

test("who is silent is waited for 10 seconds, and told again", async () => {
  const challenge = await cancel(shop, [{ slow: 60_000 }]);
  await shop.told(challenge);
  // Twice, because a poll has 10 seconds.
  await eventually(
    async () => Date.now(),
    (now) => now > shop.about(challenge)[0].at + 9000,
  );
  const [first, second] = await shop.told(challenge, 2);
  const waited = second.at - first.at;
  assert.ok(waited >= 10_950 && waited < 15_000, `${waited} ms`);
  assert.equal(lines(challenge)[0].why, "TimeoutError");
  assert.equal(issuer.about(challenge).length, 1, "the issuer did not wait");
});

test("each attempt is waited for as is set for it, or longer if the receiver asks", async () => {
  await worker.restart({ EVENT_RETRY_SECONDS: "1,2,3" });
  const asks = { status: 503, headers: { "retry-after": "4" } };
  const challenge = await cancel(shop, [{ status: 500 }, asks, { status: 500 }]);
  const times = (await shop.told(challenge, 4)).map(({ at }) => at);
  const waited = times.slice(1).map((at, n) => at - times[n]);
  for (const [n, seconds] of [1, 4, 3].entries()) {
    const milliseconds = seconds * 1000;
    const inTime = waited[n] >= milliseconds - 50 && waited[n] < milliseconds + 1000;
    assert.ok(inTime, `${seconds} s were set: ${waited} ms`);
  }
});
