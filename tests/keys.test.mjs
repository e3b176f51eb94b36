// Merchants, keys and cardholders as the issuer administers them, and attestations as anyone can
// check them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  createChallenge,
  deliveries,
  issuerKey,
  presentedChallenge,
  registerCardholder,
  registerMerchant,
  uniqueId,
  verifiedChallenge,
} from "./support/demo.mjs";
import { kvEntries, withKv } from "./support/storage.mjs";

const { worker, api } = await startApi();
const key = issuerKey();
const cardholder = await registerCardholder(api);

/** @param {string} merchantKey */
const create = (merchantKey) =>
  api.post("/v1/challenges", { key: merchantKey, json: challengeBody(cardholder.id) });

test("a merchant key is shown once, and only its id afterwards", async () => {
  const merchant = await registerMerchant(api);
  const read = assertStatus(await api.get(`/v1/merchants/${merchant.id}`, { key }));
  assert.deepEqual(
    read.body.keys.map((/** @type {{ id: string }} */ { id }) => id),
    [merchant.keyId],
  );
  assert.ok(!read.text.includes(merchant.key));
});

test("keys are rotated: a new one beside the old, then the old one revoked", async () => {
  const merchant = await registerMerchant(api);
  const path = `/v1/merchants/${merchant.id}/keys`;
  const next = assertStatus(await api.post(path, { key }), 201).body;
  assert.notEqual(next.key, merchant.key);
  assertStatus(await create(merchant.key), 201);
  assertStatus(await create(next.key), 201);

  assertStatus(await api.send("DELETE", `${path}/${merchant.keyId}`, { key }), 204);
  assertProblem(await create(merchant.key), 401, "invalid_key");
  assertStatus(await create(next.key), 201);
  const gone = await api.send("DELETE", `${path}/${merchant.keyId}`, { key });
  assertProblem(gone, 404, "key_not_found");
  const read = await api.get(`/v1/merchants/${merchant.id}`, { key });
  assert.equal(read.body.keys.length, 1);
});

test("a revoked key redeems nothing", async () => {
  const { attestation, merchant } = await verifiedChallenge(api);
  const path = `/v1/merchants/${merchant.id}/keys/${merchant.keyId}`;
  assertStatus(await api.send("DELETE", path, { key }), 204);
  const refused = await api.siteverify({ secret: merchant.key, response: attestation });
  assert.deepEqual(refused.body["error-codes"], ["invalid-input-secret"]);
});

test("registering a merchant again replaces name and origins and keeps its keys", async () => {
  const merchant = await registerMerchant(api);
  const path = `/v1/merchants/${merchant.id}`;
  const facts = { name: "新しい名前", origins: ["https://new.example", "https://www.new.example"] };
  const replaced = assertStatus(await api.send("PUT", path, { key, json: facts }), 200).body;
  assert.deepEqual(replaced, { id: merchant.id, ...facts, warnings: [] });
  assertStatus(await create(merchant.key), 201);
});

test("a removed merchant is gone with its keys", async () => {
  const merchant = await registerMerchant(api);
  const path = `/v1/merchants/${merchant.id}`;
  assertStatus(await api.send("DELETE", path, { key }), 204);
  assertProblem(await api.get(path, { key }), 404, "merchant_not_found");
  assertProblem(await api.send("DELETE", path, { key }), 404, "merchant_not_found");
  assertProblem(await api.post(`${path}/keys`, { key }), 404, "merchant_not_found");
  assertProblem(await create(merchant.key), 401, "invalid_key");
});

test("a key that the list of a removed merchant's keys missed stays refused when the id is registered again", async () => {
  const merchant = await registerMerchant(api);
  const path = `/v1/merchants/${merchant.id}`;
  const facts = { name: "同じ店", origins: ["https://shop.example"] };

  await worker.kill();
  const proofs = [...(await kvEntries(worker.state))].filter(
    ([name, value]) => name.startsWith("key:") && value.includes(merchant.id),
  );
  assert.equal(proofs.length, 1);
  const [[name, record]] = proofs;
  await worker.start();
  assertStatus(await api.send("DELETE", path, { key }), 204);
  await worker.kill();
  await withKv(worker.state, async (kv) => {
    assert.equal(await kv.get(name), null);
    await kv.put(name, record);
  });
  await worker.start();

  assertProblem(await create(merchant.key), 401, "invalid_key");
  assertStatus(await api.send("PUT", path, { key, json: facts }), 200);
  assertProblem(await create(merchant.key), 401, "invalid_key");
  const next = assertStatus(await api.post(`${path}/keys`, { key }), 201).body;
  assertStatus(await create(next.key), 201);
  // Registered once more, the merchant keeps the key that it has.
  assertStatus(await api.send("PUT", path, { key, json: facts }), 200);
  assertStatus(await create(next.key), 201);
  assertProblem(await create(merchant.key), 401, "invalid_key");
});

test("one merchant's challenges are unknown to another, and its attestations are worth nothing there", async () => {
  const { attestation, id } = await verifiedChallenge(api);
  const other = await registerMerchant(api);
  const path = `/v1/challenges/${id}`;
  assertProblem(await api.get(path, { key: other.key }), 404, "challenge_not_found");
  assertProblem(await api.post(`${path}/cancel`, { key: other.key }), 404, "challenge_not_found");
  const refused = await api.siteverify({ secret: other.key, response: attestation });
  assert.deepEqual(refused.body["error-codes"], ["invalid-input-response"]);
});

test("a cardholder is registered, replaced, read masked and forgotten", async () => {
  const path = `/v1/cardholders/${uniqueId("holder")}`;
  const json = { email: "hanako@mail.jp", phone: "+819012341234", channel: "sms" };
  const masked = { email: "***@mail.jp", phone: "***-****-1234" };
  const made = assertStatus(await api.send("PUT", path, { key, json }), 201).body;
  const [{ bound_at }] = made.authenticators;
  const bound = { bound_at, bound_by: "issuer", unbound_at: null, unbound_by: null };
  const chosen = { at: bound_at, by: "issuer", acr: null, auth_time: null };
  const authenticators = [
    { channel: "email", destination: masked.email, ...bound, chosen: null },
    { channel: "sms", destination: masked.phone, ...bound, chosen },
  ];
  const locks = { locked_until: null, sign_in_needed: false };
  const expected = { ...masked, channel: "sms", enrolled: true, terms: null, ...locks };
  const rest = { authenticators, cards: [], expected_purchase: null };
  assert.deepEqual(made, { id: path.split("/").at(-1), ...expected, ...rest });
  assert.deepEqual(assertStatus(await api.get(path, { key })).body, made);

  const replaced = await api.send("PUT", path, { key, json: { email: "hanako@mail.jp" } });
  // Their choice stays, and moves to the destination that is left.
  const { phone, channel, enrolled, authenticators: record } = assertStatus(replaced, 200).body;
  assert.deepEqual({ phone, channel, enrolled }, { phone: null, channel: "email", enrolled: true });
  assert.equal(record[0].chosen.by, "issuer");
  assert.ok(record[0].unbound_at === null && record[1].unbound_at >= bound_at);

  assertStatus(await api.send("DELETE", path, { key }), 204);
  assertProblem(await api.get(path, { key }), 404, "cardholder_not_found");
  assertProblem(await api.send("DELETE", path, { key }), 404, "cardholder_not_found");
});

test("forgetting a cardholder ends their challenges", async () => {
  const forgotten = await registerCardholder(api);
  const challenge = await presentedChallenge(api, { cardholder: forgotten });
  assertStatus(await api.send("DELETE", `/v1/cardholders/${forgotten.id}`, { key }), 204);
  const refused = await api.verify(challenge.secret, challenge.code);
  assertProblem(refused, 404, "challenge_not_found");
  const { key: merchantKey } = challenge.merchant;
  const again = await api.post("/v1/challenges", {
    key: merchantKey,
    json: challengeBody(forgotten.id),
  });
  assertProblem(again, 422, "unknown_cardholder");
});

test("a new destination takes effect with the next challenge's first code", async () => {
  const moved = await registerCardholder(api);
  const json = { email: "moved@new.example", channel: "email" };
  assertStatus(await api.send("PUT", `/v1/cardholders/${moved.id}`, { key, json }), 200);
  const challenge = await presentedChallenge(api, { cardholder: moved });
  assert.equal((await deliveries(api, challenge))[0].to, "moved@new.example");
});

test("a code sent to a destination that was replaced is dead; the next goes to the new one", async () => {
  const moved = await registerCardholder(api);
  const challenge = await presentedChallenge(api, { cardholder: moved });
  const json = { email: "moved@new.example", channel: "email" };
  assertStatus(await api.send("PUT", `/v1/cardholders/${moved.id}`, { key, json }), 200);
  assertProblem(await api.verify(challenge.secret, challenge.code), 422, "code_expired");
  await api.advance(30);
  assertStatus(await api.resend(challenge.secret));
  const [{ to, code }] = await deliveries(api, challenge);
  assert.equal(to, "moved@new.example");
  assertStatus(await api.verify(challenge.secret, code));
});

test("creating again with the same Idempotency-Key tells how the challenge stands", async () => {
  const { key: merchantKey } = await registerMerchant(api);
  const headers = { "idempotency-key": "order-1" };
  const call = { key: merchantKey, headers, json: challengeBody(cardholder.id) };
  const made = assertStatus(await api.post("/v1/challenges", call), 201).body;
  assertStatus(await api.post(`/v1/challenges/${made.id}/cancel`, { key: merchantKey }));
  const again = assertStatus(await api.post("/v1/challenges", call), 201).body;
  assert.deepEqual(again, { ...made, status: "canceled" });
});

test("an Idempotency-Key that is used again after retention opens another challenge, at another address", async () => {
  const shop = await registerMerchant(api);
  const headers = { "idempotency-key": "order-1" };
  const call = { key: shop.key, headers, json: challengeBody(cardholder.id) };
  const create = async () => assertStatus(await api.post("/v1/challenges", call), 201).body;
  const first = await create();
  await api.advance(24 * 3600 + 1800);
  const second = await create();
  assert.equal(second.status, "pending");
  for (const unlike of ["id", "url", "client_secret"]) {
    assert.notEqual(second[unlike], first[unlike], unlike);
  }
  // Who kept the old address cannot open the new purchase.
  const id = first.client_secret.replace(first.id, second.id);
  assertProblem(await api.cancel(id), 404, "challenge_not_found");
  assert.deepEqual(await create(), second);
});

test("an attestation can be checked offline against the published keys", async () => {
  const { attestation, merchant, id } = await verifiedChallenge(api);
  const keys = createRemoteJWKSet(new URL(`${worker.origin}/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(attestation, keys, {
    issuer: worker.origin,
    audience: merchant.id,
    algorithms: ["ES256"],
    typ: "warifu-attestation+jwt",
  });
  const { keys: published } = (await api.get("/.well-known/jwks.json")).body;
  assert.ok(
    published.some((/** @type {{ kid: string }} */ { kid }) => kid === protectedHeader.kid),
  );
  const {
    amount,
    currency,
    card_last4,
    reference,
    channel,
    sub,
    iat,
    exp,
    jti,
    destination_age: age,
    ...rest
  } = payload;
  assert.deepEqual(
    { amount, currency, card_last4, reference, channel, sub },
    {
      amount: 3150,
      currency: "JPY",
      card_last4: "1234",
      reference: "order-1",
      channel: "email",
      sub: id,
    },
  );
  assert.equal(Number(exp) - Number(iat), 300);
  assert.match(String(jti), /^\S{16,}$/);
  assert.ok(Number(age) >= 0 && Number(age) < 60, `${age}`);
  assert.deepEqual(Object.keys(rest).sort(), ["aud", "iss"]);
  await assert.rejects(jwtVerify(attestation, keys, { audience: "another" }), /aud/);
  const later = new Date((Number(exp) + 1) * 1000);
  await assert.rejects(jwtVerify(attestation, keys, { currentDate: later }), /exp/);
});

test("the published keys are public: no private member, the signing one first", async () => {
  const { attestation } = await verifiedChallenge(api);
  const answer = await api.get("/.well-known/jwks.json");
  assert.equal(answer.body.keys[0].kid, decodeProtectedHeader(attestation).kid);
  assert.ok(answer.body.keys.every((/** @type {object} */ jwk) => !("d" in jwk)));
});

test("siteverify redeems once, answers what was bought, and takes a form as well", async () => {
  const { attestation, merchant, id } = await verifiedChallenge(api);
  const form = { secret: merchant.key, response: attestation, remoteip: "192.0.2.1" };
  const { challenge_ts, ...redeemed } = (await api.post("/v1/siteverify", { form })).body;
  assert.deepEqual(redeemed, {
    success: true,
    challenge: id,
    hostname: "shop.example",
    amount: 3150,
    currency: "JPY",
    card_last4: "1234",
    reference: "order-1",
    merchant: merchant.id,
    channel: "email",
    "error-codes": [],
  });
  const { now } = (await api.get("/dev/clock")).body;
  assert.ok(Math.abs(Date.parse(now) - Date.parse(challenge_ts)) < 10_000, challenge_ts);
  const again = await api.post("/v1/siteverify", { form });
  assert.deepEqual(again.body["error-codes"], ["timeout-or-duplicate"]);
});

test("siteverify says what is wrong with a call", async () => {
  const { attestation, merchant } = await verifiedChallenge(api);
  const secret = merchant.key;
  const [head, claims, signature] = attestation.split(".");
  const flipped = `${head}.${claims}.${signature[0] === "A" ? "B" : "A"}${signature.slice(1)}`;
  const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${claims}.`;
  /** @type {[Record<string, unknown>, string][]} */
  const calls = [
    [{ response: attestation }, "missing-input-secret"],
    [{ secret: "", response: attestation }, "missing-input-secret"],
    [{ secret: "wk_test_unknown", response: attestation }, "invalid-input-secret"],
    [{ secret: key, response: attestation }, "invalid-input-secret"],
    [{ secret }, "missing-input-response"],
    [{ secret, response: "" }, "missing-input-response"],
    [{ secret, response: "XXXX.DUMMY.TOKEN.XXXX" }, "invalid-input-response"],
    [{ secret, response: flipped }, "invalid-input-response"],
    [{ secret, response: unsigned }, "invalid-input-response"],
    [{ secret, response: "x".repeat(5000) }, "invalid-input-response"],
  ];
  for (const [body, code] of calls) {
    const answer = assertStatus(await api.siteverify(body));
    assert.deepEqual(answer.body["error-codes"], [code], JSON.stringify(body));
  }
  assert.equal((await api.siteverify({ secret, response: attestation })).body.success, true);
});

test("an attestation is worth nothing after 5 minutes, and the form hands over no other", async () => {
  const { attestation, merchant, secret } = await verifiedChallenge(api);
  await api.advance(301);
  const late = await api.siteverify({ secret: merchant.key, response: attestation });
  assert.deepEqual(late.body["error-codes"], ["timeout-or-duplicate"]);
  assert.doesNotMatch(assertStatus(await api.present(secret)).text, /data-response|eyJ/);
});

test("a merchant cancels a challenge, and once more", async () => {
  const challenge = await createChallenge(api);
  const { key: merchantKey } = challenge.merchant;
  const cancel = () => api.post(`/v1/challenges/${challenge.id}/cancel`, { key: merchantKey });
  assert.equal(assertStatus(await cancel()).body.status, "canceled");
  assert.equal(assertStatus(await cancel()).body.status, "canceled");
  const { id } = await verifiedChallenge(api, { merchant: challenge.merchant });
  const refused = await api.post(`/v1/challenges/${id}/cancel`, { key: merchantKey });
  assertProblem(refused, 409, "challenge_verified");
});
