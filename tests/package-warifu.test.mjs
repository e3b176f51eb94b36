// loadWarifu() of the package `warifu`, in a page that a merchant's build made, and on a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadWarifu } from "warifu";
import { version } from "../scripts/build/version.mjs";
import { assertStatus } from "./support/api.mjs";
import { startEmbedding } from "./support/bench.mjs";
import { watch, withPage } from "./support/browser.mjs";
import { bundle } from "./support/bundle.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("warifu").LoadOptions} LoadOptions */

const { api, browser, site, create, buy } = await startEmbedding();
const { port } = new URL(api.origin);
/** The same Worker by another name, as a page sees another issuer. */
const otherIssuer = `http://127.0.0.1:${port}`;

const script = site.show({
  type: "text/javascript",
  html: await bundle(`import { loadWarifu } from "warifu"; window.loadWarifu = loadWarifu;`),
});
const tags = 'script[src*="/warifu.js"]';

/**
 * Opens a page of the merchant's with the package in it and no script tag, unless one is given.
 * @param {Page} page
 * @param {{ csp?: string, nonce?: string, body?: string }} [given]
 */
async function openPage(page, { csp, nonce = "", body = '<div id="here"></div>' } = {}) {
  const seen = await watch(page);
  const html = `<!doctype html><html lang="ja"><meta charset="utf-8"><title>お支払い</title>
    <link rel="icon" href="data:,"><form id="pay">${body}</form>
    <script src="${script}" nonce="${nonce}"></script>`;
  await page.goto(site.show({ html, csp }));
  return seen;
}

/**
 * Loads, and says how it ended.
 * @param {Page} page
 * @param {string} [issuer]
 * @param {LoadOptions} [options]
 * @returns {Promise<string>} the origin that is loaded, or why there is none
 */
const load = (page, issuer = api.origin, options = {}) =>
  page.evaluate(
    ([from, given]) =>
      /** @type {any} */ (window)
        .loadWarifu(from, given)
        .then((/** @type {any} */ warifu) => (warifu === window.warifu ? warifu.origin : "another"))
        .catch((/** @type {Error} */ error) => error.message),
    /** @type {const} */ ([issuer, options]),
  );

/** @param {Page} page @param {string} clientSecret */
const render = (page, clientSecret) =>
  page.evaluate((secret) => void warifu.render("#here", { clientSecret: secret }), clientSecret);

/**
 * Refuses the first requests of the script, as a network that fails does.
 * @param {Page} page
 * @param {number} times
 * @returns {Promise<() => number>} how often it was asked for
 */
async function failing(page, times) {
  let asked = 0;
  await page.route(
    (url) => url.pathname.endsWith("/warifu.js"),
    (route) => (++asked > times ? route.continue() : route.abort("connectionfailed")),
  );
  return () => asked;
}

test("on a server there is nothing to load, whatever the issuer", async () => {
  assert.equal(await loadWarifu(api.origin), null);
  assert.equal(await loadWarifu("no origin"), null);
});

test("every call for one issuer is one promise and one script tag, whose form is bought with", () =>
  withPage(browser, {}, async (page) => {
    const seen = await openPage(page);
    const same = await page.evaluate((issuer) => {
      const { loadWarifu: loads } = /** @type {any} */ (window);
      const first = loads(issuer);
      return first === loads(`${issuer}/`) && first === loads(issuer, { nonce: "x" });
    }, api.origin);
    assert.equal(same, true);
    assert.equal(await load(page), api.origin);
    assert.equal(await page.locator(tags).count(), 1);
    const challenge = await create();
    await render(page, challenge.secret);
    await buy(page, seen, challenge);
  }));

test("a script tag of the page's own that has run is taken", () =>
  withPage(browser, {}, async (page) => {
    await openPage(page);
    await page.addScriptTag({ url: `${api.origin}/v1/warifu.js` });
    assert.equal(await load(page), api.origin);
    assert.equal(await page.locator(tags).count(), 1);
  }));

test("a script tag of the page's own that is still on its way and the package's are one script", () =>
  withPage(browser, {}, async (page) => {
    const seen = await openPage(page);
    const challenge = await create();
    await page.evaluate((url) => {
      const tag = document.createElement("script");
      tag.src = url;
      document.head.append(tag);
    }, `${api.origin}/v1/warifu.js?onload=`);
    assert.equal(await load(page), api.origin);
    await render(page, challenge.secret);
    await buy(page, seen, challenge);
  }));

test("<warifu-challenge> in the page is shown once the script is loaded", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const body = `<warifu-challenge client-secret="${challenge.secret}"></warifu-challenge>`;
    const seen = await openPage(page, { body });
    await load(page);
    await buy(page, seen, challenge);
  }));

test("a load that fails is tried once more by itself", () =>
  withPage(browser, {}, async (page) => {
    const seen = await openPage(page);
    const asked = await failing(page, 1);
    assert.equal(await load(page), api.origin);
    assert.equal(asked(), 2);
    assert.equal(await page.locator(tags).count(), 1);
    const challenge = await create();
    await render(page, challenge.secret);
    await buy(page, seen, challenge);
  }));

test("after two failures it rejects, and the next call tries again", () =>
  withPage(browser, {}, async (page) => {
    await openPage(page);
    const asked = await failing(page, 2);
    const address = `${api.origin}/v1/warifu.js?render=explicit`;
    assert.equal(await load(page), `warifu: ${address} could not be loaded`);
    assert.equal(asked(), 2);
    assert.equal(await page.locator(tags).count(), 0);
    assert.equal(await load(page), api.origin);
    assert.equal(asked(), 3);
  }));

test("an answer that is another script is a failure", () =>
  withPage(browser, {}, async (page) => {
    await openPage(page);
    const contentType = "text/javascript";
    await page.route("**/warifu.js*", (route) => route.fulfill({ contentType, body: "void 0" }));
    assert.equal(await load(page), `warifu: ${api.origin} answered with another script`);
  }));

test("a page has the script of one issuer: another's is refused, in whichever order they come", () =>
  withPage(browser, {}, async (page) => {
    await openPage(page);
    const [one, other] = await Promise.all([load(page), load(page, otherIssuer)]);
    const loaded = [one, other].filter((said) => said.startsWith("http"));
    assert.equal(loaded.length, 1, `${one}, ${other}`);
    const refused = `warifu: this page has the script of ${loaded[0]}, and takes no other's`;
    assert.ok([one, other].includes(refused), `${one}, ${other}`);
    const again = loaded[0] === api.origin ? otherIssuer : api.origin;
    assert.equal(await load(page, again), refused);
    assert.equal(await load(page, loaded[0]), loaded[0]);
  }));

test("what is no origin is refused by its name", () =>
  withPage(browser, {}, async (page) => {
    await openPage(page);
    for (const wrong of ["otp.example", "", "data:text/javascript,1"])
      assert.equal(await load(page, wrong), `warifu: "${wrong}" is no issuer's origin`);
  }));

test("under a policy of nonces the page's nonce lets the script in, and none does not", () =>
  withPage(browser, {}, async (page) => {
    const csp = `default-src 'none'; script-src 'nonce-abc'; frame-src ${api.origin}; img-src data:`;
    const seen = await openPage(page, { csp, nonce: "abc" });
    assert.match(await load(page), /could not be loaded$/);
    assert.equal(await load(page, api.origin, { nonce: "abc" }), api.origin);
    const challenge = await create();
    await render(page, challenge.secret);
    await buy(page, seen, challenge);
  }));

test("a pinned version is loaded with its hash, and refused with another", () =>
  withPage(browser, {}, async (page) => {
    const { body } = assertStatus(await api.get(`/v${version}/sri.json`));
    const seen = await openPage(page);
    const wrong = body["warifu.js"].replace(/.{4}$/, "AAAA");
    const pinned = `${api.origin}/v${version}/warifu.js?render=explicit`;
    const refused = await load(page, api.origin, { version, integrity: wrong });
    assert.equal(refused, `warifu: ${pinned} could not be loaded`);
    const right = await load(page, api.origin, { version, integrity: body["warifu.js"] });
    assert.equal(right, api.origin);
    assert.equal(await page.getAttribute(tags, "src"), pinned);
    const challenge = await create();
    await render(page, challenge.secret);
    await buy(page, seen, challenge);
  }));
