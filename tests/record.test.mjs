// A stored record that somebody changed is no longer the challenge that was opened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { presentedChallenge, readChallenge, verifiedChallenge } from "./support/demo.mjs";
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
