// The plug-in for a shop of pages alone, examples/express/, in a browser without script.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible } from "./support/accessibility.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { newestCode, verifiedChallenge } from "./support/demo.mjs";
import { startExample } from "./support/example.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api } = await startApi();
const shop = await startExample(api, "examples/express/shop.mjs");
after(() => shop.stop());
const browser = await startBrowser();

/** @param {(page: Page) => Promise<void>} body */
const shopping = (body, locale = "ja-JP") =>
  withPage(browser, { javaScriptEnabled: false, locale }, async (page) => {
    await page.goto(shop.origin);
    await page.click("#buy");
    await page.waitForSelector("#open");
    await body(page);
  });

/** Presses the button of an order, and returns the challenge of the form that comes. @param {Page} page */
async function confirm(page) {
  await page.click("#confirm");
  await page.waitForSelector("#code");
  const [secret] = /ch_[\w-]{73,}/.exec(page.url()) ?? [""];
  assert.ok(page.url().startsWith(`${api.origin}/challenge/`), page.url());
  const { merchant, cardholder } = shop;
  return { id: secret.slice(0, 25), secret, url: page.url(), merchant, cardholder };
}

for (const [lang, locale] of Object.entries({ ja: "ja-JP", en: "en-US" })) {
  test(`an order is confirmed and paid without script, ${lang}`, () =>
    shopping(async (page) => {
      const challenge = await confirm(page);
      assert.equal(await page.getAttribute("html", "lang"), lang);
      await page.fill("#code", await newestCode(api, challenge));
      await page.click("#send");
      await page.waitForSelector("#paid");
      assert.equal(await page.getAttribute("html", "lang"), lang);
      assert.match(page.url(), new RegExp(`^${shop.origin}/orders/order-[\\w-]+$`));
      const { body } = await api.get(`/v1/challenges/${challenge.id}`, { key: shop.merchant.key });
      assert.equal(body.redeemed, true);
    }, locale));
}

test("a canceled order is confirmed again, by a challenge of its own", () =>
  shopping(async (page) => {
    const first = await confirm(page);
    await page.click("#cancel");
    await page.waitForSelector("#canceled");
    const second = await confirm(page);
    assert.notEqual(second.id, first.id);
    await page.fill("#code", await newestCode(api, second));
    await page.click("#send");
    await page.waitForSelector("#paid");
  }));

test("the button pressed twice leads to one challenge", () =>
  shopping(async (page) => {
    const order = page.url();
    const first = await confirm(page);
    await page.goto(order);
    assert.equal((await confirm(page)).id, first.id);
  }));

test("a response of another order, one that is made up, and none at all pay nothing", () =>
  shopping(async (page) => {
    const order = page.url().replace("/orders/", "/confirm/");
    const { attestation } = await verifiedChallenge(api, shop);
    for (const query of [
      `?warifu-response=${attestation}`,
      "?warifu-response=x",
      "",
      "?warifu-status=verified",
    ]) {
      await page.goto(order + query);
      await page.waitForSelector("#failed");
    }
  }));

test("an order that is nobody's, or paid, is not confirmed", () =>
  shopping(async (page) => {
    const order = page.url();
    const challenge = await confirm(page);
    await page.fill("#code", await newestCode(api, challenge));
    await page.click("#send");
    await page.waitForSelector("#paid");
    const address = order.replace("/orders/", "/confirm/");
    assert.equal((await fetch(address, { method: "POST", redirect: "manual" })).status, 404);
    assert.equal((await fetch(`${address}?warifu-status=canceled`)).status, 404);
    await page.goto(order);
    await page.waitForSelector("#paid");
    assert.equal((await page.goto(`${shop.origin}/orders/none`))?.status(), 404);
  }));

test("a cardholder without a one-time password is told to pay in another way", async () => {
  const settings = { CARDHOLDER: "nobody" };
  const other = await startExample(api, "examples/express/shop.mjs", { settings });
  after(() => other.stop());
  await withPage(browser, { javaScriptEnabled: false }, async (page) => {
    await page.goto(other.origin);
    await page.click("#buy");
    await page.click("#confirm");
    await page.waitForSelector("#refused");
  });
});

test("axe finds nothing on the shop's pages", () =>
  // axe itself is a script.
  withPage(browser, { locale: "ja-JP", bypassCSP: true }, async (page) => {
    await page.goto(shop.origin);
    await assertAccessible(page, "product");
    await page.click("#buy");
    await page.waitForSelector("#open");
    await assertAccessible(page, "order");
    await page.goto(`${shop.origin}/orders/none`);
    await assertAccessible(page, "nothing there");
  }));
