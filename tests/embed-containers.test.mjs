// Containers that come and go while the page lives: a visit without a load, a tree that a framework
// throws away and makes anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { containers } from "./support/merchant-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api, browser, merchant, create, open, prove } = await startEmbedding();

/** @param {Page} page @param {string} html */
const show = (page, html) =>
  page.evaluate((body) => void (document.body.innerHTML = body), `<form id="pay">${html}</form>`);

for (const [what, container] of containers) {
  test(`a ${what} that comes after the script is a form, once`, () =>
    withPage(browser, {}, async (page) => {
      const seen = await open(page, { body: "<p>a cart</p>" });
      await page.waitForLoadState("load");
      const challenge = await create();
      await show(page, container(challenge.secret));
      await seen.until("ready");
      await page.evaluate(() => void document.body.append("more"));
      assert.equal(await page.locator("iframe").count(), 1);
      assert.equal(await page.locator('input[type="hidden"]').count(), 1);
      await prove(page, challenge);
      await seen.until("complete");
    }));

  test(`a ${what} that is made anew is the page's form; the one that left counts no more`, () =>
    withPage(browser, {}, async (page) => {
      const [one, two] = [await create(), await create()];
      const seen = await open(page, { body: `<form>${container(one.secret)}</form>` });
      await seen.until("ready");
      await prove(page, one);
      await seen.until("complete");
      await show(page, container(two.secret));
      assert.equal(await page.evaluate("warifu.getResponse()"), "");
      await seen.until("ready", 2);
      assert.equal(await page.locator("iframe").count(), 1);
      await prove(page, two);
      const { response } = await seen.until("complete", 2);
      assert.equal(await page.evaluate("warifu.getResponse()"), response);
      const { body } = await api.siteverify({ secret: merchant.key, response });
      assert.equal(body.challenge, two.id);
    }));
}

test("a div whose data-client-secret changes shows the other challenge", () =>
  withPage(browser, {}, async (page) => {
    const [one, two] = [await create(), await create()];
    const seen = await open(page, { secret: one.secret });
    await seen.until("ready");
    await page.evaluate((secret) => {
      document.querySelector(".warifu-challenge")?.setAttribute("data-client-secret", secret);
    }, two.secret);
    await seen.until("ready", 2);
    assert.equal(await page.getAttribute("iframe", "src"), two.url);
  }));

test("what the page's script removed stays away, whatever else changes", () =>
  withPage(browser, {}, async (page) => {
    const { secret } = await create();
    const seen = await open(page, { secret });
    await seen.until("ready");
    await page.evaluate("warifu.remove()");
    await page.evaluate(() => void document.body.append("more"));
    assert.equal(await page.locator("iframe").count(), 0);
  }));

test("a container that the page's script rendered may leave and come back", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await open(page, { body: '<form><div id="here"></div></form>' });
    await page.waitForLoadState("load");
    await page.evaluate((clientSecret) => {
      const { warifu } = /** @type {any} */ (window);
      warifu.render("#here", { clientSecret, callback: "onVerified" });
    }, challenge.secret);
    await seen.until("ready");
    const here = await page.$("#here");
    await here?.evaluate((el) => el.remove());
    await here?.evaluate((el) => document.forms[0].append(el));
    await seen.until("ready", 2);
    await prove(page, challenge);
    const { response } = await seen.until("complete");
    assert.equal(await page.evaluate("warifu.getResponse()"), response);
  }));
