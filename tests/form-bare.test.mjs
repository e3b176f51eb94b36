// The challenge form when script does not come, or wasm is refused: it still does everything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseWasm, withPage } from "./support/browser.mjs";
import { createChallenge, newestCode, wrongCode } from "./support/demo.mjs";
import { ended, startForms, text } from "./support/form.mjs";

const { api, browser } = await startForms();

/** @typedef {import("playwright-core").Page} Page */

/** @type {[string, import("playwright-core").BrowserContextOptions, (page: Page) => unknown][]} */
const bare = [
  ["without script", { javaScriptEnabled: false }, () => {}],
  ["when its wasm is refused", {}, refuseWasm],
  ["when its script does not come", {}, (page) => page.route("**/widget.js", (one) => one.abort())],
];

for (const [what, options, prepare] of bare) {
  test(`${what}, the form takes a wrong code, a resend and the right code`, () =>
    withPage(browser, options, async (page) => {
      await prepare(page);
      const challenge = await createChallenge(api);
      await page.goto(challenge.url, { waitUntil: "load" });
      const first = await newestCode(api, challenge);
      await page.fill("#code", wrongCode(first));
      await page.click("#send");
      await page.waitForSelector("#error:not(:empty)");
      assert.equal(await page.getAttribute("#code", "aria-invalid"), "true");
      await page.click("#resend");
      await page.waitForURL("**/resend");
      assert.match(await text(page, "#error"), /あと\d+秒/);
      await api.advance(31);
      await page.click("#resend");
      await page.waitForSelector("#status:not(:empty)");
      await page.fill(
        "#code",
        first.replace(/\d/g, (d) => "０１２３４５６７８９"[Number(d)]),
      );
      await page.click("#send");
      await page.waitForSelector("#error:not(:empty)");
      await page.fill("#code", await newestCode(api, challenge));
      await page.click("#send");
      await ended(page, "verified");
      assert.notEqual(await text(page, "#ended"), "");
    }));
}
