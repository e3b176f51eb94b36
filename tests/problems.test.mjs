// Every bad request to merchants' and issuer's operations gets its problem: status, code and, where
// a member is at fault, its name. That each answer is described is checked by the client itself.
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { assertStatus, refuser } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { openapi } from "./support/contract.mjs";
import {
  challengeBody,
  createChallenge,
  issuerKey,
  registerCardholder,
  registerMerchant,
  transaction,
  uniqueId,
} from "./support/demo.mjs";
import { leaves } from "./support/requests.mjs";

/** @typedef {import("./support/api.mjs").Call} Call */

const { api } = await startApi();
const refuses = refuser(api);
const issuer = issuerKey();
const merchant = await registerMerchant(api);
const cardholder = await registerCardholder(api);
const key = merchant.key;
const long = "x".repeat(17 * 1024);

/** @param {Record<string, unknown>} changes to the transaction */
const withTransaction = (changes) => ({
  cardholder: cardholder.id,
  transaction: { ...transaction, ...changes },
});

/** @param {string} member @param {...unknown} values */
const transactions = (member, ...values) =>
  values.map((value) => [`transaction.${member}`, withTransaction({ [member]: value })]);

/** @param {string} member @param {...unknown} values */
const challenges = (member, ...values) =>
  values.map((value) => [member, challengeBody(cardholder.id, { [member]: value })]);

/** @type {[string, unknown][]} */
const badChallenges = /** @type {any} */ ([
  ...challenges("cardholder", undefined, 5, null, "", "a b", "x".repeat(65), "タロウ"),
  ...challenges("cardholder", ".", "..", "...", ".".repeat(64)),
  ...challenges("transaction", undefined, "3150", null),
  ...transactions("amount", undefined, null, "3150", 0, -1, 1.5, 1_000_000_000_000, 1e300),
  ...transactions("currency", undefined, 392, "", "jpy", "YEN", "ZZZ", "JPYY"),
  ...transactions("currency", "BGN", "HRK", "SLL", "ZWL", "CUC", "XAU", "XXX"),
  ...transactions("purchased_at", undefined, 0, "", "yesterday", "2023-02-13"),
  ...transactions("purchased_at", "2023-02-30T00:00:00Z", "2023-02-13T25:00:00Z"),
  ...transactions("card_last4", undefined, 1234, "123", "12345", "12a4", "１２３４"),
  ...transactions("reference", 5, "", "x".repeat(65)),
  ...transactions("merchant", "another shop"),
  ...challenges("locale", 5),
  ...challenges("return_url", 5, "", "/done", "javascript:alert(1)", "https://evil.example/"),
  ...challenges("return_url", "https://shop.example.evil.example/", "http://shop.example/done"),
  ...challenges("return_url", "https://shop.example@evil.example/", "https://shop.example:8443/"),
  ...challenges("return_url", `https://shop.example/${"x".repeat(2048)}`),
  ...challenges("amount", 3150),
]);

for (const [field, json] of badChallenges) {
  test(`a challenge is refused for its ${field}: ${JSON.stringify(json).slice(0, 200)}`, async () => {
    await refuses("POST", "/v1/challenges", { key, json }, "400 invalid_request", field);
  });
}

test("a challenge for a cardholder that is unknown or has no channel is refused", async () => {
  const unknown = challengeBody(uniqueId("nobody"));
  await refuses("POST", "/v1/challenges", { key, json: unknown }, "422 unknown_cardholder");
  const id = uniqueId("holder");
  const json = { email: "taro@mail.jp" };
  assertStatus(await api.send("PUT", `/v1/cardholders/${id}`, { key: issuer, json }), 201);
  await refuses("POST", "/v1/challenges", { key, json: challengeBody(id) }, "422 not_enrolled");
});

test("an Idempotency-Key is refused with another body, or when it is no key", async () => {
  const headers = { "idempotency-key": uniqueId("order") };
  const json = challengeBody(cardholder.id);
  const first = assertStatus(await api.post("/v1/challenges", { key, json, headers }), 201);
  const other = withTransaction({ amount: 3151 });
  const call = { key, json: other, headers };
  await refuses("POST", "/v1/challenges", call, "422 idempotency_conflict");
  const moved = { key, json: { ...json, locale: "en" }, headers };
  await refuses("POST", "/v1/challenges", moved, "422 idempotency_conflict");
  const again = assertStatus(await api.post("/v1/challenges", { key, json, headers }), 201);
  assert.deepEqual(again.body, first.body);

  const elsewhere = await registerMerchant(api);
  const theirs = await api.post("/v1/challenges", { key: elsewhere.key, json, headers });
  assert.notEqual(assertStatus(theirs, 201).body.id, first.body.id);
  for (const bad of ["", "x".repeat(256)]) {
    const call = { key, json, headers: { "idempotency-key": bad } };
    await refuses("POST", "/v1/challenges", call, "400 invalid_request");
  }
});

/** @type {[string, unknown][]} */
const badCardholders = [
  ...[
    5,
    "",
    "taro",
    "@mail.jp",
    "taro@",
    "a b@mail.jp",
    "a@b@mail.jp",
    "taro@mail.jp\r\nBcc: x@y.jp",
  ],
  ...["ｔａｒｏ@mail.jp", "taro@ｍａｉｌ.jp", "taro＠mail.jp", "taro@mail。jp", "太郎@mail.jp"],
  ...["taro@例え.jp", "tarö@mail.jp", "taro@mail.jp\u200b", "taro@192.0.2.1", "taro@mail.123"],
  `${"x".repeat(250)}@mail.jp`,
].map((email) => ["email", { email, channel: "email" }]);
badCardholders.push(
  .../** @type {[string, unknown][]} */ (
    [
      ...[5, "", "09012341234", "+0901234123", "+81 90", "+1234567890123456", "+８１９０１２３４"],
      ...["+815012341234", "+812012341234", "+81312341234", "+8190123412345"],
    ].map((phone) => ["phone", { phone, channel: "sms" }])
  ),
  ["personal_message", { email: "taro@mail.jp", personal_message: "海".repeat(41) }],
  ["personal_message", { email: "taro@mail.jp", personal_message: 5 }],
  ["personal_message", { email: "taro@mail.jp", personal_message: "a\nb" }],
  ["channel", { email: "taro@mail.jp", channel: "fax" }],
  ["channel", { email: "taro@mail.jp", channel: "app" }],
  ["channel", { email: "taro@mail.jp", channel: "sms" }],
  ["channel", { phone: "+819012341234", channel: "email" }],
  ["pan", { email: "taro@mail.jp", pan: "3528000000000000" }],
);

for (const [field, json] of badCardholders) {
  test(`a cardholder is refused for its ${field}: ${JSON.stringify(json).slice(0, 100)}`, async () => {
    await refuses("PUT", "/v1/cardholders/x", { key: issuer, json }, "400 invalid_request", field);
  });
}

const origins = ["https://shop.example"];
/** @type {[string, unknown][]} */
const badMerchants = [
  ["name", { origins }],
  ...[5, null, "", "店".repeat(41), "a\nb", "a\u0000b"].map(
    (name) => /** @type {[string, unknown]} */ (["name", { name, origins }]),
  ),
  ["origins", { name: "shop" }],
  ...[
    ...["https://shop.example", [], [5], [""], ["*"], ["shop.example"], ["https://*.example"]],
    ...[["https://shop.example/path"], ["ftp://shop.example"], ["http://shop.example"]],
    ...[["https://user@shop.example"], ["https://a.example https://b.example"], ["null"]],
    ...[["https://a.example;"], Array.from({ length: 11 }, (_, n) => `https://s${n}.example`)],
  ].map(
    (value) => /** @type {[string, unknown]} */ (["origins", { name: "shop", origins: value }]),
  ),
  ["keys", { name: "shop", origins, keys: [] }],
];

for (const [field, json] of badMerchants) {
  test(`a merchant is refused for its ${field}: ${JSON.stringify(json).slice(0, 100)}`, async () => {
    await refuses("PUT", "/v1/merchants/x", { key: issuer, json }, "400 invalid_request", field);
  });
}

for (const [schema, bad] of /** @type {const} */ ([
  ["CreateChallenge", badChallenges],
  ["RegisterCardholder", badCardholders],
  ["RegisterMerchant", badMerchants],
])) {
  test(`every field of ${schema} is refused above for a wrong value`, () => {
    const refused = bad.map(([field]) => field);
    const fields = leaves(openapi.components.schemas[schema].properties);
    assert.deepEqual(
      fields.filter((field) => !refused.includes(field)),
      [],
    );
  });
}

test("an id in the path that is none is refused", async () => {
  const json = { email: "taro@mail.jp" };
  for (const id of ["a%20b", "x".repeat(65), "%E3%82%BF", "...", ".".repeat(64)]) {
    await refuses("PUT", `/v1/cardholders/${id}`, { key: issuer, json }, "400 invalid_request");
    for (const path of [`/v1/cardholders/${id}`, `/v1/merchants/${id}`]) {
      await refuses("GET", path, { key: issuer }, "400 invalid_request", "id");
      await refuses("DELETE", path, { key: issuer }, "400 invalid_request", "id");
    }
  }
});

test("an address that is nearly one is refused with what to mend", async () => {
  for (const [email, must] of [
    ["ｔａｒｏ@mail.jp", "be in half-width characters such as taro@mail.example"],
    ["taro＠mail.jp", "be in half-width characters such as taro@mail.example"],
    ["taro@mail_x.jp", "have a domain without an underscore; no domain of mail has one"],
    ["taro@mail.jp.", "end without a dot"],
    ["taro@例え.jp", "be in ASCII, its domain in the xn-- form"],
    ["taro", "be one e-mail address such as taro@mail.example"],
  ]) {
    const call = { key: issuer, json: { email } };
    const { body } = await refuses(
      "PUT",
      "/v1/cardholders/x",
      call,
      "400 invalid_request",
      "email",
    );
    assert.equal(body.detail, `email must ${must}.`);
  }
});

test("what a path would lose on its way is nobody's id", async () => {
  const body = JSON.stringify({ email: "taro@mail.jp", name: "shop", origins });
  const headers = { authorization: `Bearer ${issuer}`, "content-type": "application/json" };
  for (const resource of ["cardholders", "merchants"]) {
    for (const id of [".", "..", "%2e", "%2E%2e", ".%2e"]) {
      const path = `/v1/${resource}/${id}`;
      // As it is: fetch would take such a step itself.
      const status = await new Promise((resolve, reject) => {
        const sent = request(api.origin, { path, method: "PUT", headers }, (answer) => {
          answer.resume().on("end", () => resolve(answer.statusCode));
        });
        sent.on("error", reject).end(body);
      });
      assert.ok([400, 404, 405].includes(/** @type {number} */ (status)), `${path}: ${status}`);
    }
  }
});

test("the clock moves forward only, by whole seconds", async () => {
  for (const advance_seconds of [undefined, null, "60", -1, 1.5, 1e300]) {
    const call = { json: { advance_seconds } };
    await refuses("POST", "/dev/clock", call, "400 invalid_request", "advance_seconds");
  }
});

test("siteverify cannot read a body that is no object of strings", async () => {
  const type = "application/json";
  for (const body of ["", "{", "[]", '"x"', '{"secret":5}', '{"response":{}}', '{"x":"y"}']) {
    const answer = assertStatus(await api.post("/v1/siteverify", { body, type }), 400);
    assert.deepEqual(answer.body, { success: false, "error-codes": ["bad-request"] }, body);
  }
  // A form post is read as strictly.
  for (const body of ["x=y", "secret=a&secret=a", "secret=a&response=b&sitekey=c", "secret=a&=b"]) {
    const form = { body, type: "application/x-www-form-urlencoded" };
    const answer = assertStatus(await api.post("/v1/siteverify", form), 400);
    assert.deepEqual(answer.body, { success: false, "error-codes": ["bad-request"] }, body);
  }
  await refuses("POST", "/v1/siteverify", { json: { secret: long } }, "413 body_too_large");
});

test("a member with an empty name is named in the problem", async () => {
  const json = challengeBody(cardholder.id, { "": 1 });
  const { body } = await refuses("POST", "/v1/challenges", { key, json }, "400 invalid_request");
  assert.equal(body.field, '""');
  assert.equal(body.detail, '"" must be left out; there is no such field.');
});

test("a version that never was has no script", async () => {
  for (const path of ["/v99.0.0/warifu.js", "/v99.0.0/sri.json", "/vx/warifu.js"]) {
    await refuses("GET", path, {}, "404 not_found");
  }
});

test("siteverify names the two forms it reads to whoever sends another", async () => {
  const multipart = new FormData();
  multipart.set("secret", key);
  for (const call of [{ body: multipart }, { json: {}, type: "text/plain" }]) {
    const { body } = await refuses("POST", "/v1/siteverify", call, "415 unsupported_media_type");
    assert.match(body.detail, /application\/json or application\/x-www-form-urlencoded/);
  }
});

test("a challenge that was just created is not mistaken for another path", async () => {
  const { id } = await createChallenge(api, { merchant, cardholder });
  await refuses("GET", `/v1/challenges/${id}x`, { key }, "404 challenge_not_found");
  await refuses("GET", `/v1/challenges/${id.toLowerCase()}!`, { key }, "404 challenge_not_found");
});
