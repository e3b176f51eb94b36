// Notifications: what cardholders are told of failures and locks, how those of one kind are gathered,
// and the address by which a purchase is reported. Changes are in destinations.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  eventually,
  issuerKey,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";
import { startReceiver, verified } from "./support/events.mjs";
import { fillDay } from "./support/locks.mjs";

/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const issuer = await startReceiver();
const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
const { worker, api } = await startApi({
  vars: { ISSUER_EVENTS_URL: issuer.url, ISSUER_EVENTS_SECRETS: secret },
});
const merchant = await registerMerchant(api, { name: "山の店 <b>" });

/** What a destination has been told without a code, the newest first. @param {string} to */
async function told(to) {
  const { deliveries: all } = (await api.get("/dev/outbox?format=json")).body;
  return all.filter(
    (/** @type {{ to: string, code: string | null }} */ one) => one.to === to && one.code === null,
  );
}

/** @param {string} to @param {number} count */
const toldTimes = (to, count) =>
  eventually(
    () => told(to),
    (all) => all.length === count,
  );

/** Fails a challenge by five wrong codes. @param {Parameters<typeof presentedChallenge>[1]} [given] */
async function failed(given) {
  const challenge = await presentedChallenge(api, { merchant, ...given });
  for (let n = 1; n <= 5; n++) await api.verify(challenge.secret, wrongCode(challenge.code, n));
  return challenge;
}

/** The address in a notification. @param {string} text */
const linked = (text) => new URL(text.match(/https?:\S+\/report\/\S+/)?.[0] ?? "").pathname;

/** @param {string} path */
const post = (path) =>
  api.send("POST", path, { headers: { "sec-fetch-site": "same-origin", origin: worker.origin } });

test("a failed challenge is told by mail and text message, without a code, an address or a number", async () => {
  const { cardholder, code, secret: client } = await failed();
  const [[mail], [sms]] = [
    await toldTimes(cardholder.email, 1),
    await toldTimes(cardholder.phone, 1),
  ];
  assert.match(mail.text, /山の店 <b>でのご購入（3,150円）の本人確認で、/);
  assert.match(sms.text, /^本人確認で誤入力がありました。/);
  for (const { subject, text } of [mail, sms]) {
    assert.match(text, /カード裏面に記載のカード発行会社/);
    for (const kept of [code, client, cardholder.email, cardholder.phone, "***"])
      assert.ok(!`${subject}${text}`.includes(kept), kept);
  }
  assert.equal(linked(mail.text), linked(sms.text));
  await worker.prints('"event":"notification_sent","kind":"challenge_failed","challenge":"ch_');
});

test("the next within the hour are told together, with their count", async () => {
  const more = { locale: "en" };
  const { cardholder } = await failed({ more });
  await toldTimes(cardholder.email, 1);
  // At others, because at the merchant the next one waits.
  for (let n = 0; n < 2; n++) {
    await failed({ merchant: await registerMerchant(api), cardholder, more });
  }
  await api.advance(3700);
  // The object's alarm follows the clock of its commands.
  assertStatus(await api.get(`/v1/cardholders/${cardholder.id}`, { key: issuerKey() }));
  const [newest] = await toldTimes(cardholder.email, 2);
  assert.match(
    newest.text,
    /This happened 2 times since \d+\/\d+\/\d+ \d\d:\d\d:\d\d \(Japan time\)\./,
  );
});

test("a lock is told", async () => {
  const cardholder = await registerCardholder(api);
  await fillDay(api, cardholder);
  const all = await toldTimes(cardholder.phone, 2);
  assert.ok(
    all.some((/** @type {{ text: string }} */ { text }) =>
      text.startsWith("本人確認を一時停止しました。"),
    ),
  );
});

test("a look at the address changes nothing; the post reports the purchase once, and locks nothing", async () => {
  const { cardholder, id } = await failed();
  const address = linked((await toldTimes(cardholder.email, 1))[0].text);
  const key = issuerKey();
  for (let looks = 0; looks < 2; looks++) {
    const page = assertStatus(await api.get(address));
    assert.match(page.text, /山の店 &#60;b&#62;/);
    assert.match(page.text, /<button id="send">購入していない<\/button>/);
    assert.ok(!/\/challenge\/|<script|<input/.test(page.text));
  }
  const foreign = { headers: { "sec-fetch-site": "cross-site" } };
  assert.equal((await api.send("POST", address, foreign)).status, 403);
  const listed = async () =>
    (await api.get(`/v1/cardholders/${cardholder.id}/challenges`, { key })).body.challenges[0];
  assert.equal((await listed()).reported_at, null);

  assert.match(assertStatus(await post(address)).text, /お知らせを受け付けました。/);
  assert.match(assertStatus(await post(address)).text, /お知らせを受け付けました。/);
  const event = await eventually(
    async () => issuer.posts.map((one) => verified(one, secret)).filter(of(id)),
    (all) => all.length > 0,
  );
  assert.equal(event.length, 1);
  const { status, ended_at } = await readChallenge(api, /** @type {any} */ ({ merchant, id }));
  assert.deepEqual(
    [status, event[0].data.status, event[0].data.ended_at],
    ["failed", "failed", ended_at],
  );
  assert.equal((await listed()).reported_at, event[0].timestamp);
  // It locks nothing.
  await createChallenge(api, { merchant, cardholder });
});

/** @param {string} id */
const of =
  (id) =>
  (/** @type {any} */ { type, data }) =>
    type === "challenge.reported" && data.challenge === id;

test("an open challenge ends canceled from the form, and the merchant learns no more", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  const form = `/challenge/${challenge.secret}`;
  assert.ok(
    assertStatus(await api.present(challenge.secret)).text.includes(`href="${form}/report"`),
  );
  assert.ok(assertStatus(await api.get(`${form}/report`)).text.includes(`href="${form}"`));
  assert.equal((await readChallenge(api, challenge)).status, "pending");
  const answer = await post(`${form}/report`);
  assert.deepEqual([answer.status, answer.headers.get("location")], [303, form]);
  const page = assertStatus(await api.get(form)).text;
  assert.match(page, /data-status="canceled"/);
  assert.match(page, /お知らせを受け付け、このお取引の本人確認を中止しました。/);
  assert.ok(!page.includes(`${form}/report`));
  const read = await readChallenge(api, challenge);
  assert.equal(read.status, "canceled");
  assert.ok(!JSON.stringify(read).includes("report"));
});

test("an address that is not ours finds nothing", async () => {
  const { cardholder } = await failed();
  const address = linked((await toldTimes(cardholder.email, 1))[0].text);
  const end = address.endsWith("A") ? "B" : "A";
  for (const other of [`${address.slice(0, -1)}${end}`, `${address}A`, "/report/x"]) {
    for (const answer of [await api.get(other), await post(other)]) {
      assert.equal(answer.status, 404);
      assert.ok(!answer.text.includes("山の店"));
    }
  }
  assertProblem(
    await api.get("/report/x", { headers: { accept: "application/json" } }),
    404,
    "challenge_not_found",
  );
});

test("switched off, nobody is told", async () => {
  await worker.restart({ NOTIFICATIONS: "off" });
  const { cardholder } = await failed();
  await presentedChallenge(api, { merchant });
  assert.deepEqual(await told(cardholder.email), []);
});
