// Requests that are wrong before their members are read: bodies, content types, keys, methods and
// paths, for every route of merchants and issuer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus, refuser } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { isFile, openapi } from "./support/contract.mjs";
import {
  challengeBody,
  issuerKey,
  registerCardholder,
  registerMerchant,
  uniqueId,
} from "./support/demo.mjs";

/** @typedef {import("./support/api.mjs").Call} Call */

const { api } = await startApi();
const refuses = refuser(api);
const issuer = issuerKey();
const merchant = await registerMerchant(api);
const cardholder = await registerCardholder(api);
const key = merchant.key;
const origins = ["https://shop.example"];
const long = "x".repeat(17 * 1024);

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

/** A path of the contract with something for each parameter. @param {string} template */
const filled = (template) => template.replace(/\{\w+\}/g, "x");

const operations = Object.entries(openapi.paths).flatMap(([template, { parameters, ...verbs }]) =>
  Object.entries(verbs).map(([verb, operation]) => ({
    method: verb.toUpperCase(),
    path: filled(template),
    ...operation,
  })),
);

for (const { method, path, tags, security, requestBody } of operations) {
  const [who] = tags;
  // The key of siteverify is a field of its body.
  if (!["merchant", "issuer"].includes(who) || path === "/v1/siteverify") continue;
  test(`${method} ${path} is the ${who}'s only`, async () => {
    assert.deepEqual(Object.keys(security[0]), [`${who}Key`]);
    const json = requestBody?.content["application/json"] && {};
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
  for (const [method, path] of [
    ["POST", `/v1/cardholders/${nobody}/unlock`],
    ["GET", `/v1/cardholders/${nobody}/challenges`],
    ["POST", `/v1/cardholders/${nobody}/enrollment-sessions`],
  ]) {
    await refuses(method, path, { key: issuer }, "404 cardholder_not_found");
    const bad = path.replace(nobody, "a%20b");
    await refuses(method, bad, { key: issuer }, "400 invalid_request", "id");
  }
  await refuses("POST", "/v1/merchants/a%20b/keys", { key: issuer }, "400 invalid_request", "id");
  await refuses(
    "DELETE",
    `/v1/merchants/${nobody}/keys/key_none`,
    { key: issuer },
    "404 key_not_found",
  );
  const keys = `/v1/merchants/${merchant.id}/keys`;
  await refuses("DELETE", `${keys}/key_none`, { key: issuer }, "404 key_not_found");
  const paths = ["//", "/v1", "/v1/nothing", "/v2/challenges", "/dev/nothing"];
  for (const path of [...paths, "/v1/challenges/x/y", "/challenge", "/_headers"]) {
    await refuses("GET", path, { key }, "404 not_found");
  }
});

const methods = ["GET", "PUT", "POST", "DELETE", "PATCH", "PROPFIND", "OPTIONS"];

for (const template of Object.keys(openapi.paths).filter((path) => !isFile(path))) {
  const path = filled(template);
  const taken = operations.filter((operation) => operation.path === path);
  const allowed = taken.map(({ method }) => method).sort();
  test(`${path} takes ${allowed.join(" ")} and says so`, async () => {
    for (const method of methods.filter((method) => !allowed.includes(method))) {
      const answer = await refuses(method, path, { key }, "405 method_not_allowed");
      const allow = (answer.headers.get("allow") ?? "").split(", ").filter((m) => m !== "HEAD");
      assert.deepEqual(allow.sort(), allowed, method);
    }
  });
}
