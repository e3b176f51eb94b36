// What the standard libraries of shops and issuers write, where the contract would have them write
// it otherwise: taken, and meant as written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
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
