// A page whose HTML is put back from a copy (htmx, Turbo) brings a frame and a field that no script
// speaks with. The form comes anew in their place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { containers } from "./support/merchant-page.mjs";

const { browser, create, open, prove } = await startEmbedding();

/** Leaves the page and comes back, as the library does. @type {Record<string, string>} */
const ways = {
  "htmx, from the text of the page": `
    const saved = document.body.innerHTML;
    document.body.innerHTML = "<p>another page</p>";
    await new Promise((resolve) => setTimeout(resolve));
    document.body.innerHTML = saved;`,
  "Turbo, from a copy of the body": `
    const saved = document.body.cloneNode(true);
    document.body.replaceWith(document.createElement("body"));
    await new Promise((resolve) => setTimeout(resolve));
    document.body.replaceWith(saved);`,
};

for (const [way, leaveAndReturn] of Object.entries(ways)) {
  for (const [what, container] of containers) {
    test(`restored by ${way}, the ${what} is one form that works`, () =>
      withPage(browser, {}, async (page) => {
        const challenge = await create();
        const seen = await open(page, { body: `<form>${container(challenge.secret)}</form>` });
        await seen.until("ready");
        await page.evaluate(`(async () => { ${leaveAndReturn} })()`);
        await seen.until("ready", 2);
        assert.equal(await page.locator("iframe").count(), 1);
        assert.equal(await page.locator('input[type="hidden"]').count(), 1);
        await prove(page, challenge);
        const { response } = await seen.until("complete");
        assert.equal(await responseOf(page), response);
        assert.equal(await page.evaluate("warifu.getResponse()"), response);
      }));
  }
}

test("a container that is emptied, as by a morph to the server's HTML, has its form and response", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await open(page, { secret: challenge.secret });
    await seen.until("ready");
    await prove(page, challenge);
    const { response } = await seen.until("complete");
    await page.evaluate(() => document.querySelector(".warifu-challenge")?.replaceChildren());
    await seen.until("ready", 2);
    assert.equal(await responseOf(page), response);
  }));

test("a page that takes every frame out again is left alone, and offered the link", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const { secret, url } = await create();
    const script = `new MutationObserver(() => {
        for (const frame of document.querySelectorAll("iframe")) { frame.remove(); report("taken", 1); }
      }).observe(document, { childList: true, subtree: true });`;
    const seen = await open(page, { secret, script });
    await seen.until("taken");
    await page.clock.fastForward(10_000);
    assert.equal((await seen.until("error")).code, "load-timeout");
    assert.equal(await page.getAttribute(".warifu-challenge a", "href"), url);
    assert.equal(seen.of("taken").length, 1);
  }));
