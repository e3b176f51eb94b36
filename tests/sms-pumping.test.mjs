// Whom text messages may be sent to, and how many whose codes nobody types: countries, and budgets of
// a merchant and of a country. The rules are held natively, in core/src/sms_budget/tests.rs and
// core/src/cardholder/tests/available.rs; here they meet the routes, the objects and the couriers.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  createChallenge,
  eventually,
  issuerKey,
  newestCode,
  readChallenge,
  registerCardholder,
  registerMerchant,
  uniqueId,
} from "./support/demo.mjs";
import { startReceiver, verified } from "./support/events.mjs";

const secret = `whsec_${randomBytes(24).toString("base64")}`;
const issuer = await startReceiver();
const vars = {
  ISSUER_EVENTS_URL: issuer.url,
  ISSUER_EVENTS_SECRETS: secret,
  SMS_BUDGET_MODE: "deny",
  SMS_BUDGET_MERCHANT: "10",
};
const { worker, api } = await startApi({ vars });
const key = issuerKey();

const jamaica = "+18765550123";

/**
 * A challenge whose form was shown, for a cardholder of its own with codes by SMS, and the line that
 * says what became of its code.
 * @param {import("./support/demo.mjs").Merchant} merchant
 */
async function shown(merchant) {
  const cardholder = await registerCardholder(api, { channel: "sms" });
  const challenge = await createChallenge(api, { merchant, cardholder });
  assertStatus(await api.present(challenge.secret));
  const [line] = await eventually(
    async () => lines(challenge.id).filter(({ event }) => /^code_(not_)?sent$/.test(event)),
    ({ length }) => length > 0,
  );
  return { challenge, line };
}

/** @param {string} text @returns {Record<string, string>[]} */
const lines = (text) =>
  worker
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{") && line.includes(text))
    .map((line) => JSON.parse(line));

test("a number of another country than Japan is refused, alone and in an import", async () => {
  const id = uniqueId("holder");
  const put = await api.send("PUT", `/v1/cardholders/${id}`, { key, json: { phone: jamaica } });
  assertProblem(put, 422, "country_not_allowed");
  assert.equal(put.body.field, "phone");
  assert.match(put.body.detail, /one of these countries: JP\.$/);
  const body = `${JSON.stringify({ id, phone: jamaica })}\n`;
  const imported = await api.post("/v1/cardholders", { key, body, type: "application/x-ndjson" });
  const [line, summary] = imported.text
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
  assert.deepEqual([line.status, line.code, line.field], [422, "country_not_allowed", "phone"]);
  assert.deepEqual([summary.imported, summary.refused], [0, 1]);
  assertProblem(await api.get(`/v1/cardholders/${id}`, { key }), 404, "cardholder_not_found");
});

test("beyond the budget nothing is sent; a code that is typed makes room; half and end are told", async () => {
  const merchant = await registerMerchant(api);
  const all = [];
  for (let count = 0; count < 10; count++) all.push(await shown(merchant));
  assert.deepEqual(
    all.map(({ line }) => line.event),
    all.map(() => "code_sent"),
  );
  const denied = await shown(merchant);
  assert.deepEqual([denied.line.event, denied.line.why], ["code_not_sent", "sms budget spent"]);
  assert.equal((await readChallenge(api, denied.challenge)).delivery, "failed");
  // Another merchant's buyers are not hit.
  assert.equal((await shown(await registerMerchant(api))).line.event, "code_sent");

  const [first] = all;
  const code = await newestCode(api, first.challenge);
  const attempt = `attempt${"a".repeat(20)}`;
  for (let count = 0; count < 3; count++) {
    // The same attempt again is verified again, and gives nothing back again.
    const json = { code, attempt_id: attempt };
    assertStatus(await api.post(`/challenge/${first.challenge.secret}/verify`, { json }));
  }
  const after = await eventually(
    () => shown(merchant),
    ({ line }) => line.event === "code_sent",
  );
  assert.equal(after.line.channel, "sms");
  assert.equal((await shown(merchant)).line.event, "code_not_sent");

  for (const [type, event] of [
    ["sms_budget.half", "sms_budget_half"],
    ["sms_budget.spent", "sms_budget_spent"],
  ]) {
    const [post] = await eventually(
      async () =>
        issuer.posts.filter((post) => post.event.type === type && post.event.data.merchant),
      ({ length }) => length > 0,
    );
    const { data } = verified(post, secret);
    assert.deepEqual(data, { merchant: merchant.id, limit: 10, mode: "deny" });
    const told = lines(`"event":"${event}"`);
    assert.deepEqual(told, [{ event, merchant: merchant.id, limit: "10", mode: "deny" }]);
  }

  // A day later all of it is free.
  await api.advance(86_400);
  assert.equal((await shown(merchant)).line.event, "code_sent");
});

test("a number that was registered before the countries changed gets nothing, or mail", async () => {
  await worker.restart({ SMS_COUNTRIES: "JP,JM" });
  const merchant = await registerMerchant(api);
  const id = uniqueId("holder");
  /** @type {{ email: string, phone: string, channel: "sms" }} */
  const json = { email: "taro@mail.jp", phone: jamaica, channel: "sms" };
  assertStatus(await api.send("PUT", `/v1/cardholders/${id}`, { key, json }), 201);
  const open = await createChallenge(api, { merchant, cardholder: { id, ...json } });
  assert.equal((await readChallenge(api, open)).channel, "sms");
  await worker.restart();
  const described = assertStatus(await api.get(`/v1/cardholders/${id}`, { key })).body;
  assert.deepEqual([described.phone, described.channel], ["***-****-0123", null]);
  const create = { key: merchant.key, json: challengeBody(id) };
  assertProblem(await api.post("/v1/challenges", create), 422, "not_enrolled");
  assert.match(assertStatus(await api.present(open.secret)).text, /受け取り方が登録されていません/);
  await worker.restart({ SMS_TO_EMAIL: "on" });
  assertStatus(await api.present(open.secret));
  const [line] = await eventually(
    async () => lines(open.id).filter(({ event }) => event === "code_sent"),
    ({ length }) => length > 0,
  );
  assert.equal(line.channel, "email");
});
