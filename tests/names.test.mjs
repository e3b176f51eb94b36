// Names that somebody registered, where a browser and a merchant's server read them: the form as
// Chromium shows it, with the widget at work, and the JSON of events.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { enhanced, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  newestCode,
  registerCardholder,
  registerMerchant,
  transaction,
  wrongCode,
} from "./support/demo.mjs";
import { registerEndpoint, startReceiver, verified } from "./support/events.mjs";
import { ended } from "./support/form.mjs";

const { api } = await startApi();
const browser = await startBrowser();
const shop = await startReceiver();

/** @type {[string, string][]} */
const names = [
  ["a script", "<script>hit=1</script>"],
  ["an attribute's end", `'"><img src=x onerror=hit=1>`],
  ["the end of the page's style", "</style></dd></dl><svg onload=hit=1>"],
  ["letters from right to left", "שלום!x"],
  ["40 emoji", "😀".repeat(40)],
  ["JSON", `\\"}],"data":{"status":"verified"}}`],
];

for (const [what, name] of names) {
  test(`${what}: a browser shows it as the name that it is, and events hold it as text`, () =>
    withPage(browser, { viewport: { width: 320, height: 640 } }, async (page) => {
      const merchant = await registerMerchant(api, { name });
      const secret = await registerEndpoint(api, merchant, shop.url);
      const cardholder = await registerCardholder(api, { message: name });
      const more = { transaction: { ...transaction, reference: name } };
      const challenge = await createChallenge(api, { merchant, cardholder, more });
      await page.goto(challenge.url);
      await enhanced(page);

      const code = await newestCode(api, challenge);
      await page.fill("#code", wrongCode(code));
      await page.click("#send");
      await page.waitForSelector("#error:not(:empty)");
      const shown = await page.evaluate(() => ({
        facts: [...document.querySelectorAll("#transaction dd")].map((dd) => dd.textContent),
        strange: document.querySelectorAll("img, svg, #warifu script, #warifu style").length,
        hit: "hit" in window,
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      }));
      assert.deepEqual(shown, {
        facts: [name, "3,150円", "23/2/13", "**** **** **** 1234", name],
        strange: 0,
        hit: false,
        wide: 0,
      });
      await page.fill("#code", code);
      await page.click("#send");
      await ended(page, "verified");

      const [post] = await shop.told(challenge);
      const { data } = verified(post, secret);
      assert.equal(data.reference, name);
      assert.deepEqual([data.status, data.merchant], ["verified", merchant.id]);
      assert.equal(post.body.split("\n").length, 1);
      const { body } = assertStatus(await api.get(`/v1/challenges/${challenge.id}`, merchant));
      assert.equal(body.transaction.reference, name);
    }));
}
