// The functions that the script tag gives a merchant's page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { formFrame, watch, withPage } from "./support/browser.mjs";
import { newestCode } from "./support/demo.mjs";
import { embeddingPage } from "./support/merchant-page.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api, site, browser, merchant, create, open, prove } = await startEmbedding();

/**
 * A page that renders nothing by itself, once the loader is there.
 * @param {Page} page
 * @param {string} [lang]
 */
async function explicit(page, lang = "ja") {
  const seen = await open(page, {
    lang,
    query: "?render=explicit&onload=onLoaded",
    script: "function onLoaded() { report('loaded', null) }",
    body: '<form id="pay"><div id="here"></div><div id="there"></div></form>',
  });
  await seen.until("loaded");
  return seen;
}

/**
 * Renders into #here.
 * @param {Page} page
 * @param {string} clientSecret
 * @param {string} [into]
 */
const render = (page, clientSecret, into = "#here") =>
  page.evaluate(
    ([selector, secret]) =>
      /** @type {any} */ (window).warifu.render(selector, { clientSecret: secret }),
    [into, clientSecret],
  );

/**
 * @param {Page} page
 * @param {string} method
 * @param {...unknown} given
 */
const call = (page, method, ...given) =>
  page.evaluate(
    ([name, list]) => /** @type {any} */ (window).warifu[/** @type {string} */ (name)](...list),
    /** @type {[string, unknown[]]} */ ([method, given]),
  );

test("explicit rendering renders nothing until it is asked to", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    assert.equal(await page.locator("iframe").count(), 0);
    const challenge = await create();
    assert.ok(await render(page, challenge.secret));
    await seen.until("ready");
    assert.equal(await page.locator("iframe").count(), 1);
  }));

test("rendering twice into one place is one form with one id", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const { secret } = await create();
    const first = await render(page, secret);
    const second = await render(page, secret);
    assert.equal(second, first);
    await seen.until("ready");
    assert.equal(await page.locator("iframe").count(), 1);
    assert.equal(await page.locator('input[type="hidden"]').count(), 1);
  }));

test("the loader twice in one page is one form", () =>
  withPage(browser, {}, async (page) => {
    const { secret } = await create();
    const seen = await watch(page);
    const html = embeddingPage({ worker: api.origin, secret });
    const twice = html.replace("</head>", `${/<script src=.*<\/script>/.exec(html)?.[0]}</head>`);
    await page.goto(site.show({ html: twice }));
    await seen.until("ready");
    await page.waitForLoadState("load");
    assert.equal(await page.locator("iframe").count(), 1);
    assert.equal(await page.locator('input[type="hidden"]').count(), 1);
  }));

test("getResponse is what the field holds; reset empties both and loads the form anew", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const challenge = await create();
    const id = await render(page, challenge.secret);
    await seen.until("ready");
    assert.ok(!(await call(page, "getResponse", id)));
    await prove(page, challenge);
    const { response } = await seen.until("complete");
    assert.equal(await call(page, "getResponse", id), response);
    assert.equal(await call(page, "getResponse"), response);
    assert.equal(await responseOf(page), response);
    assert.equal(await call(page, "isExpired", id), false);

    const reset = page.waitForEvent("framenavigated");
    // In one turn: the form that is loaded anew soon says again how the challenge ended.
    const kept = await page.evaluate((widget) => {
      const { warifu } = /** @type {any} */ (window);
      warifu.reset(widget);
      const field = document.forms[0] && new FormData(document.forms[0]).get("warifu-response");
      return [field, warifu.getResponse(widget)].filter(Boolean);
    }, id);
    assert.deepEqual(kept, []);
    await reset;
    assert.equal(await page.locator("iframe").count(), 1);
  }));

test("a response that can no longer be redeemed is expired, and the field lets go of it", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const seen = await explicit(page);
    const challenge = await create();
    const id = await render(page, challenge.secret);
    await seen.until("ready");
    await prove(page, challenge);
    await seen.until("complete");
    await page.clock.fastForward(301_000);
    await seen.until("expire");
    assert.equal(await call(page, "isExpired", id), true);
    assert.ok(!(await call(page, "getResponse", id)));
    assert.ok(!(await responseOf(page)));
  }));

test("remove takes everything away, never throws, and the place can be used again", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const first = await create();
    const id = await render(page, first.secret);
    await seen.until("ready");
    await call(page, "remove", id);
    assert.equal(await page.locator("iframe").count(), 0);
    assert.equal(await page.locator('input[type="hidden"]').count(), 0);
    await call(page, "remove", id);
    await call(page, "remove", "no such id");
    await call(page, "reset", "no such id");

    const second = await create();
    assert.ok(await render(page, second.secret));
    await seen.until("ready", 2);
    await prove(page, second);
    await seen.until("complete");
  }));

test("two forms in one page do not mix", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const [one, two] = [await create(), await create()];
    const ids = [await render(page, one.secret), await render(page, two.secret, "#there")];
    assert.notEqual(ids[0], ids[1]);
    await seen.until("ready", 2);
    const frame = await (await page.waitForSelector("#there iframe")).contentFrame();
    assert.ok(frame);
    await frame.fill("#code", await newestCode(api, two));
    await frame.click("#send");
    const { response } = await seen.until("complete");
    assert.equal(await call(page, "getResponse", ids[1]), response);
    assert.ok(!(await call(page, "getResponse", ids[0])));
    const { body } = await api.siteverify({ secret: merchant.key, response });
    assert.equal(body.challenge, two.id);
  }));

test("challenge() is a promise of the response", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const challenge = await create();
    const promised = page.evaluate(
      (clientSecret) => /** @type {any} */ (window).warifu.challenge("#here", { clientSecret }),
      challenge.secret,
    );
    await seen.until("ready");
    await prove(page, challenge);
    const { response } = await promised;
    const redeemed = await api.siteverify({ secret: merchant.key, response });
    assert.equal(redeemed.body.success, true);
  }));

test("challenge() rejects when there is nothing to verify", () =>
  withPage(browser, {}, async (page) => {
    await explicit(page);
    const outcome = await page.evaluate(() =>
      /** @type {any} */ (window).warifu
        .challenge("#here", { clientSecret: "garbage" })
        .then(() => "resolved")
        .catch((/** @type {any} */ error) => String(error.code ?? error.message ?? error)),
    );
    assert.match(outcome, /invalid-secret/);
  }));

test("challenge() rejects when the cardholder cancels", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const { secret } = await create();
    await page.evaluate((clientSecret) => {
      const { warifu, report } = /** @type {any} */ (window);
      warifu.challenge("#here", { clientSecret }).then(
        () => report("outcome", "resolved"),
        (/** @type {unknown} */ error) => report("outcome", String(error)),
      );
    }, secret);
    await seen.until("ready");
    await (await formFrame(page)).click("#cancel");
    assert.equal(await seen.until("outcome"), "Error: canceled");
  }));

test("ready() calls back when the loader is there", () =>
  withPage(browser, {}, async (page) => {
    await explicit(page);
    const called = await page.evaluate(
      () => new Promise((resolve) => /** @type {any} */ (window).warifu.ready(() => resolve(true))),
    );
    assert.equal(called, true);
  }));

test("<warifu-challenge> is the same form, also when it comes later", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const challenge = await create();
    await page.evaluate((secret) => {
      const element = document.createElement("warifu-challenge");
      element.setAttribute("client-secret", secret);
      document.querySelector("form")?.append(element);
    }, challenge.secret);
    await seen.until("ready");
    await prove(page, challenge);
    const { response, at } = await seen.until("complete");
    assert.equal(at, "warifu-challenge");
    assert.equal(await responseOf(page), response);
    await page.evaluate(() => document.querySelector("warifu-challenge")?.remove());
    assert.equal(await page.locator("iframe").count(), 0);
  }));

test("the hidden field can have another name", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const attributes = 'data-response-field-name="proof"';
    const seen = await open(page, { secret: challenge.secret, attributes });
    await seen.until("ready");
    await prove(page, challenge);
    const { response } = await seen.until("complete");
    assert.equal(await responseOf(page, "proof"), response);
  }));

for (const lang of ["ja", "en"]) {
  test(`the frame has a title in the page's language (${lang}) and no styles but its own`, () =>
    withPage(browser, {}, async (page) => {
      const seen = await explicit(page, lang);
      const { secret } = await create();
      await render(page, secret);
      await seen.until("ready");
      const frame = page.locator("iframe");
      const title = (await frame.getAttribute("title")) ?? "";
      assert.match(title, lang === "ja" ? /[ぁ-ん一-龠]/ : /^[\x20-\x7e]+$/);
      assert.equal(await frame.getAttribute("allow"), "otp-credentials");
      assert.equal(await frame.getAttribute("referrerpolicy"), "origin");
      assert.equal(await page.locator("style").count(), 0);
    }));
}

test("attributes and options never carry more than the client secret", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const { secret, url } = await create();
    await render(page, secret);
    await seen.until("ready");
    assert.equal(await page.locator("iframe").getAttribute("src"), url);
  }));
