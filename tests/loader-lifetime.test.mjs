// A response is dead five minutes after it came, also where the page's timers stood still meanwhile:
// in a page that the browser kept for Back, or that slept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";

const { browser, create, open, prove } = await startEmbedding();

const life = 300_000;

/**
 * A page whose response came at a known time, and whose timers do not run for the time after it.
 * @param {(page: import("playwright-core").Page,
 *   seen: import("./support/browser.mjs").Watch, came: number) => Promise<void>} body
 */
const verified = (body) =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const challenge = await create();
    const seen = await open(page, { secret: challenge.secret });
    await seen.until("ready");
    await prove(page, challenge);
    await seen.until("complete");
    await body(page, seen, await page.evaluate(() => Date.now()));
  });

/** @type {[string, string][]} what looks at the clock, and how it happens in the page */
const looks = [
  ["getResponse", "warifu.getResponse()"],
  ["isExpired", "warifu.isExpired()"],
  [
    "the page shown again",
    "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
  ],
  [
    "the tab in front again",
    "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))",
  ],
];

for (const [what, look] of looks) {
  test(`after five minutes without timers, ${what} lets go of the response`, () =>
    verified(async (page, seen, came) => {
      await page.clock.setSystemTime(came + life + 1000);
      await page.evaluate(look);
      await seen.until("expire");
      assert.ok(!(await responseOf(page)));
      assert.equal(await page.evaluate("warifu.getResponse()"), "");
      assert.equal(await page.evaluate("warifu.isExpired()"), true);
      await page.evaluate(look);
      assert.equal(seen.of("expire").length, 1);
    }));
}

test("before its five minutes are over nothing that looks at the clock ends a response", () =>
  verified(async (page, seen, came) => {
    await page.clock.setSystemTime(came + life - 20_000);
    for (const [, look] of looks) await page.evaluate(look);
    assert.ok(await responseOf(page));
    assert.equal(await page.evaluate("warifu.isExpired()"), false);
    assert.deepEqual(seen.of("expire"), []);
  }));
