// The enrollment pages and other pages in one browser: who may lead to them, who may not post to them
// or frame them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi, startBrowser, startSite } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { actions, createSession, pages, readCardholder } from "./support/enrollment.mjs";
import { atStep, choice, words } from "./support/enrollment-pages.mjs";

const { api } = await startApi();
const browser = await startBrowser();

const site = await startSite();
const hosts = {
  "another site": await startSite("127.0.0.1"),
  "another origin of the same site": site,
};

for (const [where, elsewhere] of Object.entries(hosts)) {
  test(`a page of ${where} posts for the cardholder: refused, and nothing changes`, () =>
    withPage(browser, {}, async (page) => {
      for (const action of actions) {
        const cardholder = await registerCardholder(api);
        const session = await createSession(api, cardholder);
        const html = `<!doctype html><form action="${session.url}/${action}" method="post">
          <input name="channel" value="sms"><input name="terms" value="2026-04"><button>x</button></form>`;
        await page.goto(elsewhere.show({ html }));
        const answered = page.waitForResponse(`${session.url}/${action}`);
        await page.click("button");
        assert.equal((await answered).status(), 403, action);
        const { channel, terms } = await readCardholder(api, cardholder);
        assert.deepEqual([channel, terms], ["email", null]);
        await page.goto(session.url);
        await atStep(page, 0);
      }
    }));

  test(`a page of ${where} cannot frame the pages`, () =>
    withPage(browser, {}, async (page) => {
      const session = await createSession(api, await registerCardholder(api));
      const assertUnframed = async (/** @type {string} */ url) => {
        const html = `<!doctype html><iframe src="${url}"></iframe>`;
        await page.goto(elsewhere.show({ html }), { waitUntil: "load" });
        const [, frame] = page.frames();
        assert.ok(!frame.url().startsWith(api.origin), frame.url());
        assert.ok(!(await frame.content()).includes(words.ja.heading));
      };
      await assertUnframed(session.url);
      const confirmed = { channel: "sms", terms: "2026-04" };
      assertStatus(await pages(api, session).change(confirmed), 303);
      await assertUnframed(`${session.url}/done`);
      await assertUnframed(session.url);
    }));
}

test("led to from the member site, the browser need not say from where", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api);
    const { url } = await createSession(api, cardholder);
    for (const policy of ["unsafe-url", "no-referrer"]) {
      const head = `<!doctype html><meta name="referrer" content="${policy}">`;
      await page.goto(site.show({ html: `${head}<a href="${url}">認証方式の変更</a>` }));
      await page.click("a");
      await atStep(page, 0);
      assert.ok(await choice(page, "sms").isChecked());
    }
  }));
