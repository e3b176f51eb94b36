// A code that a provider may have sent without saying so, as the cardholder sees it: it may still
// arrive, it can be typed, and another can be asked for at once.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { assertStatus } from "./support/api.mjs";
import { startBrowser } from "./support/bench.mjs";
import { enhanced, until, withPage } from "./support/browser.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import { createChallenge, eventually, readChallenge, registerCardholder } from "./support/demo.mjs";
import { ended, shows, text, withClock } from "./support/form.mjs";
import { assertHittable, assertSound, schemes, sizes } from "./support/layout.mjs";
import { twilioReceipt } from "./support/providers/receipts.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api, providers } = await startCouriers({
  email: ["ses"],
  sms: ["twilio"],
  vars: { PROVIDER_TIMEOUT_SECONDS: "1", SMS_TO_EMAIL: "on" },
});
const { ses, twilio } = providers;
const browser = await startBrowser();
after(() => {
  for (const { name, faults } of [ses, twilio]) assert.deepEqual(faults, [], name);
});

const words = {
  ja: {
    sending: "(***-\u2060****-1234)にワンタイムパスワードを送信しています。",
    sent: "(***-\u2060****-1234)にワンタイムパスワードを送信できたか確認できませんが、届くことがあります。",
    said: "届かないときは「OTP再送信」を押してください。",
    second:
      "(***-\u2060****-1234)に第2回のパスワードを送信できたか確認できませんが、届くことがあります。",
    saidSecond: "第2回が届かないときは「OTP再送信」を押してください。",
    newest: "前のものは使えません。",
    delivered: "ワンタイムパスワードが届きました。",
    look: "送信の状況を確かめる",
  },
  en: {
    sending:
      "We are sending a one-time password to your registered phone number (***-\u2060****-1234).",
    sent: "We may have sent a one-time password to your registered phone number (***-\u2060****-1234). It may still arrive.",
    said: "It may still arrive. If it does not, press “Resend OTP”.",
    second:
      "We may have sent password no. 2 to your registered phone number (***-\u2060****-1234). It may still arrive.",
    saidSecond: "If no. 2 does not arrive, press “Resend OTP”.",
    newest: "Earlier ones no longer work.",
    delivered: "One-time password delivered.",
    look: "Check the delivery",
  },
};

/** Something that waits until it is let go. */
function gate() {
  let open = () => {};
  const opened = new Promise((resolve) => (open = () => resolve(undefined)));
  return { open, hold: () => opened };
}

/** @param {string} locale */
async function create(locale) {
  const cardholder = await registerCardholder(api, { channel: "sms" });
  return createChallenge(api, { cardholder, more: { locale } });
}

/** @typedef {Awaited<ReturnType<typeof create>>} Challenge */

/** Where the buttons are on the page, so that nothing moves under a finger. @param {Page} page */
const places = (page) =>
  page.evaluate(() =>
    ["code", "send", "resend", "cancel"].map((id) => {
      const top = document.getElementById(id)?.getBoundingClientRect().top ?? NaN;
      return Math.round(top + scrollY);
    }),
  );

/** The code of the newest message to somebody. @param {Challenge} challenge */
const newestCode = ({ cardholder }) =>
  codeIn(twilio.received.findLast(({ to }) => to === cardholder.phone)?.text ?? "");

/** @param {Challenge} challenge @param {string} state */
const stands = (challenge, state) =>
  eventually(
    () => readChallenge(api, challenge),
    ({ delivery }) => delivery === state,
  );

/** Twilio tells later. @param {Challenge} challenge @param {"delivered" | "failed"} status */
async function tells({ id, cardholder }, status) {
  const path = `/v1/receipts/twilio?challenge=${id}&delivery=1`;
  const { accountSid, authToken, from } = twilio.settings;
  const message = { id: `SM${"0".repeat(32)}`, status, to: cardholder.phone, from };
  const receipt = twilioReceipt({ accountSid, authToken }, api.origin + path, message);
  assertStatus(await api.post(path, receipt), 204);
}

for (const locale of /** @type {const} */ (["ja", "en"])) {
  const say = words[locale];

  for (const viewport of [
    { width: 250, height: 400 },
    { width: 390, height: 844 },
  ]) {
    test(`${locale}, ${viewport.width} px: the open form says that it may still arrive, and the code is right`, () =>
      withClock(browser, { viewport }, async (page) => {
        const { open, hold } = gate();
        twilio.next({ hold });
        const challenge = await create(locale);
        let loads = 0;
        await page.goto(challenge.url);
        page.on("framenavigated", () => loads++);
        await enhanced(page);
        await shows(page, "sent", say.sending);
        await page.focus("#code");
        await page.keyboard.type("12");
        const before = await places(page);

        await shows(page, "sent", say.sent);
        assert.deepEqual(await places(page), before);
        assert.equal(await text(page, "#status"), say.said);
        assert.match(await text(page, "#timer"), /\d/, "its code lives");
        assert.equal(await page.getAttribute("#resend", "aria-disabled"), "false");
        assert.equal(await page.inputValue("#code"), "12");
        open();
        await page.fill("#code", newestCode(challenge));
        await page.click("#send");
        await ended(page, "verified");
        assert.equal(loads, 0);
      }));
  }

  test(`${locale}: another can be asked for at once, and can be unconfirmed too`, () =>
    withClock(browser, { viewport: { width: 250, height: 400 } }, async (page) => {
      twilio.next({ drop: "reset" }, { drop: "reset" });
      const challenge = await create(locale);
      await page.goto(challenge.url);
      await shows(page, "sent", say.sent);
      const first = newestCode(challenge);
      const before = await places(page);
      await page.click("#resend");
      await shows(page, "sent", say.second);
      assert.deepEqual(await places(page), before);
      assert.equal(await text(page, "#status"), say.saidSecond);
      const { sends, channel } = await readChallenge(api, challenge);
      assert.deepEqual([sends, channel], [2, "sms"]);
      const second = newestCode(challenge);
      assert.notEqual(first, second);
      await page.fill("#code", second);
      await page.click("#send");
      await ended(page, "verified");
    }));

  test(`${locale}: the open form says that it arrived after all, and asks to wait again`, () =>
    withClock(browser, {}, async (page) => {
      twilio.next({ drop: "reset" });
      const challenge = await create(locale);
      await page.goto(challenge.url);
      await shows(page, "sent", say.sent);
      await tells(challenge, "delivered");
      await shows(page, "status", say.delivered);
      assert.equal(await page.getAttribute("#resend", "aria-disabled"), "true");
      await page.fill("#code", newestCode(challenge));
      await page.click("#send");
      await ended(page, "verified");
    }));

  test(`${locale}, without script: the page says so, takes the code, and sends none by itself`, () =>
    withPage(browser, { javaScriptEnabled: false }, async (page) => {
      twilio.next({ drop: "reset" });
      const challenge = await create(locale);
      const asks = twilio.asks();
      await page.goto(challenge.url);
      await stands(challenge, "unconfirmed");
      await page.click("#look");
      assert.equal((await text(page, "#sent")).includes(say.sent), true, await text(page, "#sent"));
      assert.equal(await text(page, "#status"), say.said);
      assert.equal(await text(page, "#look"), say.look, "more may be heard of it");
      await page.reload();
      assert.equal(twilio.asks(), asks + 1, "one code");
      await page.fill("#code", newestCode(challenge));
      await page.click("#send");
      await ended(page, "verified");
    }));

  test(`${locale}, without script: the button sends another at once`, () =>
    withPage(browser, { javaScriptEnabled: false }, async (page) => {
      twilio.next({ drop: "reset" });
      const challenge = await create(locale);
      await page.goto(challenge.url);
      await stands(challenge, "unconfirmed");
      await page.click("#look");
      await page.click("#resend");
      await page.locator("#status", { hasText: say.newest }).waitFor();
      assert.equal(await text(page, "#error"), "");
      const { sends } = await stands(challenge, "sent");
      assert.equal(sends, 2);
    }));
}

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

for (const [scheme, options] of Object.entries(schemes)) {
  for (const locale of /** @type {const} */ (["ja", "en"])) {
    test(`${scheme}, ${locale}: what it says fits every window, and axe finds nothing`, () =>
      withClock(browser, options, async (page) => {
        twilio.next({ drop: "reset" }, { drop: "reset" });
        const challenge = await create(locale);
        await page.goto(challenge.url);
        await shows(page, "sent", words[locale].sent);
        await page.click("#resend");
        await shows(page, "status", words[locale].saidSecond);
        for (const size of sizes) {
          await page.setViewportSize(size);
          await assertSound(page, `${size.width}x${size.height}`);
          await assertHittable(page, `${size.width}x${size.height}`);
        }
        const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
        assert.deepEqual(
          violations.map(({ id }) => id),
          [],
        );
      }));
  }
}
