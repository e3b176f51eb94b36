// The ways in which pages take the script: twice, as a module, with a function to call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { watch, withPage } from "./support/browser.mjs";

const { api, site, browser, create } = await startEmbedding();

const loader = `${api.origin}/v1/warifu.js`;

/**
 * Opens a page with these tags in its head.
 * @param {import("playwright-core").Page} page
 * @param {string} head
 * @param {string} [secret]
 */
async function openWith(page, head, secret = "") {
  const seen = await watch(page);
  const container = `<div class="warifu-challenge" data-client-secret="${secret}"></div>`;
  const html = `<!doctype html><html lang="ja"><meta charset="utf-8">
    <link rel="icon" href="data:,">${head}<form>${container}</form>`;
  await page.goto(site.show({ html }));
  return seen;
}

test("a second script tag's onload function is called, and there is one form", () =>
  withPage(browser, {}, async (page) => {
    const { secret } = await create();
    const head = `<script>
        function onFirst() { report("first", typeof warifu.render) }
        function onSecond() { report("second", typeof warifu.render) }
      </script>
      <script src="${loader}?onload=onFirst" defer></script>
      <script src="${loader}?render=explicit&amp;onload=onSecond" defer></script>`;
    const seen = await openWith(page, head, secret);
    assert.equal(await seen.until("first"), "function");
    assert.equal(await seen.until("second"), "function");
    await seen.until("ready");
    assert.equal(await page.locator("iframe").count(), 1);
  }));

for (const [what, head] of [
  ['type="module"', `<script type="module" src="${loader}"></script>`],
  ["import()", `<script type="module">import("${loader}")</script>`],
  [
    "an inline copy",
    `<script type="module">eval(await (await fetch("${loader}")).text())</script>`,
  ],
]) {
  test(`taken by ${what}, it says once on the console which tag works`, () =>
    withPage(browser, {}, async (page) => {
      /** @type {string[]} */
      const uncaught = [];
      page.on("pageerror", ({ message }) => void uncaught.push(message));
      const failed = page.waitForEvent("pageerror");
      await openWith(page, head);
      assert.match((await failed).message, /<script src="[^"]*\/v1\/warifu\.js" async><\/script>/);
      assert.equal(uncaught.length, 1);
      assert.equal(await page.evaluate("typeof warifu"), "undefined");
    }));
}
