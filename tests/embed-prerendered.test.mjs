// Pages that Chromium prerenders, by rules in the page before them: nobody sees them yet, and most are
// never shown. The form comes, and the first code goes, when the page is shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { settled, withPage } from "./support/browser.mjs";
import { deliveries, eventually, readChallenge } from "./support/demo.mjs";
import { example, filled } from "./support/guide.mjs";
import { containers, embeddingPage } from "./support/merchant-page.mjs";
import { startUnattached } from "./support/unattached.mjs";

const { worker, api, site, browser, merchant, create, open, prove } = await startEmbedding({
  invocations: true,
});

/** A page that is not prerendered never reports that it is. */
const limited = { timeout: 90_000 };

/**
 * A page that has Chromium prerender the next one, and goes there by a click when it is let.
 * @param {string} next
 */
function cart(next) {
  const { promise: held, resolve: click } = Promise.withResolvers();
  const wait = site.show({ html: "", asked: () => held });
  const rules = { prerender: [{ urls: [next], eagerness: "immediate" }] };
  const address = site.show({
    html: `<!doctype html><html lang="ja"><title>カート</title><link rel="icon" href="data:,">
      <script type="speculationrules">${JSON.stringify(rules)}</script>
      <a href="${next}">ご購入手続きへ</a>
      <script>fetch("${wait}").then(() => document.querySelector("a").click())</script>`,
  });
  return { address, click: () => click(undefined) };
}

/**
 * A page with the form of a challenge, and what it tells its server.
 * @param {string} secret
 * @param {string} [body]
 */
function checkout(secret, body) {
  const [loaded, shown] = [Promise.withResolvers(), Promise.withResolvers()];
  const ends = { loaded, shown };
  const reports = site.show({
    html: "",
    asked(query) {
      const { name, ...facts } = JSON.parse(query);
      ends[/** @type {keyof typeof ends} */ (name)].resolve(facts);
    },
  });
  const script = `
    const report = (facts) => fetch("${reports}?" + encodeURIComponent(JSON.stringify(facts)));
    const told = [];
    const heard = (wanted) => told.some(({ type }) => type == wanted);
    for (const type of ["ready", "complete", "error"])
      addEventListener("warifu:" + type, ({ detail }) => told.push({ ...detail, type }));
    function onLoaded() {
      const { prerendering } = document;
      report({ name: "loaded", prerendering, frames: document.querySelectorAll("iframe").length });
    }
    document.addEventListener("prerenderingchange", () => {
      const [{ activationStart }] = performance.getEntriesByType("navigation");
      report({ name: "shown", activationStart });
    });`;
  const query = "?onload=onLoaded";
  const address = site.show({
    html: embeddingPage({ worker: worker.origin, secret, query, script, body }),
  });
  return { address, loaded: loaded.promise, shown: shown.promise };
}

/** @type {[string, number, (secret: string) => string | undefined][]} */
const frames = [
  ["its form", 0, () => undefined],
  [
    "the form in its server's frame",
    1,
    (secret) =>
      `<form>${filled(example("html", "<iframe data-warifu"), api.origin, secret)}</form>`,
  ],
];

for (const [what, count, body] of frames) {
  test(
    `a prerendered page has ${what} when it is shown, and sent nothing before`,
    limited,
    async (t) => {
      const challenge = await create();
      const { address, loaded, shown } = checkout(challenge.secret, body(challenge.secret));
      const before = cart(address);
      const attach = await startUnattached(t, before.address);
      assert.deepEqual(await loaded, { prerendering: true, frames: count });
      assert.deepEqual(await deliveries(api, challenge), []);
      before.click();
      const { activationStart } = await shown;
      assert.ok(activationStart > 0, `${activationStart}`);

      const page = await attach();
      await page.waitForFunction("heard('ready')");
      await prove(page, challenge);
      await page.waitForFunction("heard('complete')");
      const told = await page.evaluate("told");
      assert.deepEqual(
        told.map((/** @type {{ type: string }} */ { type }) => type),
        ["ready", "complete"],
      );
      const { response } = told[1];
      assert.equal(await responseOf(page), response);
      const { body: redeemed } = await api.siteverify({ secret: merchant.key, response });
      assert.equal(redeemed.challenge, challenge.id);
    },
  );
}

test("the form itself, prerendered, sends nothing; shown, it sends a code", limited, async (t) => {
  const challenge = await create();
  const before = cart(challenge.url);
  await startUnattached(t, before.address);
  await worker.invocations.until('"purpose":"prefetch;prerender","status":503');
  assert.deepEqual(await deliveries(api, challenge), []);
  before.click();
  await eventually(
    () => readChallenge(api, challenge),
    ({ sends }) => sends > 0,
  );
  assert.equal((await deliveries(api, challenge)).length, 1);
});

/** Has the page say that it is prerendered, until it calls `show`. */
const prerendered = `
  let prerendering = true;
  Object.defineProperty(document, "prerendering", { get: () => prerendering });
  function show() {
    prerendering = false;
    document.dispatchEvent(new Event("prerenderingchange"));
  }`;

/** @type {typeof containers} */
const ways = [
  ...containers,
  [
    "render()",
    (secret) => `<div id="here"></div>
      <script>warifu.render("#here", { clientSecret: "${secret}" })</script>`,
  ],
];

for (const [what, way] of ways) {
  test(`a prerendered page's ${what} loads no form, and its ten seconds begin when it is shown`, () =>
    withPage(browser, {}, async (page) => {
      await page.clock.install();
      const challenge = await create();
      const { promise: held, resolve: release } = Promise.withResolvers();
      await page.route("**/challenge/**", (route) => held.then(() => route.continue()));
      const body = `<form>${way(challenge.secret)}</form>`;
      const seen = await open(page, { body, script: prerendered, loading: "" });
      await page.clock.fastForward(60_000);
      assert.equal(await page.locator("iframe").count(), 0);

      await page.evaluate("show()");
      assert.equal(await page.locator("iframe").count(), 1);
      await page.clock.fastForward(9_000);
      await settled(page, seen);
      assert.deepEqual(seen.of("error"), []);
      await page.clock.fastForward(1_000);
      assert.equal((await seen.until("error")).code, "load-timeout");
      release(undefined);
      await seen.until("ready");
      await prove(page, challenge);
      const { response } = await seen.until("complete");
      assert.equal(await responseOf(page), response);
    }));
}
