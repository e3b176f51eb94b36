// The guide's examples for React, which Next is made of: in the browser, under StrictMode, and in pages
// that are rendered on the server and hydrated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInThisContext } from "node:vm";
import { startEmbedding } from "./support/bench.mjs";
import { watch, withPage } from "./support/browser.mjs";
import { bundle } from "./support/bundle.mjs";
import { example } from "./support/guide.mjs";

const { api, site, browser, create, open, buy } = await startEmbedding();

/** A form with one of the components, as a page shows it in development. */
const App = `
import { StrictMode } from "react";
const App = ({ form: Form, ...props }) =>
  <StrictMode><form id="pay"><Form {...props} /></form></StrictMode>;
const verified = (name) => (response) => report(name, response);
`;

/** The guide's components, and what its text warns of. */
const forms = {
  Confirmation: example("jsx", "function Confirmation"),
  Challenge: example("jsx", "function Challenge"),
  Written: `const Written = ({ clientSecret }) =>
    <div className="warifu-challenge" data-client-secret={clientSecret} />;`,
};

/** @typedef {keyof typeof forms} Form */

/** @param {Form} form */
const inBrowser = (form) =>
  bundle(`${App}${forms[form]}
import { createRoot, hydrateRoot } from "react-dom/client";
const root = document.getElementById("root");
const app = (clientSecret, name) =>
  <App form={${form}} clientSecret={clientSecret} onVerified={verified(name)} />;
let mounted;
window.show = (clientSecret, name) => {
  mounted ??= createRoot(root);
  mounted.render(app(clientSecret, name));
};
window.hide = () => mounted.render(null);
window.hydrate = (clientSecret) => {
  const onRecoverableError = ({ message }) => report("thrown away", message);
  hydrateRoot(root, app(clientSecret), { onRecoverableError });
};`);

/** @param {Form} form @param {string} secret */
async function onServer(form, secret) {
  const script = await bundle(`${App}${forms[form]}
import { renderToString } from "react-dom/server.edge";
globalThis.rendered = renderToString(<App form={${form}} clientSecret="${secret}" />);`);
  runInThisContext(script);
  const scope = /** @type {{ rendered?: string }} */ (globalThis);
  const { rendered = "" } = scope;
  delete scope.rendered;
  return rendered;
}

/**
 * Opens a page with a component's script in it, after the script tag.
 * @param {import("playwright-core").Page} page
 * @param {Form} form
 * @param {{ html?: string, query?: string }} [more]
 */
async function openApp(page, form, { html = "", query } = {}) {
  const src = site.show({ html: await inBrowser(form), type: "text/javascript" });
  const body = `<div id="root">${html}</div><script src="${src}" defer></script>`;
  return open(page, { body, query, loading: "defer" });
}

/** @param {import("playwright-core").Page} page @param {"show" | "hydrate"} name @param {string[]} given */
const call = (page, name, ...given) =>
  page.evaluate(
    ([called, ...list]) => void (/** @type {any} */ (window)[called](...list)),
    [name, ...given],
  );

/** @param {import("playwright-core").Page} page */
async function hide(page) {
  await page.evaluate("hide()");
  await page.waitForSelector("iframe", { state: "detached" });
  assert.equal(await page.evaluate("warifu.getResponse()"), "");
}

test("the guide's <warifu-challenge>, mounted twice by StrictMode, is one form", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await openApp(page, "Confirmation");
    await call(page, "show", challenge.secret);
    await buy(page, seen, challenge);
    await hide(page);
  }));

test("the guide's <warifu-challenge> that React showed before the script tag came is one form", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await watch(page);
    const html = `<!doctype html><html lang="ja"><link rel="icon" href="data:,">
      <div id="root"></div><script>${await inBrowser("Confirmation")}</script>`;
    await page.goto(site.show({ html }));
    await call(page, "show", challenge.secret);
    await page.waitForSelector("warifu-challenge", { state: "attached" });
    await page.addScriptTag({ url: `${api.origin}/v1/warifu.js` });
    await buy(page, seen, challenge);
  }));

test("the guide's <warifu-challenge> shows the challenge of a client-secret that changes", () =>
  withPage(browser, {}, async (page) => {
    const [one, two] = [await create(), await create()];
    const seen = await openApp(page, "Confirmation");
    await call(page, "show", one.secret);
    await seen.until("ready");
    await call(page, "show", two.secret);
    await seen.until("ready", 2);
    await buy(page, seen, two, 2);
  }));

test("the guide's effect, run twice by StrictMode, is one form that calls the newest callback", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await openApp(page, "Challenge", { query: "?render=explicit" });
    await call(page, "show", challenge.secret, "first");
    await seen.until("ready");
    await call(page, "show", challenge.secret, "second");
    const response = await buy(page, seen, challenge);
    assert.deepEqual([seen.of("first"), seen.of("second")], [[], [response]]);
    await hide(page);
  }));

test("the guide's effect shows another challenge when the property changes", () =>
  withPage(browser, {}, async (page) => {
    const [one, two] = [await create(), await create()];
    const seen = await openApp(page, "Challenge", { query: "?render=explicit" });
    await call(page, "show", one.secret, "first");
    await seen.until("ready");
    await call(page, "show", two.secret, "second");
    const response = await buy(page, seen, two, 2);
    assert.deepEqual([seen.of("first"), seen.of("second")], [[], [response]]);
  }));

for (const form of /** @type {Form[]} */ (["Confirmation", "Challenge"])) {
  test(`the guide's ${form}, rendered on the server and hydrated, is loaded once`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const html = await onServer(form, challenge.secret);
      const seen = await openApp(page, form, { html });
      await call(page, "hydrate", challenge.secret);
      await buy(page, seen, challenge);
      assert.deepEqual(seen.of("thrown away"), []);
    }));
}

test("a container that the server wrote, thrown away by React as it hydrates, is one form that works", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const html = await onServer("Written", challenge.secret);
    const seen = await openApp(page, "Written", { html });
    await seen.until("ready");
    await call(page, "hydrate", challenge.secret);
    await seen.until("thrown away");
    await buy(page, seen, challenge, 2);
  }));
