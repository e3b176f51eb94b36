// "I did not make this purchase" in the frame of a merchant's page: asked there, reported there, and the
// page hears that the challenge was canceled.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { formFrame, withPage } from "./support/browser.mjs";
import { readChallenge } from "./support/demo.mjs";

const { api, browser, create, open, buy } = await startEmbedding();

for (const javaScriptEnabled of [true, false]) {
  test(`reported in the form, ${javaScriptEnabled ? "with" : "without"} script`, () =>
    withPage(browser, { javaScriptEnabled }, async (page) => {
      const challenge = await create();
      if (!javaScriptEnabled) {
        await page.goto(challenge.url);
        await page.click(".foot a");
        await page.click("#send");
        await page.waitForSelector('[data-status="canceled"]');
      } else {
        const seen = await open(page, { secret: challenge.secret });
        await seen.until("ready");
        const form = await formFrame(page);
        await form.click(".foot a");
        await form.waitForSelector("#report-form");
        assert.equal((await readChallenge(api, challenge)).status, "pending");
        await form.click("#send");
        const { code, final } = await seen.until("cancel");
        assert.deepEqual([code, final], ["canceled", true]);
        assert.match(await form.innerText("#ended"), /本人確認を中止しました/);
      }
      assert.equal((await readChallenge(api, challenge)).status, "canceled");
    }));
}

test("whoever looked and went back buys as before", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await open(page, { secret: challenge.secret });
    await seen.until("ready");
    const form = await formFrame(page);
    await form.click(".foot a");
    await form.click("#look");
    await buy(page, seen, challenge, 2);
  }));
