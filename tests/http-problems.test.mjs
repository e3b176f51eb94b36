// Requests that are wrong before their members are read: bodies, content types, keys, methods and
// paths, for every route of merchants and issuer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus, refuser } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
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

/** @type {[string, string, "merchant" | "issuer"][]} */
const guarded = [
  ["POST", "/v1/challenges", "merchant"],
  ["GET", "/v1/challenges/ch_none", "merchant"],
  ["POST", "/v1/challenges/ch_none/cancel", "merchant"],
  ["PUT", "/v1/cardholders/x", "issuer"],
  ["GET", "/v1/cardholders/x", "issuer"],
  ["DELETE", "/v1/cardholders/x", "issuer"],
  ["POST", "/v1/cardholders/x/unlock", "issuer"],
  ["GET", "/v1/cardholders/x/challenges", "issuer"],
  ["POST", "/v1/cardholders/x/enrollment-sessions", "issuer"],
  ["POST", "/v1/cardholders", "issuer"],
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
  const paths = ["/", "/v1", "/v1/nothing", "/v2/challenges", "/dev/nothing"];
  for (const path of [...paths, "/v1/challenges/x/y", "/challenge", "/_headers"]) {
    await refuses("GET", path, { key }, "404 not_found");
  }
});

/** @type {[string, string[], string][]} a path, methods it does not take, those it takes */
const methods = [
  ["/v1/challenges", ["GET", "PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS"], "POST"],
  ["/v1/challenges/ch_none", ["POST", "PUT", "DELETE"], "GET"],
  ["/v1/challenges/ch_none/cancel", ["GET", "PUT"], "POST"],
  ["/v1/siteverify", ["GET", "PUT"], "POST"],
  ["/v1/cardholders", ["GET", "PUT", "DELETE"], "POST"],
  ["/v1/cardholders/x", ["POST", "PATCH"], "DELETE GET PUT"],
  ["/v1/cardholders/x/unlock", ["GET", "PUT"], "POST"],
  ["/v1/cardholders/x/challenges", ["POST", "DELETE"], "GET"],
  ["/v1/cardholders/x/enrollment-sessions", ["GET", "DELETE"], "POST"],
  ["/enrollment/x", ["POST", "DELETE"], "GET"],
  ["/enrollment/x/confirm", ["POST", "PUT"], "GET"],
  ["/enrollment/x/change", ["PUT", "DELETE"], "GET POST"],
  ["/enrollment/x/done", ["POST", "DELETE"], "GET"],
  ["/enrollment/x/cancel", ["PUT", "DELETE"], "GET POST"],
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
