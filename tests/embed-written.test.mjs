// A frame that the merchant's server wrote into the container. The script takes it over, whichever of
// the two is there first, and the form is loaded once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { enhanced, formFrame, settled, until, watch, withPage } from "./support/browser.mjs";
import { readChallenge } from "./support/demo.mjs";
import { example, filled } from "./support/guide.mjs";
import { embeddingPage } from "./support/merchant-page.mjs";

const { api, site, browser, create, open, prove, buy } = await startEmbedding();

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

/**
 * A form with the guide's own container and frame.
 * @param {Challenge} challenge
 * @param {string} [src] of another form than the challenge's
 */
function written({ secret, url }, src = url) {
  const html = filled(example("html", "<iframe data-warifu"), api.origin, secret);
  assert.ok(html.includes(`src="${url}"`));
  return `<form>${html.replace(`src="${url}"`, `src="${src}"`)}</form>`;
}

/** How often a page asked for a form. @param {Page} page */
function loadsIn(page) {
  /** @type {string[]} */
  const loads = [];
  page.on("request", (request) => {
    if (/\/challenge\/[^/]+$/.test(request.url())) loads.push(request.url());
  });
  return loads;
}

/**
 * Holds the requests that a pattern names until they are let go.
 * @param {Page} page
 * @param {string} pattern
 */
async function hold(page, pattern) {
  const { promise, resolve: release } = Promise.withResolvers();
  await page.route(pattern, async (route) => {
    await promise;
    await route.continue();
  });
  return () => release(undefined);
}

/** The frame that was written, to be compared later. @param {Page} page */
const mark = (page) => page.evaluate("void (window.first = document.querySelector('iframe'))");
/** @param {Page} page */
const isSame = (page) => page.evaluate("window.first === document.querySelector('iframe')");

test("a frame that has loaded before the script is taken over and loaded once", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const loads = loadsIn(page);
    const release = await hold(page, "**/v1/warifu.js");
    const seen = await watch(page);
    const html = embeddingPage({ worker: api.origin, body: written(challenge) });
    await page.goto(site.show({ html }), { waitUntil: "commit" });
    await enhanced(await formFrame(page));
    await mark(page);
    release();
    await buy(page, seen, challenge);
    assert.equal(await isSame(page), true);
    assert.deepEqual(loads, [challenge.url]);
    assert.equal((await readChallenge(api, challenge)).sends, 1);
  }));

for (const [what, pattern] of [
  ["whose HTML comes after the script", "**/challenge/*"],
  ["whose own script comes after the script", "**/w/**"],
]) {
  test(`a frame ${what} is taken over and loaded once`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const loads = loadsIn(page);
      const release = await hold(page, pattern);
      const seen = await watch(page);
      const html = embeddingPage({ worker: api.origin, body: written(challenge) });
      await page.goto(site.show({ html }), { waitUntil: "commit" });
      await until(page, () => document.querySelector('input[name="warifu-response"]'));
      await mark(page);
      release();
      await buy(page, seen, challenge);
      assert.equal(await isSame(page), true);
      assert.deepEqual(loads, [challenge.url]);
    }));
}

test("a script that runs before the container is parsed waits for the frame in it", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const loads = loadsIn(page);
    const body = written(challenge)
      .replace('<div class="warifu-challenge" data-', "<warifu-challenge ")
      .replace("</div>", "</warifu-challenge>");
    const seen = await open(page, { body, loading: "" });
    await buy(page, seen, challenge);
    assert.deepEqual(loads, [challenge.url]);
  }));

test("under a policy that allows no styles it is laid out, and nothing is violated", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const csp =
      `default-src 'none'; script-src ${api.origin}; frame-src ${api.origin}; ` +
      `style-src 'none'; img-src data:`;
    const seen = await open(page, { body: written(challenge) }, { csp });
    await seen.until("ready");
    const { height } = await seen.until("resize");
    await until(
      page,
      (wanted) => document.querySelector("iframe")?.getBoundingClientRect().height === wanted,
      height,
    );
    assert.equal(
      await page.evaluate("getComputedStyle(document.querySelector('iframe')).borderTopWidth"),
      "0px",
    );
    assert.deepEqual(seen.of("violation"), []);
  }));

for (const [what, url] of /** @type {[string, (challenge: Challenge) => Promise<string>][]} */ ([
  ["of another challenge", async () => (await create()).url],
  ["of another origin", async () => site.show({ html: "<p>stranger</p>" })],
  ["of no address", async () => "about:blank"],
])) {
  test(`a frame ${what} is replaced, and speaks for nobody`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const other = await url(challenge);
      const seen = await open(page, { body: written(challenge, other) });
      await buy(page, seen, challenge);
      assert.equal(await page.getAttribute("iframe", "src"), challenge.url);
    }));
}

test("reset loads the challenge anew in the same frame, remove takes it away", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await open(page, { body: written(challenge) });
    await seen.until("ready");
    await mark(page);
    await prove(page, challenge);
    await seen.until("complete");
    assert.equal(await page.evaluate("(warifu.reset(), warifu.getResponse())"), "");
    await seen.until("ready", 2);
    const { response } = await seen.until("complete", 2);
    assert.equal(await responseOf(page), response);
    assert.equal(await isSame(page), true);
    await page.evaluate("warifu.remove()");
    assert.equal(await page.locator("iframe, .warifu-challenge input").count(), 0);
    await settled(page, seen);
    assert.deepEqual(seen.of("error"), []);
  }));

test("another challenge in the container has the frame load it, and the first one is canceled", () =>
  withPage(browser, {}, async (page) => {
    const [first, second] = [await create(), await create()];
    const seen = await open(page, { body: written(first) });
    await seen.until("ready");
    const ended = page.evaluate(
      "warifu.challenge('.warifu-challenge').catch((error) => error.message)",
    );
    await page.evaluate(
      (secret) =>
        document.querySelector(".warifu-challenge")?.setAttribute("data-client-secret", secret),
      second.secret,
    );
    assert.equal(await ended, "canceled");
    await buy(page, seen, second, 2);
  }));

test("render takes the frame over as well, and a document that it loads later is heard", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const loads = loadsIn(page);
    const seen = await open(page, {
      query: "?render=explicit&onload=onLoaded",
      script: "function onLoaded() { warifu.render('.warifu-challenge') }",
      body: written(challenge),
    });
    await seen.until("ready");
    assert.deepEqual(loads, [challenge.url]);
    await (await formFrame(page)).evaluate(() => location.reload());
    await buy(page, seen, challenge, 2);
  }));

test("a form that never speaks is offered as a link, like one that the script put there", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const challenge = await create();
    await page.route("**/challenge/**", (route) => route.abort());
    const seen = await open(page, { body: written(challenge) });
    await until(page, () => document.querySelector('input[name="warifu-response"]'));
    await page.clock.fastForward(10_000);
    assert.equal((await seen.until("error")).code, "load-timeout");
    assert.equal(await page.getAttribute(".warifu-challenge a", "href"), challenge.url);
  }));
