// What a requestor gets from a challenge, and what others get of it: the last page posts the result with
// the session data, and nobody else can ask for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { issuerKey, registerMerchant, uniqueId, wrongCode } from "./support/demo.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { directives, finalPage, posted, scriptHashes } from "./support/three-ds/pages.mjs";

const bench = await startThreeDs();
const { api, begin, begun, request, show, page, submit, enterCode, challenges } = bench;

test("session data comes back to the byte, with every end", async () => {
  for (const session of [
    "c2Vzc2lvbg",
    "c2Vzc2lvbg==",
    "a+b/c=&d=%20;<e>\"'`",
    "　全角 with spaces ",
    "x".repeat(1024),
    "店".repeat(341),
  ]) {
    const right = await show(await begin(), { session });
    // The first one counts, as the requestor sent it.
    await request(right, { session: "another" });
    const last = await enterCode(right);
    assert.deepEqual([...finalPage(last).fields.keys()], ["cres", "threeDSSessionData"]);
    assert.equal(finalPage(last).fields.get("threeDSSessionData"), session);
    assert.equal(finalPage(await page(right)).fields.get("threeDSSessionData"), session);
  }
  for (const session of [undefined, ""]) {
    const shown = await show(await begin(), { session });
    assert.deepEqual([...finalPage(await submit(shown, "cancel")).fields.keys()], ["cres"]);
  }
  for (const session of ["x".repeat(1025), "店".repeat(342)]) {
    const transaction = await begin();
    const { message } = posted(await request(transaction, { session }));
    assert.equal(`${message.errorCode} ${message.errorDetail}`, "203 threeDSSessionData");
    assert.equal((await bench.told(transaction)).transStatus, "U");
  }
});

test("the last page posts to the requestor alone, and says where it comes from and no more", async () => {
  const notificationURL = `https://shop.example/3ds/notify?order=1&lang=ja&quot;"'><script>`;
  const encodedUrl = encodeURI(notificationURL);
  const shown = await begun({ changes: { notificationURL: encodedUrl } });
  const last = await enterCode(shown);
  const { action, policy } = finalPage(last);
  assert.equal(action, encodedUrl);
  const {
    "script-src": scripts,
    "style-src": styles,
    "form-action": forms,
    ...others
  } = directives(policy);
  assert.deepEqual(others, { "default-src": "'none'", "base-uri": "'none'" });
  // Requestors on this machine have no certificate.
  assert.equal(forms, "https: http:");
  assert.deepEqual(scripts.split(" "), scriptHashes(last.text));
  assert.match(styles ?? "'none'", /^('sha256-[\w+/]+=*'|'none')$/);
  assert.equal(last.headers.get("referrer-policy"), "strict-origin");
  assert.equal(last.headers.get("cache-control"), "no-store");
  assert.equal(last.headers.get("x-frame-options"), null);
  assert.match(last.text, /<noscript>|<button/);
});

test("no page of it has a cookie or says who may frame it; a merchant's challenge still does", async () => {
  const shown = await begun();
  const pages = [
    await request(shown),
    shown.form,
    await submit(shown, "verify", { code: wrongCode(shown.code) }),
    await enterCode(shown),
    await page(shown),
  ];
  for (const { headers } of pages) {
    assert.equal(headers.get("set-cookie"), null);
    assert.equal(headers.get("x-frame-options"), null);
  }
  for (const { headers } of pages.slice(1)) {
    assert.doesNotMatch(headers.get("content-security-policy") ?? "", /frame-ancestors/);
  }
});

test("a frame without an origin may post the form, and another site by its name may not", async () => {
  const shown = await begun();
  const wrong = { code: wrongCode(shown.code) };
  const opaque = { origin: "null", "sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe" };
  const taken = await submit(shown, "verify", wrong, opaque);
  assert.match(taken.text, /data-status="pending"/);
  const named = { ...opaque, origin: "https://evil.example" };
  assertStatus(await submit(shown, "verify", wrong, named), 403);
  const headers = { ...opaque, "sec-fetch-dest": "empty" };
  assertStatus(await bench.verify(shown, shown.code, headers));
});

// Merchants

test("merchants' keys and siteverify know nothing of it, and no merchant can be named like it", async () => {
  const merchant = await registerMerchant(api);
  const { key } = merchant;
  const shown = await begun();
  const [{ id }] = await challenges(shown.cardholder);
  assertProblem(await api.get(`/v1/challenges/${id}`, { key }), 404, "challenge_not_found");
  assertProblem(await api.post(`/v1/challenges/${id}/cancel`, { key }), 404, "challenge_not_found");
  const end = await enterCode(shown);
  assert.doesNotMatch(end.text, /data-response|warifu-response/);
  for (const response of [shown.secret, id, shown.ares.acsTransID]) {
    assert.equal((await api.siteverify({ secret: key, response })).body.success, false);
  }
  const listed = assertStatus(await api.get("/v1/challenges", { key })).body.challenges;
  assert.deepEqual(listed, []);

  const json = { name: "shop", origins: ["https://shop.example"] };
  for (const name of ["3ds_x", `3ds_${uniqueId("shop")}`]) {
    const path = `/v1/merchants/${name}`;
    assertProblem(await api.send("PUT", path, { key: issuerKey(), json }), 400, "invalid_request");
    assertProblem(await api.get(path, { key: issuerKey() }), 404, "merchant_not_found");
  }
});
