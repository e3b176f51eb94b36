// What the standard libraries of shops and issuers write, where the contract would have them write
// it otherwise: taken, and meant as written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { misfit, openapi } from "./support/contract.mjs";
import {
  challengeBody,
  issuerKey,
  registerCardholder,
  registerMerchant,
  transaction,
  uniqueId,
} from "./support/demo.mjs";

const { api } = await startApi();
const { key } = await registerMerchant(api);
const cardholder = await registerCardholder(api);

for (const [library, purchased_at] of [
  ["java.time without seconds", "2026-11-22T14:01+09:00"],
  ["java.time without seconds, in UTC", "2026-11-22T05:01Z"],
  ["PHP's DATE_ISO8601", "2026-11-22T14:01:00+0900"],
]) {
  test(`a purchase's time is taken as ${library} writes it`, async () => {
    const json = challengeBody(cardholder.id, { transaction: { ...transaction, purchased_at } });
    const { id } = assertStatus(await api.post("/v1/challenges", { key, json }), 201).body;
    const { body } = assertStatus(await api.get(`/v1/challenges/${id}`, { key }));
    assert.equal(body.transaction.purchased_at, "2026-11-22T05:01:00Z");
  });
}

test("a byte order mark before a body of JSON is ignored", async () => {
  const marked = (/** @type {unknown} */ json) => `\ufeff${JSON.stringify(json)}`;
  const type = "application/json";
  const body = marked(challengeBody(cardholder.id));
  assertStatus(await api.post("/v1/challenges", { key, body, type }), 201);
  const asked = { body: marked({ secret: key }), type };
  const { body: said } = assertStatus(await api.post("/v1/siteverify", asked));
  assert.deepEqual(said["error-codes"], ["missing-input-response"]);
  const lines = { body: marked({ id: uniqueId("holder"), email: "taro@mail.jp" }) };
  const call = { key: issuerKey(), ...lines, type: "application/x-ndjson" };
  const imported = assertStatus(await api.post("/v1/cardholders", call));
  assert.equal(imported.body?.[0].status, 201, imported.text);
});

/** @typedef {Record<string, any>} Schema */

/** @param {string} pointer @param {Schema} schema @returns {string[]} */
function optionalMembers(pointer, schema) {
  const properties = Object.entries(/** @type {Schema} */ (schema.properties ?? {}));
  return properties.flatMap(([name, inner]) => {
    const member = `${pointer}/properties/${name}`;
    const optional = (schema.required ?? []).includes(name) ? [] : [member];
    return [...optional, ...optionalMembers(member, inner)];
  });
}

test("a member that may be left out may be null, in the contract", () => {
  const requests = [
    ...["CreateChallenge", "Siteverify", "RegisterCardholder", "ImportedCardholder"],
    ...["CreateEnrollmentSession", "RegisterMerchant", "RegisterEventEndpoint", "SubmittedCode"],
  ];
  const members = requests.flatMap((name) =>
    optionalMembers(`#/components/schemas/${name}`, openapi.components.schemas[name]),
  );
  assert.equal(members.length, 21, members.join(" "));
  for (const member of members) assert.equal(misfit(member, null), null, member);
});

test("a member that may be left out may be null", async () => {
  const issuer = issuerKey();
  const json = challengeBody(cardholder.id, {
    transaction: { ...transaction, reference: null },
    locale: null,
    return_url: null,
  });
  assertStatus(await api.post("/v1/challenges", { key, json }), 201);
  const asked = { secret: null, response: null, remoteip: null, idempotency_key: null };
  const { body } = assertStatus(await api.siteverify(asked));
  assert.deepEqual(body["error-codes"], ["missing-input-secret"]);
  const registered = { email: "taro@mail.jp", phone: null, personal_message: null, channel: null };
  const path = `/v1/cardholders/${uniqueId("holder")}`;
  assertStatus(await api.send("PUT", path, { key: issuer, json: registered }), 201);
  const unsaid = { return_url: null, locale: null, acr: null, auth_time: null };
  const session = { key: issuer, json: unsaid };
  assertStatus(await api.post(`${path}/enrollment-sessions`, session), 201);
});

test("the contract's pattern of a telephone number takes what is registered, and no more", async () => {
  const pointer = "#/components/schemas/RegisterCardholder/properties/phone";
  for (const phone of [
    ...["+819012345678", "+816012345678", "+817012345678", "+818012345678", "+14155550100"],
    ...["+8190123456789", "+81901234567", "+815012345678", "+81312345678", "+8109012345678"],
    ...["+1234567", "+12345678", "+123456789012345", "+1234567890123456", "+0123456789"],
    ...["819012345678", "+82101234567", "+81", "+8112345678", "+81 9012345678", "＋819012345678"],
  ]) {
    const call = { key: issuerKey(), json: { phone } };
    const path = `/v1/cardholders/${uniqueId("holder")}`;
    const { status, body, text } = await api.send("PUT", path, call);
    // A number of another country has the form of one.
    const isTaken = status === 201 || body?.code === "country_not_allowed";
    assert.equal(misfit(pointer, phone) === null, isTaken, `${phone}: ${text}`);
  }
});
