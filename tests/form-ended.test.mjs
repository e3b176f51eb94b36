// A form alone in its window whose challenge ends by a refusal: the page says how it ended and leads
// back to the shop.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startEmbedding } from "./support/bench.mjs";
import { enhanced, withPage } from "./support/browser.mjs";
import { createChallenge, newestCode, presentedChallenge, wrongCode } from "./support/demo.mjs";

const { api, site, browser, merchant } = await startEmbedding();
const return_url = site.show({ html: "<title>shop</title>" });

/** The link back, once the page has it. @param {import("playwright-core").Page} page @param {string} status */
async function linkBack(page, status) {
  await page.waitForSelector(`#warifu[data-status="${status}"] a[href^="${return_url}"]`);
  assert.notEqual(await page.textContent("#ended"), "");
  await page.click(`a[href^="${return_url}"]`);
  await page.waitForURL(`${return_url}?**`);
  assert.equal(new URL(page.url()).searchParams.get("warifu-status"), status);
}

test("after the last wrong code", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await createChallenge(api, { merchant, more: { return_url } });
    await page.goto(challenge.url);
    await enhanced(page);
    const right = await newestCode(api, challenge);
    for (const left of [4, 3, 2, 1]) {
      await page.fill("#code", wrongCode(right, left));
      await page.click("#send");
      await page.waitForSelector(`#error:has-text("残り${left}回")`);
    }
    await page.fill("#code", wrongCode(right, 5));
    await page.click("#send");
    await linkBack(page, "failed");
  }));

test("of a challenge that was canceled elsewhere", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await createChallenge(api, { merchant, more: { return_url } });
    await page.goto(challenge.url);
    await enhanced(page);
    assertStatus(await api.cancel(challenge.secret));
    await page.fill("#code", "123456");
    await page.click("#send");
    await linkBack(page, "canceled");
  }));

test("a refusal leads to the form's page where there is a return_url, and nowhere without", async () => {
  for (const [more, next] of /** @type {const} */ ([
    [{ return_url }, true],
    [{}, false],
  ])) {
    const challenge = await presentedChallenge(api, { merchant, more });
    const address = `/challenge/${challenge.secret}`;
    const verify = () => api.verify(challenge.secret, wrongCode(challenge.code));
    for (const left of [4, 3, 2, 1]) {
      const { body } = assertStatus(await verify(), 422);
      assert.deepEqual([body.tries_left, "return_to" in body], [left, false]);
    }
    for (const status of [422, 409]) {
      const { body } = assertStatus(await verify(), status);
      assert.equal(body.challenge_status, "failed");
      assert.equal(body.return_to, next ? address : undefined);
    }
  }
});
