// Every bad request to merchants' and issuer's operations gets its problem: status, code and, where
// a member is at fault, its name. That each answer is described is checked by the client itself.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import {
  challengeBody,
  createChallenge,
  issuerKey,
  registerCardholder,
  registerMerchant,
  transaction,
  uniqueId,
} from "./support/demo.mjs";
import { startWorker } from "./support/worker.mjs";

/** @typedef {import("./support/api.mjs").Call} Call */

const worker = await startWorker();
after(() => worker.stop());
const api = client(worker.origin);
const issuer = issuerKey();
const merchant = await registerMerchant(api);
const cardholder = await registerCardholder(api);
const key = merchant.key;
const long = "x".repeat(17 * 1024);

/**
 * @param {string} method
 * @param {string} path
 * @param {Call} call
 * @param {string} expected such as "400 invalid_request"
 * @param {string} [field]
 */
async function refuses(method, path, call, expected, field) {
  const answer = await api.send(method, path, call);
  const [status, code] = expected.split(" ");
  assertProblem(answer, Number(status), code);
  // An item of a list is named with its place: origins[0].
  if (field) assert.equal(answer.body.field?.replace(/\[\d+\]$/, ""), field, answer.text);
  return answer;
}

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
  ...challenges("transaction", undefined, "3150", null),
  ...transactions("amount", undefined, null, "3150", 0, -1, 1.5, 1_000_000_000_000, 1e300),
  ...transactions("currency", undefined, 392, "", "jpy", "YEN", "ZZZ", "JPYY"),
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
  `${"x".repeat(250)}@mail.jp`,
].map((email) => ["email", { email, channel: "email" }]);
badCardholders.push(
  .../** @type {[string, unknown][]} */ (
    [5, "", "09012341234", "+0901234123", "+81 90", "+1234567890123456", "+８１９０１２３４"].map(
      (phone) => ["phone", { phone, channel: "sms" }],
    )
  ),
  ["personal_message", { email: "taro@mail.jp", personal_message: "海".repeat(41) }],
  ["personal_message", { email: "taro@mail.jp", personal_message: 5 }],
  ["personal_message", { email: "taro@mail.jp", personal_message: "a\nb" }],
  ["channel", { email: "taro@mail.jp", channel: "fax" }],
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

test("an id in the path that is none is refused", async () => {
  const json = { email: "taro@mail.jp" };
  for (const id of ["a%20b", "x".repeat(65), "%E3%82%BF"]) {
    await refuses("PUT", `/v1/cardholders/${id}`, { key: issuer, json }, "400 invalid_request");
    for (const path of [`/v1/cardholders/${id}`, `/v1/merchants/${id}`]) {
      await refuses("GET", path, { key: issuer }, "400 invalid_request", "id");
      await refuses("DELETE", path, { key: issuer }, "400 invalid_request", "id");
    }
  }
});

/** @type {[string, string, Call][]} each takes a body */
const withBody = [
  ["POST", "/v1/challenges", { key, json: challengeBody(cardholder.id) }],
  ["PUT", "/v1/cardholders/x", { key: issuer, json: { email: "taro@mail.jp" } }],
  ["PUT", "/v1/merchants/x", { key: issuer, json: { name: "shop", origins } }],
  ["POST", "/dev/clock", { json: { advance_seconds: 0 } }],
];

for (const [method, path, call] of withBody) {
  const { json, ...rest } = call;
  const type = "application/json";
  /** @type {[string, Call, string][]} */
  const broken = [
    ["an empty body", { body: "", type }, "400 invalid_request"],
    ["cut-off JSON", { body: JSON.stringify(json).slice(0, -1), type }, "400 invalid_request"],
    ["two values", { body: `${JSON.stringify(json)} {}`, type }, "400 invalid_request"],
    ["an array", { body: `[${JSON.stringify(json)}]`, type }, "400 invalid_request"],
    ["a string", { body: '"x"', type }, "400 invalid_request"],
    [
      "invalid UTF-8",
      { body: Buffer.from('{"x":"\xff\xfe"}', "latin1"), type },
      "400 invalid_request",
    ],
    ["deep nesting", { body: "[".repeat(10_000), type }, "400 invalid_request"],
    ["too long a body", { json: { .../** @type {object} */ (json), long } }, "413 body_too_large"],
    ["too long a stream", { body: streamed(), type }, "413 body_too_large"],
    ["text/plain", { json, type: "text/plain" }, "415 unsupported_media_type"],
    ["a form post", { form: { x: "1" } }, "415 unsupported_media_type"],
    ["no content type", { body: Buffer.from("{}") }, "415 unsupported_media_type"],
  ];
  for (const [what, bad, expected] of broken) {
    test(`${method} ${path} refuses ${what}`, async () => {
      await refuses(method, path, { ...rest, ...bad }, expected);
    });
  }
}

/** A body without a length in front. */
function streamed() {
  return new Blob([`{"long":"${long}"}`]).stream();
}

/** @type {[string, string, "merchant" | "issuer"][]} */
const guarded = [
  ["POST", "/v1/challenges", "merchant"],
  ["GET", "/v1/challenges/ch_none", "merchant"],
  ["POST", "/v1/challenges/ch_none/cancel", "merchant"],
  ["PUT", "/v1/cardholders/x", "issuer"],
  ["GET", "/v1/cardholders/x", "issuer"],
  ["DELETE", "/v1/cardholders/x", "issuer"],
  ["PUT", "/v1/merchants/x", "issuer"],
  ["GET", "/v1/merchants/x", "issuer"],
  ["DELETE", "/v1/merchants/x", "issuer"],
  ["POST", "/v1/merchants/x/keys", "issuer"],
  ["DELETE", "/v1/merchants/x/keys/key_none", "issuer"],
];

for (const [method, path, who] of guarded) {
  test(`${method} ${path} is the ${who}'s only`, async () => {
    const json = method === "PUT" || path === "/v1/challenges" ? {} : undefined;
    await refuses(method, path, { json }, "401 missing_key");
    const wrong = who === "merchant" ? issuer : key;
    const altered = (who === "merchant" ? key : issuer).slice(0, -2) + "__";
    for (const bad of [wrong, altered, "wk_test_unknown", "x".repeat(5000)]) {
      await refuses(method, path, { json, key: bad }, "401 invalid_key");
    }
    const basic = { json, headers: { authorization: `Basic ${btoa(`${key}:`)}` } };
    await refuses(method, path, basic, "401 missing_key");
  });
}

test("a revoked key is refused", async () => {
  const { id, key: revoked, keyId } = await registerMerchant(api);
  const path = `/v1/merchants/${id}/keys/${keyId}`;
  assertStatus(await api.send("DELETE", path, { key: issuer }), 204);
  const json = challengeBody(cardholder.id);
  await refuses("POST", "/v1/challenges", { key: revoked, json }, "401 invalid_key");
});

test("what is not there is not found", async () => {
  const unknown = `ch_${"A".repeat(22)}`;
  for (const id of [unknown, "ch_none", "x", "ch_%00"]) {
    await refuses("GET", `/v1/challenges/${id}`, { key }, "404 challenge_not_found");
    await refuses("POST", `/v1/challenges/${id}/cancel`, { key }, "404 challenge_not_found");
  }
  const nobody = uniqueId("nobody");
  for (const method of ["GET", "DELETE"]) {
    const call = { key: issuer };
    await refuses(method, `/v1/cardholders/${nobody}`, call, "404 cardholder_not_found");
    await refuses(method, `/v1/merchants/${nobody}`, call, "404 merchant_not_found");
  }
  const keys = `/v1/merchants/${merchant.id}/keys`;
  await refuses("DELETE", `${keys}/key_none`, { key: issuer }, "404 key_not_found");
  const paths = ["/", "/v1", "/v1/nothing", "/v2/challenges", "/dev/nothing"];
  for (const path of [...paths, "/v1/challenges/x/y", "/challenge", "/_headers"]) {
    await refuses("GET", path, { key }, "404 not_found");
  }
});

/** @type {[string, string[], string][]} a path, methods it does not take, those it takes */
const methods = [
  ["/v1/challenges", ["GET", "PUT", "DELETE", "PATCH"], "POST"],
  ["/v1/challenges/ch_none", ["POST", "PUT", "DELETE"], "GET"],
  ["/v1/challenges/ch_none/cancel", ["GET", "PUT"], "POST"],
  ["/v1/siteverify", ["GET", "PUT"], "POST"],
  ["/v1/cardholders/x", ["POST", "PATCH"], "DELETE GET PUT"],
  ["/v1/merchants/x", ["POST", "PATCH"], "DELETE GET PUT"],
  ["/v1/merchants/x/keys", ["GET", "PUT"], "POST"],
  ["/v1/merchants/x/keys/key_none", ["GET", "POST"], "DELETE"],
  ["/.well-known/jwks.json", ["POST", "DELETE"], "GET"],
  ["/healthz", ["POST"], "GET"],
  ["/dev/outbox", ["POST", "DELETE"], "GET"],
  ["/dev/clock", ["PUT", "DELETE"], "GET POST"],
];

for (const [path, wrong, allowed] of methods) {
  test(`${path} takes ${allowed} and says so`, async () => {
    for (const method of wrong) {
      const answer = await refuses(method, path, { key }, "405 method_not_allowed");
      const allow = (answer.headers.get("allow") ?? "").split(", ").filter((m) => m !== "HEAD");
      assert.deepEqual(allow.sort(), allowed.split(" "), method);
    }
  });
}

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
  const call = { json: {}, type: "text/plain" };
  await refuses("POST", "/v1/siteverify", call, "415 unsupported_media_type");
  await refuses("POST", "/v1/siteverify", { json: { secret: long } }, "413 body_too_large");
});

test("a challenge that was just created is not mistaken for another path", async () => {
  const { id } = await createChallenge(api, { merchant, cardholder });
  await refuses("GET", `/v1/challenges/${id}x`, { key }, "404 challenge_not_found");
  await refuses("GET", `/v1/challenges/${id.toLowerCase()}!`, { key }, "404 challenge_not_found");
});
