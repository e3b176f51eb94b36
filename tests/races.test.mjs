// Many requests at once: what must happen once happens once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  createChallenge,
  deliveries,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  verifiedChallenge,
  wrongCode,
} from "./support/demo.mjs";

const { api } = await startApi();

/**
 * @template T
 * @param {number} count
 * @param {(n: number) => Promise<T>} request
 */
const atOnce = (count, request) =>
  Promise.all(Array.from({ length: count }, (_, n) => request(n + 1)));

/** @param {import("./support/api.mjs").Answer[]} answers */
function outcomes(answers) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { status, body } of answers) {
    const outcome = body?.code ?? body?.["error-codes"]?.[0] ?? String(status);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

test("200 wrong codes at once: exactly 5 are compared and the right one is then refused", async () => {
  const challenge = await presentedChallenge(api);
  const answers = await atOnce(200, (n) =>
    api.verify(challenge.secret, wrongCode(challenge.code, n)),
  );
  assert.deepEqual(outcomes(answers), { wrong_code: 5, challenge_failed: 195 });
  const compared = answers.filter(({ body }) => body.code === "wrong_code");
  const left = compared.map(({ body }) => `${body.tries_left} ${body.challenge_status}`).sort();
  assert.deepEqual(left, ["0 failed", "1 pending", "2 pending", "3 pending", "4 pending"]);

  assertProblem(await api.verify(challenge.secret, challenge.code), 409, "challenge_failed");
  const read = await readChallenge(api, challenge);
  assert.deepEqual([read.status, read.tries], ["failed", 5]);
});

test("the right code among 100 wrong ones at once: no more than 5 tries, and never both ends", async () => {
  const challenge = await presentedChallenge(api);
  const answers = await atOnce(100, (n) =>
    api.verify(challenge.secret, n === 50 ? challenge.code : wrongCode(challenge.code, n)),
  );
  const counts = outcomes(answers);
  const read = await readChallenge(api, challenge);
  assert.equal(read.tries, (counts.wrong_code ?? 0) + (counts["200"] ?? 0));
  assert.ok(read.tries <= 5);
  assert.equal(read.status, counts["200"] === 1 ? "verified" : "failed");
});

test("50 right codes at once: exactly one verifies", async () => {
  const challenge = await presentedChallenge(api);
  const answers = await atOnce(50, () => api.verify(challenge.secret, challenge.code));
  assert.deepEqual(outcomes(answers), { 200: 1, challenge_verified: 49 });
});

test("50 redemptions at once of one attestation: exactly one succeeds", async () => {
  const { attestation, merchant } = await verifiedChallenge(api);
  const redeem = () => api.siteverify({ secret: merchant.key, response: attestation });
  const answers = await atOnce(50, redeem);
  assert.deepEqual(outcomes(answers), { 200: 1, "timeout-or-duplicate": 49 });
});

test("50 redemptions at once with different idempotency keys: exactly one succeeds", async () => {
  const { attestation, merchant } = await verifiedChallenge(api);
  const answers = await atOnce(50, (n) =>
    api.siteverify({ secret: merchant.key, response: attestation, idempotency_key: `try-${n}` }),
  );
  assert.deepEqual(outcomes(answers), { 200: 1, "timeout-or-duplicate": 49 });
});

test("50 redemptions at once with one idempotency key: all get the same answer, and later again", async () => {
  const { attestation, merchant, id } = await verifiedChallenge(api);
  const body = { secret: merchant.key, response: attestation, idempotency_key: "order-1" };
  const answers = await atOnce(50, () => api.siteverify(body));
  assert.equal(answers[0].body.success, true);
  assert.equal(answers[0].body.challenge, id);
  for (const { body: answer } of answers) assert.deepEqual(answer, answers[0].body);

  assert.deepEqual((await api.siteverify(body)).body, answers[0].body);
  const another = await api.siteverify({ ...body, idempotency_key: "order-2" });
  assert.deepEqual(another.body["error-codes"], ["timeout-or-duplicate"]);
});

test("20 resends at once: one is sent", async () => {
  const challenge = await presentedChallenge(api);
  await api.advance(30);
  const answers = await atOnce(20, () => api.resend(challenge.secret));
  assert.deepEqual(outcomes(answers), { 200: 1, resend_too_soon: 19 });
  assert.equal((await deliveries(api, challenge)).length, 2);
});

test("20 openings at once of one form: one code is sent, and it has one place", async () => {
  const merchant = await registerMerchant(api);
  const cardholder = await registerCardholder(api);
  const challenge = await createChallenge(api, { merchant, cardholder });
  for (const answer of await atOnce(20, () => api.present(challenge.secret))) assertStatus(answer);
  const sent = await deliveries(api, challenge);
  assert.deepEqual(
    sent.map(({ send }) => send),
    [1],
  );
  // A merchant has five at a destination.
  for (let n = 0; n < 4; n++) await presentedChallenge(api, { merchant, cardholder });
  const sixth = await createChallenge(api, { merchant, cardholder });
  assertProblem(await api.resend(sixth.secret), 429, "destination_limited");
});

test("20 creations at once with one Idempotency-Key: one challenge", async () => {
  const merchant = await registerMerchant(api);
  const cardholder = await registerCardholder(api);
  const json = challengeBody(cardholder.id);
  const headers = { "idempotency-key": "order-1" };
  const create = () => api.post("/v1/challenges", { key: merchant.key, json, headers });
  const answers = await atOnce(20, create);
  for (const answer of answers) {
    assert.deepEqual(assertStatus(answer, 201).body, answers[0].body);
  }
});

test("10 creations at once for one cardholder: all stay open", async () => {
  const merchant = await registerMerchant(api);
  const cardholder = await registerCardholder(api);
  const made = await atOnce(10, () => createChallenge(api, { merchant, cardholder }));
  const read = await Promise.all(made.map((challenge) => readChallenge(api, challenge)));
  const statuses = new Set(read.map(({ status }) => status));
  assert.deepEqual([read.length, ...statuses], [10, "pending"]);
});
