// A form in a frame whose page never speaks to it: the script tag is blocked there, or a saved copy of
// the page has the frame without the script. The form then offers itself at top level.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { enhanced, formFrame, withPage } from "./support/browser.mjs";

const { api, site, browser, create, open } = await startEmbedding();

/** Takes the form to the end of its animations, eight seconds after it was shown. */
const toEnd = () => document.getAnimations().forEach((animation) => animation.finish());

for (const [name, javaScriptEnabled] of /** @type {const} */ ([
  ["a form that hears nothing", true],
  ["a form without script", false],
])) {
  test(`${name} offers itself at top level after seconds, not before`, () =>
    withPage(browser, { javaScriptEnabled }, async (page) => {
      const { url } = await create();
      await page.goto(site.show({ html: `<iframe src="${url}" width=400 height=600></iframe>` }));
      const form = await formFrame(page);
      const link = form.locator("#alone a");
      assert.equal(await link.isVisible(), false);
      assert.equal(await form.locator("#alone").evaluate((p) => p.clientHeight), 0);
      await form.evaluate(toEnd);
      await link.click();
      await page.waitForURL(url);
      assert.equal(await page.isVisible("#code"), true);
      assert.equal(await page.locator("#alone").count(), 0);
    }));
}

test("a form that its page spoke to never does", () =>
  withPage(browser, {}, async (page) => {
    const { secret } = await create();
    const seen = await open(page, { secret });
    await seen.until("ready");
    const form = await formFrame(page);
    await enhanced(form);
    await form.evaluate(toEnd);
    assert.equal(await form.locator("#alone").isVisible(), false);
  }));

test("a form at top level, or one that has ended, does not", () =>
  withPage(browser, {}, async (page) => {
    const { url } = await create();
    await page.goto(url);
    await enhanced(page);
    assert.equal(await page.locator("#alone").count(), 0);
    await page.click("#cancel");
    await page.waitForSelector('#warifu[data-status="canceled"]');
    await page.goto(site.show({ html: `<iframe src="${url}"></iframe>` }));
    const form = await formFrame(page);
    await form.evaluate(toEnd);
    assert.equal(await form.locator("#alone").isVisible(), false);
    assert.equal(new URL(url).origin, api.origin);
  }));
