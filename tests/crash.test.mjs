// A power cut between any two steps, and in the middle of one: nothing verified is lost and nothing
// spent comes back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  newestCode,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  verifiedChallenge,
  wrongCode,
} from "./support/demo.mjs";

const { worker, api } = await startApi();
const merchant = await registerMerchant(api);

test("a purchase goes on although the Worker is killed between any two steps", async () => {
  const cardholder = await registerCardholder(api);
  const headers = { "idempotency-key": "order-1" };
  const json = challengeBody(cardholder.id);
  const create = () => api.post("/v1/challenges", { key: merchant.key, json, headers });

  const made = assertStatus(await create(), 201).body;
  await worker.restart();
  assert.deepEqual(assertStatus(await create(), 201).body, made);

  const { id, client_secret: secret, url } = made;
  const challenge = { id, secret, url, merchant, cardholder };
  assertStatus(await api.present(secret));
  const first = await newestCode(api, challenge);
  await worker.restart();
  assertStatus(await api.present(secret));
  assert.equal((await readChallenge(api, challenge)).sends, 1);

  assert.equal((await api.verify(secret, wrongCode(first))).body.tries_left, 4);
  await worker.restart();
  assert.equal((await readChallenge(api, challenge)).tries, 1);

  await api.advance(30);
  assertStatus(await api.resend(secret));
  const second = await newestCode(api, challenge);
  await worker.restart();
  assert.equal((await readChallenge(api, challenge)).sends, 2);
  assertProblem(await api.resend(secret), 429, "resend_too_soon");
  assert.equal((await api.verify(secret, first)).body.tries_left, 3);

  assertStatus(await api.verify(secret, second));
  await worker.restart();
  assertProblem(await api.verify(secret, second), 409, "challenge_verified");
  const reopened = assertStatus(await api.present(secret)).text;
  const attestation = /data-response="([^"]+)"/.exec(reopened)?.[1];
  assert.ok(attestation, "the form hands the attestation over again");
  await worker.restart();

  const redeem = { secret: merchant.key, response: attestation, idempotency_key: "order-1" };
  const redeemed = (await api.siteverify(redeem)).body;
  assert.equal(redeemed.success, true);
  await worker.restart();
  assert.deepEqual((await api.siteverify(redeem)).body, redeemed);
  const again = await api.siteverify({ ...redeem, idempotency_key: "order-2" });
  assert.deepEqual(again.body["error-codes"], ["timeout-or-duplicate"]);
  assert.equal((await readChallenge(api, challenge)).redeemed, true);
});

test("killed in a storm of wrong codes, the Worker still compares 5 in all", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  let compared = 0;
  let died = 0;
  const storm = Array.from({ length: 60 }, (_, n) =>
    api.verify(challenge.secret, wrongCode(challenge.code, n + 1)).then(
      ({ body }) => (compared += Number(body.code === "wrong_code")),
      () => died++,
    ),
  );
  await Promise.any(storm);
  await worker.kill();
  await Promise.all(storm);
  await worker.start();

  const { tries } = await readChallenge(api, challenge);
  assert.ok(tries >= compared, `${compared} were answered, ${tries} are spent`);
  for (let n = 100; n < 110; n++) {
    const { body } = await api.verify(challenge.secret, wrongCode(challenge.code, n));
    compared += Number(body.code === "wrong_code");
  }
  assert.ok(compared <= 5, `${compared} compared, ${died} cut off`);
  assertProblem(await api.verify(challenge.secret, challenge.code), 409, "challenge_failed");
});

test("killed while a right code is checked, the challenge is verified once or not at all", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  const cut = api.verify(challenge.secret, challenge.code).catch(() => undefined);
  await worker.kill();
  const answered = await cut;
  await worker.start();

  const { status } = await readChallenge(api, challenge);
  if (answered) assert.equal(status, "verified");
  if (status === "pending") assertStatus(await api.verify(challenge.secret, challenge.code));
  const page = assertStatus(await api.present(challenge.secret)).text;
  const response = /data-response="([^"]+)"/.exec(page)?.[1] ?? "";
  const redeem = { secret: merchant.key, response };
  assert.equal((await api.siteverify(redeem)).body.success, true);
  assert.equal((await api.siteverify(redeem)).body.success, false);
});

test("killed while an attestation is redeemed, the same call again tells the truth", async () => {
  const { attestation } = await verifiedChallenge(api, { merchant });
  const redeem = { secret: merchant.key, response: attestation, idempotency_key: "order-3" };
  const cut = api.siteverify(redeem).catch(() => undefined);
  await worker.kill();
  const answered = await cut;
  await worker.start();

  const again = (await api.siteverify(redeem)).body;
  assert.equal(again.success, true);
  if (answered) assert.deepEqual(again, answered.body);
  const other = await api.siteverify({ ...redeem, idempotency_key: "order-4" });
  assert.deepEqual(other.body["error-codes"], ["timeout-or-duplicate"]);
});
