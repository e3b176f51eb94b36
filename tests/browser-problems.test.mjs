// Every bad request from a browser: JSON gets a problem in the challenge's language, a form post a
// page with the same status.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  presentedChallenge,
  readChallenge,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";

const { worker, api } = await startApi();
const merchant = await registerMerchant(api);
const actions = ["verify", "resend", "cancel"];

/** @param {string} action */
const bodyOf = (action) => (action === "verify" ? { code: "000000" } : {});

test("a client secret that is malformed or wrong opens nothing", async () => {
  const { id, secret } = await createChallenge(api, { merchant });
  const other = await createChallenge(api, { merchant });
  const foreign = other.secret.slice(other.id.length);
  const wrong = [
    ...["x", id, `${id}_secret_`, `${secret}x`, secret.slice(0, -1), secret.toLowerCase()],
    ...[
      `${id}${foreign}`,
      `${other.id}${secret.slice(id.length)}`,
      `${id}_secret_${"A".repeat(43)}`,
    ],
    ...["%00", "..%2f..%2fdev", "%E5%89%B2%E7%AC%A6", "x".repeat(3000), `${secret}%20`],
  ];
  for (const bad of wrong) {
    assertStatus(await api.present(bad), 404);
    for (const action of actions) {
      const path = `/challenge/${bad}/${action}`;
      assertProblem(await api.post(path, { json: bodyOf(action) }), 404, "challenge_not_found");
      assertStatus(await api.post(path, { form: { code: "000000" } }), 404);
    }
  }
});

/** @type {Record<string, string>[]} what a page of somebody else's makes a browser send */
const strangers = [
  { origin: "https://evil.example" },
  { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  { origin: "null", "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { origin: `${worker.origin}.evil.example` },
  { origin: "http://localhost:1" },
];

for (const action of actions) {
  test(`${action} from a page that is not ours is refused and does nothing`, async () => {
    const challenge = await presentedChallenge(api, { merchant });
    await api.advance(30);
    for (const headers of strangers) {
      const json = action === "verify" ? { code: challenge.code } : {};
      const path = `/challenge/${challenge.secret}/${action}`;
      assertProblem(await api.post(path, { json, headers }), 403, "origin_not_allowed");
      assertStatus(await api.post(path, { form: { code: challenge.code }, headers }), 403);
    }
    const { status, tries, sends } = await readChallenge(api, challenge);
    assert.deepEqual({ status, tries, sends }, { status: "pending", tries: 0, sends: 1 });
  });

  test(`${action} takes POST; asked for as a page it leads to the form and does nothing`, async () => {
    const challenge = await presentedChallenge(api, { merchant });
    await api.advance(30);
    const path = `/challenge/${challenge.secret}/${action}`;
    const { headers } = assertStatus(await api.get(path), 303);
    assert.equal(headers.get("location"), `/challenge/${challenge.secret}`);
    const { status, tries, sends } = await readChallenge(api, challenge);
    assert.deepEqual({ status, tries, sends }, { status: "pending", tries: 0, sends: 1 });
    for (const method of ["PUT", "DELETE"]) {
      const answer = await api.send(method, path);
      assertProblem(answer, 405, "method_not_allowed");
      assert.equal(answer.headers.get("allow"), "GET, POST");
    }
  });
}

test("verify refuses a body it cannot read", async () => {
  const { secret } = await presentedChallenge(api, { merchant });
  const path = `/challenge/${secret}/verify`;
  const type = "application/json";
  const bodies = ["", "{", "[]", '"x"', '{"x":1}'];
  for (const body of bodies) {
    assertProblem(await api.post(path, { body, type }), 400, "invalid_request");
  }
  const invalid = Buffer.from('{"code":"\xff"}', "latin1");
  assertProblem(await api.post(path, { body: invalid, type }), 400, "invalid_request");
  const large = { code: "000000", x: "x".repeat(17 * 1024) };
  assertProblem(await api.post(path, { json: large }), 413, "body_too_large");
  const headers = { accept: "application/json" };
  const plain = { json: { code: "000000" }, type: "text/plain", headers };
  assertProblem(await api.post(path, plain), 415, "unsupported_media_type");
  assertStatus(await api.post(path, { form: { code: "1".repeat(17 * 1024) } }), 413);
});

test("the form takes GET only, and knows no other path below it", async () => {
  const { secret } = await createChallenge(api, { merchant });
  const posted = await api.post(`/challenge/${secret}`, { json: {} });
  assertProblem(posted, 405, "method_not_allowed");
  assert.match(posted.headers.get("allow") ?? "", /^GET\b/);
  const unknown = await api.post(`/challenge/${secret}/unlock`, { json: {} });
  assertProblem(unknown, 404, "not_found");
});

test("an address where nothing is: a page for somebody who opens it, JSON for a program", async () => {
  const headers = { "sec-fetch-dest": "document", "accept-language": "en" };
  for (const path of ["/challenge", "/nowhere", "/v1/nothing/here"]) {
    const page = assertStatus(await api.get(path, { headers }), 404);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(page.text, /<h1[^>]*>Not found<\/h1>/);
    assert.match(page.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
    assertProblem(await api.get(path), 404, "not_found");
  }
});

test("verify wants `code`, a string", async () => {
  const { secret, code } = await presentedChallenge(api, { merchant });
  for (const json of [{}, { code: null }, { code: Number(code) }, { code: [code] }]) {
    const answer = await api.post(`/challenge/${secret}/verify`, { json });
    assertProblem(answer, 400, "invalid_request");
    assert.equal(answer.body.field, "code");
  }
});

// While a deployment rolls out, a page of the newer release can post to the older Worker.
test("a member that only a newer form sends costs nobody the right code", async () => {
  const { secret, code } = await presentedChallenge(api, { merchant });
  const answer = await api.post(`/challenge/${secret}/verify`, { json: { code, newer: [true] } });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.status, "verified");
});

test("details are in the challenge's language", async () => {
  for (const [locale, script] of /** @type {const} */ ([
    ["ja", /[ぁ-ん]/],
    ["en", /^[\x20-\x7e“”’]+$/],
    ["en-GB", /^[\x20-\x7e“”’]+$/],
    ["fr", /[ぁ-ん]/],
  ])) {
    const challenge = await presentedChallenge(api, { merchant, more: { locale } });
    const wrong = await api.verify(challenge.secret, wrongCode(challenge.code));
    assert.match(wrong.body.detail, script, locale);
    const soon = await api.resend(challenge.secret);
    assert.match(soon.body.detail, script, locale);
  }
});

test("a form post gets the form again with the error in it, and the problem's status", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  const path = `/challenge/${challenge.secret}`;
  /** @type {[string, Record<string, string>, number][]} */
  const posts = [
    ["verify", { code: wrongCode(challenge.code) }, 422],
    ["verify", { code: "" }, 422],
    ["verify", { code: "12345" }, 422],
    ["resend", {}, 429],
  ];
  for (const [action, form, status] of posts) {
    const answer = assertStatus(await api.post(`${path}/${action}`, { form }), status);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(answer.text, /role="alert"[^>]*>[^<\s]/, `${action} ${JSON.stringify(form)}`);
    assert.match(answer.text, /id="code"/);
  }
  assert.equal((await readChallenge(api, challenge)).tries, 1);
});

/** Who frames the form by its request, and whether it is shown. @type {[string, Record<string, string>, boolean][]} */
const frames = [
  ["the merchant's page", { referer: "https://shop.example/" }, true],
  ["the merchant's page, with its path", { referer: "https://shop.example/cart?x=1" }, true],
  ["a page that does not say who it is", {}, true],
  ["the form's own page", { referer: `${worker.origin}/challenge/x` }, true],
  ["a page of another origin", { referer: "https://evil.example/" }, false],
  ["a page of a host below", { referer: "https://www.shop.example/" }, false],
  ["a page of another port", { referer: "https://shop.example:8443/" }, false],
  ["a page without TLS", { referer: "http://shop.example/" }, false],
];

for (const [who, headers, shown] of frames) {
  test(`framed by ${who}, the form is ${shown ? "shown" : "not shown, and sends nothing"}`, async () => {
    const challenge = await createChallenge(api, { merchant });
    const framed = { "sec-fetch-dest": "iframe", ...headers };
    const page = assertStatus(await api.present(challenge.secret, framed), shown ? 200 : 403);
    assert.equal(/id="code"/.test(page.text), shown);
    assert.equal(/data-error="origin-not-allowed" data-origins="\*"/.test(page.text), !shown);
    assert.equal((await readChallenge(api, challenge)).sends, Number(shown));

    // Nobody's page is around a form in a tab of its own, wherever the link to it was.
    const alone = { "sec-fetch-dest": "document", ...headers };
    assertStatus(await api.present(challenge.secret, alone));
    assert.equal((await readChallenge(api, challenge)).sends, 1);
  });
}

test("without a key, an attestation or a challenge there is nothing to see", async () => {
  const notice = assertStatus(
    await api.present(`ch_${"A".repeat(22)}_secret_${"A".repeat(43)}`),
    404,
  );
  assert.match(notice.text, /data-status="error"/);
  assert.doesNotMatch(notice.text, /data-response|id="code"/);
});
