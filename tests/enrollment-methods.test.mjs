// Each method, enrolled through the pages and then used to buy something, in Chromium: e-mail, SMS
// and an authenticator app.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { formFrame, withPage } from "./support/browser.mjs";
import {
  issuerKey,
  newestCode,
  personalMessage,
  readChallenge,
  registerCardholder,
  wrongCode,
} from "./support/demo.mjs";
import { createSession, presentStep } from "./support/enrollment.mjs";
import {
  atStep,
  button,
  change,
  choose,
  codeInput,
  enroll,
  qrOf,
  scan,
} from "./support/enrollment-pages.mjs";
import { schemes } from "./support/layout.mjs";
import { readQr } from "./support/qr.mjs";
import { startShop } from "./support/shop.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Page | import("playwright-core").Frame} Form */
/** @typedef {import("./support/enrollment-pages.mjs").Channel} Channel */

const { api } = await startApi();
const shop = await startShop(api);
after(() => shop.stop());
const browser = await startBrowser();
const buyer = shop.cardholders.email;

/** @param {Channel} channel @param {string} [id] */
async function assertEnrolled(channel, id = buyer.id) {
  const { body } = assertStatus(await api.get(`/v1/cardholders/${id}`, { key: issuerKey() }));
  assert.equal(body.channel, channel);
  assert.equal(body.terms.version, "2026-04");
}

/**
 * Buys as the shop's cardholder, whose codes come as enrolled, whatever the shop asks for.
 * @param {Page} page
 * @param {boolean} script
 * @returns {Promise<Form>}
 */
async function buy(page, script) {
  await api.advance(601);
  await page.goto(shop.origin);
  await page.check(`input[name="flow"][value="${script ? "embed" : "redirect"}"]`);
  await page.click("#buy");
  const form = script ? await formFrame(page) : page.mainFrame();
  await form.waitForSelector("#code");
  return form;
}

/**
 * Types a wrong code and then the right one, as a Japanese keyboard may write it.
 * @param {Page} page
 * @param {Form} form
 * @param {{ wrong: string, right: () => Promise<string> }} codes
 */
async function prove(page, form, { wrong, right }) {
  const challenge = await shop.challengeIn(page);
  await form.fill("#code", wrong);
  await form.click("#send");
  await form.waitForSelector("#error:not(:empty)");
  await form.fill("#code", fullWidth(await right()));
  await form.click("#send");
  await page.waitForSelector("#paid");
  const order = new URL(page.url()).pathname.split("/")[2];
  assert.equal(await shop.status(order), "paid");
  return readChallenge(api, challenge);
}

/** @param {string} code */
const fullWidth = (code) => code.replace(/\d/g, (digit) => "０１２３４５６７８９"[Number(digit)]);

/** What a code can be asked for with. @type {Record<"email" | "sms", RegExp>} */
const sentTo = {
  email: /Eメールアドレス\(\*\*\*@mail\.jp\)/,
  sms: /電話番号\(\*\*\*-\u2060\*\*\*\*-1234\)/,
};

for (const javaScriptEnabled of [true, false]) {
  const script = javaScriptEnabled ? "with script" : "without script";

  for (const channel of /** @type {const} */ (["email", "sms"])) {
    test(`${channel}, ${script}: enrolled, and paid with the code that comes there`, () =>
      withPage(browser, { javaScriptEnabled }, async (page) => {
        await moveTo(channel === "email" ? "sms" : "email");
        await enroll(api, browser, page, { cardholder: buyer.id, channel });
        await assertEnrolled(channel);

        const form = await buy(page, javaScriptEnabled);
        assert.match((await form.textContent("#sent")) ?? "", sentTo[channel]);
        const code = await newestCode(api, await shop.challengeIn(page));
        const codes = { wrong: wrongCode(code), right: async () => code };
        const { status, tries, channel: proved } = await prove(page, form, codes);
        assert.deepEqual([status, tries, proved], ["verified", 2, channel]);
      }));
  }

  test(`app, ${script}: enrolled, and paid with the code that it shows`, () =>
    withPage(browser, { javaScriptEnabled }, async (page) => {
      await moveTo("email");
      const app = await enroll(api, browser, page, { cardholder: buyer.id, channel: "app" });
      assert.ok(app);
      await assertEnrolled("app");

      const codes = async () => (await api.outbox()).filter(({ code }) => code !== null).length;
      const before = await codes();
      const form = await buy(page, javaScriptEnabled);
      await assertAsksForApp(form);
      const [wrong] = app.wrong(await presentStep(api));
      const right = async () => app.code(await presentStep(api));
      const { status, tries, ...read } = await prove(page, form, { wrong, right });
      assert.deepEqual([status, tries], ["verified", 2]);
      assert.deepEqual([read.channel, read.sends], ["app", 0]);
      assert.equal(await codes(), before, "no code is sent where an app is asked");
    }));
}

/** By the issuer, so that the pages have something to change. @param {"email" | "sms"} channel */
async function moveTo(channel) {
  const { email, phone } = buyer;
  const json = { email, phone, channel, personal_message: personalMessage };
  const path = `/v1/cardholders/${buyer.id}`;
  const { body } = assertStatus(await api.send("PUT", path, { key: issuerKey(), json }));
  assert.equal(body.channel, channel);
}

/**
 * The form asks for what the app shows: nothing was sent, so nothing is sent again and no code dies.
 * @param {Form} form
 */
async function assertAsksForApp(form) {
  assert.match((await form.textContent("#sent")) ?? "", /アプリ/);
  assert.equal(await form.locator("#resend, #timer").count(), 0);
  assert.deepEqual(await form.getByRole("button").allInnerTexts(), ["送信", "キャンセル"]);
  const said = await form.locator("body").innerText();
  assert.doesNotMatch(said, /再送信|残り|分間有効|有効期限|送信しました|\*\*\*@|\*\*\*-/);
  const facts = await form.locator("dt").allTextContents();
  assert.deepEqual(facts, [
    "加盟店名",
    "ご利用金額",
    "ご利用日",
    "カード番号",
    "パーソナルメッセージ",
  ]);
}

for (const [scheme, options] of Object.entries(schemes)) {
  test(`an app reads the QR code off the screen: ${scheme}`, () =>
    withPage(browser, { ...options, viewport: { width: 250, height: 400 } }, async (page) => {
      const cardholder = await registerCardholder(api);
      await page.goto((await createSession(api, cardholder)).url);
      await choose(page, "app");
      const { label } = await scan(browser, page);
      // So that the account is found among many; but no more of the cardholder than that.
      assert.match(label, /^株式会社わりふカード:./);
      assert.ok(!label.includes(cardholder.email) && !label.includes(cardholder.phone));
    }));
}

test("a wrong code of the app is asked for again, for the same secret, and changes nothing", () =>
  withPage(browser, { javaScriptEnabled: false }, async (page) => {
    const { id } = await registerCardholder(api);
    await page.goto((await createSession(api, { id })).url);
    await choose(page, "app");
    const app = await scan(browser, page);
    const [wrong] = app.wrong(await presentStep(api));
    for (const typed of [wrong, "12345", "abcdef"]) {
      await codeInput(page).fill(typed);
      const again = page.waitForEvent("load");
      await button(page, "change").click();
      await again;
      assert.notEqual(await page.locator("[role=alert]").innerText(), "");
      await atStep(page, 1);
      assert.equal(await codeInput(page).getAttribute("aria-invalid"), "true");
      assert.equal((await scan(browser, page)).text, app.text);
      const { body } = await api.get(`/v1/cardholders/${id}`, { key: issuerKey() });
      assert.deepEqual([body.channel, body.terms], ["email", null]);
    }
    await codeInput(page).fill(fullWidth(app.code(await presentStep(api))));
    await change(page);
    await assertEnrolled("app", id);
  }));

test("every set-up has a secret of its own", () =>
  withPage(browser, {}, async (page) => {
    const { id } = await registerCardholder(api);
    const secrets = new Set();
    for (let n = 0; n < 3; n++) {
      await page.goto((await createSession(api, { id })).url);
      await choose(page, "app");
      secrets.add(await readQr(browser, qrOf(page)));
    }
    assert.equal(secrets.size, 3);
  }));
