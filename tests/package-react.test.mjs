// The component and the hook of the package `warifu-react` in React 19, under StrictMode, in the browser
// and hydrated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { runInThisContext } from "node:vm";
import { startEmbedding } from "./support/bench.mjs";
import { formFrame, settled, watch, withPage } from "./support/browser.mjs";
import { bundle } from "./support/bundle.mjs";
import { newestCode } from "./support/demo.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api, browser, site, create, buy, prove } = await startEmbedding();

/** Both have the same properties; each rendering gives them new functions. */
const apps = `
import { StrictMode, useEffect, useRef } from "react";
import { WarifuChallenge, useWarifuChallenge } from "warifu-react";
const issuer = "${api.origin}";
const handlers = (name) => Object.fromEntries(
  ["onReady", "onComplete", "onError", "onExpire", "onCancel", "onResend"].map((on) =>
    [on, (...given) => report(name + "." + on, given)]));

const Component = ({ clientSecret, name }) => {
  const handle = useRef(null);
  useEffect(() => { window.handle = handle.current; });
  return <WarifuChallenge {...{ issuer, clientSecret, id: "box", className: "mine", ref: handle }}
    {...handlers(name)} />;
};

const Hook = ({ clientSecret, name }) => {
  const { ref, reset, getResponse, ...state } = useWarifuChallenge({ issuer, clientSecret, ...handlers(name) });
  const before = useRef({ ref, reset, getResponse });
  useEffect(() => {
    window.handle = { reset, getResponse };
    for (const [name, first] of Object.entries(before.current))
      if (first !== { ref, reset, getResponse }[name]) report("unstable", name);
    report("state", [state.status, state.response, state.error]);
  });
  return <section id="box" ref={ref} />;
};

const app = (Form, props) =>
  <StrictMode><form id="pay"><Form {...props} /></form></StrictMode>;
`;

const script = site.show({
  type: "text/javascript",
  html: await bundle(`${apps}
import { createRoot, hydrateRoot } from "react-dom/client";
const forms = { Component, Hook };
let root;
window.show = (form, clientSecret, name) => {
  root ??= createRoot(document.getElementById("root"));
  root.render(clientSecret === undefined ? null : app(forms[form], { clientSecret, name }));
};
window.hydrate = (form, clientSecret, name) => {
  const onRecoverableError = ({ message }) => report("thrown away", message);
  root = hydrateRoot(document.getElementById("root"), app(forms[form], { clientSecret, name }),
    { onRecoverableError });
};`),
});

/** @typedef {"Component" | "Hook"} Form */

/** What the server renders. @param {Form} form @param {string} secret */
async function onServer(form, secret) {
  runInThisContext(
    await bundle(`${apps}
import { renderToString } from "react-dom/server.edge";
globalThis.rendered = renderToString(app(${form}, { clientSecret: "${secret}", name: "first" }));`),
  );
  const scope = /** @type {{ rendered?: string }} */ (globalThis);
  const { rendered = "" } = scope;
  delete scope.rendered;
  return rendered;
}

/** @param {Page} page @param {string} [html] what the server wrote into the root */
async function openApp(page, html = "") {
  const seen = await watch(page);
  page.on("console", (message) => {
    // React says so when what it hydrates, or an effect, is not as it should be.
    if (message.type() === "error" && !/ERR_|Failed to load/.test(message.text()))
      void page.evaluate(
        (text) => /** @type {any} */ (window).report("console", text),
        message.text(),
      );
  });
  await page.goto(
    site.show({
      html: `<!doctype html><html lang="ja"><meta charset="utf-8"><title>お支払い</title>
        <link rel="icon" href="data:,"><div id="root">${html}</div><script src="${script}"></script>`,
    }),
  );
  return seen;
}

/** @param {Page} page @param {"show" | "hydrate"} call @param {(string | undefined)[]} given */
const call = (page, call, ...given) =>
  page.evaluate(
    ([name, ...list]) => void (/** @type {any} */ (window)[String(name)](...list)),
    [call, ...given],
  );

/** @param {import("./support/browser.mjs").Watch} seen @param {string} name */
const told = (seen, name) =>
  seen.seen
    .filter(({ type }) => type.startsWith(`${name}.`))
    .map(({ type, detail }) => [type.slice(name.length + 1), ...detail]);

for (const form of /** @type {Form[]} */ (["Component", "Hook"])) {
  test(`${form}: mounted twice by StrictMode, it is one form, and each handler is called once`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const seen = await openApp(page);
      await call(page, "show", form, challenge.secret, "first");
      const response = await buy(page, seen, challenge);
      assert.deepEqual(told(seen, "first"), [["onReady"], ["onComplete", response]]);
      await call(page, "show", form);
      await page.waitForSelector("iframe", { state: "detached" });
      assert.equal(await page.evaluate("warifu.getResponse()"), "");
      assert.deepEqual([...seen.of("console"), ...seen.of("unstable")], []);
    }));

  test(`${form}: new functions load nothing anew, and the newest is called`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const seen = await openApp(page);
      await call(page, "show", form, challenge.secret, "first");
      await seen.until("ready");
      for (const name of ["second", "third"])
        await call(page, "show", form, challenge.secret, name);
      const response = await buy(page, seen, challenge);
      assert.deepEqual(told(seen, "first"), [["onReady"]]);
      assert.deepEqual(told(seen, "second"), []);
      assert.deepEqual(told(seen, "third"), [["onComplete", response]]);
    }));

  test(`${form}: another challenge takes the place of the one before`, () =>
    withPage(browser, {}, async (page) => {
      const [one, two] = [await create(), await create()];
      const seen = await openApp(page);
      await call(page, "show", form, one.secret, "first");
      await seen.until("ready");
      await call(page, "show", form, two.secret, "second");
      await seen.until("ready", 2);
      const response = await buy(page, seen, two, 2);
      assert.deepEqual(told(seen, "second"), [["onReady"], ["onComplete", response]]);
    }));

  test(`${form}: rendered on the server and hydrated, it is loaded once`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const html = await onServer(form, challenge.secret);
      assert.match(html, /id="box"[^>]*><\/(div|section)>/, "the container is empty");
      const seen = await openApp(page, html);
      await call(page, "hydrate", form, challenge.secret, "first");
      await buy(page, seen, challenge);
      assert.deepEqual([...seen.of("thrown away"), ...seen.of("console")], []);
    }));

  test(`${form}: gone before the script has come, it shows nothing; back again, it is one form`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const seen = await openApp(page);
      /** @type {import("playwright-core").Route[]} */
      const held = [];
      const asked = new Promise((resolve) =>
        page.route("**/warifu.js*", (route) => resolve(held.push(route))),
      );
      await call(page, "show", form, challenge.secret, "first");
      await asked;
      await call(page, "show", form);
      await page.waitForSelector("#box", { state: "detached" });
      for (const route of held) await route.continue();
      await page.waitForFunction("window.warifu");
      await settled(page, seen);
      assert.equal(await page.locator("iframe").count(), 0);
      await call(page, "show", form, challenge.secret, "second");
      await buy(page, seen, challenge);
      assert.deepEqual(told(seen, "first"), []);
    }));

  test(`${form}: a script that cannot be loaded is an error that reset mends`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const seen = await openApp(page);
      await page.route("**/warifu.js*", (route) => route.abort());
      await call(page, "show", form, challenge.secret, "first");
      assert.deepEqual(await seen.until("first.onError"), ["script-load", false]);
      await page.unroute("**/warifu.js*");
      await page.evaluate("handle.reset()");
      await buy(page, seen, challenge);
    }));
}

/**
 * Waits until the hook says so of the challenge.
 * @param {import("./support/browser.mjs").Watch} seen
 * @param {unknown[]} state
 */
async function reaches(seen, state) {
  for (let count = 1; ; count++)
    if (isDeepStrictEqual(await seen.until("state", count), state)) return;
}

test("the hook says how the challenge stands, from loading to its response", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await openApp(page);
    await call(page, "show", "Hook", challenge.secret, "first");
    const response = await buy(page, seen, challenge);
    await reaches(seen, ["complete", response, null]);
    const states = seen.of("state").map(([status]) => status);
    assert.deepEqual([...new Set(states)], ["loading", "ready", "complete"]);
  }));

test("a response that died is let go of", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const challenge = await create();
    const seen = await openApp(page);
    await call(page, "show", "Hook", challenge.secret, "first");
    await buy(page, seen, challenge);
    await page.clock.runFor(300_001);
    await seen.until("first.onExpire");
    await page.clock.runFor(1_000);
    await reaches(seen, ["expired", "", null]);
  }));

test("a canceled challenge is one, and has no error", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await openApp(page);
    await call(page, "show", "Hook", challenge.secret, "first");
    await seen.until("ready");
    await (await formFrame(page)).click("#cancel");
    await seen.until("first.onCancel");
    await reaches(seen, ["canceled", "", null]);
  }));

test("an error that is not final leaves the form as it is, and goes when it is mended", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await openApp(page);
    await call(page, "show", "Hook", challenge.secret, "first");
    await seen.until("ready");
    await page.route("**/verify", (route) => route.abort());
    const form = await formFrame(page);
    await form.fill("#code", await newestCode(api, challenge));
    await form.click("#send");
    assert.deepEqual(await seen.until("first.onError"), ["network", false]);
    await reaches(seen, ["ready", "", "network"]);
    await page.unroute("**/verify");
    await form.click("#send");
    const [response] = await seen.until("first.onComplete");
    await reaches(seen, ["complete", response, null]);
  }));

test("a secret that is none fails for good", () =>
  withPage(browser, {}, async (page) => {
    const seen = await openApp(page);
    await call(page, "show", "Hook", "ch_none", "first");
    assert.deepEqual(await seen.until("first.onError"), ["invalid-secret", true]);
    await reaches(seen, ["failed", "", "invalid-secret"]);
  }));

test("without a secret nothing is loaded until there is one", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await openApp(page);
    await call(page, "show", "Component", "", "first");
    await page.waitForSelector("#box", { state: "attached" });
    await settled(page, seen);
    assert.equal(await page.locator('script[src*="/v1/warifu.js"]').count(), 0);
    await call(page, "show", "Component", challenge.secret, "first");
    await buy(page, seen, challenge);
  }));

test("reset loads the same challenge anew, and its code still verifies", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await openApp(page);
    await call(page, "show", "Component", challenge.secret, "first");
    await seen.until("ready");
    await page.evaluate("handle.reset()");
    await seen.until("ready", 2);
    const response = await buy(page, seen, challenge, 2);
    assert.equal(await page.evaluate("handle.getResponse()"), response);
    await page.evaluate("handle.reset()");
    await page.waitForFunction("handle.getResponse() === ''");
    assert.equal(await page.getAttribute("#box", "class"), "mine");
  }));

test("React hears the events of <warifu-challenge> by properties", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await openApp(page);
    await page.addScriptTag({
      content: await bundle(`import { createRoot } from "react-dom/client";
        import { loadWarifu } from "warifu";
        const heard = { "onwarifu:complete": ({ detail }) => report("heard", detail.response) };
        loadWarifu("${api.origin}");
        createRoot(document.getElementById("root")).render(
          <form id="pay"><warifu-challenge client-secret="${challenge.secret}" {...heard} /></form>);`),
    });
    await seen.until("ready");
    await prove(page, challenge);
    const { response } = await seen.until("complete");
    assert.equal(await seen.until("heard"), response);
  }));
