// The form of a directory server's challenge in requestors' frames: in each sandbox, nested, in a window
// of its own and without script, from the CReq to the result that the requestor's page gets.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { enhanced, withPage } from "./support/browser.mjs";
import { createChallenge, wrongCode } from "./support/demo.mjs";
import { framingPage, requesting, sandboxes, startRequestor } from "./support/requestor.mjs";
import { acsFrame, challengeOf, formIn, startFrames } from "./support/three-ds-frames.mjs";

/** @typedef {import("playwright-core").Frame} Frame */

const { worker, api, ds, requestor, browser, asked, open, code, request } = await startFrames();
const other = await startRequestor("localhost");
after(() => other.stop());

/**
 * Everything that the browser complains of, but for what a sandbox forbids, and wrong codes.
 * @param {import("playwright-core").Page} page
 */
function complaintsOf(page) {
  /** @type {string[]} */
  const complaints = [];
  page.on("console", (message) => {
    const usual =
      /^Blocked script execution in .* the document's frame is sandboxed|^Refused to execute the redirect .* sandboxed|with a status of 422/;
    if (message.type() !== "error" || usual.test(message.text())) return;
    complaints.push(message.text());
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  return complaints;
}

/** Presses the last page's button where no script does. @param {Frame} frame @param {boolean} scripted */
async function goOn(frame, scripted) {
  if (!scripted) await frame.click('form[action*="notification"] button');
}

/** Types a code into the form and sends it. @param {Frame} frame @param {string} typed */
async function send(frame, typed) {
  await frame.fill("#code", typed);
  await frame.click("#send");
}

for (const [name, sandbox] of sandboxes) {
  const scripted = sandbox === undefined || sandbox.includes("allow-scripts");
  const own = sandbox === undefined || sandbox.includes("allow-same-origin");

  test(`${name}: a wrong code, then the right one`, () =>
    withPage(browser, {}, async (page, context) => {
      const complaints = complaintsOf(page);
      const ares = await asked();
      const frame = await open(page, ares, { sandbox, session: "c2Vzc2lvbg" });
      if (own && scripted) await enhanced(frame);
      const right = await code(ares);
      await send(frame, wrongCode(right));
      await frame.waitForSelector("#error:not(:empty)");
      assert.match((await frame.textContent("#error")) ?? "", /残り4回/);
      await send(frame, right);
      await goOn(frame, scripted);
      const { fields, headers, message } = await requestor.until(ares);
      assert.equal(message.transStatus, "Y");
      assert.deepEqual(Object.keys(fields), ["cres", "threeDSSessionData"]);
      assert.equal(fields.threeDSSessionData, "c2Vzc2lvbg");
      assert.equal(headers.origin, own ? worker.origin : "null");
      assert.equal(headers.referer, own ? `${worker.origin}/` : undefined);
      assert.equal(headers.cookie, undefined);
      await frame.waitForSelector("#returned");
      const [result, ...more] = ds.results(ares.dsTransID);
      assert.deepEqual([result.transStatus, result.interactionCounter, more], ["Y", "02", []]);
      assert.deepEqual(await context.cookies(), []);
      assert.deepEqual(complaints, []);
    }));

  test(`${name}: the last wrong code`, () =>
    withPage(browser, {}, async (page) => {
      const ares = await asked();
      const frame = await open(page, ares, { sandbox });
      if (own && scripted) await enhanced(frame);
      const right = await code(ares);
      for (const left of [4, 3, 2, 1]) {
        await send(frame, wrongCode(right, left));
        await frame.waitForSelector(`#error:has-text("残り${left}回")`);
      }
      await send(frame, wrongCode(right, 5));
      await goOn(frame, scripted);
      assert.equal((await requestor.until(ares)).message.transStatus, "N");
      assert.equal(ds.results(ares.dsTransID)[0].interactionCounter, "05");
    }));

  test(`${name}: canceled`, () =>
    withPage(browser, {}, async (page) => {
      const ares = await asked();
      const frame = await open(page, ares, { sandbox });
      if (own && scripted) await enhanced(frame);
      await frame.click("#cancel");
      await goOn(frame, scripted);
      assert.equal((await requestor.until(ares)).message.transStatus, "N");
      assert.equal(ds.results(ares.dsTransID)[0].challengeCancel, "01");
    }));

  test(`${name}: reloaded, it is the same form`, () =>
    withPage(browser, {}, async (page) => {
      const ares = await asked();
      const frame = await open(page, ares, { sandbox });
      const right = await code(ares);
      /** @type {string[]} */
      const requests = [];
      page.on("request", (one) => {
        if (one.isNavigationRequest()) requests.push(one.method());
      });
      await frame.goto(frame.url());
      assert.deepEqual(requests, ["GET"]);
      await send(frame, right);
      await goOn(frame, scripted);
      assert.equal((await requestor.until(ares)).message.transStatus, "Y");
      assert.equal((await api.outbox(challengeOf(ares))).length, 1);
    }));
}

test("where scripts run without an origin, the form is the server's, and its links work", () =>
  withPage(browser, {}, async (page) => {
    const ares = await asked();
    const frame = await open(page, ares, { sandbox: "allow-scripts allow-forms" });
    // The widget's script shows what stands there for browsers without script.
    await frame.click("#look");
    await frame.waitForURL(/\/delivery$/);
    assert.match((await frame.textContent("#sent")) ?? "", /送信しました。/);
    assert.equal(await frame.getAttribute("#send", "aria-disabled"), null);
    await frame.click('a[href$="/report"]');
    await frame.click("#report-form button");
    assert.equal((await requestor.until(ares)).message.transStatus, "N");
  }));

test("in frames of frames, one of which has no origin", () =>
  withPage(browser, {}, async (page) => {
    const ares = await asked();
    const inner = framingPage({ acs: worker.origin, ares }).replaceAll('"', "&quot;");
    const middle = `<iframe sandbox="allow-scripts allow-forms" width="390" height="400" srcdoc="${inner}"></iframe>`;
    const outer = `<iframe src="${other.show(middle)}" width="400" height="420"></iframe>`;
    await page.goto(requestor.show(outer));
    const form = await formIn(page);
    await send(form, await code(ares));
    assert.equal((await requestor.until(ares)).message.transStatus, "Y");
  }));

test("a requestor's page may answer the result with a redirect to another origin", () =>
  withPage(browser, {}, async (page) => {
    const notificationURL = requestor.redirectingUrl(`${other.origin}/done`);
    const ares = await asked({ notificationURL });
    const frame = await open(page, ares);
    await enhanced(frame);
    await send(frame, await code(ares));
    await frame.waitForURL(`${other.origin}/done`);
    assert.equal((await requestor.until(ares)).message.transStatus, "Y");
  }));

test("a requestor's page that is isolated (COEP) can frame it to the end", () =>
  withPage(browser, {}, async (page) => {
    const ares = await asked();
    const html = framingPage({ acs: worker.origin, ares });
    const isolated = {
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-opener-policy": "same-origin",
    };
    await page.goto(requestor.show(html, isolated));
    assert.equal(await page.evaluate("crossOriginIsolated"), true);
    const frame = await acsFrame(page);
    await enhanced(frame);
    await send(frame, await code(ares));
    assert.equal((await requestor.until(ares)).message.transStatus, "Y");
  }));

test("in a window of its own, the requestor's last page has its opener", () =>
  withPage(browser, {}, async (page, context) => {
    const ares = await asked();
    const form = requesting({ acs: worker.origin, ares, target: "acs" });
    const html = `<script>addEventListener("message", ({ data }) => (document.title = data))</script>
      ${form}<button id="begin" onclick="window.open('about:blank', 'acs'); document.forms[0].submit()">Pay</button>`;
    await page.goto(requestor.show(html));
    const opened = context.waitForEvent("page");
    await page.click("#begin");
    const popup = await opened;
    await enhanced(popup);
    await popup.fill("#code", await code(ares));
    await popup.click("#send");
    await page.waitForFunction(() => document.title === "returned");
    assert.equal((await requestor.until(ares)).message.transStatus, "Y");
  }));

test("without script, at the top of a window, from the CReq to the result", () =>
  withPage(browser, { javaScriptEnabled: false }, async (page) => {
    const ares = await asked();
    await page.goto(requestor.show(requesting({ acs: worker.origin, ares })));
    await page.click("#begin");
    const right = await code(ares);
    await page.fill("#code", wrongCode(right));
    await page.click("#send");
    await page.fill("#code", right);
    await page.click("#send");
    await page.click('form[action*="notification"] button');
    await page.waitForSelector("#returned");
    assert.equal((await requestor.until(ares)).message.transStatus, "Y");
  }));

test("a page that is left alone comes back after ten minutes, and brings the result", () =>
  withPage(browser, {}, async (page) => {
    const ares = await asked();
    // A page that answered a post has an address of its own, which is not the form's.
    const frame = await open(page, ares, { sandbox: "allow-scripts allow-forms" });
    await send(frame, wrongCode(await code(ares)));
    await frame.waitForSelector("#error:not(:empty)");
    const refresh = await frame.getAttribute('meta[http-equiv="refresh"]', "content");
    const [, seconds, address] = /^(\d+);url=(.*)$/.exec(refresh ?? "") ?? [];
    assert.equal(seconds, "601");
    await api.advance(601);
    await frame.goto(worker.origin + address).catch(() => {});
    const { message } = await requestor.until(ares);
    assert.equal(message.transStatus, "N");
    const [result] = ds.results(ares.dsTransID);
    assert.deepEqual([result.transStatusReason, result.challengeCancel], ["14", "04"]);
  }));

test("a CReq that is posted again shows the form again, and sends no code", () =>
  withPage(browser, {}, async (page) => {
    const ares = await asked();
    const frame = await open(page, ares);
    const first = frame.url();
    const right = await code(ares);
    await page.evaluate("document.forms[0].submit()");
    await frame.waitForLoadState();
    const again = await acsFrame(page);
    await enhanced(again);
    assert.equal(again.url(), first);
    await send(again, right);
    assert.equal((await requestor.until(ares)).message.transStatus, "Y");
  }));

test("a post that names no origin is taken for such a challenge alone, one that names another never", async () => {
  const asMerchants = await createChallenge(api);
  const ares = await asked();
  const secret = await request(ares);
  await api.present(secret);
  await api.present(asMerchants.secret);
  /** @param {string} of @param {Record<string, string>} headers */
  const status = async (of, headers) => {
    const answer = await fetch(`${worker.origin}/challenge/${of}/verify`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
      body: "code=0",
    });
    return answer.status;
  };
  const opaque = { origin: "null", "sec-fetch-site": "cross-site" };
  assert.equal(await status(secret, opaque), 422);
  assert.equal(await status(asMerchants.secret, opaque), 403);
  const foreign = { origin: "https://shop.example", "sec-fetch-site": "cross-site" };
  for (const of of [secret, asMerchants.secret]) assert.equal(await status(of, foreign), 403);
});

test("a CReq of no known transaction gets a page that says what to do", () =>
  withPage(browser, { locale: "ja-JP" }, async (page) => {
    const ares = { ...(await asked()), acsTransID: "8a880dc0-d2d2-4067-bcb1-b08d1690b26e" };
    await page.goto(requestor.show(framingPage({ acs: worker.origin, ares })));
    const element = await page.waitForSelector("iframe");
    const frame = await element.contentFrame();
    await frame?.waitForSelector("#ended");
    assert.match((await frame?.textContent("#ended")) ?? "", /はじめからやり直してください/);
  }));
