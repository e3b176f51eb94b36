// What nothing carries is no way to get codes, whatever is registered: the issuer reads so, merchants
// are told before a cardholder waits, and no page says that something was sent or can be chosen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  createChallenge,
  deliveries,
  issuerKey,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";
import {
  assertRefusal,
  backOf,
  confirmed,
  createSession,
  enrollApp,
  pages,
  putFacts,
  readCardholder,
  registerFacts,
  unchanged,
} from "./support/enrollment.mjs";

const without = { SMS_COURIER: "none" };
const { worker, api } = await startApi({ vars: without });
const merchant = await registerMerchant(api);
const noWay =
  "ワンタイムパスワードの受け取り方が登録されていません。カード発行会社にお問い合わせください。";

/** @param {{ id: string }} who */
const create = ({ id }) =>
  api.post("/v1/challenges", { key: merchant.key, json: challengeBody(id) });

/** @param {{ id: string }} who @param {string | null} channel */
async function assertEnrolled(who, channel) {
  const read = await readCardholder(api, who);
  assert.deepEqual([read.channel, read.enrolled], [channel, channel !== null]);
}

test("without its destination, a channel does not give way to one that nothing carries", async () => {
  const cardholder = await registerCardholder(api);
  const { phone } = cardholder;
  const left = assertStatus(await putFacts(api, cardholder, { phone })).body;
  assert.deepEqual([left.channel, left.enrolled, left.phone], [null, false, "***-****-1234"]);
  await assertEnrolled(cardholder, null);
  assertProblem(await create(cardholder), 422, "not_enrolled");
  // Nor does the address alone bring it back: that would be a choice that nobody made.
  const { email } = cardholder;
  assertStatus(await putFacts(api, cardholder, { email, phone }));
  await assertEnrolled(cardholder, null);
});

test("a channel that is stated counts when something carries it", async () => {
  const cardholder = await registerCardholder(api, { channel: "sms" });
  await assertEnrolled(cardholder, null);
  assertProblem(await create(cardholder), 422, "not_enrolled");
  await worker.restart({ SMS_COURIER: "outbox" });
  await assertEnrolled(cardholder, "sms");
  assert.equal(assertStatus(await create(cardholder), 201).body.channel, "sms");
  await worker.restart(without);
  await assertEnrolled(cardholder, null);
});

test("a challenge that is refused ends no other and leaves nothing behind", async () => {
  const cardholder = await registerCardholder(api);
  const open = [];
  for (let n = 0; n < 3; n++) open.push(await presentedChallenge(api, { merchant, cardholder }));
  assertStatus(await putFacts(api, cardholder, { phone: cardholder.phone }));
  for (let n = 0; n < 3; n++) assertProblem(await create(cardholder), 422, "not_enrolled");
  for (const challenge of open) {
    assert.equal((await readChallenge(api, challenge)).status, "pending");
  }
  const path = `/v1/cardholders/${cardholder.id}/challenges`;
  const listed = assertStatus(await api.get(path, { key: issuerKey() })).body.challenges;
  assert.deepEqual(
    listed.map((/** @type {{ id: string }} */ { id }) => id).toSorted(),
    open.map(({ id }) => id).toSorted(),
  );
});

test("an open form says that there is no way, and not that something was sent there", async () => {
  const cardholder = await registerCardholder(api);
  const opened = await presentedChallenge(api, { merchant, cardholder });
  const unopened = await createChallenge(api, { merchant, cardholder });
  assertStatus(await putFacts(api, cardholder, { phone: cardholder.phone }));
  await api.advance(30);
  for (const challenge of [opened, unopened]) {
    const { secret } = challenge;
    const resent = await api.resend(secret);
    assertProblem(resent, 422, "not_enrolled");
    const answers = [await api.post(`/challenge/${secret}/resend`, { form: {} })];
    if (challenge === unopened) answers.push(assertStatus(await api.present(secret)));
    for (const { text } of answers) {
      assert.ok(text.includes(noWay), text);
      assert.doesNotMatch(text, /\*\*\*-|\(\)/);
    }
    assert.doesNotMatch(assertStatus(await api.present(secret)).text, /\*\*\*-/);
    const { status, sends } = await readChallenge(api, challenge);
    assert.deepEqual([status, sends], ["pending", challenge === opened ? 1 : 0]);
  }
  assert.equal((await deliveries(api, opened)).length, 1);
  // The destination is back, and the form goes on.
  const { email } = cardholder;
  assertStatus(await putFacts(api, cardholder, { email, channel: "email" }));
  assert.equal(assertStatus(await api.resend(opened.secret)).body.send, 2);
  assert.ok((await api.present(unopened.secret)).text.includes("***@mail.jp"));
});

test("step 1 offers and says only what something carries", async () => {
  const cardholder = await registerCardholder(api, { channel: "sms" });
  const { choose, confirm } = pages(api, await createSession(api, cardholder));
  const page = assertStatus(await choose()).text;
  assert.deepEqual(page.match(/(?<= value=")[^"]*/g), ["email", "app"]);
  assert.ok(page.includes("受け取り方を、Eメール、認証アプリから選んで"), page);
  assert.match(page, /現在のご登録内容<\/dt><dd>未登録</);
  assertRefusal(await confirm({ channel: "sms" }), 409);
});

// From here on no app is offered.

test("without a key for apps, who has one is not enrolled, and is again when the key is back", async () => {
  const cardholder = await registerCardholder(api);
  await enrollApp(api, cardholder);
  const { email, phone } = cardholder;
  await worker.restart({ ...without, APP_KEYS: "" });
  await assertEnrolled(cardholder, null);
  const stated = assertStatus(await putFacts(api, cardholder, { email, phone })).body;
  assert.deepEqual([stated.channel, stated.enrolled], [null, false]);
  assertProblem(await create(cardholder), 422, "not_enrolled");
  await worker.restart(without);
  await assertEnrolled(cardholder, "app");
  await worker.restart({ ...without, APP_KEYS: "" });
});

test("a session that has nothing left to offer says so, and leads back", async () => {
  const cardholder = await registerFacts(api, { email: "taro@mail.jp" });
  const return_url = "https://my.example/settings";
  const session = await createSession(api, cardholder, { return_url });
  const { choose, confirm, change } = pages(api, session);
  const only = assertStatus(await choose()).text;
  assert.ok(only.includes("受け取り方として、Eメールを登録できます"), only);
  const { form } = await confirmed(api, session, "email");
  assertStatus(await putFacts(api, cardholder, { phone: "+819012341234" }));
  await unchanged(api, cardholder, async () => {
    for (const answer of [await choose(), await confirm(form), await change(form)]) {
      assertRefusal(answer, 422);
      assert.match(answer.text, /登録できる宛先がありません/);
      assert.doesNotMatch(answer.text, /<fieldset|<form/);
      assert.equal(backOf(answer.text), return_url);
    }
  });
  const path = `/v1/cardholders/${cardholder.id}/enrollment-sessions`;
  assertProblem(await api.post(path, { key: issuerKey() }), 422, "no_destination");
});
