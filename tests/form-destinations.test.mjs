// The issuer's records change while a form is open: the next code goes to the new destination, and
// the form says where.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { withPage } from "./support/browser.mjs";
import {
  createChallenge,
  deliveries,
  issuerKey,
  newestCode,
  personalMessage,
  registerCardholder,
} from "./support/demo.mjs";
import { enrollApp, laterStep } from "./support/enrollment.mjs";
import { ended, startForms, text } from "./support/form.mjs";

const { api, browser } = await startForms();

/**
 * @typedef {import("./support/demo.mjs").Cardholder} Cardholder
 *
 * @typedef {object} Change
 * @property {"email" | "sms"} from where the first code goes
 * @property {string} shown the masked destination, before
 * @property {{ email?: string, phone?: string }} now what the issuer has on record afterwards
 * @property {string} to where the second code goes
 * @property {RegExp} ja what the form says then
 * @property {RegExp} en
 */

/** @type {Record<string, Change>} */
const changes = {
  "another e-mail address": {
    from: "email",
    shown: "(***@mail.jp)",
    now: { email: "taro@post.example", phone: "+819011111234" },
    to: "taro@post.example",
    ja: /Eメールアドレス\(\*\*\*@post\.example\)/,
    en: /e-mail address \(\*\*\*@post\.example\)/,
  },
  "another number": {
    from: "sms",
    shown: "(***-\u2060****-1234)",
    now: { email: "taro@mail.jp", phone: "+819011115678" },
    to: "+819011115678",
    ja: /電話番号\(\*\*\*-\u2060\*\*\*\*-5678\)/,
    en: /phone number \(\*\*\*-\u2060\*\*\*\*-5678\)/,
  },
  "no e-mail address any more": {
    from: "email",
    shown: "(***@mail.jp)",
    now: { phone: "+819011125678" },
    to: "+819011125678",
    ja: /電話番号\(\*\*\*-\u2060\*\*\*\*-5678\)/,
    en: /phone number \(\*\*\*-\u2060\*\*\*\*-5678\)/,
  },
  "no number any more": {
    from: "sms",
    shown: "(***-\u2060****-1234)",
    now: { email: "jiro@post.example" },
    to: "jiro@post.example",
    ja: /Eメールアドレス\(\*\*\*@post\.example\)/,
    en: /e-mail address \(\*\*\*@post\.example\)/,
  },
};

/**
 * @param {Cardholder} cardholder
 * @param {Change} change
 */
async function record({ id }, { now }) {
  const json = { ...now, personal_message: personalMessage };
  assertStatus(await api.send("PUT", `/v1/cardholders/${id}`, { key: issuerKey(), json }));
}

/** @param {Change} change @param {string} locale */
async function challengeFor({ from }, locale) {
  const cardholder = await registerCardholder(api, { channel: from });
  return createChallenge(api, { cardholder, more: { locale } });
}

for (const [what, change] of Object.entries(changes)) {
  for (const locale of /** @type {const} */ (["ja", "en"])) {
    test(`${what}, ${locale}: OTP再送信 sends there, and the sentence says so without a reload`, () =>
      withPage(browser, {}, async (page) => {
        await page.clock.install();
        const challenge = await challengeFor(change, locale);
        await page.goto(challenge.url);
        await page.waitForSelector('#resend[aria-disabled="true"]');
        const first = await newestCode(api, challenge);
        await record(challenge.cardholder, change);
        assert.ok((await text(page, "#sent")).includes(change.shown));

        let loads = 0;
        page.on("framenavigated", () => loads++);
        await api.advance(31);
        await page.clock.fastForward(31_000);
        await page.click('#resend[aria-disabled="false"]');
        await page.waitForSelector("#status:not(:empty)");
        assert.match(await text(page, "#sent"), change[locale]);
        const [newest, older] = await deliveries(api, challenge);
        assert.equal(newest.to, change.to);
        assert.deepEqual([older.code, older.channel], [first, change.from]);

        await page.fill("#code", newest.code);
        await page.click("#send");
        await ended(page, "verified");
        assert.equal(loads, 0);
      }));
  }

  test(`${what}, without script: the page after OTP再送信 says so`, () =>
    withPage(browser, { javaScriptEnabled: false }, async (page) => {
      const challenge = await challengeFor(change, "ja");
      await page.goto(challenge.url);
      await newestCode(api, challenge);
      await record(challenge.cardholder, change);
      await api.advance(31);
      await page.click("#resend");
      await page.waitForSelector("#status:not(:empty)");
      assert.match(await text(page, "#sent"), change.ja);
      const [newest] = await deliveries(api, challenge);
      assert.equal(newest.to, change.to);
      await page.fill("#code", newest.code);
      await page.click("#send");
      await ended(page, "verified");
    }));
}

/** What the form says to whom nothing can be sent. */
const noWay = {
  ja: "ワンタイムパスワードの受け取り方が登録されていません。カード発行会社にお問い合わせください。",
  en: "No way to get one-time passwords is registered. Please contact your card issuer.",
};

for (const locale of /** @type {const} */ (["ja", "en"])) {
  for (const javaScriptEnabled of [true, false]) {
    const script = javaScriptEnabled ? "with script" : "without script";
    test(`no destination any more, ${locale}, ${script}: the form says so, and whom to ask`, () =>
      withPage(browser, { javaScriptEnabled }, async (page) => {
        if (javaScriptEnabled) await page.clock.install();
        const opened = await createChallenge(api, { more: { locale } });
        const later = await createChallenge(api, { more: { locale } });
        await page.goto(opened.url);
        if (javaScriptEnabled) await page.waitForSelector('#resend[aria-disabled="true"]');
        for (const { cardholder } of [opened, later]) {
          const path = `/v1/cardholders/${cardholder.id}`;
          assertStatus(await api.send("PUT", path, { key: issuerKey(), json: {} }));
        }
        await api.advance(31);
        if (javaScriptEnabled) await page.clock.fastForward(31_000);
        await page.click("#resend");
        await page.waitForSelector("#error:not(:empty)");
        assert.equal(await text(page, "#error"), noWay[locale]);

        await page.goto(later.url);
        assert.equal(await text(page, "#error"), noWay[locale]);
        assert.equal(await text(page, "#sent"), "");
        assert.ok(!(await page.locator("body").innerText()).includes("()"));
      }));
  }
}

for (const javaScriptEnabled of [true, false]) {
  const script = javaScriptEnabled ? "with script" : "without script";

  /**
   * An open form whose code was mailed, of a cardholder who has enrolled an app since.
   * @param {import("playwright-core").Page} page
   */
  const moved = async (page) => {
    const challenge = await createChallenge(api, { cardholder: await registerCardholder(api) });
    await page.goto(challenge.url);
    if (javaScriptEnabled) await page.waitForSelector('#resend[aria-disabled="true"]');
    const code = await newestCode(api, challenge);
    const app = await enrollApp(api, challenge.cardholder);
    return { challenge, code, app };
  };

  /** @param {import("playwright-core").Page} page @param {number} seconds */
  const later = async (page, seconds) => {
    await api.advance(seconds);
    if (javaScriptEnabled) await page.clock.fastForward(seconds * 1000);
  };

  test(`moved to an app, ${script}: the mailed code is dead at once, and the form asks for the app's`, () =>
    withPage(browser, { javaScriptEnabled }, async (page) => {
      if (javaScriptEnabled) await page.clock.install();
      const { challenge, code, app } = await moved(page);
      await later(page, 31);
      // What the form asks at that time says that the mailed code is dead.
      if (javaScriptEnabled) await page.waitForSelector("#timer:empty", { state: "attached" });
      await page.click("#resend");
      await page.waitForSelector("#resend", { state: "detached" });
      assert.match(await text(page, "#sent"), /認証アプリ/);
      await page.fill("#code", code);
      await page.click("#send");
      await page.waitForSelector("#error:not(:empty)");
      await page.fill("#code", app.code(await laterStep(api)));
      await page.click("#send");
      await ended(page, "verified");
      assert.equal((await deliveries(api, challenge)).length, 1);
    }));
}
