// A stored record that somebody changed is no longer the challenge that was opened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  verifiedChallenge,
} from "./support/demo.mjs";
import { withKv } from "./support/storage.mjs";

const { worker, api } = await startApi();

test("with one yen changed in the record, nothing about the challenge is accepted", async () => {
  const changed = await presentedChallenge(api);
  const spent = await verifiedChallenge(api);
  const untouched = await presentedChallenge(api);

  await worker.kill();
  await withKv(worker.state, async (kv) => {
    for (const { id } of [changed, spent]) await addOneYen(kv, id);
  });
  await worker.start();

  assertProblem(await api.verify(changed.secret, changed.code), 404, "challenge_not_found");
  assertProblem(await api.resend(changed.secret), 404, "challenge_not_found");
  assert.equal((await api.present(changed.secret)).status, 404);
  assert.equal((await api.present(spent.secret)).status, 404);
  const redeemed = await api.siteverify({
    secret: spent.merchant.key,
    response: spent.attestation,
  });
  assert.notEqual(redeemed.body.amount, 3151);

  assertStatus(await api.verify(untouched.secret, untouched.code));
  assert.equal((await readChallenge(api, untouched)).status, "verified");
});

test("a create that is repeated leaves the record no longer than the challenge is kept", async () => {
  const merchant = await registerMerchant(api);
  const cardholder = await registerCardholder(api);
  const json = challengeBody(cardholder.id);
  const headers = { "idempotency-key": "again" };
  const create = async () =>
    assertStatus(await api.post("/v1/challenges", { key: merchant.key, json, headers }), 201).body;
  const { id } = await create();
  const before = await expirationOf(id);
  await api.advance(1790);
  assert.equal((await create()).id, id);
  // KV's own clock was not moved: by that, the record has to end so much sooner.
  const sooner = before - (await expirationOf(id));
  assert.ok(sooner > 1780 && sooner <= 1790, `${sooner} s`);
});

test("a create that is repeated in the last minute of what is kept is answered, although KV takes no shorter life", async () => {
  const merchant = await registerMerchant(api);
  const cardholder = await registerCardholder(api);
  const json = challengeBody(cardholder.id);
  const headers = { "idempotency-key": "at last" };
  const create = async () =>
    assertStatus(await api.post("/v1/challenges", { key: merchant.key, json, headers }), 201).body;
  const { id } = await create();
  // A life of 1,800 seconds and a day.
  await api.advance(1_800 + 86_400 - 30);
  assert.equal((await create()).id, id);
  const left = (await expirationOf(id)) - Date.now() / 1000;
  assert.ok(left > 50 && left <= 61, `${left} s`);
});

/** When the record of a challenge goes, in seconds. @param {string} id */
async function expirationOf(id) {
  await worker.kill();
  const listed = await withKv(worker.state, (kv) => kv.list({ prefix: `challenge:${id}` }));
  await worker.start();
  const [{ expiration }] = listed.keys;
  assert.ok(expiration);
  return expiration;
}

/**
 * @param {import("./support/storage.mjs").Kv} kv
 * @param {string} id
 */
async function addOneYen(kv, id) {
  let changes = 0;
  for (const { name } of (await kv.list()).keys) {
    const value = (await kv.get(name)) ?? "";
    if (!name.includes(id) && !value.includes(id)) continue;
    const altered = value.replace(/\b3150\b/, "3151");
    if (altered === value) continue;
    await kv.put(name, altered, { expirationTtl: 3600 });
    changes++;
  }
  assert.equal(changes, 1, "the record holds the amount once");
}
