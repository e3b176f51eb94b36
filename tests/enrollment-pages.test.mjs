// Every page of the enrollment, word for word; and what is in none of them: script, style
// attributes, anything from elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startApi, startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { createSession, presentStep, putFacts, registerFacts } from "./support/enrollment.mjs";
import { button, change, choose, codeInput, enroll, scan } from "./support/enrollment-pages.mjs";
import {
  app,
  assertReads,
  back,
  changed,
  choosing,
  confirming,
  email,
  fromNowOn,
  none,
  over,
  said,
  settingUp,
  sms,
} from "./support/enrollment-words.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api } = await startApi();
const browser = await startBrowser();

for (const lang of /** @type {const} */ (["ja", "en"])) {
  /** @param {Page} page @param {Record<string, unknown>} [json] */
  const open = async (page, json) => {
    const cardholder = await registerCardholder(api);
    const session = await createSession(api, cardholder, { locale: lang, ...json });
    await page.goto(session.url);
    return { cardholder, session };
  };

  test(`${lang}: the three steps, by e-mail and SMS`, () =>
    withPage(browser, {}, async (page) => {
      await open(page);
      await assertReads(page, lang, choosing[lang](email[lang], email[lang], sms[lang], app[lang]));
      await choose(page, "sms", lang);
      await assertReads(page, lang, confirming[lang](email[lang], sms[lang]));
      await page.getByRole("link", { name: /^(戻る|Back)$/ }).click();
      await choose(page, "email", lang);
      await assertReads(page, lang, confirming[lang](email[lang], email[lang]));
      await page.goBack();
      await choose(page, "sms", lang);
      await change(page, lang);
      await assertReads(page, lang, changed[lang](sms[lang], fromNowOn[lang].sent));
    }));

  test(`${lang}: the three steps, with an app`, () =>
    withPage(browser, {}, async (page) => {
      const { cardholder } = await open(page, { return_url: "https://my.example/settings" });
      await choose(page, "app", lang);
      const set = settingUp[lang](await scan(browser, page));
      await assertReads(page, lang, confirming[lang](email[lang], app[lang], ...set));
      await enroll(api, browser, page, { cardholder: cardholder.id, channel: "app", lang });
      await assertReads(page, lang, changed[lang](app[lang], fromNowOn[lang].app));

      const { url } = await createSession(api, cardholder, { locale: lang });
      await page.goto(url);
      await assertReads(page, lang, choosing[lang](app[lang], email[lang], sms[lang], app[lang]));
    }));

  test(`${lang}: who is registered for nothing yet`, () =>
    withPage(browser, {}, async (page) => {
      const { id } = await registerFacts(api, { email: "taro@mail.jp" });
      const { url } = await createSession(api, { id }, { locale: lang });
      await page.goto(url);
      await assertReads(page, lang, choosing[lang](none[lang], email[lang], app[lang]));
    }));

  test(`${lang}: a wrong code of the app, and no code at all`, () =>
    withPage(browser, {}, async (page) => {
      await open(page);
      await choose(page, "app", lang);
      const scanned = await scan(browser, page);
      const wrong = scanned.wrong(await presentStep(api), 5);
      for (const [typed, why] of [
        [wrong[0], said[lang].wrong],
        ["12345", said[lang].malformed],
      ]) {
        await codeInput(page, lang).fill(typed);
        const again = page.waitForEvent("load");
        await button(page, "change", lang).click();
        await again;
        await page.locator("[aria-invalid]").waitFor();
        const more = [...settingUp[lang](scanned), why];
        const expected = confirming[lang](email[lang], app[lang], ...more);
        await assertReads(page, lang, expected, { refused: true });
      }
    }));

  test(`${lang}: the fifth wrong code of the app`, () =>
    withPage(browser, {}, async (page) => {
      const { session } = await open(page, { return_url: "https://my.example/settings" });
      await choose(page, "app", lang);
      const wrong = (await scan(browser, page)).wrong(await presentStep(api), 5);
      for (const code of wrong) {
        await codeInput(page, lang).fill(code);
        const answered = page.waitForResponse(`${session.url}/change`);
        await button(page, "change", lang).click();
        await answered;
      }
      await page.locator('[aria-current="step"]').waitFor({ state: "detached" });
      const failed = over(lang, said[lang].failed, back[lang]);
      await assertReads(page, lang, failed, { refused: true });
      assert.equal((await page.goto(session.url))?.status(), 409);
      await assertReads(page, lang, failed, { refused: true });
    }));

  test(`${lang}: done, with a way back`, () =>
    withPage(browser, {}, async (page) => {
      await open(page, { return_url: "https://my.example/settings" });
      await choose(page, "sms", lang);
      await change(page, lang);
      const expected = changed[lang](sms[lang], fromNowOn[lang].sent, back[lang]);
      await assertReads(page, lang, expected);
    }));

  test(`${lang}: canceled, with and without a way back, and looked at again`, () =>
    withPage(browser, {}, async (page) => {
      for (const return_url of ["https://my.example/settings", undefined]) {
        const { session } = await open(page, { return_url });
        await button(page, "cancel", lang).click();
        await page.waitForURL(`${session.url}/done`);
        const canceled = over(lang, said[lang].canceled, ...(return_url ? [back[lang]] : []));
        await assertReads(page, lang, canceled);
        assert.equal((await page.goto(session.url))?.status(), 409);
        await assertReads(page, lang, canceled);
      }
    }));

  test(`${lang}: changed before, too old, unknown`, () =>
    withPage(browser, { locale: lang }, async (page) => {
      for (const return_url of ["https://my.example/settings", undefined]) {
        const { session } = await open(page, { return_url });
        await choose(page, "sms", lang);
        await change(page, lang);
        assert.equal((await page.goto(session.url))?.status(), 409);
        const more = return_url ? [back[lang]] : [];
        await assertReads(page, lang, over(lang, said[lang].changed, ...more));
      }

      const { session: old } = await open(page, { return_url: "https://my.example/settings" });
      await api.advance(901);
      assert.equal((await page.goto(old.url))?.status(), 410);
      const expired = over(lang, said[lang].expired, back[lang]);
      await assertReads(page, lang, expired, { refused: true });

      // Nobody's session has no language: the browser's own is the best guess.
      assert.equal((await page.goto(`${api.origin}/enrollment/none`))?.status(), 404);
      await assertReads(page, lang, over(lang, said[lang].unknown), { refused: true });
    }));

  test(`${lang}: a method that is gone meanwhile`, () =>
    withPage(browser, {}, async (page) => {
      const { cardholder, session } = await open(page);
      await choose(page, "sms", lang);
      await putFacts(api, cardholder, { email: "taro@mail.jp" });
      const answered = page.waitForResponse(`${session.url}/change`);
      await button(page, "change", lang).click();
      assert.equal((await answered).status(), 409);
      const offers = [email[lang], app[lang]];
      const again = choosing[lang](email[lang], ...offers, said[lang].notOffered);
      await assertReads(page, lang, again, { refused: true });
    }));

  test(`${lang}: newer terms than those that were shown`, () =>
    withPage(browser, {}, async (page) => {
      const { session } = await open(page);
      await choose(page, "sms", lang);
      await page.locator('[name="terms"]').evaluate((input) => {
        /** @type {HTMLInputElement} */ (input).value = "2025-01";
      });
      const answered = page.waitForResponse(`${session.url}/change`);
      await button(page, "change", lang).click();
      assert.equal((await answered).status(), 409);
      const offers = [email[lang], sms[lang], app[lang]];
      const again = choosing[lang](email[lang], ...offers, said[lang].terms);
      await assertReads(page, lang, again, { refused: true });
    }));

  test(`${lang}: a post from elsewhere`, () =>
    withPage(browser, { locale: lang }, async (page) => {
      const { session } = await open(page);
      await page.goto("about:blank");
      await page.setContent(
        `<form action="${session.url}/cancel" method="post"><button>x</button>`,
      );
      await page.click("button");
      await page.waitForURL(`${session.url}/cancel`);
      await assertReads(page, lang, over(lang, said[lang].elsewhere), { refused: true });
    }));
}
