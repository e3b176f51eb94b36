// Chromium, by Playwright.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumCommand } from "../browser.mjs";
import { playwright } from "../packages.mjs";
import { frameAt, view } from "./tab.mjs";

/**
 * @typedef {import("./tab.mjs").Where} Where
 * @typedef {import("playwright-core").Browser} Browser
 * @typedef {import("playwright-core").BrowserContext} BrowserContext
 */

/** Playwright has a browser load a page anew at Back; people's Chromium restores it. */
const restoring = { ignoreDefaultArgs: ["--disable-back-forward-cache"] };

/** @returns {Promise<import("./tab.mjs").Engine>} */
export async function startChromium() {
  const { chromium } = playwright();
  const browser = await chromium.launch({ ...chromiumCommand(), ...restoring });
  /** @type {Promise<Browser> | undefined} */
  let loading;
  return {
    name: `Chromium ${browser.version()}`,
    repeats: true,
    tellsInFrames: true,
    async tab({ script = true, storage = true, restores = true } = {}) {
      const options = { javaScriptEnabled: script, viewport: view };
      if (!storage) return withoutStorage(options);
      const by = restores ? browser : await (loading ??= chromium.launch(chromiumCommand()));
      const context = await by.newContext(options);
      return tabIn(context, await context.newPage());
    },
    close: async () => {
      await browser.close();
      await (await loading)?.close();
    },
  };
}

/**
 * A tab of a browser of its own whose settings say that no site may store anything: what a person
 * chooses for a profile, a context of Playwright's has not.
 * @param {import("playwright-core").BrowserContextOptions} options
 */
async function withoutStorage(options) {
  const profile = mkdtempSync(join(tmpdir(), "warifu-chromium-"));
  mkdirSync(join(profile, "Default"));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(join(profile, "Default/Preferences"), JSON.stringify(blocked));
  const context = await playwright().chromium.launchPersistentContext(profile, {
    ...chromiumCommand(),
    ...restoring,
    ...options,
  });
  const tab = tabIn(context, context.pages()[0]);
  return {
    ...tab,
    async close() {
      await tab.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * @param {BrowserContext} context
 * @param {import("playwright-core").Page} page
 * @returns {import("./tab.mjs").Driven}
 */
function tabIn(context, page) {
  const at = (/** @type {Where} */ where) => frameAt(page.frames(), where);
  return {
    open: (url) => page.goto(url),
    // Not `page.goBack`, which waits for the `load` that a restored page does not have.
    back: () => go(page, "history.back()"),
    forward: () => go(page, "history.forward()"),
    reload: () => page.reload({ waitUntil: "commit" }),
    run: (where, expression) => at(where).evaluate(expression),
    click: (where, selector) => at(where).click(selector),
    clickTwice: (where, selector) => at(where).dblclick(selector),
    enter: (text) => page.keyboard.type(text),
    press: (key) => page.keyboard.press(key),
    picture: () => page.screenshot(),
    beside: async () => tabIn(context, await context.newPage()),
    toFront: () => page.bringToFront(),
    close: () => context.close(),
  };
}

/**
 * Goes by one entry of the history, as a person's Back and Forward do.
 * A page that is left before the call is answered takes the answer with it: it went all the same.
 * @param {import("playwright-core").Page} page
 * @param {string} call
 */
async function go(page, call) {
  try {
    await page.evaluate(call);
  } catch (error) {
    if (!String(error).includes("Execution context was destroyed")) throw error;
  }
}
