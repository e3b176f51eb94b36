// The issuer lifts a lock: what customer support does when the right person was locked out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  eventually,
  issuerKey,
  newestCode,
  presentedChallenge,
  registerCardholder,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";
import { fillDay, spendTries } from "./support/locks.mjs";

const { api } = await startApi();
const merchant = await registerMerchant(api);

test("an unlocked cardholder confirms at once, and wrong codes count anew", async () => {
  const cardholder = await registerCardholder(api);
  const path = `/v1/cardholders/${cardholder.id}`;
  await fillDay(api, cardholder);
  const waiting = await createChallenge(api, { merchant, cardholder });
  assertProblem(await api.resend(waiting.secret), 403, "cardholder_locked");
  assert.ok((await api.get(path, { key: issuerKey() })).body.locked_until);

  const unlocked = assertStatus(await api.post(`${path}/unlock`, { key: issuerKey() })).body;
  assert.equal(unlocked.locked_until, null);
  assertStatus(await api.resend(waiting.secret));
  const code = await newestCode(api, waiting);
  assertProblem(await api.verify(waiting.secret, wrongCode(code)), 422, "wrong_code");
  assertStatus(await api.verify(waiting.secret, code));
});

test("it ends the waits at one merchant and frees the destination", async () => {
  const cardholder = await registerCardholder(api);
  const given = { merchant, cardholder };
  const path = `/v1/cardholders/${cardholder.id}`;
  const waiting = await presentedChallenge(api, given);
  for (let n = 0; n < 3; n++) await presentedChallenge(api, given);
  await spendTries(api, await presentedChallenge(api, given));
  // They shared their tries, and the destination has had what it takes of this merchant.
  assertProblem(await api.verify(waiting.secret, waiting.code), 403, "cardholder_locked");
  const next = await createChallenge(api, given);
  assertProblem(await api.resend(next.secret), 403, "cardholder_locked");

  assertStatus(await api.post(`${path}/unlock`, { key: issuerKey() }));
  // The destination hears of it a moment after the answer.
  await eventually(
    () => api.resend(next.secret),
    ({ status }) => status === 200,
  );
  assertStatus(await api.verify(waiting.secret, waiting.code));
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
