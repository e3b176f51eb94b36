// The shop in React of examples/react/, as a merchant has it: the packages as npm publishes them, built by
// Vite or served by it, rendered on the server and hydrated.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { at } from "../scripts/lib/paths.mjs";
import { nodeTool, toolEnv } from "../scripts/lib/toolchain.mjs";
import { assertAccessible } from "./support/accessibility.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { formFrame, watch, withPage } from "./support/browser.mjs";
import { newestCode } from "./support/demo.mjs";
import { startExample } from "./support/example.mjs";
import { install, pack } from "./support/packed.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { folder, archives, remove } = pack();
after(remove);
const example = join(folder, "examples/react");

/** A copy of the example with what its package.json asks for, and the packages as they were packed. */
function copy() {
  for (const name of ["react", "shop"])
    cpSync(at("examples", name), join(folder, "examples", name), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist)$/.test(path),
    });
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(example, "package.json"), "utf8"),
  );
  const asked = Object.keys({ ...dependencies, ...devDependencies });
  install(
    example,
    archives,
    asked.filter((name) => !(name in archives)),
  );
}

/** Runs a script of its package.json. @param {string} script */
function npmRun(script) {
  const { status, stdout, stderr } = spawnSync("npm", ["run", script], {
    ...{ cwd: example, encoding: "utf8" },
    // Which build React is follows it.
    env: {
      ...toolEnv(),
      PATH: `${join(example, "node_modules/.bin")}:${toolEnv().PATH}`,
      NODE_ENV: "",
    },
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

copy();
npmRun("build");

const { api } = await startApi();
const browser = await startBrowser();

/** @typedef {Awaited<ReturnType<typeof startExample>>} Shop */

/** @type {Record<string, Shop>} */
const shops = {
  built: await startExample(api, join(example, "server.mjs"), {
    settings: { NODE_ENV: "production" },
  }),
  "served by Vite": await startExample(api, join(example, "server.mjs"), {
    ...{ args: ["--dev"], settings: { NODE_ENV: "development" } },
  }),
};
for (const shop of Object.values(shops)) after(() => shop.stop());

/**
 * @param {Page} page
 * @param {Shop} shop
 */
async function toCheckout(page, shop) {
  const seen = await watch(page);
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(shop.origin);
  await page.click("#buy");
  await page.waitForURL(/\/checkout\//);
  return { seen, errors };
}

/** The challenge of the form in the page. @param {Page | import("playwright-core").Frame} form @param {Shop} shop */
function challengeOf(form, { merchant, cardholder }) {
  const [secret] = /ch_[\w-]{73,}/.exec(form.url()) ?? [""];
  return { id: secret.slice(0, 25), secret, url: form.url(), merchant, cardholder };
}

for (const [how, shop] of Object.entries(shops)) {
  for (const [lang, locale] of Object.entries({ ja: "ja-JP", en: "en-US" })) {
    test(`${how}: hydrated without a difference, bought with, and paid, ${lang}`, () =>
      withPage(browser, { locale }, async (page) => {
        const { seen, errors } = await toCheckout(page, shop);
        await seen.until("ready");
        assert.equal(await page.locator("iframe").count(), 1);
        assert.equal(await page.getAttribute("main", "lang"), lang);
        assert.equal(await page.textContent("[role=status]"), "");
        const form = await formFrame(page);
        const challenge = challengeOf(form, shop);
        await form.fill("#code", await newestCode(api, challenge));
        await form.click("#send");
        await page.waitForSelector("#paid");
        assert.equal(seen.of("ready").length, 1);
        assert.deepEqual([...errors, ...seen.of("violation")], []);
        const answer = await api.get(`/v1/challenges/${challenge.id}`, { key: shop.merchant.key });
        assert.equal(answer.body.redeemed, true);
      }));
  }

  test(`${how}: a page loaded again has the same challenge`, () =>
    withPage(browser, {}, async (page) => {
      const { seen } = await toCheckout(page, shop);
      await seen.until("ready");
      const { id } = challengeOf(await formFrame(page), shop);
      await page.reload();
      await seen.until("ready", 2);
      assert.equal(challengeOf(await formFrame(page), shop).id, id);
    }));

  test(`${how}: a script that did not load is said, and comes at a press`, () =>
    withPage(browser, { locale: "en-US" }, async (page) => {
      await page.route("**/v1/warifu.js*", (route) => route.abort());
      const { seen } = await toCheckout(page, shop);
      await page.waitForSelector("text=could not be loaded");
      await page.unroute("**/v1/warifu.js*");
      await page.click("text=Load again");
      await seen.until("ready");
    }));

  test(`${how}: without script, the server's page leads to the form and back`, () =>
    withPage(browser, { javaScriptEnabled: false }, async (page) => {
      await page.goto(shop.origin);
      await page.click("#buy");
      await page.click("noscript a");
      await page.waitForSelector("#code");
      await page.fill("#code", await newestCode(api, challengeOf(page, shop)));
      await page.click("#send");
      await page.waitForSelector("#paid");
    }));
}

test("a canceled challenge pays nothing, and leads back to the shop", () =>
  withPage(browser, { locale: "en-US" }, async (page) => {
    const { seen } = await toCheckout(page, shops.built);
    await seen.until("ready");
    await (await formFrame(page)).click("#cancel");
    await page.click("text=Back to the shop");
    await page.waitForSelector("#buy");
  }));

test("a response of another order pays nothing", () =>
  withPage(browser, {}, async (page) => {
    const shop = shops.built;
    const { seen } = await toCheckout(page, shop);
    await seen.until("ready");
    const order = page.url().replace("/checkout/", "/pay/");
    const body = new URLSearchParams({ "warifu-response": "made-up" });
    const { url } = await fetch(order, { method: "POST", body });
    await page.goto(url);
    await page.waitForSelector("#unpaid");
  }));

test("axe finds nothing on the shop's pages", () =>
  withPage(browser, { locale: "ja-JP", bypassCSP: true, reducedMotion: "reduce" }, async (page) => {
    const shop = shops.built;
    await page.goto(shop.origin);
    await assertAccessible(page, "product");
    const { seen } = await toCheckout(page, shop);
    await seen.until("ready");
    await assertAccessible(page, "checkout");
    await page.goto(page.url().replace("/checkout/", "/orders/"));
    await assertAccessible(page, "order");
  }));

test("what the browser loads has both packages in it, and no page of the built shop has inline script", () => {
  const assets = join(example, "dist/client/assets");
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
  const text = scripts.map((name) => readFileSync(join(assets, name), "utf8")).join("\n");
  assert.match(text, /could not be loaded/);
  assert.match(text, /warifu:complete/);
  const html = readFileSync(join(example, "dist/client/index.html"), "utf8");
  assert.doesNotMatch(html, /<script(?![^>]*(?:src=|type="application\/json"))/);
});

test("the example's types hold", () => npmRun("check"));
