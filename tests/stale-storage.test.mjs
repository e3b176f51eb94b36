// Workers KV as far behind itself as Cloudflare documents: a place keeps what it read for a minute, a miss as
// well, and one key takes one write a second. Purchases go on from place to place, what was erased or revoked
// ends everywhere, and nothing stays stored because a place saw it late.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import {
  challengeBody,
  eventually,
  issuerKey,
  readChallenge,
  registerCardholder,
  registerMerchant,
  uniqueId,
} from "./support/demo.mjs";
import { atPlace } from "./support/doubles.mjs";
import { browser, startWorld } from "./support/faults/world.mjs";
import { payment } from "./support/three-ds/messages.mjs";
import { addCard, cardDigest, encode, makeCReq } from "./support/three-ds.mjs";

const world = await startWorld({ doubles: { stale: true } });
const { api, bench, doubles, worker } = world;
const [tokyo, osaka, sendai] = ["tokyo", "osaka", "sendai"].map((place) =>
  client(worker.origin, atPlace(place)),
);
const key = issuerKey();

/** @typedef {import("./support/api.mjs").Api} Api */

/** KV has the same again everywhere. */
const aMinute = () => api.advance(61);

/** What one running Worker remembers of proved keys it forgets when a merchant is registered there. */
const forgetKeys = () => registerMerchant(sendai);

/**
 * Calls until it is not answered unavailable, as the contract says to: after `Retry-After`.
 * @param {() => Promise<import("./support/api.mjs").Answer>} call
 */
async function asAdvised(call) {
  for (let n = 0; ; n++) {
    const answer = await call();
    if (answer.status !== 503 || n === 3) return answer;
    const seconds = Number(answer.headers.get("retry-after"));
    assert.ok(seconds > 0 && seconds < 5, answer.text);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

/** @param {Api} at @param {import("./support/demo.mjs").Merchant} merchant @param {string} cardholder @param {Record<string, string>} [headers] */
const create = (at, merchant, cardholder, headers) =>
  at.post("/v1/challenges", { key: merchant.key, json: challengeBody(cardholder), headers });

/** @param {Api} at @param {any} ares */
const postCReq = (at, ares) =>
  at.post("/3ds/challenge", {
    form: { creq: encode(makeCReq(ares, "02")) },
    headers: { ...browser, "sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe" },
  });

/**
 * Buys, each step at another place, and holds that it is verified and redeemed once.
 * @param {Api[]} places
 */
async function buy(places) {
  let step = 0;
  const next = () => places[step++ % places.length];
  const { merchant, cardholder } = await world.parties();
  const made = assertStatus(await create(next(), merchant, cardholder.id), 201).body;
  const challenge = {
    id: made.id,
    secret: made.client_secret,
    url: made.url,
    merchant,
    cardholder,
  };
  assertStatus(await next().present(challenge.secret, browser));
  await doubles.quiet();
  const [{ code }] = await api.outbox(challenge.id);
  assertStatus(await next().get(`/challenge/${challenge.secret}/delivery`));
  const verified = assertStatus(await next().verify(challenge.secret, code)).body;
  assert.equal((await readChallenge(next(), challenge)).status, "verified");
  const body = { secret: merchant.key, response: verified.attestation };
  assert.equal(assertStatus(await next().siteverify(body)).body.success, true);
  assert.equal(assertStatus(await next().siteverify(body)).body.success, false);
  world.ended.push([challenge, "challenge.verified"]);
}

test("a purchase goes from place to place, and none waits for KV", async () => {
  await buy([tokyo, osaka, sendai]);
});

test("a purchase at one place, which does not see its own writes, is no other", async () => {
  await doubles.set({ stale: true, ownWrites: false });
  await buy([tokyo]);
  await doubles.set({ stale: true });
});

test("a create that is repeated at once is the same challenge, at whichever place", async () => {
  const { merchant, cardholder } = await world.parties();
  const once = { "idempotency-key": uniqueId("order") };
  const first = assertStatus(await create(tokyo, merchant, cardholder.id, once), 201).body;
  for (const at of [tokyo, osaka]) {
    const again = await asAdvised(() => create(at, merchant, cardholder.id, once));
    assert.equal(assertStatus(again, 201).body.client_secret, first.client_secret);
  }
});

test("creates with one Idempotency-Key at once are one challenge", async () => {
  const { merchant, cardholder } = await world.parties();
  const once = { "idempotency-key": uniqueId("order") };
  const made = await Promise.all(
    [tokyo, osaka, sendai].map((at) => asAdvised(() => create(at, merchant, cardholder.id, once))),
  );
  const ids = new Set(made.map((answer) => assertStatus(answer, 201).body.id));
  assert.equal(ids.size, 1);
});

test("an AReq that is repeated at once is answered alike", async () => {
  const areq = payment("2.2.0");
  const cardholder = await registerCardholder(api);
  await addCard(api, cardholder, areq.acctNumber);
  const ask = (/** @type {Api} */ at) =>
    at.post("/3ds/areq", { key: bench.keys.scheme, json: areq });
  const [first, ...others] = (await Promise.all([tokyo, osaka, tokyo].map(ask))).map(
    ({ body }) => body,
  );
  assert.equal(first.transStatus, "C", JSON.stringify(first));
  for (const other of others) assert.deepEqual(other, first);
  assertStatus(await postCReq(sendai, first), 303);
});

test("the record of a create that opened nothing is deleted, a second after it was written", async () => {
  const { merchant } = await world.parties();
  const before = new Set(await doubles.keys("challenge:"));
  assertProblem(await create(tokyo, merchant, uniqueId("nobody")), 422, "unknown_cardholder");
  await doubles.quiet();
  const left = (await doubles.keys("challenge:")).filter((name) => !before.has(name));
  assert.deepEqual(left, []);
});

test("erased at one place, a challenge answers at none, although others have its record", async () => {
  const challenge = await world.verified();
  const { id, secret, merchant, cardholder, attestation } = challenge;
  world.ended.pop();
  // Osaka has read everything.
  assertStatus(await osaka.present(secret, browser));
  assert.equal((await readChallenge(osaka, challenge)).status, "verified");
  const gone = await asAdvised(() =>
    tokyo.send("DELETE", `/v1/cardholders/${cardholder.id}`, { key }),
  );
  assertStatus(gone, 204);
  for (const at of [tokyo, osaka, sendai]) {
    assertStatus(await at.present(secret, browser), 404);
    assertProblem(
      await at.get(`/v1/challenges/${id}`, { key: merchant.key }),
      404,
      "challenge_not_found",
    );
    const redeemed = await at.siteverify({ secret: merchant.key, response: attestation });
    assert.deepEqual(redeemed.body["error-codes"], ["timeout-or-duplicate"]);
    assertProblem(await create(at, merchant, cardholder.id), 422, "unknown_cardholder");
  }
  assert.deepEqual(await doubles.keys(`challenge:${id}`), []);
});

test("erased as soon as it was created: nothing stays, once the same call was sent again", async () => {
  const { merchant, cardholder } = await world.parties();
  const { id } = assertStatus(await create(tokyo, merchant, cardholder.id), 201).body;
  const erase = () => tokyo.send("DELETE", `/v1/cardholders/${cardholder.id}`, { key });
  assertStatus(await asAdvised(erase), 204);
  assert.deepEqual(await doubles.keys(`challenge:${id}`), []);
});

for (const [
  what,
  remove,
] of /** @type {[string, (at: Api, id: string, digest: string) => Promise<any>][]} */ ([
  ["erased", (at, id) => at.send("DELETE", `/v1/cardholders/${id}`, { key })],
  [
    "taken out",
    (at, id, digest) => at.send("DELETE", `/v1/cardholders/${id}/cards/${digest}`, { key }),
  ],
])) {
  test(`a card that a place had not seen yet is ${what} there, and leaves nothing`, async () => {
    const areq = payment("2.2.0");
    const digest = cardDigest(areq.acctNumber);
    const cardholder = await registerCardholder(api);
    // Osaka looks for the card before it is registered, and keeps the miss.
    const asked = await osaka.post("/3ds/areq", { key: bench.keys.scheme, json: areq });
    assert.equal(asked.body.transStatus, "U");
    await addCard(tokyo, cardholder, areq.acctNumber);
    assertStatus(await asAdvised(() => remove(osaka, cardholder.id, digest)), 204);
    assert.deepEqual(await doubles.keys(`card:${digest}`), []);
  });

  test(`a card that came from another cardholder is ${what} where it is still theirs, and leaves nothing`, async () => {
    const areq = payment("2.2.0");
    const digest = cardDigest(areq.acctNumber);
    const [former, owner] = [await registerCardholder(api), await registerCardholder(api)];
    await addCard(tokyo, former, areq.acctNumber);
    const asked = await osaka.post("/3ds/areq", { key: bench.keys.scheme, json: areq });
    assert.equal(asked.body.transStatus, "C", "Osaka has whose it is");
    await asAdvised(() =>
      tokyo.send("PUT", `/v1/cardholders/${owner.id}/cards/${digest}`, { key }),
    );
    assertStatus(await asAdvised(() => remove(osaka, owner.id, digest)), 204);
    assert.deepEqual(await doubles.keys(`card:${digest}`), []);
  });

  test(`a card that went to another cardholder stays there when its former one is ${what}`, async () => {
    const areq = payment("2.2.0");
    const digest = cardDigest(areq.acctNumber);
    const [former, owner] = [await registerCardholder(api), await registerCardholder(api)];
    await addCard(tokyo, former, areq.acctNumber);
    assertStatus(await osaka.post("/3ds/areq", { key: bench.keys.scheme, json: areq }));
    await asAdvised(() =>
      tokyo.send("PUT", `/v1/cardholders/${owner.id}/cards/${digest}`, { key }),
    );
    assertStatus(await asAdvised(() => remove(osaka, former.id, digest)), 204);
    assert.deepEqual(await doubles.keys(`card:${digest}`), [`card:${digest}`]);
    const again = await sendai.post("/3ds/areq", {
      key: bench.keys.scheme,
      json: payment("2.2.0", { acctNumber: areq.acctNumber }),
    });
    assert.equal(again.body.transStatus, "C");
  });
}

test("a revoked key passes at a place that had read it for a minute, and no longer", async () => {
  const merchant = await registerMerchant(tokyo);
  const use = (/** @type {Api} */ at) => at.get("/v1/merchant", { key: merchant.key });
  assertStatus(await use(osaka));
  await forgetKeys();
  const revoke = () =>
    tokyo.send("DELETE", `/v1/merchants/${merchant.id}/keys/${merchant.keyId}`, { key });
  assertStatus(await asAdvised(revoke), 204);
  assertProblem(await use(tokyo), 401, "invalid_key");
  assertProblem(await use(sendai), 401, "invalid_key");
  assertStatus(await use(osaka));
  await aMinute();
  await forgetKeys();
  assertProblem(await use(osaka), 401, "invalid_key");
});

test("a merchant that was tried before it existed is known everywhere after a minute", async () => {
  const merchant = await registerMerchant(tokyo);
  const lost = assertStatus(await tokyo.post(`/v1/merchants/${merchant.id}/keys`, { key }), 201)
    .body.key;
  assertStatus(await osaka.get("/v1/merchant", { key: lost }));
  await aMinute();
  await forgetKeys();
  assertStatus(await osaka.get("/v1/merchant", { key: merchant.key }));
});

test("a removed merchant's keys end everywhere after a minute, and do not come back with its id", async () => {
  const merchant = await registerMerchant(tokyo);
  assertStatus(await osaka.get("/v1/merchant", { key: merchant.key }));
  const remove = () => tokyo.send("DELETE", `/v1/merchants/${merchant.id}`, { key });
  assertStatus(await asAdvised(remove), 204);
  await aMinute();
  await forgetKeys();
  const facts = { key, json: { name: "shop", origins: ["https://shop.example"] } };
  assertStatus(await asAdvised(() => osaka.send("PUT", `/v1/merchants/${merchant.id}`, facts)));
  for (const at of [tokyo, osaka, sendai]) {
    assertProblem(await at.get("/v1/merchant", { key: merchant.key }), 401, "invalid_key");
  }
});

test("no key is read before it is written, but for those of which that is known", async () => {
  const known = /^(removed|card):/;
  const early = await doubles.readEarly();
  assert.deepEqual(
    early.filter((key) => !known.test(key)),
    [],
  );
  assert.ok(early.length > 0, "the double notes them");
});

test("merchant and issuer are told of every end", () => world.told());
