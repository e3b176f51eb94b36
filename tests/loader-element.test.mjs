// `<warifu-challenge>` with attributes that a framework sets and changes when it likes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";

const { api, browser, merchant, create, open, prove } = await startEmbedding();

/** @param {import("playwright-core").Page} page @param {string} name @param {string} value */
const set = (page, name, value) =>
  page.evaluate(
    ([attribute, secret]) =>
      document.querySelector("warifu-challenge")?.setAttribute(attribute, secret),
    [name, value],
  );

for (const name of ["client-secret", "data-client-secret"]) {
  test(`${name} set after the element is in the page shows that challenge`, () =>
    withPage(browser, {}, async (page) => {
      const seen = await open(page, { body: "<warifu-challenge></warifu-challenge>" });
      const { secret, url } = await create();
      await set(page, name, secret);
      await seen.until("ready");
      assert.equal(await page.getAttribute("iframe", "src"), url);
    }));
}

test("another client-secret is another form, whose response replaces the first one's", () =>
  withPage(browser, {}, async (page) => {
    const [one, two] = [await create(), await create()];
    const body = `<form><warifu-challenge client-secret="${one.secret}"></warifu-challenge></form>`;
    const seen = await open(page, { body });
    await seen.until("ready");
    await prove(page, one);
    await seen.until("complete");
    await set(page, "client-secret", two.secret);
    assert.equal(await page.evaluate("warifu.getResponse()"), "");
    await seen.until("ready", 2);
    assert.equal(await page.locator("iframe").count(), 1);
    await prove(page, two);
    const { response } = await seen.until("complete", 2);
    const { body: redeemed } = await api.siteverify({ secret: merchant.key, response });
    assert.equal(redeemed.challenge, two.id);
  }));

test("the same client-secret again loads nothing", () =>
  withPage(browser, {}, async (page) => {
    const { secret } = await create();
    const body = `<warifu-challenge client-secret="${secret}"></warifu-challenge>`;
    const seen = await open(page, { body });
    await seen.until("ready");
    const changes = await page.evaluate(async (again) => {
      /** @type {MutationRecord[]} */
      const records = [];
      const observer = new MutationObserver((some) => void records.push(...some));
      observer.observe(document, { subtree: true, childList: true, attributes: true });
      document.querySelector("warifu-challenge")?.setAttribute("client-secret", again);
      // The script tag's own observer looks now, and what it changes is among the records.
      await null;
      records.push(...observer.takeRecords());
      return records.map(({ type, attributeName }) => [type, attributeName]);
    }, secret);
    assert.deepEqual(changes, [["attributes", "client-secret"]]);
  }));
