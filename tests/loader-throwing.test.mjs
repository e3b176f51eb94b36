// A merchant's page whose every handler throws: each event comes all the same, to every other listener
// and to the callback, the field is filled, the promise settles, and the page's own `error` listener
// hears of each fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { formFrame, settled, withPage } from "./support/browser.mjs";
import { newestCode, wrongCode } from "./support/demo.mjs";

const { api, browser, create, open, prove } = await startEmbedding();

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support/browser.mjs").Watch} Watch */
/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

/** The option that is called with each event, as the guide names it. */
const callbacks = {
  ready: "ready-callback",
  resend: "resend-callback",
  complete: "callback",
  error: "error-callback",
  expire: "expired-callback",
  cancel: "cancel-callback",
};

/** Has a page ask for a challenge whose handlers are all broken. */
const script = `
  const broken = (what) => () => {
    report(what, null);
    throw Error(what);
  };
  addEventListener("error", ({ error }) => report("onerror", error.message));
  addEventListener("unhandledrejection", ({ reason }) => report("unhandled", reason.message));
  function ask(clientSecret) {
    const container = document.getElementById("here");
    const options = { clientSecret };
    for (const [type, callback] of Object.entries(${JSON.stringify(callbacks)})) {
      options[callback] = broken("callback of " + type);
      container.addEventListener("warifu:" + type, broken("listener of " + type));
      container.addEventListener("warifu:" + type, () => report("heard", type));
    }
    warifu.challenge(container, options).then(broken("resolved"), broken("rejected"));
  }`;

/** Loads the form anew, which then says how its challenge stands. @param {Page} page */
const reload = async (page) =>
  void (await (await formFrame(page)).evaluate(() => location.reload()));

/**
 * How a challenge ends, what the page is told by then, and how the promise settles.
 * @type {Record<string, [(page: Page, seen: Watch, challenge: Challenge) => Promise<void>, string[], string]>}
 */
const ends = {
  "verified after a resend": [
    async (page, seen, challenge) => {
      await api.advance(31);
      await reload(page);
      await seen.until("ready", 2);
      await (await formFrame(page)).click("#resend");
      await seen.until("resend");
      await prove(page, challenge);
    },
    ["ready", "ready", "resend", "complete"],
    "resolved",
  ],
  canceled: [
    async (page) => (await formFrame(page)).click("#cancel"),
    ["ready", "cancel"],
    "rejected",
  ],
  expired: [
    async (page) => {
      await api.advance(1800);
      await reload(page);
    },
    ["ready", "ready", "expire"],
    "rejected",
  ],
  failed: [
    async (page, _, challenge) => {
      const code = await newestCode(api, challenge);
      for (let n = 1; n <= 5; n++) await api.verify(challenge.secret, wrongCode(code, n));
      await reload(page);
    },
    ["ready", "ready", "error"],
    "rejected",
  ],
};

for (const [end, [bring, events, settles]] of Object.entries(ends)) {
  test(`${end}, before handlers that all throw, no event is lost and each fault is the page's own`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const body = '<form><div id="here"></div></form>';
      const seen = await open(page, { query: "?render=explicit", script, body, loading: "" });
      await page.evaluate((secret) => /** @type {any} */ (window).ask(secret), challenge.secret);
      await seen.until("ready");
      await bring(page, seen, challenge);

      await seen.until("unhandled");
      await seen.until(`callback of ${events.at(-1)}`);
      await settled(page, seen);
      assert.deepEqual(seen.of("heard"), events);
      const faults = events.flatMap((type) => [`listener of ${type}`, `callback of ${type}`]);
      assert.deepEqual(seen.of("onerror"), faults);
      assert.deepEqual(seen.of("unhandled"), [settles]);
      const { response = "" } = seen.of("complete")[0] ?? {};
      assert.equal(await responseOf(page), response);
      assert.equal(response !== "", settles === "resolved");
    }));
}

test("of two responses that died while no timer ran, both end though every handler throws", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const both = [await create(), await create()];
    const containers = both.map(
      ({ secret }) => `<div class="warifu-challenge" data-client-secret="${secret}"
        data-expired-callback="expired"></div>`,
    );
    const seen = await open(page, {
      body: `<form>${containers.join("")}</form>`,
      script: `function expired() { report("called", null); throw Error("of the callback") }
        document.addEventListener("warifu:expire", () => { throw Error("of the listener") })`,
    });
    await seen.until("ready", 2);
    for (const [n, challenge] of both.entries()) {
      const frame = page.frameLocator("iframe").nth(n);
      await frame.locator("#code").fill(await newestCode(api, challenge));
      await frame.locator("#send").click();
      await seen.until("complete", n + 1);
    }
    await page.clock.setSystemTime((await page.evaluate(() => Date.now())) + 301_000);
    assert.equal(await page.evaluate("warifu.getResponse()"), "");
    await seen.until("called", 2);
    await settled(page, seen);
    assert.equal(seen.of("expire").length, 2);
    const fields = await page.evaluate(() =>
      new FormData(document.forms[0]).getAll("warifu-response"),
    );
    assert.deepEqual(fields, ["", ""]);
  }));
