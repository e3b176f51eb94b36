// What mail and text messages say, word by word, and what becomes of the names that they hold.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import PostalMime from "postal-mime";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import {
  createChallenge,
  deliveries,
  issuerKey,
  registerCardholder,
  registerMerchant,
  transaction,
  uniqueId,
} from "./support/demo.mjs";

const wording = "{{code}} {{amount_iso}}\n{{send}}\n{{issuer}}\n{{merchant}}";
const hostileIssuer = `株式会社"わりふ", Ltd. <x@y.example>\r\nBcc: z@y.example`;
const shownIssuer = `株式会社"わりふ", Ltd. <x@y.example>Bcc: z@y.example`;

const [plain, hostile] = await Promise.all([
  startCouriers({ email: ["ses"], sms: ["twilio"], vars: { SMS_TO_EMAIL: "on" } }),
  startCouriers({
    email: ["ses"],
    vars: { SMS_COURIER: "outbox", ISSUER_NAME: hostileIssuer, SMS_TEXT: wording },
  }),
]);
const { api, providers, outcome, lines } = plain;
const { ses, twilio } = providers;
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});

/** What a message says, with its code as 123456. @param {{ received: { text: string }[] }} provider */
function newest({ received }) {
  const { text } = received[received.length - 1];
  return text.replace(codeIn(text), "123456");
}

/** @param {"email" | "sms"} channel @param {string} locale @param {object} [facts] */
async function presented(channel, locale, facts = {}) {
  const cardholder = await registerCardholder(api, { channel });
  const more = { locale, transaction: { ...transaction, ...facts } };
  const challenge = await createChallenge(api, { cardholder, more });
  assertStatus(await api.present(challenge.secret));
  await outcome(challenge);
  return challenge;
}

/** @param {import("./support/demo.mjs").Challenge} challenge @param {number} delivery */
async function resent(challenge, delivery) {
  await api.advance(121);
  assertStatus(await api.resend(challenge.secret));
  await outcome(challenge, delivery);
}

// Golden texts

const japanese = (/** @type {string} */ sent, /** @type {string} */ instead = "") => `\
J/Secureのワンタイムパスワードをお送りします。

■発行情報
ワンタイムパスワード：123456
${sent}
■ご利用情報
加盟店名：●●shop
利用金額：3,150円
利用時刻：2023/2/13 00:00:00

※このワンタイムパスワードは、送信から10分後に無効となります。
※利用時刻は日本時間(JST)です。
※ワンタイムパスワードは、本人確認の画面のほかには入力せず、誰にも教えないでください。
${instead}
ご登録のメールアドレスにお送りしています。
お心当たりのない場合やお問い合わせは、カード裏面に記載のカード発行会社までご連絡ください。

株式会社わりふカード`;

const english = (/** @type {string} */ sent) => `\
Here is your J/Secure one-time password.

■ Issued
One-time password: 123456
${sent}
■ Purchase
Merchant: ●●shop
Amount: JPY 3,150
Time: 2023/2/13 00:00:00

* It stops working 10 minutes after it was sent.
* The time is Japan time (JST).
* Enter it on the verification page only, and tell it to nobody.

We sent this to your registered e-mail address.
If you did not make this purchase, or have a question, contact the card issuer named on the back of your card.

Warifu Card Co., Ltd.`;

const again = "送信：第2回（前のワンタイムパスワードは使えません）\n";

for (const [locale, sender, first, second] of /** @type {const} */ ([
  [
    "ja",
    "株式会社わりふカード",
    ["J/Secureワンタイムパスワード発行のご連絡", japanese("")],
    ["J/Secureワンタイムパスワード発行のご連絡（第2回）", japanese(again)],
  ],
  [
    "en",
    "Warifu Card Co., Ltd.",
    ["Your J/Secure one-time password", english("")],
    [
      "Your J/Secure one-time password (no. 2)",
      english("Sent: no. 2 (earlier ones no longer work)\n"),
    ],
  ],
])) {
  test(`mail in ${locale} reads like this, and like this when it is sent again`, async () => {
    const challenge = await presented("email", locale);
    const told = () => {
      const { subject, sender, address } = ses.received[ses.received.length - 1];
      assert.deepEqual([sender, address], [names[locale], "otp@mail.example"]);
      return [subject, newest(ses)];
    };
    const names = { ja: "株式会社わりふカード", en: "Warifu Card Co., Ltd." };
    assert.equal(sender, names[locale]);
    assert.deepEqual(told(), first);
    await resent(challenge, 2);
    assert.deepEqual(told(), second);
  });
}

for (const [locale, first, second] of [
  [
    "ja",
    "パスワード : 123456\nご利用金額 : JPY3,150\n株式会社わりふカード",
    "パスワード : 123456\nご利用金額 : JPY3,150\n送信 : 第2回\n株式会社わりふカード",
  ],
  [
    "en",
    "Password : 123456\nAmount : JPY3,150\nWarifu Card Co., Ltd.",
    "Password : 123456\nAmount : JPY3,150\nSent : no. 2\nWarifu Card Co., Ltd.",
  ],
]) {
  test(`a text message in ${locale} reads like this, and like this when it is sent again`, async () => {
    const challenge = await presented("sms", locale);
    assert.equal(newest(twilio), first);
    await resent(challenge, 2);
    assert.equal(newest(twilio), second);
  });

  test(`the longest text message of a large purchase in ${locale} is one segment`, async () => {
    const challenge = await presented("sms", locale, { amount: 1_234_567 });
    for (const delivery of [2, 3, 4]) await resent(challenge, delivery);
    const text = newest(twilio);
    assert.match(text, /JPY1,234,567\n.*(第4回|no\. 4)\n/);
    // 3GPP TS 23.038: 160 of its own letters, or 70 units of UTF-16.
    assert.ok(locale === "en" ? /^[\w :,.\n]{1,160}$/.test(text) : text.length <= 70, text);
    const { end } = await outcome(challenge, 4);
    assert.equal(end.segments, "1");
    assert.ok(!lines(challenge.id).some(({ event }) => event === "sms_long"));
  });
}

test("mail in place of a text message says so, with the number of the send that it is", async () => {
  twilio.next({ fail: "throttled" });
  const challenge = await presented("sms", "ja");
  await outcome(challenge, 2);
  const instead = "※SMSでお届けできなかったため、メールでお送りしています。\n";
  assert.equal(newest(ses), japanese("", instead));
  twilio.next({ fail: "throttled" });
  await resent(challenge, 3);
  await outcome(challenge, 4);
  assert.equal(newest(ses), japanese(again, instead));
  assert.equal(ses.received.at(-1)?.subject, "J/Secureワンタイムパスワード発行のご連絡（第2回）");
});

// Names that would be more than names

const direction = "a name that turns the direction";
/** @type {[string, string][]} JSON as it is sent */
const refused = [
  ["a line break", '"shop\\nX: y"'],
  ["a header", '"shop\\r\\nBcc: evil@evil.example"'],
  ["a line separator", '"shop\\u2028Bcc"'],
  ["a paragraph separator", '"shop\\u2029Bcc"'],
  ["a zero", '"shop\\u0000"'],
  ["an escape", '"shop\\u001b[31m"'],
  ["half a letter", '"shop\\ud800"'],
  ["the other half", '"\\udc00shop"'],
  [`${direction} to the left`, '"\\u202egnp.shop"'],
  [`${direction} of what is isolated`, '"\\u2067shop"'],
  ["41 emoji", `"${"😀".repeat(41)}"`],
  ["a mark of direction alone", '"\\u061c"'],
  ["a mark of direction", '"\u05e9\\u200f"'],
  ["a filler", '"\\u3164"'],
  ["a filler in a word", '"sh\\uffa0op"'],
  ["tags", '"shop\\udb40\\udc41"'],
  ["a variation selector", '"shop\\ufe0f"'],
];

for (const [what, name] of refused) {
  test(`a merchant's name of ${what} is refused, and nothing is registered`, async () => {
    const path = `/v1/merchants/${uniqueId("shop")}`;
    const body = `{"name": ${name}, "origins": ["https://shop.example"]}`;
    const key = issuerKey();
    const answer = await hostile.api.send("PUT", path, { key, body, type: "application/json" });
    assertProblem(answer, 400, "invalid_request");
    assertProblem(await hostile.api.get(path, { key }), 404, "merchant_not_found");
  });
}

/** @type {[string, string, string?][]} what it is, the name, and how a message shows it */
const taken = [
  ["markup", `<script>alert(1)</script>`],
  ["an attribute's end", `"><img src=x onerror=alert(1)>`],
  ["40 emoji", "😀".repeat(40)],
  ["families", "👩‍👩‍👧‍👦".repeat(5)],
  ["a placeholder", "{{code}} {{view.code}}"],
  ["a mail's header", "Bcc: evil@evil.example"],
  ["an encoded word", "=?UTF-8?B?QQ==?= <evil@evil.example>"],
  ["quotes and JSON", `\\"}],"x":{"\\u0000':'`],
  ["a form's fields", "&To=+81&Body=1%0A"],
  ["a line that binds a code", "@evil.example #999999", "evil.example #999999"],
];

for (const [what, name, inLine = name] of taken) {
  test(`a merchant's name of ${what} is a name and nothing else, in every medium`, async () => {
    const { api, worker, outcome } = hostile;
    const merchant = await registerMerchant(api, { name });

    // Mail
    const { challenge, cardholder, end: sent } = await hostile.send("email", { merchant });
    assert.equal(sent.event, "code_sent", `${hostile.providers.ses.faults}`);
    const mail = hostile.providers.ses.received.at(-1);
    assert.ok(mail);
    assert.ok(mail.text.includes(`\n加盟店名：${name}\n利用金額：3,150円\n`), mail.text);
    const parsed = await parsedMail(mail);
    assert.deepEqual(parsed.from, { name: shownIssuer, address: "otp@mail.example" });
    assert.deepEqual(parsed.to, [{ name: "", address: cardholder.email }]);
    assert.equal(parsed.subject, "J/Secureワンタイムパスワード発行のご連絡");
    assert.equal(parsed.text?.trimEnd(), mail.text);
    const code = /：(\d{6})\n/.exec(mail.text)?.[1] ?? "";

    // The form
    const page = assertStatus(await api.present(challenge.secret)).text;
    const entities = escaped(name);
    assert.ok(page.includes(entities), page);
    assert.ok(!/[<>"']/.test(name) || !page.includes(name), "as it is");
    assertStatus(await api.verify(challenge.secret, code));

    // A text message, and the outbox
    const texted = await createChallenge(api, {
      merchant,
      cardholder: await registerCardholder(api, { channel: "sms" }),
    });
    assertStatus(await api.present(texted.secret));
    const [message] = await deliveries(api, texted);
    const expected = `${message.code} JPY3,150\n${shownIssuer}\n${inLine}`;
    assert.equal(message.text, expected);
    const outbox = assertStatus(await api.get(`/dev/outbox?challenge=${texted.id}`)).text;
    assert.ok(outbox.includes(`<pre>${escaped(expected, numeric)}</pre>`), outbox);

    // The log: whole lines of JSON, without the name
    const { end } = await outcome(texted);
    assert.equal(end.event, "code_sent");
    for (const line of worker
      .output()
      .split("\n")
      .filter((line) => line.includes('"event"'))) {
      assert.ok(!line.includes(JSON.stringify(name).slice(1, -1)), line);
      assert.equal(typeof JSON.parse(line).event, "string");
    }
  });
}

/** The mail that a provider without any care would make, as an independent reader sees it. */
async function parsedMail(/** @type {import("./support/providers.mjs").Received} */ { asked }) {
  const { FromEmailAddress, Destination, Content } = JSON.parse(asked.body.toString("utf8"));
  const { Subject, Body } = Content.Simple;
  const headers = [
    ["from", FromEmailAddress],
    ["to", Destination.ToAddresses[0]],
    ["subject", Subject.Data],
    ["mime-version", "1.0"],
    ["content-type", "text/plain; charset=utf-8"],
    ["content-transfer-encoding", "8bit"],
  ];
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const text = Body.Text.Data.replaceAll("\n", "\r\n");
  const mail = await PostalMime.parse(new TextEncoder().encode(`${head}\r\n${text}`));
  const names = mail.headers.map(({ key }) => key);
  assert.deepEqual(names, [...headers.map(([name]) => name)]);
  assert.deepEqual([mail.cc, mail.bcc, mail.attachments], [undefined, undefined, []]);
  return mail;
}

const numeric = (/** @type {string} */ letter) => `&#${letter.charCodeAt(0)};`;

/** @param {string} text @param {(letter: string) => string} [entity] */
function escaped(text, entity = numeric) {
  return text.replace(/[&<>"']/g, entity);
}
