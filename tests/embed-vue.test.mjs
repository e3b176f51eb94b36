// The guide's examples for Vue, compiled as single-file components.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmbedding } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { bundle, compiled } from "./support/bundle.mjs";
import { example } from "./support/guide.mjs";

const { site, browser, create, open, buy } = await startEmbedding();

/**
 * Opens a page that shows a component with `show(secret)` and takes it away with `hide()`.
 * @param {import("playwright-core").Page} page
 * @param {string} component
 */
async function openApp(page, component) {
  const source = `${compiled(component, "Component")}
    import { createApp, h, ref } from "vue";
    const clientSecret = ref("");
    const onVerified = (response) => report("verified", response);
    const view = () =>
      clientSecret.value && h(Component, { clientSecret: clientSecret.value, onVerified });
    createApp(view).mount("#pay");
    window.show = (secret) => void (clientSecret.value = secret);`;
  const src = site.show({ html: await bundle(source), type: "text/javascript" });
  const body = `<form id="pay"></form><script src="${src}" defer></script>`;
  return open(page, { body, query: "?render=explicit", loading: "defer" });
}

/** @param {import("playwright-core").Page} page @param {string} secret */
const show = (page, secret) =>
  page.evaluate((given) => /** @type {any} */ (window).show(given), secret);

for (const [what, component, verified] of /** @type {[string, string, boolean][]} */ ([
  ["<warifu-challenge>", example("vue", "<warifu-challenge"), false],
  ["render in onMounted", example("vue", "onMounted"), true],
])) {
  test(`the guide's ${what} is one form, of the newest challenge, and goes with its component`, () =>
    withPage(browser, {}, async (page) => {
      const [one, two] = [await create(), await create()];
      const seen = await openApp(page, component);
      await show(page, one.secret);
      await seen.until("ready");
      await show(page, two.secret);
      const response = await buy(page, seen, two, 2);
      assert.deepEqual(seen.of("verified"), verified ? [response] : []);
      await show(page, "");
      await page.waitForSelector("iframe", { state: "detached" });
      assert.equal(await page.evaluate("warifu.getResponse()"), "");
    }));
}
