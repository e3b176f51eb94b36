// What a provider tells afterwards, as the cardholder sees it: in the open form, without a reload,
// and without script; and the number by which form and message know a send.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startBrowser } from "./support/bench.mjs";
import { enhanced, until, withPage } from "./support/browser.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import { createChallenge, eventually, readChallenge, registerCardholder } from "./support/demo.mjs";
import { ended, shows, text, withClock } from "./support/form.mjs";
import {
  sendgridWebhook,
  sesEvent,
  startSnsTopic,
  twilioReceipt,
} from "./support/providers/receipts.mjs";

/**
 * @typedef {import("./support/demo.mjs").Challenge} Challenge
 * @typedef {"delivered" | "bounced" | "failed"} Told
 * @typedef {{ path: string, receipt: import("./support/providers/receipts.mjs").Receipt }} Telling
 */

const topic = await startSnsTopic();
const events = sendgridWebhook();
after(() => topic.stop());

const { api, providers } = await startCouriers({
  email: ["ses", "sendgrid"],
  sms: ["twilio"],
  others: [{ name: "amazon-sns", origin: topic.origin }],
  vars: { SES_TOPIC_ARN: topic.arn, SENDGRID_EVENT_KEY: events.publicKey },
});
const { ses, sendgrid, twilio } = providers;
const browser = await startBrowser();
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});

const phone = "(***-\u2060****-1234)に";
const mailbox = "(***@mail.jp)に";

/** @type {Record<string, { channel: "email" | "sms", to: string, told: (challenge: Challenge, told: Told, delivery?: number) => Telling }>} */
const tellers = {
  twilio: {
    channel: "sms",
    to: phone,
    told({ id, cardholder }, told, delivery = 1) {
      const path = `/v1/receipts/twilio?challenge=${id}&delivery=${delivery}`;
      const { accountSid, authToken, from } = twilio.settings;
      const status = { delivered: "delivered", bounced: "undelivered", failed: "failed" }[told];
      const message = { id: `SM${"0".repeat(32)}`, status, to: cardholder.phone, from };
      return {
        path,
        receipt: twilioReceipt({ accountSid, authToken }, api.origin + path, message),
      };
    },
  },
  ses: {
    channel: "email",
    to: mailbox,
    told({ id, cardholder }, told, delivery = 1) {
      /** @type {Record<Told, Parameters<typeof sesEvent>[0]>} */
      const words = { delivered: "Delivery", bounced: "Bounce", failed: "Reject" };
      const tags = { challenge: id, delivery: String(delivery) };
      const event = sesEvent(words[told], { id: "0100", to: cardholder.email, tags });
      return { path: "/v1/receipts/ses", receipt: topic.notification(event) };
    },
  },
  sendgrid: {
    channel: "email",
    to: mailbox,
    told({ id, cardholder }, told, delivery = 1) {
      const event = { delivered: "delivered", bounced: "bounce", failed: "dropped" }[told];
      const about = { email: cardholder.email, challenge: id, delivery: String(delivery) };
      return {
        path: "/v1/receipts/sendgrid",
        receipt: events.receipt([{ ...about, event, timestamp: 1513299569 }]),
      };
    },
  },
};

/** @param {Telling} telling */
const post = async ({ path, receipt: { headers, body } }) =>
  assertStatus(await api.post(path, { headers, body }), 204);

/** @param {string} name @param {string} [locale] */
async function create(name, locale = "ja") {
  const { channel } = tellers[name];
  const cardholder = await registerCardholder(api, { channel });
  return createChallenge(api, { cardholder, more: { locale } });
}

/** Mail goes to the provider of that name. @param {string} name */
const choose = (name) => void (name === "sendgrid" && ses.next({ fail: "throttled" }));

/** @param {Challenge} challenge @param {string} state */
const stands = (challenge, state) =>
  eventually(
    () => readChallenge(api, challenge),
    ({ delivery }) => delivery === state,
  );

for (const [name, { to, told }] of Object.entries(tellers)) {
  test(`${name}: the open form says that a code came back, and that the second arrived`, () =>
    withClock(browser, { viewport: { width: 250, height: 400 } }, async (page) => {
      choose(name);
      const challenge = await create(name);
      let loads = 0;
      await page.goto(challenge.url);
      page.on("framenavigated", () => loads++);
      await enhanced(page);
      await shows(page, "sent", `${to}ワンタイムパスワードを送信しました。`);
      assert.equal(await page.getAttribute("#resend", "aria-disabled"), "true");

      await post(told(challenge, "bounced"));
      await shows(page, "sent", `${to}ワンタイムパスワードが届きませんでした。`);
      assert.equal(
        await text(page, "#status"),
        "届きませんでした。「OTP再送信」を押してください。",
      );
      assert.equal(await page.getAttribute("#resend", "aria-disabled"), "false");

      choose(name);
      await page.click("#resend");
      await shows(page, "sent", `${to}第2回のパスワードを送信しました。`);
      await post(told(challenge, "delivered", 2));
      await shows(page, "status", "第2回のパスワードが届きました。前のものは使えません。");
      assert.equal((await readChallenge(api, challenge)).delivery, "delivered");
      const message = providers[name].received.at(-1)?.text ?? "";
      assert.match(message, /送信 ?[:：] ?第2回/, "the message has the number that the form has");
      await page.fill("#code", codeIn(message));
      await page.click("#send");
      await ended(page, "verified");
      assert.equal(loads, 0);
    }));

  test(`${name}, without script: the page says what became of a code, and sends none by itself`, () =>
    withPage(browser, { javaScriptEnabled: false }, async (page) => {
      choose(name);
      const challenge = await create(name, "en");
      const asks = providers[name].asks();
      await page.goto(challenge.url);
      await stands(challenge, "sent");
      await post(told(challenge, "failed"));
      await page.click("#look");
      assert.match(await text(page, "#sent"), /^We could not send a one-time password to /);
      assert.equal(await text(page, "#status"), "It could not be sent. Press “Resend OTP”.");
      await page.reload();
      assert.equal(providers[name].asks(), asks + 1, "one code");
      assert.equal((await readChallenge(api, challenge)).delivery, "failed");
    }));
}

for (const [locale, second, message] of [
  ["ja", "(***@mail.jp)に第2回のパスワードを送信しました。", "送信：第2回（"],
  ["en", "We sent password no. 2 to your registered e-mail address", "Sent: no. 2 ("],
]) {
  test(`${locale}: the number of a send stays in the form as long as its code is the newest`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create("ses", locale);
      assertStatus(await api.present(challenge.secret));
      await stands(challenge, "sent");
      await api.advance(31);
      assertStatus(await api.resend(challenge.secret));
      await stands(challenge, "sent");
      const newest = ses.received.at(-1)?.text ?? "";
      assert.ok(newest.includes(message), newest);

      await page.goto(challenge.url);
      await enhanced(page);
      assert.ok((await text(page, "#sent")).includes(second), await text(page, "#sent"));
      await page.fill(
        "#code",
        codeIn(newest).replace(/./, (digit) => (digit === "9" ? "0" : "9")),
      );
      await page.click("#send");
      await page.waitForSelector("#error:not(:empty)");
      assert.ok((await text(page, "#sent")).includes(second), await text(page, "#sent"));
      await page.fill("#code", codeIn(newest));
      await page.click("#send");
      await ended(page, "verified");
    }));
}
