// The shop with 3-D Secure that `npm start` serves: a card number is all that it knows of the buyer, and
// at the end it shows each message.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { meaningOf } from "../examples/three-ds/meanings.mjs";
import { assertAccessible } from "./support/accessibility.mjs";
import { startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { eventually, wrongCode } from "./support/demo.mjs";
import { assertSound } from "./support/layout.mjs";
import { challengeIdOf, secretOf } from "./support/three-ds.mjs";
import { startThreeDsShop } from "./support/three-ds-shop.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api, origin, cards } = await startThreeDsShop();
const browser = await startBrowser();

// All buy at one shop with the same cards: what is counted by the day begins anew.
beforeEach(() => api.advance(86_400));

/**
 * Pays, and returns the form in the frame with the code that was sent for it.
 * @param {Page} page at the shop
 * @param {{ card?: string, version?: string, category?: string, size?: string }} [chosen]
 */
async function pay(
  page,
  { card = cards.email, version = "2.2.0", category = "01", size = "02" } = {},
) {
  await page.fill("#card", card);
  await page.check(`[name="version"][value="${version}"]`);
  await page.check(`[name="category"][value="${category}"]`);
  await page.selectOption("#size", size);
  await page.click("#pay");
  const frame = await (await page.waitForSelector("iframe")).contentFrame();
  assert.ok(frame);
  await frame.waitForSelector("#code");
  const challenge = challengeIdOf(secretOf(frame.url()));
  const [{ code }] = await eventually(
    () => api.outbox(challenge),
    (deliveries) => deliveries.length > 0,
  );
  return { frame, code };
}

/** The transStatus that the shop believes. @param {Page} page */
const outcome = async (page) => {
  await page.waitForSelector("#outcome:not([data-status=''])");
  return page.getAttribute("#outcome", "data-status");
};

/** What the table has of an element, by message. @param {Page} page @param {string} element */
const shown = (page, element) =>
  page
    .locator("tbody tr", { has: page.locator(`th code:text-is("${element}")`) })
    .evaluate((row) =>
      [...row.querySelectorAll("td:not(:empty)")].map((cell) => [
        cell.querySelector(".of")?.textContent,
        cell.querySelector("code")?.textContent,
      ]),
    );

for (const version of ["2.2.0", "2.3.1"]) {
  for (const lang of ["ja", "en"]) {
    test(`a payment by card number, ${version}, ${lang}: six messages, each element with its meaning`, () =>
      withPage(browser, { viewport: { width: 1280, height: 800 } }, async (page) => {
        await page.goto(`${origin}/?lang=${lang}`);
        const { frame, code } = await pay(page, { version });
        assert.equal(await frame.getAttribute("html", "lang"), lang);
        await frame.fill("#code", code);
        await frame.click("#send");
        assert.equal(await outcome(page), "Y");
        assert.deepEqual(await page.locator("thead b").allTextContents(), [
          ...["AReq", "ARes", "CReq", "RReq", "RRes", "CRes"],
        ]);
        assert.deepEqual(await shown(page, "transStatus"), [
          ["ARes", "C"],
          ["RReq", "Y"],
          ["CRes", "Y"],
        ]);
        assert.deepEqual(await shown(page, "messageVersion"), [
          ["AReq, ARes, CReq, RReq, RRes, CRes", version],
        ]);
        assert.deepEqual(await shown(page, "acctNumber"), [["AReq", cards.email]]);
        for (const element of await page.locator("tbody tr th code").allTextContents()) {
          assert.ok(meaningOf(element), `${element} has no meaning`);
        }
      }));
  }
}

test("a card is added without an amount", () =>
  withPage(browser, {}, async (page) => {
    await page.goto(origin);
    const { frame, code } = await pay(page, { category: "02", card: cards.sms });
    await frame.fill("#code", code);
    await frame.click("#send");
    assert.equal(await outcome(page), "Y");
    assert.match((await page.textContent("#outcome")) ?? "", /カードを登録しました/);
  }));

test("a wrong code and then the right one", () =>
  withPage(browser, {}, async (page) => {
    await page.goto(origin);
    const { frame, code } = await pay(page, { size: "05" });
    await frame.fill("#code", wrongCode(code));
    await frame.click("#send");
    await frame.waitForSelector("#error:not(:empty)");
    await frame.fill("#code", code);
    await frame.click("#send");
    assert.equal(await outcome(page), "Y");
    assert.deepEqual(await shown(page, "interactionCounter"), [["RReq", "02"]]);
  }));

test("canceled is not paid", () =>
  withPage(browser, {}, async (page) => {
    await page.goto(origin);
    const { frame } = await pay(page);
    await frame.click("#cancel");
    assert.equal(await outcome(page), "N");
    assert.deepEqual(await shown(page, "challengeCancel"), [["RReq", "01"]]);
  }));

test("an unknown card is U, and a number that is no test number is not sent anywhere", () =>
  withPage(browser, {}, async (page) => {
    await page.goto(origin);
    await page.fill("#card", "5555 5555 5555 4444");
    await page.click("#pay");
    await page.waitForSelector('#card[aria-invalid="true"]');
    await page.fill("#card", "4242 4242 4242 4242");
    await page.click("#pay");
    assert.equal(await outcome(page), "U");
    assert.deepEqual(await shown(page, "transStatusReason"), [["ARes", "08"]]);
  }));

test("without script the challenge opens and comes back by buttons", () =>
  withPage(browser, { javaScriptEnabled: false }, async (page) => {
    await page.goto(origin);
    await page.click("#pay");
    await page.click("#challenge button");
    const frame = page.frameLocator("iframe");
    const address = await frame.locator("form:has(#code)").getAttribute("action");
    const challenge = challengeIdOf(secretOf(address ?? ""));
    const [{ code }] = await eventually(
      () => api.outbox(challenge),
      (deliveries) => deliveries.length > 0,
    );
    await frame.locator("#code").fill(code);
    await frame.locator("#send").click();
    await frame.locator("form:has([name='cres']) button").click();
    await frame.locator(".button").click();
    assert.equal(await outcome(page), "Y");
  }));

for (const width of [320, 390, 1280]) {
  test(`its pages are sound and accessible, ${width} wide`, () =>
    withPage(browser, { viewport: { width, height: 800 } }, async (page) => {
      await page.goto(origin);
      await assertSound(page, "the checkout");
      await assertAccessible(page);
      const { frame, code } = await pay(page);
      await assertSound(page, "the challenge");
      await frame.fill("#code", code);
      await frame.click("#send");
      await outcome(page);
      await assertSound(page, "the messages");
      await assertAccessible(page);
    }));
}
