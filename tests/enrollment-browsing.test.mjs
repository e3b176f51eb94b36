// The enrollment pages as a browser is really used: refreshed, gone back in, open twice, too late.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startApi, startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { registerCardholder } from "./support/demo.mjs";
import {
  createSession,
  presentStep,
  readCardholder,
  registerFacts,
} from "./support/enrollment.mjs";
import { atStep, button, change, choose, codeInput, scan } from "./support/enrollment-pages.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api } = await startApi();
const browser = await startBrowser();
const used = /認証方式の変更は完了しています/;
const expired = /お手続きの時間が過ぎました/;

/** @param {Page} page */
async function open(page) {
  const cardholder = await registerCardholder(api);
  const session = await createSession(api, cardholder);
  await page.goto(session.url);
  await atStep(page, 0);
  return { cardholder, session };
}

/** @param {{ id: string }} cardholder */
async function assertUnchanged(cardholder) {
  const { channel, terms } = await readCardholder(api, cardholder);
  assert.deepEqual([channel, terms], ["email", null]);
}

/** @param {Page} page @param {RegExp} why */
async function assertStopped(page, why) {
  assert.match(await page.locator("body").innerText(), why);
  for (const which of /** @type {const} */ (["toConfirm", "change", "cancel"])) {
    assert.equal(await button(page, which).count(), 0);
  }
}

test("the terms are linked where they are accepted, in the page's language", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api);
    const terms = "http://localhost:8789/terms";
    for (const [locale, address] of /** @type {const} */ ([
      ["ja", terms],
      ["en", `${terms}?lang=en`],
    ])) {
      const { url } = await createSession(api, cardholder, { locale });
      await page.goto(url);
      const links = page.locator(`a[href="${address}"]`);
      assert.equal(await links.count(), 1);
      assert.match(
        await links.innerText(),
        locale === "ja" ? /J\/Secure利用者規定/ : /J\/Secure Terms of Use/,
      );
      await choose(page, "sms", locale);
      assert.equal(await links.count(), 1);
    }
  }));

// What is offered

test("only what is registered is offered", () =>
  withPage(browser, {}, async (page) => {
    for (const [facts, offered] of /** @type {[Record<string, string>, string[]][]} */ ([
      [{ email: "taro@mail.jp" }, ["email", "app"]],
      [{ phone: "+819012341234" }, ["sms", "app"]],
      [{ email: "taro@mail.jp", phone: "+819012341234" }, ["email", "sms", "app"]],
    ])) {
      await page.goto((await createSession(api, await registerFacts(api, facts))).url);
      const radios = page.getByRole("radio");
      const values = await radios.evaluateAll((all) =>
        all.map((one) => /** @type {HTMLInputElement} */ (one).value),
      );
      assert.deepEqual(values, offered);
      assert.equal(await radios.and(page.locator(":checked")).count(), 1);
    }
  }));

// Going to and fro

test("refreshed, each step shows the same again", () =>
  withPage(browser, {}, async (page) => {
    const { cardholder } = await open(page);
    const text = () => page.locator("body").innerText();
    const again = async () => {
      const before = await text();
      await page.reload();
      assert.equal(await text(), before);
    };
    await again();
    await choose(page, "sms");
    await again();
    await assertUnchanged(cardholder);
    await change(page);
    const { terms } = await readCardholder(api, cardholder);
    await again();
    assert.deepEqual((await readCardholder(api, cardholder)).terms, terms);
  }));

test("refreshed, step 2 has the secret that was scanned", () =>
  withPage(browser, {}, async (page) => {
    const { cardholder } = await open(page);
    await choose(page, "app");
    const app = await scan(browser, page);
    await page.reload();
    assert.equal((await scan(browser, page)).text, app.text);
    await page.goBack();
    await atStep(page, 0);
    await choose(page, "app");
    assert.equal((await scan(browser, page)).text, app.text);
    await codeInput(page).fill(app.code(await presentStep(api)));
    await change(page);
    assert.equal((await readCardholder(api, cardholder)).channel, "app");
  }));

test("a tab that a telephone dropped while the app was open comes back as it was", () =>
  withPage(browser, {}, async (page, context) => {
    const { cardholder } = await open(page);
    await choose(page, "app");
    const app = await scan(browser, page);
    const again = await context.newPage();
    await again.goto(page.url());
    await page.close();
    assert.equal((await scan(browser, again)).text, app.text);
    await codeInput(again).fill(app.code(await presentStep(api)));
    await change(again);
    assert.equal((await readCardholder(api, cardholder)).channel, "app");
  }));

test("after a wrong code, step 2 can be loaded again, gone back to, and come back to from the app", () =>
  withPage(browser, {}, async (page, context) => {
    const { cardholder, session } = await open(page);
    await choose(page, "app");
    const app = await scan(browser, page);
    await codeInput(page).fill(app.wrong(await presentStep(api))[0]);
    await button(page, "change").click();
    const assertAsked = async (/** @type {Page} */ shown) => {
      await shown.locator('[aria-invalid="true"]').waitFor();
      assert.match(await shown.locator("[role=alert]").innerText(), /残り4回/);
      assert.equal((await scan(browser, shown)).uri, app.uri);
    };
    await assertAsked(page);
    await page.reload();
    await assertAsked(page);
    await page.goto("about:blank");
    await page.goBack();
    await assertAsked(page);
    const again = await context.newPage();
    await again.goto(page.url());
    await page.close();
    await assertAsked(again);
    // What a browser may restore by its address alone.
    for (const action of ["change", "cancel"]) {
      await again.goto(`${session.url}/${action}`);
      assert.equal(again.url(), session.url);
      await atStep(again, 0);
    }
    await choose(again, "app");
    await codeInput(again).fill(app.code(await presentStep(api)));
    await change(again);
    assert.equal((await readCardholder(api, cardholder)).channel, "app");
  }));

test("gone back from step 2, another method can be chosen", () =>
  withPage(browser, {}, async (page) => {
    const { cardholder } = await open(page);
    await choose(page, "app");
    await page.goBack();
    await atStep(page, 0);
    await choose(page, "sms");
    await change(page);
    assert.equal((await readCardholder(api, cardholder)).channel, "sms");
  }));

test("gone back after the end, every page says that it was used, and what is registered stays", () =>
  withPage(browser, {}, async (page) => {
    const { cardholder, session } = await open(page);
    await choose(page, "sms");
    await change(page);
    const registered = await readCardholder(api, cardholder);
    await page.goBack();
    await page.goBack();
    assert.equal(page.url(), session.url);
    await assertStopped(page, used);
    await page.goForward();
    await page.goForward();
    assert.equal(page.url(), `${session.url}/done`);
    assert.deepEqual(await readCardholder(api, cardholder), registered);
  }));

test("open in two tabs, the second one says that it was used", () =>
  withPage(browser, {}, async (page, context) => {
    const { cardholder, session } = await open(page);
    await choose(page, "sms");
    const other = await context.newPage();
    await other.goto(session.url);
    await choose(other, "email");
    await change(page);
    await button(other, "change").click();
    await other.waitForURL("**/change");
    await assertStopped(other, used);
    assert.equal((await readCardholder(api, cardholder)).channel, "sms");
  }));

test("too old at any step, the page says so and changes nothing", () =>
  withPage(browser, {}, async (page) => {
    for (const steps of [0, 1, 2]) {
      const { cardholder, session } = await open(page);
      if (steps > 1) await choose(page, "sms");
      await api.advance(901);
      if (steps === 0) await page.reload();
      else await button(page, steps === 1 ? "toConfirm" : "change").click();
      await page.locator('[aria-current="step"]').waitFor({ state: "detached" });
      await assertStopped(page, expired);
      await assertUnchanged(cardholder);
      assert.equal((await page.goto(session.url))?.status(), 410);
    }
  }));
