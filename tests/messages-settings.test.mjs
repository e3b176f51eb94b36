// Messages in an issuer's own words, by settings alone: what every provider is asked to carry, the
// line that binds a code, how long a text message is, and wordings that cannot be used.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import {
  createChallenge,
  eventually,
  registerCardholder,
  registerMerchant,
  transaction,
} from "./support/demo.mjs";
import { carriers } from "./support/providers.mjs";
import { startWorker } from "./support/worker.mjs";

// What a form, JSON, XML, a shell or a template would take for its own.
const awkward = `1&2=3+4 %41 "q" 'a' \\ \\n <b>&amp; {x} } $& $1 #é€[~] 😀👩‍👩‍👧 ⑴`;

const toml = `
MAIL_SUBJECT = """
【重要】第{{send}}回：{{merchant}}
【重要】{{merchant}}"""
MAIL_TEXT = """
${awkward.replaceAll("\\", "\\\\")}

番号は {{ code }} です。
{{send}}回目です。
{{merchant}} {{amount}} {{amount_iso}} {{time}}
{{issuer}} {{programme}} {{contact}} {{minutes}}
"""
`;

const [own, bound] = await Promise.all([
  startCouriers({
    ...carriers,
    vars: { SMS_TEXT: `${awkward}\n{{merchant}} {{amount_iso}}\n({{send}})\n{{code}}` },
    edit: (text) =>
      text.replace(/(?<=\n\[env\.development\.vars\]\n)/, () => toml) +
      '\n[[env.development.analytics_engine_datasets]]\nbinding = "METRICS"\n',
  }),
  startCouriers({ sms: ["twilio"], vars: { SMS_BOUND_LINE: "merchant-and-frame" } }),
]);
after(() => {
  for (const { providers } of [own, bound]) {
    for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
  }
});

const name = `●●shop & Söhne "x"`;
const merchant = await registerMerchant(own.api, { name });

for (const channel of /** @type {const} */ (["email", "sms"])) {
  for (const [index, provider] of carriers[channel].entries()) {
    test(`${provider} carries ${channel} in the issuer's words, and changes nothing`, async () => {
      for (const before of carriers[channel].slice(0, index)) {
        own.providers[before].next({ fail: "throttled" });
      }
      const { end } = await own.send(channel, { merchant });
      assert.equal(end.provider, provider);
      const { text, subject } = own.providers[provider].received.at(-1) ?? { text: "" };
      const code = codeIn(text);
      if (channel === "sms") {
        assert.equal(text, `${awkward}\n${name} JPY3,150\n${code}`);
        return;
      }
      assert.equal(subject, `【重要】${name}`);
      assert.equal(
        text,
        `${awkward}\n\n番号は ${code} です。\n${name} 3,150円 JPY3,150 2023/2/13 00:00:00\n` +
          "株式会社わりふカード J/Secure カード裏面に記載のカード発行会社 10",
      );
    });
  }
}

test("what the issuer has not replaced is ours, and what is sent again says so in its words", async () => {
  const { api, outcome, providers } = own;
  const cardholder = await registerCardholder(api, { channel: "email" });
  const challenge = await createChallenge(api, { merchant, cardholder });
  assertStatus(await api.present(challenge.secret));
  await outcome(challenge);
  await api.advance(31);
  assertStatus(await api.resend(challenge.secret));
  await outcome(challenge, 2);
  const again = providers.ses.received.at(-1);
  assert.equal(again?.subject, `【重要】第2回：${name}`);
  assert.match(again?.text ?? "", / です。\n2回目です。\n/);

  const english = await createChallenge(api, { merchant, cardholder, more: { locale: "en" } });
  assertStatus(await api.present(english.secret));
  await outcome(english);
  const mail = providers.ses.received.at(-1);
  assert.equal(mail?.subject, "Your J/Secure one-time password");
  assert.match(mail?.text ?? "", /^Here is your J\/Secure one-time password\.\n/);
});

test("a text message of several segments is noted with their number, bound to metrics or not", async () => {
  const { end, challenge } = await own.send("sms", { merchant });
  const [long] = await longs(own, challenge);
  const text = own.providers.twilio.received.at(-1)?.text ?? "";
  const segments = String(Math.ceil(text.length / 67));
  assert.ok(text.length > 70, text);
  assert.deepEqual([end.event, end.segments], ["code_sent", segments]);
  assert.deepEqual([long.segments, long.encoding, long.send], [segments, "ucs2", "1"]);
  assert.ok(!("text" in long) && !JSON.stringify(long).includes(codeIn(text)));

  // Our text in Japanese has no room for two hosts.
  const sent = await bound.send("sms");
  assert.equal(sent.end.segments, "2");
  assert.equal((await longs(bound, sent.challenge)).length, 1);
});

/** @param {typeof own} couriers @param {import("./support/demo.mjs").Challenge} challenge */
const longs = ({ lines }, { id }) =>
  eventually(
    async () => lines(id).filter(({ event }) => event === "sms_long"),
    (noted) => noted.length > 0,
  );

// The origin-bound line

const origins = ["https://shop.example", "https://www.other.example:8443"];
const framed = { "sec-fetch-dest": "iframe", referer: "https://www.other.example:8443/pay?x=1" };
const alone = { "sec-fetch-dest": "document", referer: "https://www.other.example:8443/pay" };

/** @param {Record<string, string>} headers */
async function boundLines(headers) {
  const { api, outcome, providers } = bound;
  const cardholder = await registerCardholder(api, { channel: "sms" });
  const amount = { ...transaction, amount: 1_234_567 };
  const challenge = await createChallenge(api, {
    merchant: await registerMerchant(api, { origins }),
    cardholder,
    more: { transaction: amount, locale: "en" },
  });
  const last = () => {
    const text = providers.twilio.received.at(-1)?.text ?? "";
    const [line, ...others] = text.split("\n").reverse();
    assert.equal(others[0], "Warifu Card Co., Ltd.");
    const [, code] = / : (\d{6})\n/.exec(text) ?? [];
    return line.replace(code, "123456");
  };
  assertStatus(await api.present(challenge.secret, headers));
  await outcome(challenge);
  const first = last();
  await api.advance(31);
  assertStatus(await api.resend(challenge.secret));
  const { end } = await outcome(challenge, 2);
  assert.equal(end.segments, "1");
  return [first, last()];
}

test("a code is bound to the page that frames the form, and to the form", async () => {
  const line = "@www.other.example #123456 @localhost";
  assert.deepEqual(await boundLines(framed), [line, line]);
});

test("of a page that does not say who it is, the merchant's first site is taken", async () => {
  const line = "@shop.example #123456 @localhost";
  assert.deepEqual(await boundLines({}), [line, line]);
});

test("the code of a form that is opened by itself is bound to the form alone", async () => {
  const [first] = await boundLines(alone);
  assert.equal(first, "@localhost #123456");
});

// What cannot be used

/** @type {[string, string, Record<string, string>][]} */
const refused = [
  ["a name that nobody knows", "MAIL_TEXT", { MAIL_TEXT: "{{code}} {{view.merchant}}" }],
  ["mail without the merchant", "MAIL_TEXT_EN", { MAIL_TEXT_EN: "{{code}} {{amount}} {{send}}" }],
  ["a placeholder without an end", "SMS_TEXT", { SMS_TEXT: "{{code}} {{amount}} {{send" }],
  ["a text message without the code", "SMS_TEXT_EN", { SMS_TEXT_EN: "{{amount}} {{send}}" }],
  [
    "a line that binds the code to somebody",
    "SMS_TEXT",
    { SMS_TEXT: "{{code}} {{amount}} {{send}}\n@evil.example #{{code}}" },
  ],
  ["a subject with the code", "MAIL_SUBJECT", { MAIL_SUBJECT: "{{code}}" }],
  ["a subject of two lines", "MAIL_SUBJECT_EN", { MAIL_SUBJECT_EN: "a\nBcc: b@c.example" }],
  ["a control character", "MAIL_SUBJECT", { MAIL_SUBJECT: "a\u001bb" }],
  ["a text that is too long", "MAIL_TEXT", { MAIL_TEXT: "あ".repeat(1366) }],
  ["a binding that nobody knows", "SMS_BOUND_LINE", { SMS_BOUND_LINE: "frame" }],
];

test("a wording that cannot be used is refused: nothing is served, and the log names it", async () => {
  const worker = await startWorker();
  after(() => worker.stop());
  const api = client(worker.origin);
  assertStatus(await api.get("/healthz"));
  for (const [what, setting, vars] of refused) {
    const printed = worker.output().length;
    await worker.restart(vars);
    assertProblem(await api.get("/healthz"), 500, "misconfigured");
    // The life before it may still have had something to say.
    await eventually(
      async () => [what, worker.output().slice(printed)],
      ([, said]) => said.includes(`{"event":"refused_to_start","why":"${setting} must `),
    );
  }
});
