// A form that is late: the buyer is offered a link, and nothing has failed while it may still come.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { example } from "./support/guide.mjs";

const { api, browser, merchant, create, open, prove } = await startEmbedding();

/** The guide's own sample of a page that is built by script. */
const sample = example("js", "async function confirmPurchase");

test("with the guide's sample, a form that needs 12 seconds is offered as a link, then verifies", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const challenge = await create();
    const { promise: held, resolve: release } = Promise.withResolvers();
    await page.route("**/challenge/**", async (route) => {
      await held;
      await route.continue();
    });
    const seen = await open(page, {
      query: "?render=explicit&onload=onLoaded",
      script: `${sample} function onLoaded() { report("loaded", null) }`,
      body: '<form><div id="challenge"></div></form>',
    });
    await seen.until("loaded");
    await page.evaluate((secret) => {
      const scope = /** @type {any} */ (window);
      scope.confirmPurchase(secret).then((/** @type {unknown} */ end) => scope.report("end", end));
    }, challenge.secret);
    await page.clock.fastForward(10_000);
    const { code, final } = await seen.until("error");
    assert.deepEqual([code, final], ["load-timeout", false]);
    const link = page.locator("#challenge a");
    assert.equal(await link.getAttribute("href"), challenge.url);
    assert.deepEqual(seen.of("end"), []);

    release(undefined);
    await seen.until("ready");
    assert.equal(await link.count(), 0);
    await prove(page, challenge);
    const response = await seen.until("end");
    const { body } = await api.siteverify({ secret: merchant.key, response });
    assert.equal(body.challenge, challenge.id);
  }));
