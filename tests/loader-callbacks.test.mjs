// The functions of a merchant's page that the script tag calls by name. A name that is none, and an
// onload function that throws, are said on the console and cost the purchase nothing. What handlers of
// a challenge throw: loader-throwing.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { watch, withPage } from "./support/browser.mjs";

const { api, site, browser, create, open, prove } = await startEmbedding();

/**
 * What the page's console has as errors from now on, and what nobody caught.
 * @param {import("playwright-core").Page} page
 */
function faults(page) {
  /** @type {string[]} */
  const said = [];
  /** @type {string[]} */
  const uncaught = [];
  page.on("console", (message) => void (message.type() === "error" && said.push(message.text())));
  page.on("pageerror", ({ message }) => void uncaught.push(message));
  return { said, uncaught };
}

for (const name of ["onNothing", "document", "Shop.onVerified"]) {
  test(`data-callback="${name}", which names no function, is said on the console once`, () =>
    withPage(browser, {}, async (page) => {
      const { said, uncaught } = faults(page);
      const challenge = await create();
      const attributes = `data-callback="${name}"`;
      const seen = await open(page, { secret: challenge.secret, attributes });
      await seen.until("ready");
      await prove(page, challenge);
      const { response } = await seen.until("complete");
      assert.equal(await responseOf(page), response);
      assert.deepEqual(uncaught, []);
      assert.equal(said.length, 1, said.join("\n"));
      assert.ok(said[0].includes(`"${name}"`), said[0]);
    }));
}

for (const [what, onload] of [
  ["throws", "broken"],
  ["is none", "onNothing"],
]) {
  test(`an onload function that ${what} does not take the form away`, () =>
    withPage(browser, {}, async (page) => {
      const { said, uncaught } = faults(page);
      const { secret } = await create();
      const seen = await watch(page);
      const html = `<!doctype html><html lang="ja"><link rel="icon" href="data:,">
        <script>function broken() { throw Error("of onload") }</script>
        <warifu-challenge client-secret="${secret}"></warifu-challenge>`;
      await page.goto(site.show({ html }));
      // All of the page is parsed: the script calls the function as soon as it runs.
      await page.addScriptTag({ url: `${api.origin}/v1/warifu.js?onload=${onload}` });
      await seen.until("ready");
      const [fault, ...more] = [...said, ...uncaught];
      assert.match(fault, /of onload|"onNothing"/);
      assert.deepEqual(more, []);
    }));
}
