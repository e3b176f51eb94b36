// The issuer lifts a lock: what customer support does when the right person was locked out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  issuerKey,
  newestCode,
  presentedChallenge,
  registerCardholder,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";

const { api } = await startApi();
const merchant = await registerMerchant(api);

test("an unlocked cardholder confirms at once, and wrong codes count anew", async () => {
  const cardholder = await registerCardholder(api);
  const path = `/v1/cardholders/${cardholder.id}/unlock`;
  const waiting = await presentedChallenge(api, { merchant, cardholder });
  for (let challenge = 0; challenge < 2; challenge += 1) {
    const { secret, code } = await presentedChallenge(api, { merchant, cardholder });
    for (let tries = 0; tries < 5; tries += 1) await api.verify(secret, wrongCode(code));
  }
  assertProblem(await api.verify(waiting.secret, waiting.code), 403, "cardholder_locked");

  const unlocked = assertStatus(await api.post(path, { key: issuerKey() })).body;
  assert.equal(unlocked.locked_until, null);
  assertProblem(await api.verify(waiting.secret, wrongCode(waiting.code)), 422, "wrong_code");
  assertStatus(await api.verify(waiting.secret, await newestCode(api, waiting)));
});

test("a cardholder that is not locked stays as it is; one that is unknown is not found", async () => {
  const cardholder = await registerCardholder(api);
  const before = (await api.get(`/v1/cardholders/${cardholder.id}`, { key: issuerKey() })).body;
  const after = await api.post(`/v1/cardholders/${cardholder.id}/unlock`, { key: issuerKey() });
  assert.deepEqual(assertStatus(after).body, before);
  const nobody = await api.post("/v1/cardholders/nobody/unlock", { key: issuerKey() });
  assertProblem(nobody, 404, "cardholder_not_found");
  const path = `/v1/cardholders/${cardholder.id}/unlock`;
  assertProblem(await api.post(path, { key: merchant.key }), 401, "invalid_key");
  assertProblem(await api.post(path), 401, "missing_key");
});
