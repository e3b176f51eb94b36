// The issuer's side of enrollment: sessions are made for its member site, and what it states about
// a cardholder moves their channel or keeps it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus, refuser } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  createChallenge,
  issuerKey,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";
import {
  backOf,
  confirmed,
  createSession,
  enroll,
  enrollApp,
  now,
  pages,
  putFacts,
  readCardholder,
  registerFacts,
} from "./support/enrollment.mjs";

const { worker, api } = await startApi();
const refuses = refuser(api);
const key = issuerKey();
const merchant = await registerMerchant(api);
const someone = await registerCardholder(api);

/** @param {{ id: string }} who */
const sessionsOf = ({ id }) => `/v1/cardholders/${id}/enrollment-sessions`;
/** @param {{ id: string }} who */
const create = ({ id }) =>
  api.post("/v1/challenges", { key: merchant.key, json: challengeBody(id) });

// Creating a session

test("a session is an id, an address on our own origin and the time it ends", async () => {
  const before = await now(api);
  const session = await createSession(api, someone, { return_url: "https://my.example/" });
  assert.ok(session.url.startsWith(`${worker.origin}/enrollment/`), session.url);
  assert.match(session.token, /^[A-Za-z0-9._~-]{43,}$/, "nothing that an address would escape");
  const life = (Date.parse(session.expiresAt) - before) / 1000;
  assert.ok(life > 895 && life < 910, `${life}`);
  const another = await createSession(api, someone);
  assert.notEqual(another.id, session.id);
  assert.notEqual(another.token, session.token);
  for (const { path } of [session, another]) assertStatus(await api.get(path));
});

test("nothing at all, an empty object and nulls ask for the same session", async () => {
  const path = sessionsOf(someone);
  const type = "application/json";
  for (const call of [
    {},
    { type },
    { body: "", type },
    { json: {} },
    { json: { return_url: null, locale: null } },
  ]) {
    const made = assertStatus(await api.post(path, { key, ...call }), 201).body;
    assert.match(assertStatus(await api.get(new URL(made.url).pathname)).text, /<html lang="ja"/);
  }
});

test("the pages speak the language of any tag, as the form does", async () => {
  for (const [locale, lang] of [
    ...["ja", "JA", "ja-JP", "", "fr", "zh-Hant-TW", "x"].map((tag) => [tag, "ja"]),
    ...["en", "EN", "en-US", "en-GB-oed"].map((tag) => [tag, "en"]),
  ]) {
    const { path } = await createSession(api, someone, { locale });
    const page = assertStatus(await api.get(path)).text;
    assert.match(page, new RegExp(`<html lang="${lang}"`), locale);
    const { url } = await createChallenge(api, { cardholder: someone, more: { locale } });
    const form = assertStatus(await api.get(new URL(url).pathname)).text;
    assert.match(form, new RegExp(`<html lang="${lang}"`), locale);
  }
});

for (const return_url of [
  "https://my.example",
  "https://my.example:8443/settings?tab=otp#one",
  "https://my.example/設定",
  `https://my.example/${"x".repeat(2048 - "https://my.example/".length)}`,
  "http://localhost:8789/",
  "http://127.0.0.1:8789/done?x=1",
  "http://[::1]:8789/",
]) {
  test(`a return_url is taken: ${return_url.slice(0, 60)}`, async () => {
    const session = await createSession(api, someone, { return_url });
    const { cancel, done } = pages(api, session);
    assertStatus(await cancel(), 303);
    const back = backOf(assertStatus(await done()).text);
    const [given, reached] = [new URL(return_url), new URL(back ?? "")];
    assert.equal(reached.searchParams.get("warifu-enrollment"), "canceled");
    assert.equal(reached.origin + reached.pathname, given.origin + given.pathname);
    assert.equal(reached.hash, given.hash);
    for (const [name, value] of given.searchParams) {
      assert.equal(reached.searchParams.get(name), value);
    }
  });
}

/** @type {[string, unknown][]} */
const badSessions = [
  ...[5, true, [], {}, "", " ", "done", "/done", "//my.example/done", "my.example/done"],
  ...["javascript:alert(1)", "JavaScript:alert(1)//https://x", "data:text/html,x"],
  ...["ftp://my.example/", "otpauth://totp/x", "https:", "https://"],
  ...["http://my.example/", "http://localhost.evil.example/", "http://192.0.2.1/"],
  ...["http://127.0.0.1.evil.example/", "http://localhost@evil.example/"],
  ...["https://taro@my.example/", "https://taro:pw@my.example/", "https://:pw@my.example/"],
  ...["https://my.example@evil.example/"],
  `https://my.example/${"x".repeat(2049 - "https://my.example/".length)}`,
].map((return_url) => ["return_url", { return_url }]);
badSessions.push(
  .../** @type {[string, unknown][]} */ (
    [5, true, ["ja"], {}].map((locale) => ["locale", { locale }])
  ),
  ["cardholder", { cardholder: "another" }],
  ["channel", { channel: "sms" }],
);

for (const [field, json] of badSessions) {
  test(`a session is refused for its ${field}: ${JSON.stringify(json).slice(0, 80)}`, async () => {
    await refuses("POST", sessionsOf(someone), { key, json }, "400 invalid_request", field);
  });
}

test("a body that is there must be a JSON object of at most 16 KiB", async () => {
  const type = "application/json";
  const invalid = Buffer.from('{"locale":"\xff"}', "latin1");
  for (const body of ["{", "[]", '"ja"', "null", '{"locale":"ja"} {}', invalid]) {
    await refuses("POST", sessionsOf(someone), { key, body, type }, "400 invalid_request");
  }
  const json = { locale: "ja" };
  for (const call of [
    { json, type: "text/plain" },
    { form: json },
    { body: Buffer.from(JSON.stringify(json)) },
  ]) {
    const answer = await api.post(sessionsOf(someone), { key, ...call });
    assertProblem(answer, 415, "unsupported_media_type");
  }
  const long = { return_url: `https://my.example/${"x".repeat(17 * 1024)}` };
  await refuses("POST", sessionsOf(someone), { key, json: long }, "413 body_too_large");
});

test("nobody gets a session for a cardholder that is unknown or forgotten", async () => {
  const forgotten = await registerCardholder(api);
  const session = await createSession(api, forgotten);
  assertStatus(await api.send("DELETE", `/v1/cardholders/${forgotten.id}`, { key }), 204);
  await refuses("POST", sessionsOf(forgotten), { key }, "404 cardholder_not_found");
  assertStatus(await api.get(session.path), 404);
  assertStatus(await putFacts(api, forgotten, { email: "taro@mail.jp" }), 201);
  assertStatus(await api.get(session.path), 404);
});

// A session's life

test("a session lives 900 seconds", async () => {
  const session = await createSession(api, someone);
  const { choose, confirm } = pages(api, session);
  await api.advance(890);
  assertStatus(await choose());
  assertStatus(await confirm({ channel: "sms" }));
  await api.advance(10);
  assertStatus(await choose(), 410);
  assertStatus(await confirm({ channel: "sms" }), 410);
});

// What the issuer states, and the channel

test("stating facts again without a channel keeps the one that was chosen", async () => {
  const facts = { email: "taro@mail.jp", phone: "+819012341234" };
  const who = await registerFacts(api, facts);
  assert.equal((await readCardholder(api, who)).channel, null);
  assert.equal(assertStatus(await putFacts(api, who, facts)).body.channel, null);
  await enroll(api, who, "sms");
  assert.equal(assertStatus(await putFacts(api, who, facts)).body.channel, "sms");
  const moved = { ...facts, phone: "+819011112222" };
  const { channel, phone } = assertStatus(await putFacts(api, who, moved)).body;
  assert.deepEqual({ channel, phone }, { channel: "sms", phone: "***-****-2222" });
  const stated = assertStatus(await putFacts(api, who, { ...facts, channel: "email" })).body;
  assert.equal(stated.channel, "email");
});

test("without its destination a channel gives way to the other, and then to none", async () => {
  const who = await registerFacts(api, { email: "taro@mail.jp", phone: "+819012341234" });
  await enroll(api, who, "sms");
  const fallen = assertStatus(await putFacts(api, who, { email: "taro@mail.jp" })).body;
  assert.deepEqual([fallen.channel, fallen.enrolled, fallen.phone], ["email", true, null]);
  assert.equal(assertStatus(await create(who), 201).body.channel, "email");

  const bare = assertStatus(await putFacts(api, who, { personal_message: "ハワイ大好き" })).body;
  assert.deepEqual([bare.channel, bare.enrolled, bare.email], [null, false, null]);
  assertProblem(await create(who), 422, "not_enrolled");
});

test("an app stays whatever becomes of the destinations, until the issuer states a channel", async () => {
  const facts = { email: "taro@mail.jp", phone: "+819012341234" };
  const who = await registerFacts(api, facts);
  await enrollApp(api, who);
  for (const change of [facts, { email: "other@mail.jp" }, {}]) {
    const { channel, enrolled } = assertStatus(await putFacts(api, who, change)).body;
    assert.deepEqual({ channel, enrolled }, { channel: "app", enrolled: true });
  }
  assert.equal(assertStatus(await create(who), 201).body.channel, "app");
  const stated = assertStatus(await putFacts(api, who, { ...facts, channel: "email" })).body;
  assert.equal(stated.channel, "email");
  const back = assertStatus(await putFacts(api, who, facts)).body;
  assert.equal(back.channel, "email", "the app is forgotten");
});

test("the version and the time of the terms that were accepted can be read", async () => {
  const facts = { email: "taro@mail.jp", phone: "+819012341234", channel: "sms" };
  const who = await registerFacts(api, facts);
  assert.equal((await readCardholder(api, who)).terms, null, "the issuer's word is no consent");
  const session = await createSession(api, who);
  const { form } = await confirmed(api, session, "email");
  assert.equal((await readCardholder(api, who)).terms, null, "nothing is accepted before the end");
  const before = await now(api);
  assertStatus(await pages(api, session).change(form), 303);
  const { terms } = await readCardholder(api, who);
  assert.equal(terms.version, form.terms);
  const seconds = (Date.parse(terms.accepted_at) - before) / 1000;
  assert.ok(seconds > -2 && seconds < 10, terms.accepted_at);

  assert.deepEqual(assertStatus(await putFacts(api, who, facts)).body.terms, terms);
  await api.advance(60);
  await enroll(api, who, "email");
  const again = (await readCardholder(api, who)).terms;
  assert.ok(Date.parse(again.accepted_at) - Date.parse(terms.accepted_at) >= 60_000);
  assertStatus(await api.send("DELETE", `/v1/cardholders/${who.id}`, { key }), 204);
  assert.equal(assertStatus(await putFacts(api, who, facts), 201).body.terms, null);
});

// The last one: it changes the Worker's settings.
test("without an app to offer, a session needs a destination that can be sent to", async () => {
  const bare = await registerFacts(api, { personal_message: "ハワイ大好き" });
  assertStatus(await api.get((await createSession(api, bare)).path));

  await worker.restart({ APP_KEYS: "", SMS_COURIER: "none" });
  const phone = await registerFacts(api, { phone: "+819012341234" });
  for (const who of [bare, phone]) {
    await refuses("POST", sessionsOf(who), { key }, "422 no_destination");
  }
  const email = await registerFacts(api, { email: "taro@mail.jp", phone: "+819012341234" });
  const session = await createSession(api, email);
  const { confirm } = pages(api, session);
  for (const channel of ["app", "sms"]) assertStatus(await confirm({ channel }), 409);
  assertStatus(await confirm({ channel: "email" }));
  const page = (await api.get(session.path)).text;
  assert.doesNotMatch(page, /value="(app|sms)"/);
});
