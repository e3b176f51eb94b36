// The whole purchase in Chromium, from the shop's buy button to the shop's "paid": e-mail, SMS and
// an app, Japanese and English, with script and without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { formFrame, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  deliveries,
  newestCode,
  personalMessage,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  wrongCode,
} from "./support/demo.mjs";
import { enrollApp, laterStep } from "./support/enrollment.mjs";
import { startShop } from "./support/shop.mjs";

// As `npm start` runs it; the other files' Workers are in a Miniflare of their own process.
const { api } = await startApi({ wrangler: true });
const shop = await startShop(api);
after(() => shop.stop());
const browser = await startBrowser();

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Page | import("playwright-core").Frame} Form */
/** @typedef {"ja" | "en"} Lang */
/** @typedef {"email" | "sms" | "app"} Channel */

const words = {
  ja: {
    heading: "ご購入のための本人確認",
    terms: ["加盟店名", "ご利用金額", "ご利用日", "カード番号", "パーソナルメッセージ"],
    amount: "3,150円",
    note: /日本時間\(JST\)/,
    send: "送信",
    resend: /^OTP再送信/,
    cancel: /^キャンセル$/,
    sent: {
      email: /Eメールアドレス\(\*\*\*@mail\.jp\)/,
      sms: /電話番号\(\*\*\*-\u2060\*\*\*\*-1234\)/,
      app: /認証アプリに表示されている6桁/,
    },
  },
  en: {
    heading: "Confirm your purchase",
    terms: ["Merchant", "Amount", "Date", "Card number", "Personal message"],
    amount: "JPY 3,150",
    note: /\(JST\)/,
    send: "Submit",
    resend: /^Resend OTP/,
    cancel: /^Cancel$/,
    sent: {
      email: /e-mail address \(\*\*\*@mail\.jp\)/,
      sms: /phone number \(\*\*\*-\u2060\*\*\*\*-1234\)/,
      app: /6 digits .* authenticator app shows/,
    },
  },
};

/**
 * @param {Page} page
 * @param {{ lang: Lang, channel: "email" | "sms", flow: "embed" | "redirect" }} choice
 */
async function buy(page, { lang, channel, flow }) {
  await api.advance(601); // so that the destination may be written to again
  await page.goto(`${shop.origin}/?lang=${lang}`);
  for (const [name, value] of Object.entries({ lang, channel, flow })) {
    await page.check(`input[name="${name}"][value="${value}"]`);
  }
  await page.click("#buy");
}

/**
 * What the form shows, in reading order.
 * @param {Form} form
 * @param {Lang} lang
 * @param {Channel} channel
 */
async function assertForm(form, lang, channel) {
  const expected = words[lang];
  await form.waitForSelector("#code");
  const { facts, ...shown } = await form.evaluate(() => {
    const text = (/** @type {string} */ selector) =>
      [...document.querySelectorAll(selector)].map((one) => one.textContent?.trim() ?? "");
    return {
      lang: document.documentElement.lang,
      heading: text("h1").join(),
      sent: text("#sent").join(),
      terms: text("dt"),
      facts: text("dd"),
      note: text(".note").join(),
      buttons: text("button"),
    };
  });
  assert.equal(shown.lang, lang);
  assert.equal(shown.heading, expected.heading);
  assert.match(shown.sent, expected.sent[channel]);
  assert.deepEqual(shown.terms, expected.terms);
  const [name, amount, date, card, message] = facts;
  assert.deepEqual([name, amount], ["●●shop", expected.amount]);
  assert.match(date, /^\d\d\/1?\d\/[123]?\d$/);
  assert.deepEqual([card, message], ["**** **** **** 1234", personalMessage]);
  assert.match(shown.note, expected.note);
  assert.equal(shown.buttons[0], expected.send);
  assert.match(shown.buttons[1], channel === "app" ? expected.cancel : expected.resend);
}

/**
 * Types the code that was delivered, or that the app shows, after a wrong one.
 * @param {Page} page
 * @param {Form} form
 * @param {import("./support/totp.mjs").Authenticator} [app]
 */
async function prove(page, form, app) {
  const challenge = await shop.challengeIn(page);
  const step = app ? await laterStep(api) : 0;
  const code = app ? app.code(step) : await newestCode(api, challenge);
  await form.fill("#code", app ? app.wrong(step)[0] : wrongCode(code));
  await form.click("#send");
  await form.waitForSelector("#error:not(:empty)");
  await form.fill("#code", code);
  await form.click("#send");
  return challenge;
}

/**
 * @param {Page} page
 * @param {import("./support/demo.mjs").Challenge} challenge
 */
async function assertPaid(page, challenge) {
  await page.waitForURL(`${shop.origin}/orders/**`);
  await page.waitForSelector("#paid");
  const order = new URL(page.url()).pathname.split("/")[2];
  assert.equal(await shop.status(order), "paid");
  const { status, redeemed, tries, transaction } = await readChallenge(api, challenge);
  assert.deepEqual({ status, redeemed, tries }, { status: "verified", redeemed: true, tries: 2 });
  assert.equal(transaction.reference, order);
}

for (const channel of /** @type {const} */ (["email", "sms"])) {
  for (const lang of /** @type {const} */ (["ja", "en"])) {
    test(`${channel}, ${lang}, with script: bought inside the shop's page`, () =>
      withPage(browser, {}, async (page) => {
        await buy(page, { lang, channel, flow: "embed" });
        const form = await formFrame(page);
        await assertForm(form, lang, channel);
        await assertPaid(page, await prove(page, form));
      }));

    test(`${channel}, ${lang}, without script: bought by redirect`, () =>
      withPage(browser, { javaScriptEnabled: false }, async (page) => {
        await buy(page, { lang, channel, flow: "redirect" });
        await assertForm(page.mainFrame(), lang, channel);
        await assertPaid(page, await prove(page, page.mainFrame()));
      }));
  }
}

test("with script, by redirect: the form goes back to the shop by itself", () =>
  withPage(browser, {}, async (page) => {
    await buy(page, { lang: "ja", channel: "email", flow: "redirect" });
    await assertForm(page.mainFrame(), "ja", "email");
    await assertPaid(page, await prove(page, page.mainFrame()));
  }));

test("without script, the shop's page has a link to the form", () =>
  withPage(browser, { javaScriptEnabled: false }, async (page) => {
    await buy(page, { lang: "ja", channel: "email", flow: "embed" });
    await page.click('noscript a, a[href*="/challenge/"]');
    await assertPaid(page, await prove(page, page.mainFrame()));
  }));

for (const javaScriptEnabled of [true, false]) {
  test(`canceled in the form ${javaScriptEnabled ? "with" : "without"} script, the order is canceled`, () =>
    withPage(browser, { javaScriptEnabled }, async (page) => {
      const flow = javaScriptEnabled ? "embed" : "redirect";
      await buy(page, { lang: "ja", channel: "email", flow });
      const form = javaScriptEnabled ? await formFrame(page) : page.mainFrame();
      await form.click("#cancel");
      await page.waitForSelector("#canceled");
      const order = new URL(page.url()).pathname.split("/")[2];
      assert.equal(await shop.status(order), "canceled");
    }));
}

test("form, mail and SMS carry the labels, facts and formats of the programme's example in its order", async () => {
  for (const channel of /** @type {const} */ (["email", "sms"])) {
    const cardholder = await registerCardholder(api, { channel });
    const challenge = await presentedChallenge(api, { cardholder });
    const page = (await api.present(challenge.secret)).text;
    inOrder(page, ["ご購入のための本人確認", "加盟店名", "●●shop", "ご利用金額", "3,150円"]);
    inOrder(page, ["3,150円", "ご利用日", "23/2/13", "カード番号", "**** **** **** 1234"]);
    inOrder(page, ["パーソナルメッセージ", personalMessage, "日本時間(JST)", "送信", "OTP再送信"]);

    const [{ subject, text, code }] = await deliveries(api, challenge);
    if (channel === "email") {
      assert.match(subject ?? "", /ワンタイムパスワード発行のご連絡/);
      inOrder(text, ["■発行情報", `ワンタイムパスワード：${code}`, "■ご利用情報"]);
      inOrder(text, ["■ご利用情報", "加盟店名：●●shop", "利用金額：3,150円"]);
      inOrder(text, ["利用金額：", "利用時刻：2023/2/13 00:00:00", "10分後に無効"]);
    } else {
      assert.equal(subject, null);
      const [first, second, last] = text.trimEnd().split("\n");
      const issuer = /class="top"[^>]*><b>([^<]+)</.exec(page)?.[1];
      assert.deepEqual(
        [first, second, last],
        [`パスワード : ${code}`, "ご利用金額 : JPY3,150", issuer],
      );
    }
  }
});

test("amounts are shown in their currency's own minor unit, dates in Japan time", async () => {
  /** @type {[number, string, string, RegExp, RegExp][]} */
  const cases = [
    [3150, "USD", "2023-02-12T15:00:00Z", /31\.50/, /23\/2\/13/],
    [1234567, "JPY", "2023-12-31T14:59:59Z", /1,234,567円/, /23\/12\/31/],
    [1500, "KWD", "2023-12-31T15:00:00Z", /1\.500/, /24\/1\/1</],
  ];
  for (const [amount, currency, purchased_at, shown, date] of cases) {
    const transaction = { amount, currency, purchased_at, card_last4: "0001" };
    const challenge = await createChallenge(api, { more: { transaction } });
    const page = assertStatus(await api.present(challenge.secret)).text;
    assert.match(page, shown);
    assert.match(page, date);
    assert.match(page, /\*{4} \*{4} \*{4} 0001/);
  }
});

test("a merchant's name and a personal message are text, never markup", async () => {
  const message = `<b>"&'</b>`;
  const cardholder = await registerCardholder(api, { message });
  const challenge = await presentedChallenge(api, { cardholder });
  await withPage(browser, {}, async (page) => {
    await page.goto(challenge.url);
    const shown = await page.locator("dd").last().textContent();
    assert.equal(shown, message);
  });
});

test("the code is not in the form it was sent for", async () => {
  const challenge = await createChallenge(api);
  const page = assertStatus(await api.present(challenge.secret)).text;
  assert.ok(!page.includes(await newestCode(api, challenge)));
});

/**
 * @param {string} text
 * @param {string[]} parts
 */
function inOrder(text, parts) {
  let from = 0;
  for (const part of parts) {
    const found = text.indexOf(part, from);
    assert.notEqual(found, -1, `"${part}" is not where it belongs in:\n${text}`);
    from = found + part.length;
  }
}

// The last of all: the shop's cardholder has an app from here on.
for (const lang of /** @type {const} */ (["ja", "en"])) {
  for (const javaScriptEnabled of [true, false]) {
    test(`app, ${lang}, ${javaScriptEnabled ? "with" : "without"} script: bought, and nothing is sent`, () =>
      withPage(browser, { javaScriptEnabled }, async (page) => {
        const app = await enrollApp(api, shop.cardholders.email);
        const flow = javaScriptEnabled ? "embed" : "redirect";
        await buy(page, { lang, channel: "email", flow });
        const form = javaScriptEnabled ? await formFrame(page) : page.mainFrame();
        await assertForm(form, lang, "app");
        const challenge = await prove(page, form, app);
        await assertPaid(page, challenge);
        assert.deepEqual(await deliveries(api, challenge), []);
      }));
  }
}
