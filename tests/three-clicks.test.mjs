// The promise of three clicks, counted in Chromium: from the member site's 「認証方式の変更」 to 完了
// with three clicks of the mouse and nothing else.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { issuerKey, registerCardholder } from "./support/demo.mjs";
import { atStep, button, choice, enroll, words } from "./support/enrollment-pages.mjs";
import { startMemberSite } from "./support/member-site.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */
/** @typedef {import("./support/enrollment-pages.mjs").Channel} Channel */

const { api } = await startApi();
const site = await startMemberSite(api);
after(() => site.stop());
const browser = await startBrowser();

const siteWords = {
  ja: {
    change: "認証方式の変更",
    shown: {
      email: "Eメール ***@mail.jp",
      sms: "SMS(携帯電話番号)： ***-****-1234",
      app: "ワンタイムパスワード認証(アプリ)",
    },
    back: /会員サイト|もどる|戻る/,
  },
  en: {
    change: "Change the authentication method",
    shown: {
      email: "E-mail ***@mail.jp",
      sms: "SMS (mobile number): ***-****-1234",
      app: "One-time password (app)",
    },
    back: /back|return/i,
  },
};

/**
 * A person with a mouse. What the page is told of by the browser is counted too, where a script of
 * the test can listen: pressing, typing, touching and turning the wheel, in every document.
 * @param {Page} page before it goes anywhere
 */
async function hand(page) {
  const done = { clicks: 0, heard: /** @type {string[]} */ ([]) };
  await page.exposeBinding("heard", (_, type) => void done.heard.push(type));
  await page.addInitScript(() => {
    for (const type of ["click", "keydown", "input", "change", "touchstart", "wheel"]) {
      const listen = (/** @type {Event} */ event) =>
        event.isTrusted && /** @type {any} */ (window).heard(type);
      addEventListener(type, listen, true);
    }
  });
  return {
    done,
    /** @param {Locator} target */
    async click(target) {
      await target.scrollIntoViewIfNeeded();
      const box = await target.boundingBox();
      assert.ok(box, `${target} is not to be seen`);
      done.clicks++;
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    },
  };
}

/** @type {[from: Channel, to: Channel][]} */
const ways = [
  ["email", "sms"],
  ["sms", "email"],
  ["app", "email"], // as in the programme's example
];

for (const [from, to] of ways) {
  for (const lang of /** @type {const} */ (["ja", "en"])) {
    for (const javaScriptEnabled of [true, false]) {
      const script = javaScriptEnabled ? "with script" : "without script";
      test(`${from} to ${to}, ${lang}, ${script}: three clicks, and the member site shows it`, () =>
        withPage(browser, { javaScriptEnabled }, async (page, context) => {
          const cardholder = await registerCardholder(api, {
            channel: from === "app" ? "email" : from,
          });
          if (from === "app") {
            const aside = await context.newPage();
            await enroll(api, browser, aside, { cardholder: cardholder.id, channel: "app", lang });
            await aside.close();
          }
          const { click, done } = await hand(page);
          const { change, shown, back } = siteWords[lang];
          await page.goto(`${site.origin}/?member=${cardholder.id}&lang=${lang}`);
          assert.equal(await page.locator("#current").innerText(), shown[from]);

          await click(page.getByRole("button", { name: change, exact: true }));
          await atStep(page, 0, lang);
          assert.ok(await choice(page, to, lang).isChecked());
          await click(button(page, "toConfirm", lang));
          await atStep(page, 1, lang);
          await click(button(page, "change", lang));
          await atStep(page, 2, lang);
          assert.equal(done.clicks, 3);
          if (javaScriptEnabled) assert.deepEqual(done.heard, ["click", "click", "click"]);
          assert.equal(await page.locator("h1").innerText(), words[lang].heading);

          await click(page.getByRole("link", { name: back }));
          await page.waitForSelector("#changed");
          assert.equal(page.url().split("/?")[0], site.origin);
          assert.equal(await page.locator("#current").innerText(), shown[to]);
          const path = `/v1/cardholders/${cardholder.id}`;
          const { body } = assertStatus(await api.get(path, { key: issuerKey() }));
          assert.equal(body.channel, to);
          assert.equal(body.terms.version, "2026-04");
        }));
    }
  }
}
