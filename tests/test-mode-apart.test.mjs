// Test mode by key, over HTTP: what a test key makes is unknown to a live key and the reverse, in every
// route; it reaches no provider; and a setting switches it off.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { startCouriers } from "./support/couriers.mjs";
import {
  challengeBody,
  createTest,
  eventually,
  issuerKey,
  registerCardholder,
  registerMerchant,
  testing,
  transaction,
  verifiedChallenge,
} from "./support/demo.mjs";
import { registerEndpoint, startReceiver, verified } from "./support/events.mjs";

const { worker, api } = await startApi();
const code = "123456";

/** A merchant with a verified challenge of each mode. */
async function both() {
  const live = await registerMerchant(api);
  const tester = await testing(api, live);
  const bought = await verifiedChallenge(api, { merchant: live });
  const tested = await createTest(api, tester, "test_verified");
  assertStatus(await api.present(tested.secret));
  const { attestation } = assertStatus(await api.verify(tested.secret, code)).body;
  return { live, tester, bought, tested: { ...tested, attestation } };
}

/** @param {string} token */
const parts = (token) =>
  token
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));

test("in every route what one key made is unknown to the other", async () => {
  const { live, tester, bought, tested } = await both();
  const cases = [
    { name: "live key, test challenge", key: live.key, of: tested, own: bought },
    { name: "test key, live challenge", key: tester.key, of: bought, own: tested },
  ];
  for (const { name, key, of, own } of cases) {
    // Read and cancel, by the id as it is and by what it would be in the other mode.
    const tail = of.id.slice(-22);
    for (const id of [of.id, `ch_${tail}`, `ch_test_${tail}`]) {
      assertProblem(await api.get(`/v1/challenges/${id}`, { key }), 404, "challenge_not_found");
      const cancel = await api.post(`/v1/challenges/${id}/cancel`, { key });
      assertProblem(cancel, 404, "challenge_not_found");
    }
    const read = assertStatus(await api.get(`/v1/challenges/${own.id}`, { key })).body;
    assert.equal(read.status, "verified", name);
    assert.equal(read.test, own === tested ? true : undefined, name);

    const refused = await api.siteverify({ secret: key, response: of.attestation });
    assert.deepEqual(refused.body, { success: false, "error-codes": ["invalid-input-response"] });
    const redeemed = (await api.siteverify({ secret: key, response: own.attestation })).body;
    assert.equal(redeemed.success, true, name);
    assert.equal(redeemed.challenge, own.id, name);
    assert.equal(redeemed.test, own === tested ? true : undefined, name);
    const again = await api.siteverify({ secret: key, response: own.attestation });
    assert.deepEqual(again.body["error-codes"], ["timeout-or-duplicate"], name);

    // A list has what was made in its mode: a live challenge from 10 seconds on.
    await api.advance(11);
    const { challenges } = assertStatus(await api.get("/v1/challenges", { key })).body;
    const ids = challenges.map((/** @type {{ id: string }} */ { id }) => id);
    assert.deepEqual(ids, [own.id], name);
    const self = assertStatus(await api.get("/v1/merchant", { key })).body;
    assert.equal(self.mode, own === tested ? "test" : "live", name);

    // What the issuer does about cardholders knows no test, and no key of a merchant opens it.
    assertProblem(await api.get("/v1/cardholders/taro", { key }), 401, "invalid_key");
  }
  // The form of a test, behind the words of a live secret, and the reverse.
  for (const [own, other] of [
    [bought, tested],
    [tested, bought],
  ]) {
    const [, sealed] = own.secret.split("_secret_");
    const forged = `${other.id}_secret_${sealed}`;
    for (const path of ["", "/delivery", "/report"]) {
      assert.equal((await api.get(`/challenge/${forged}${path}`)).status, 404, path);
    }
    assert.equal((await api.verify(forged, code)).status, 404);
  }
});

test("the attestation of a test has another type and audience", async () => {
  const { live, bought, tested } = await both();
  const [liveHeader, liveClaims] = parts(bought.attestation);
  const [header, claims] = parts(tested.attestation);
  assert.deepEqual(
    [liveHeader.typ, liveClaims.aud, header.typ, claims.aud, claims.sub],
    [
      "warifu-attestation+jwt",
      live.id,
      "warifu-test-attestation+jwt",
      `test/${live.id}`,
      tested.id,
    ],
  );
});

test("an id is a cardholder's for a live key and a course's for a test key", async () => {
  const live = await registerMerchant(api);
  const tester = await testing(api, live);
  const cardholder = await registerCardholder(api);
  const create = (/** @type {string} */ key, /** @type {string} */ id) =>
    api.post("/v1/challenges", { key, json: challengeBody(id) });
  assertProblem(await create(tester.key, cardholder.id), 422, "unknown_cardholder");
  assertProblem(await create(live.key, "test_verified"), 422, "unknown_cardholder");
  assertProblem(await create(tester.key, "test_not_enrolled"), 422, "not_enrolled");
  const made = assertStatus(await create(tester.key, "test_app"), 201).body;
  assert.match(made.id, /^ch_test_[\w-]{22}$/);
  assert.match(made.client_secret, /^ch_test_[\w-]{22}_secret_/);
  assert.deepEqual([made.channel, made.test], ["app", true]);
});

test("a create under an idempotency key finds its test challenge again, also after its end", async () => {
  const tester = await testing(api, await registerMerchant(api));
  const create = (/** @type {object} */ json) =>
    api.post("/v1/challenges", {
      key: tester.key,
      json,
      headers: { "idempotency-key": "order-1" },
    });
  const first = assertStatus(await create(challengeBody("test_verified")), 201).body;
  assertStatus(await api.present(first.client_secret));
  assertStatus(await api.verify(first.client_secret, code));
  const again = assertStatus(await create(challengeBody("test_verified")), 201).body;
  assert.deepEqual(again, { ...first, status: "verified" });
  const other = challengeBody("test_verified", { transaction: { ...transaction, amount: 1 } });
  assertProblem(await create(other), 422, "idempotency_conflict");
});

test("courses of one merchant do not disturb each other", async () => {
  const tester = await testing(api, await registerMerchant(api));
  const locked = await createTest(api, tester, "test_locked");
  assert.match((await api.present(locked.secret)).text, /data-error="locked"/);
  const wrong = await createTest(api, tester, "test_wrong_code");
  assertStatus(await api.present(wrong.secret));
  for (let n = 0; n < 5; n++) assert.equal((await api.verify(wrong.secret, code)).status, 422);
  assertProblem(await api.verify(wrong.secret, code), 409, "challenge_failed");
  const right = await createTest(api, tester, "test_verified");
  assertStatus(await api.present(right.secret));
  assertStatus(await api.verify(right.secret, code));
});

test("a key is made for one mode, and the list says which", async () => {
  const merchant = await registerMerchant(api);
  const path = `/v1/merchants/${merchant.id}`;
  const key = issuerKey();
  const make = (/** @type {unknown} */ json) => api.post(`${path}/keys`, { key, json });
  const made = [];
  for (const [json, mode] of /** @type {const} */ ([
    [{}, "live"],
    [{ mode: null }, "live"],
    [{ mode: "live" }, "live"],
    [{ mode: "test" }, "test"],
  ])) {
    const { body } = assertStatus(await make(json), 201);
    assert.equal(body.mode, mode);
    assert.ok(body.key.startsWith(`wk_${mode}_`));
    made.push([body.id, mode]);
  }
  for (const json of [{ mode: "Test" }, { mode: "" }, { kind: "test" }]) {
    assertProblem(await make(json), 400, "invalid_request");
  }
  const { keys } = assertStatus(await api.get(path, { key })).body;
  const modes = new Map(keys.map((/** @type {any} */ entry) => [entry.id, entry.mode]));
  assert.deepEqual(
    made.map(([id]) => [id, modes.get(id)]),
    made,
  );
});

test("events of tests go to the endpoint for tests alone", async () => {
  const [shop, tests] = [await startReceiver(), await startReceiver()];
  const live = await registerMerchant(api);
  const tester = await testing(api, live);
  await registerEndpoint(api, live, shop.url);
  const path = `/v1/merchants/${live.id}/test-event-endpoint`;
  const call = { key: issuerKey(), json: { url: tests.url } };
  const { secret } = assertStatus(await api.send("PUT", path, call)).body;

  const again = await createTest(api, tester, "test_verified");
  assertStatus(await api.present(again.secret));
  assertStatus(await api.verify(again.secret, code));
  const later = await verifiedChallenge(api, { merchant: live });
  const [post] = await tests.told(again);
  await shop.told(later);
  const event = verified(post, secret);
  assert.equal(event.type, "challenge.verified");
  assert.deepEqual(
    [event.data.test, event.data.cardholder, event.data.merchant],
    [true, "test_verified", live.id],
  );
  for (const [receiver, own] of /** @type {const} */ ([
    [shop, [later.id]],
    [tests, [again.id]],
  ])) {
    assert.deepEqual(
      receiver.posts.map(({ event }) => event.data.challenge),
      own,
    );
  }
});

test("an alarm tells how a test ended by itself", async () => {
  const tests = await startReceiver();
  const live = await registerMerchant(api);
  const tester = await testing(api, live);
  const path = `/v1/merchants/${live.id}/test-event-endpoint`;
  const call = { key: issuerKey(), json: { url: tests.url } };
  assertStatus(await api.send("PUT", path, call));
  const made = await createTest(api, tester, "test_expired");
  const [post] = await tests.told(made);
  assert.deepEqual([post.event.type, post.event.data.test], ["challenge.expired", true]);
});

test("a dummy secret has one answer, and where test mode is off no test is taken", async () => {
  const { tester, tested, live, bought } = await both();
  const dummies = {
    wk_test_always_passes: [],
    wk_test_always_fails: ["invalid-input-response"],
    wk_test_already_spent: ["timeout-or-duplicate"],
  };
  for (const [secret, codes] of Object.entries(dummies)) {
    for (const response of ["anything", bought.attestation]) {
      const { body } = await api.siteverify({ secret, response });
      assert.deepEqual([body.success, body["error-codes"]], [codes.length === 0, codes], secret);
    }
  }
  await worker.restart({ TEST_MODE: "off" });
  for (const secret of [...Object.keys(dummies), tester.key]) {
    const { body } = await api.siteverify({ secret, response: tested.attestation });
    assert.deepEqual(body["error-codes"], ["invalid-input-secret"], secret);
  }
  const read = await api.get(`/v1/challenges/${tested.id}`, { key: tester.key });
  assertProblem(read, 401, "invalid_key");
  assert.equal((await api.present(tested.secret)).status, 404);
  const mint = { key: issuerKey(), json: { mode: "test" } };
  assertProblem(await api.post(`/v1/merchants/${live.id}/keys`, mint), 400, "invalid_request");
  assertStatus(await api.get(`/v1/challenges/${bought.id}`, { key: live.key }));
  await worker.restart({});
});

test("where tests alone are taken, nothing live is", async () => {
  const { tester, tested, live, bought } = await both();
  await worker.restart({ TEST_MODE: "only" });
  const read = await api.get(`/v1/challenges/${bought.id}`, { key: live.key });
  assertProblem(read, 401, "invalid_key");
  const spent = await api.siteverify({ secret: live.key, response: bought.attestation });
  assert.deepEqual(spent.body["error-codes"], ["invalid-input-secret"]);
  assert.equal((await api.present(bought.secret)).status, 404);
  for (const json of [{}, { mode: "live" }]) {
    const mint = { key: issuerKey(), json };
    assertProblem(await api.post(`/v1/merchants/${live.id}/keys`, mint), 400, "invalid_request");
  }
  assertStatus(await api.present(tested.secret));
  const passed = await api.siteverify({ secret: tester.key, response: tested.attestation });
  assert.equal(passed.body.success, true);
  await worker.restart({});
  const kept = await api.siteverify({ secret: live.key, response: bought.attestation });
  assert.equal(kept.body.success, true);
});

test("a test reaches no provider, whatever is set up", async () => {
  const { api: courierApi, providers } = await startCouriers({
    email: ["ses", "sendgrid"],
    sms: ["twilio"],
  });
  const tester = await testing(courierApi, await registerMerchant(courierApi));
  for (const id of ["test_verified", "test_sms", "test_bounced", "test_undeliverable"]) {
    const made = await createTest(courierApi, tester, id);
    assertStatus(await courierApi.present(made.secret));
    const settled = await eventually(
      async () => (await courierApi.get(`/v1/challenges/${made.id}`, { key: tester.key })).body,
      ({ delivery }) => delivery !== "sending",
    );
    assert.ok(["sent", "bounced", "failed"].includes(settled.delivery), settled.delivery);
  }
  for (const { name, asks } of Object.values(providers)) assert.equal(asks(), 0, name);
});
