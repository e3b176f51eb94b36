// The promise of `warifu.challenge()` belongs to one container and one challenge, and always settles.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { formFrame, withPage } from "./support/browser.mjs";
import { newestCode } from "./support/demo.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const { api, browser, merchant, create, open, prove } = await startEmbedding();

/** @param {Page} page @param {string} [body] */
async function explicit(page, body = '<form id="pay"><div id="here"></div></form>') {
  const query = "?render=explicit&onload=onLoaded";
  const script = "function onLoaded() { report('loaded', null) }";
  const seen = await open(page, { query, script, body });
  await seen.until("loaded");
  return seen;
}

/**
 * Asks for a promise, and reports how it settles under the name.
 * @param {Page} page
 * @param {string} name
 * @param {Challenge} challenge
 * @param {string} [into]
 */
const promise = (page, name, { secret }, into = "#here") =>
  page.evaluate(
    ([as, clientSecret, container]) => {
      const { warifu, report } = /** @type {any} */ (window);
      warifu.challenge(container, { clientSecret }).then(
        (/** @type {{ response: string }} */ { response }) => report(as, response),
        (/** @type {Error} */ error) => report(as, error.message),
      );
    },
    [name, secret, into],
  );

/** @param {string} response */
const challengeOf = async (response) =>
  (await api.siteverify({ secret: merchant.key, response })).body.challenge;

test("a second challenge in the same container cancels the first's promise", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const [one, two] = [await create(), await create()];
    await promise(page, "first", one);
    await seen.until("ready");
    await promise(page, "second", two);
    assert.equal(await seen.until("first"), "canceled");
    await seen.until("ready", 2);
    await prove(page, two);
    assert.equal(await challengeOf(await seen.until("second")), two.id);
    assert.equal(seen.of("first").length, 1);
  }));

test("so does remove", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    await promise(page, "outcome", await create());
    await page.evaluate("warifu.remove('#here'), warifu.remove(document.querySelector('#here'))");
    assert.equal(await seen.until("outcome"), "canceled");
  }));

test("the same challenge asked for twice, or loaded anew, is one outcome for all who asked", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const challenge = await create();
    await promise(page, "first", challenge);
    await promise(page, "second", challenge);
    await seen.until("ready");
    await page.evaluate("warifu.reset()");
    await seen.until("ready", 2);
    await prove(page, challenge);
    const response = await seen.until("first");
    assert.equal(await seen.until("second"), response);
    assert.equal(await challengeOf(response), challenge.id);
  }));

test("asked for again after its end, a challenge's promise says the same end", () =>
  withPage(browser, {}, async (page) => {
    const seen = await explicit(page);
    const challenge = await create();
    await promise(page, "first", challenge);
    await seen.until("ready");
    await (await formFrame(page)).click("#cancel");
    assert.equal(await seen.until("first"), "canceled");
    await promise(page, "second", challenge);
    assert.equal(await seen.until("second"), "canceled");
  }));

test("a response that died is not given to who asks later", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const seen = await explicit(page);
    const challenge = await create();
    await promise(page, "first", challenge);
    await seen.until("ready");
    await prove(page, challenge);
    await seen.until("first");
    await page.clock.setSystemTime((await page.evaluate(() => Date.now())) + 301_000);
    await promise(page, "second", challenge);
    assert.equal(await seen.until("second"), "challenge-expired");
  }));

test("a promise hears nothing of another container's form within its own", () =>
  withPage(browser, {}, async (page) => {
    const body = '<div id="outer"><div id="inner"></div></div>';
    const seen = await explicit(page, body);
    const [outer, inner] = [await create(), await create()];
    await promise(page, "inner", inner, "#inner");
    await seen.until("ready");
    await promise(page, "outer", outer, "#outer");
    await seen.until("ready", 2);
    const frame = await (await page.waitForSelector("#inner iframe")).contentFrame();
    assert.ok(frame);
    await frame.fill("#code", await newestCode(api, inner));
    await frame.click("#send");
    assert.equal(await challengeOf(await seen.until("inner")), inner.id);
    assert.deepEqual(seen.of("outer"), []);
    await page.evaluate("warifu.remove(document.querySelector('#outer'))");
    assert.equal(await seen.until("outer"), "canceled");
  }));

test("a response that was still on its way belongs to no later challenge", () =>
  withPage(browser, {}, async (page) => {
    // Keeps the loader's ends of its channels.
    await page.addInitScript(() => {
      const scope = /** @type {any} */ (window);
      const Channel = MessageChannel;
      scope.ends = [];
      window.MessageChannel = class extends Channel {
        constructor() {
          super();
          scope.ends.push(this.port1);
        }
      };
    });
    const seen = await explicit(page);
    const [one, two] = [await create(), await create()];
    await promise(page, "first", one);
    await seen.until("ready");
    await promise(page, "second", two);
    await page.evaluate(() => {
      const data = { v: 1, type: "complete", response: "of the first" };
      /** @type {any} */ (window).ends[0].dispatchEvent(new MessageEvent("message", { data }));
    });
    assert.equal(await seen.until("first"), "canceled");
    await seen.until("ready", 2);
    await prove(page, two);
    assert.equal(await challengeOf(await seen.until("second")), two.id);
  }));
