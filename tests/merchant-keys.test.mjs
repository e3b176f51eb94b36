// Merchants' keys show by a MAC that we made them. Keys from before stay valid until a deployment
// refuses them, and the keys that make the MAC can be rotated.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertProblem } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { registerMerchant } from "./support/demo.mjs";

const secret = (/** @type {string} */ id) => `${id}:${randomBytes(32).toString("base64url")}`;
const [first, second] = [secret("m1"), secret("m2")];
const { worker, api } = await startApi({ vars: { KEY_MAC_KEYS: "" } });

/** What a key of a merchant opens. @param {string} key @param {boolean} valid */
async function assertKey(key, valid) {
  const read = await api.get("/v1/challenges/ch_none", { key });
  assertProblem(read, valid ? 404 : 401, valid ? "challenge_not_found" : "invalid_key");
  const { body } = await api.siteverify({ secret: key, response: "none" });
  assert.deepEqual(body["error-codes"], [
    valid ? "invalid-input-response" : "invalid-input-secret",
  ]);
}

test("keys with and without a MAC are valid together, and each server key as long as it is kept", async () => {
  const old = (await registerMerchant(api)).key;
  assert.match(old, /^wk_live_[\w-]{43}$/);

  await worker.restart({ KEY_MAC_KEYS: first });
  const made = (await registerMerchant(api)).key;
  assert.match(made, /^wk_live_[\w-]{65}$/);
  const forged = made.slice(0, -1) + (made.endsWith("A") ? "B" : "A");
  for (const key of [old, made]) await assertKey(key, true);
  await assertKey(forged, false);
  await worker.prints('{"event":"key_refused","door":"merchant","why":"made up"');
  await worker.prints('{"event":"key_refused","door":"siteverify","why":"made up"');

  await worker.restart({ KEY_MAC_KEYS: `${second},${first}` });
  const newest = (await registerMerchant(api)).key;
  for (const key of [old, made, newest]) await assertKey(key, true);

  await worker.restart({ KEY_MAC_KEYS: second, KEY_MAC_REQUIRED: "on" });
  await assertKey(newest, true);
  for (const key of [old, made]) await assertKey(key, false);
  await worker.prints('"why":"without a MAC"');
});
