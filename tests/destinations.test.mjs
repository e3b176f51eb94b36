// Destinations follow the issuer's records: what it states counts from the next send on, without the
// cardholder doing anything, and the old destination can be told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  deliveries,
  eventually,
  issuerKey,
  newestCode,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  uniqueId,
} from "./support/demo.mjs";
import { enroll, enrollApp, laterStep, putFacts, readCardholder } from "./support/enrollment.mjs";

const { worker, api } = await startApi();
const merchant = await registerMerchant(api);

let numbers = 0;
const newNumber = () => `+8180${1000 + ++numbers}5678`;
const newAddress = () => `${uniqueId("moved")}@new.example`;

/** @type {Record<string, { change: () => Record<string, string>, to: string, mask: string, old: string }>} */
const moves = {
  email: {
    change: () => ({ email: newAddress() }),
    to: "email",
    mask: "***@new.example",
    old: "***@mail.jp",
  },
  sms: {
    change: () => ({ phone: newNumber() }),
    to: "phone",
    mask: "***-****-5678",
    old: "***-****-1234",
  },
};

/** Without the word joiners in a masked number. @param {string} words */
const plain = (words) => words.replaceAll("\u2060", "");

/** @param {string} secret */
const shown = async (secret) => plain((await api.present(secret)).text);

for (const [channel, { change, to, mask, old }] of Object.entries(moves)) {
  test(`a ${to} changed between send 1 and send 2 gets send 2, and the form shows it`, async () => {
    const cardholder = await registerCardholder(api, { channel: /** @type {any} */ (channel) });
    const { email, phone } = cardholder;
    const challenge = await presentedChallenge(api, { merchant, cardholder });
    assert.ok((await shown(challenge.secret)).includes(old));
    const moved = change();
    assertStatus(await putFacts(api, cardholder, { email, phone, ...moved }));

    assertProblem(await api.verify(challenge.secret, challenge.code), 422, "code_expired");
    await api.advance(30);
    const sent = assertStatus(await api.resend(challenge.secret)).body;
    assert.deepEqual([sent.send, sent.destination], [2, mask]);
    assert.ok(plain(sent.sentence).includes(mask), sent.sentence);
    const [second, first] = await deliveries(api, challenge);
    assert.deepEqual([second.to, second.channel], [moved[to], channel]);
    assert.deepEqual(
      [first.to, first.channel],
      [cardholder[channel === "sms" ? "phone" : "email"], channel],
    );

    const form = await shown(challenge.secret);
    assert.ok(form.includes(mask) && !form.includes(old), form);
    const read = await readChallenge(api, challenge);
    assert.deepEqual([read.channel, read.sends], [channel, 2]);
    assertProblem(await api.verify(challenge.secret, challenge.code), 422, "wrong_code");
    assertStatus(await api.verify(challenge.secret, second.code));
  });
}

test("a destination changed before the form is opened gets the first code", async () => {
  const cardholder = await registerCardholder(api);
  const challenge = await createChallenge(api, { merchant, cardholder });
  const email = newAddress();
  assertStatus(await putFacts(api, cardholder, { email }));
  assert.ok((await shown(challenge.secret)).includes("***@new.example"));
  assert.deepEqual(
    (await deliveries(api, challenge)).map(({ to }) => to),
    [email],
  );
  assertStatus(await api.verify(challenge.secret, await newestCode(api, challenge)));
});

test("stated again and unchanged, a destination keeps its living code", async () => {
  const { id, email, phone } = await registerCardholder(api);
  const cardholder = { id, email, phone, channel: /** @type {const} */ ("email") };
  const challenge = await presentedChallenge(api, { merchant, cardholder });
  assertStatus(await putFacts(api, cardholder, { email, phone }));
  assertStatus(await putFacts(api, cardholder, { email, phone: newNumber() }));
  assertStatus(await api.verify(challenge.secret, challenge.code));
});

test("an old carrier's address gets its code, and quotes are no change of it", async () => {
  for (const [local, domain] of [
    ["sample..name", "docomo.ne.jp"],
    ["sample.", "ezweb.ne.jp"],
    [".taro", "t.vodafone.ne.jp"],
  ]) {
    const [bare, quoted] = [`${local}@${domain}`, `"${local}"@${domain}`];
    const cardholder = await registerCardholder(api, { email: bare });
    const { phone } = cardholder;
    assert.equal((await readCardholder(api, cardholder)).email, `***@${domain}`);
    const challenge = await presentedChallenge(api, { merchant, cardholder });
    for (const email of [quoted, bare]) {
      assertStatus(await putFacts(api, cardholder, { email, phone }));
    }
    assert.equal((await deliveries(api, challenge))[0].to, quoted);
    assertStatus(await api.verify(challenge.secret, challenge.code));
  }
});

test("the letter case of a domain is no change of the address", async () => {
  const id = uniqueId("holder");
  const { phone } = await registerCardholder(api);
  const cardholder = { id, email: `${id}@mail.jp`, phone, channel: /** @type {const} */ ("email") };
  const spelled = (/** @type {string} */ domain) =>
    putFacts(api, cardholder, { email: `${id}@${domain}`, phone, channel: "email" });
  const registered = assertStatus(await spelled("MAIL.jp"), 201).body;
  assert.equal(registered.email, "***@mail.jp");
  const challenge = await presentedChallenge(api, { merchant, cardholder });
  for (const domain of ["mail.JP", "mail.jp", "Mail.Jp"]) assertStatus(await spelled(domain));
  assert.equal((await deliveries(api, challenge))[0].to, cardholder.email);
  assertStatus(await api.verify(challenge.secret, challenge.code));
});

test("a channel changed by enrollment counts from the next send on", async () => {
  const cardholder = await registerCardholder(api);
  const challenge = await presentedChallenge(api, { merchant, cardholder });
  await enroll(api, cardholder, "sms");
  assert.equal((await readChallenge(api, challenge)).channel, "email");

  await api.advance(30);
  const sent = assertStatus(await api.resend(challenge.secret)).body;
  assert.deepEqual([sent.send, sent.destination], [2, "***-****-1234"]);
  const [second] = await deliveries(api, challenge);
  assert.deepEqual([second.channel, second.to], ["sms", cardholder.phone]);
  assert.ok((await shown(challenge.secret)).includes("***-****-1234"));
  assertProblem(await api.verify(challenge.secret, challenge.code), 422, "wrong_code");
  const { attestation } = assertStatus(await api.verify(challenge.secret, second.code)).body;
  const redeemed = await api.siteverify({ secret: merchant.key, response: attestation });
  assert.equal(redeemed.body.channel, "sms");
});

/** @type {[string, (cardholder: import("./support/demo.mjs").Cardholder) => Promise<unknown>][]} */
const switches = [
  ["by the cardholder", (cardholder) => enroll(api, cardholder, "sms")],
  [
    "by the issuer",
    async (cardholder) => {
      const { email, phone } = cardholder;
      assertStatus(await putFacts(api, cardholder, { email, phone, channel: "sms" }));
    },
  ],
];

for (const [whom, change] of switches) {
  test(`the channel changed ${whom}, the code that went by the former one is dead, and the next goes by the new one`, async () => {
    const cardholder = await registerCardholder(api);
    const challenge = await presentedChallenge(api, { merchant, cardholder });
    await change(cardholder);
    assertProblem(await api.verify(challenge.secret, challenge.code), 422, "code_expired");
    await api.advance(30);
    assertStatus(await api.resend(challenge.secret));
    const [second] = await deliveries(api, challenge);
    assert.deepEqual([second.channel, second.to], ["sms", cardholder.phone]);
    assertProblem(await api.verify(challenge.secret, challenge.code), 422, "wrong_code");
    const { attestation } = assertStatus(await api.verify(challenge.secret, second.code)).body;
    const redeemed = await api.siteverify({ secret: merchant.key, response: attestation });
    assert.equal(redeemed.body.channel, "sms");
  });
}

test("when the destination of an open challenge is removed, the next send takes the other channel", async () => {
  const cardholder = await registerCardholder(api);
  const challenge = await presentedChallenge(api, { merchant, cardholder });
  assertStatus(await putFacts(api, cardholder, { phone: cardholder.phone }));
  assertProblem(await api.verify(challenge.secret, challenge.code), 422, "code_expired");
  await api.advance(30);
  assert.equal(assertStatus(await api.resend(challenge.secret)).body.destination, "***-****-1234");
  const [second] = await deliveries(api, challenge);
  assert.deepEqual([second.channel, second.to], ["sms", cardholder.phone]);
  assertStatus(await api.verify(challenge.secret, second.code));
});

const noWay = /id="error"[^>]*>ワンタイムパスワードの受け取り方が登録されていません。/;

test("without any destination an open challenge waits for one, and says why", async () => {
  const cardholder = await registerCardholder(api);
  const opened = await presentedChallenge(api, { merchant, cardholder });
  const unopened = await createChallenge(api, { merchant, cardholder });
  assertStatus(await putFacts(api, cardholder, {}));
  assert.equal((await readCardholder(api, cardholder)).enrolled, false);
  await api.advance(30);
  assertProblem(await api.verify(opened.secret, opened.code), 422, "code_expired");
  for (const { secret } of [opened, unopened]) {
    assertProblem(await api.resend(secret), 422, "not_enrolled");
    const page = assertStatus(await api.post(`/challenge/${secret}/resend`, { form: {} }), 422);
    assert.match(page.text, noWay);
  }
  const page = (await api.present(unopened.secret)).text;
  assert.match(page, noWay);
  assert.match(page, /<p id="sent"[^>]*>\s*<\/p>/);
  const read = await readChallenge(api, unopened);
  assert.deepEqual([read.channel, read.sends], [null, 0]);
  assert.deepEqual(await deliveries(api, unopened), []);
});

// Ages

/** @param {import("./support/demo.mjs").Challenge & { code: string }} challenge */
const ageIn = async ({ secret, code }) =>
  decodeJwt(assertStatus(await api.verify(secret, code)).body.attestation).destination_age;

/** @param {unknown} age @param {number} seconds */
const isAbout = (age, seconds) =>
  assert.ok(Number(age) >= seconds && Number(age) < seconds + 60, `${age}`);

test("an attestation says for how long the code's destination has been registered", async () => {
  const cardholder = await registerCardholder(api);
  const { email, phone } = cardholder;
  await api.advance(3600);
  isAbout(await ageIn(await presentedChallenge(api, { merchant, cardholder })), 3600);
  // Stated again, it is as old as before; the number beside it is new.
  const number = newNumber();
  assertStatus(await putFacts(api, cardholder, { email, phone: number }));
  isAbout(await ageIn(await presentedChallenge(api, { merchant, cardholder })), 3600);
  await api.advance(1000);
  assertStatus(await putFacts(api, cardholder, { email, phone: number, channel: "sms" }));
  isAbout(await ageIn(await presentedChallenge(api, { merchant, cardholder })), 1000);

  const app = await enrollApp(api, cardholder);
  const asked = await createChallenge(api, { merchant, cardholder });
  const code = app.code(await laterStep(api, 2));
  assert.equal(await ageIn({ ...asked, code }), undefined);
});

test("codes go to a changed destination when it is as old as the setting says, to a first one at once", async () => {
  await worker.restart({ DESTINATION_MIN_AGE_SECONDS: "7200" });
  const cardholder = await registerCardholder(api);
  await presentedChallenge(api, { merchant, cardholder });
  const email = newAddress();
  assertStatus(await putFacts(api, cardholder, { email }));
  const early = await createChallenge(api, { merchant, cardholder });
  const page = assertStatus(await api.present(early.secret)).text;
  assert.match(page, /id="error"[^>]*>宛先が変更されたばかりです。約2時間後から送信できます。</);
  const refused = await api.resend(early.secret);
  assertProblem(refused, 403, "destination_too_new");
  const { retry_after: wait } = refused.body;
  assert.ok(wait > 7200 - 60 && wait <= 7200, refused.text);
  assert.equal(refused.headers.get("retry-after"), String(wait));
  assert.deepEqual(await deliveries(api, early), []);

  await api.advance(wait);
  const later = await presentedChallenge(api, { merchant, cardholder });
  assert.equal((await deliveries(api, later))[0].to, email);
  await worker.restart();
});

// What is told of changes. Each Worker setting is one life of the Worker. Failures, locks, gathering and
// wording are in notifications.test.mjs.

/**
 * What a destination has been told without a code.
 * @param {string} to
 */
async function told(to) {
  const { deliveries: all } = (await api.get("/dev/outbox?format=json")).body;
  return all.filter(
    (/** @type {{ to: string, code: string | null }} */ one) => one.to === to && one.code === null,
  );
}

/** Waits until a destination was told. @param {string} to */
const toldOnce = (to) =>
  eventually(
    () => told(to),
    (all) => all.length > 0,
  );

/** Waits until all that was to be told before is: this cardholder is told in the same way. */
async function allTold() {
  const cardholder = await registerCardholder(api);
  assertStatus(await putFacts(api, cardholder, { phone: cardholder.phone }));
  await toldOnce(cardholder.phone);
}

test("unless the setting is on, a former destination is told nothing, and the others are", async () => {
  await worker.restart({ ANNOUNCE_DESTINATION_CHANGES: "off" });
  const cardholder = await registerCardholder(api);
  const email = newAddress();
  assertStatus(await putFacts(api, cardholder, { email, phone: cardholder.phone }));
  await toldOnce(email);
  await toldOnce(cardholder.phone);
  assert.deepEqual(await told(cardholder.email), []);
});

test("by default the former destination is told, without the new one, and so are the others", async () => {
  await worker.restart({});
  const cardholder = await registerCardholder(api);
  const { phone } = cardholder;
  const email = newAddress();
  assertStatus(await putFacts(api, cardholder, { email, phone }));
  const [former] = await toldOnce(cardholder.email);
  const all = [former, ...(await toldOnce(email)), ...(await toldOnce(phone))];
  assert.equal(former.channel, "email");
  assert.match(former.text, /今後、このEメールアドレスにワンタイムパスワードはお送りしません。/);
  for (const { subject, text } of all) {
    assert.match(text, /株式会社わりふカード/);
    const kept = [email, cardholder.email, phone, cardholder.id, "new.example", "http"];
    for (const secret of kept) assert.ok(!`${subject}${text}`.includes(secret), secret);
  }
});

test("a removed destination is told as well", async () => {
  const cardholder = await registerCardholder(api);
  assertStatus(await putFacts(api, cardholder, { email: cardholder.email }));
  const [former] = await toldOnce(cardholder.phone);
  assert.deepEqual([former.channel, former.subject], ["sms", null]);
  assert.match(former.text, /送付先が変更・削除されました/);
  await toldOnce(cardholder.email);
});

test("a domain in other letters is nothing to tell, a mailbox of other letters is", async () => {
  const cardholder = await registerCardholder(api);
  const { email, phone } = cardholder;
  const [name] = email.split("@");
  assertStatus(await putFacts(api, cardholder, { email: `${name}@MAIL.JP`, phone }));
  await allTold();
  assert.deepEqual(await told(email), []);
  // What is before the @ is the mail server's own affair: it may be somebody else.
  const other = `${name.toUpperCase()}@mail.jp`;
  assertStatus(await putFacts(api, cardholder, { email: other, phone }));
  await toldOnce(email);
});

test("who is new, unchanged or erased is told nothing; who is enrolled otherwise is", async () => {
  const cardholder = await registerCardholder(api);
  const { id, email, phone } = cardholder;
  assertStatus(await putFacts(api, cardholder, { email, phone }));
  assertStatus(await putFacts(api, cardholder, { email, phone, personal_message: "山が好き" }));
  await allTold();
  for (const to of [email, phone]) assert.deepEqual(await told(to), []);
  await enroll(api, cardholder, "sms");
  for (const to of [email, phone]) {
    const [{ text }] = await toldOnce(to);
    assert.match(text, /ワンタイムパスワードの受(け取り|取)方法(（.*）)?が変更されました。/);
  }
  assertStatus(await api.send("DELETE", `/v1/cardholders/${id}`, { key: issuerKey() }), 204);
  const moved = newAddress();
  assertStatus(await putFacts(api, cardholder, { email: moved }), 201);
  await allTold();
  for (const to of [email, phone]) assert.equal((await told(to)).length, 1);
  assert.deepEqual(await told(moved), []);
});
