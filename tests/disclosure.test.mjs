// What a merchant's key learns: no destination, and of cardholders who cannot be challenged at most
// 20 in an hour, counted exactly, each once. Past that, who is new to the merchant is refused alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  issuerKey,
  registerCardholder,
  registerMerchant,
  uniqueId,
  verifiedChallenge,
} from "./support/demo.mjs";

const { worker, api } = await startApi();

/** @param {import("./support/demo.mjs").Merchant} merchant @param {string} cardholder */
const create = ({ key }, cardholder) =>
  api.post("/v1/challenges", { key, json: challengeBody(cardholder) });

const limited = "too_many_unknown_cardholders";

test("of 60 unknown ones at once 20 are told, and then who is new is refused alike", async () => {
  const merchant = await registerMerchant(api);
  const [regular, fresh] = [await registerCardholder(api), await registerCardholder(api)];
  const registered = Array.from({ length: 7 }, () => uniqueId("holder"));
  for (const id of registered) {
    const path = `/v1/cardholders/${id}`;
    assertStatus(await api.send("PUT", path, { key: issuerKey(), json: {} }), 201);
  }
  const [notEnrolled, ...others] = registered;
  assertStatus(await create(merchant, regular.id), 201);

  const asked = Array.from({ length: 60 }, (_, n) => others[n] ?? uniqueId("none"));
  const answers = await Promise.all(asked.map((id) => create(merchant, id)));
  const told = answers.filter(({ status }) => status === 422);
  assert.equal(told.length, 20);
  for (const answer of answers.filter(({ status }) => status !== 422)) {
    assertProblem(answer, 429, limited);
  }

  // Counted in storage, so not forgotten with the Worker.
  await worker.restart();
  /** @type {Record<string, number>} */
  const waits = {};
  for (const cardholder of [fresh.id, notEnrolled, uniqueId("none")]) {
    const answer = await create(merchant, cardholder);
    assertProblem(answer, 429, limited);
    const { retry_after: wait, ...rest } = answer.body;
    assert.equal(answer.headers.get("retry-after"), String(wait));
    assert.ok(wait > 3500 && wait <= 3600, answer.text);
    waits[JSON.stringify(rest)] = wait;
  }
  assert.equal(Object.keys(waits).length, 1, "all are told the same");
  await worker.prints(`{"event":"merchant_limited","merchant":"${merchant.id}",`);
  const listed = await api.get(`/v1/cardholders/${fresh.id}/challenges`, { key: issuerKey() });
  assert.deepEqual(listed.body.challenges, [], "nothing was opened");

  assertStatus(await create(merchant, regular.id), 201);
  // Of whom it was told, it is told again, and no further place is taken.
  const again = asked[answers.findIndex(({ status }) => status === 422)];
  assertStatus(await create(merchant, again), 422);
  assertStatus(await create(await registerMerchant(api), fresh.id), 201);
  await api.advance(3600);
  assertStatus(await create(merchant, fresh.id), 201);
  assertProblem(await create(merchant, notEnrolled), 422, "not_enrolled");
});

test("one card without a password, ordered 30 times, closes a shop to nobody", async () => {
  const [merchant, none] = [await registerMerchant(api), uniqueId("none")];
  const answers = await Promise.all(Array.from({ length: 10 }, () => create(merchant, none)));
  for (let n = 0; n < 20; n++) answers.push(await create(merchant, none));
  for (const answer of answers) assertProblem(answer, 422, "unknown_cardholder");
  assertStatus(await create(merchant, (await registerCardholder(api)).id), 201);
});

test("an issuer chooses how many, and enrolled cardholders count nothing", async () => {
  await worker.restart({ UNKNOWN_CARDHOLDERS_PER_HOUR: "1" });
  const merchant = await registerMerchant(api);
  for (let n = 0; n < 5; n++) {
    assertStatus(await create(merchant, (await registerCardholder(api)).id), 201);
  }
  assertProblem(await create(merchant, uniqueId("none")), 422, "unknown_cardholder");
  assertProblem(await create(merchant, uniqueId("none")), 429, limited);
  await worker.restart();
});

test("no answer to a merchant's key has a destination", async () => {
  const { merchant, id, attestation, cardholder } = await verifiedChallenge(api);
  const { key } = merchant;
  const other = assertStatus(await create(merchant, cardholder.id), 201);
  const answers = [
    other,
    assertStatus(await api.get(`/v1/challenges/${id}`, { key })),
    assertStatus(await api.post(`/v1/challenges/${other.body.id}/cancel`, { key })),
    assertStatus(await api.siteverify({ secret: key, response: attestation })),
  ];
  for (const { text } of answers) assert.doesNotMatch(text, /destination|\*\*\*|@mail/);
  const list = await api.get(`/v1/cardholders/${cardholder.id}/challenges`, { key: issuerKey() });
  assert.match(list.text, /"destination":"\*\*\*@mail\.jp"/, "the issuer's list has it");
});
