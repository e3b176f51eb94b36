// A merchant's page in a sandbox without `allow-forms`: no form in it is submitted, and the browser
// fires no `submit`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { enhanced, formFrame, withPage } from "./support/browser.mjs";
import { newestCode } from "./support/demo.mjs";

const { api, browser, create, open } = await startEmbedding();
const csp = "sandbox allow-scripts allow-same-origin";

/** @type {Record<string, (form: import("playwright-core").Frame) => Promise<void>>} */
const ways = {
  click: (form) => form.click("#send"),
  "the enter key": (form) => form.press("#code", "Enter"),
};

for (const [way, send] of Object.entries(ways)) {
  test(`in a sandbox the code is sent by ${way}`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const seen = await open(page, { secret: challenge.secret }, { csp });
      const form = await formFrame(page);
      await enhanced(form);
      await form.fill("#code", await newestCode(api, challenge));
      await send(form);
      const { response } = await seen.until("complete");
      assert.match(response, /^ey/);
    }));
}

test("in a sandbox a press without a code is not sent, and Cancel cancels", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await open(page, { secret: challenge.secret }, { csp });
    const form = await formFrame(page);
    await enhanced(form);
    /** @type {string[]} */
    const posted = [];
    page.on("request", (request) => {
      if (request.method() === "POST") posted.push(new URL(request.url()).pathname.slice(-7));
    });
    await form.click("#send");
    assert.equal(await form.evaluate(() => document.activeElement?.id), "code");
    await form.click("#cancel");
    await seen.until("cancel");
    assert.deepEqual(posted, ["/cancel"]);
  }));
