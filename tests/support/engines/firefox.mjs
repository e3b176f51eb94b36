// Firefox, by WebDriver BiDi: Debian has no geckodriver, and Playwright drives a Firefox of its own.
import { firefox } from "../../../scripts/lib/browser.mjs";
import { puppeteer } from "../packages.mjs";
import { frameAt, view } from "./tab.mjs";

/** @typedef {import("./tab.mjs").Where} Where */
/** @typedef {import("puppeteer-core").Browser} Browser */

/** @returns {Promise<import("./tab.mjs").Engine>} */
export async function startFirefox() {
  /** Preferences are of a whole browser: there is one for each set. @type {Map<string, Promise<Browser>>} */
  const browsers = new Map();
  /** @param {import("./tab.mjs").Profile} profile */
  const browserFor = ({ script = true, storage = true, restores = true }) => {
    const preferences = {
      // A person says yes when it asks whether a reload may post again; nobody would answer here.
      "dom.confirm_repost.testing.always_accept": true,
      ...(script ? {} : { "javascript.enabled": false }),
      ...(storage ? {} : { "network.cookie.cookieBehavior": 2 }),
      ...(restores ? {} : { "browser.sessionhistory.max_total_viewers": 0 }),
    };
    const key = JSON.stringify(preferences);
    const started = browsers.get(key) ?? launch(preferences);
    browsers.set(key, started);
    return started;
  };
  const browser = await browserFor({});
  return {
    name: (await browser.version()).replace("firefox/", "Firefox "),
    repeats: true,
    tellsInFrames: true,
    tab: async (profile = {}) => {
      const context = await (await browserFor(profile)).createBrowserContext();
      return tabIn(context, await context.newPage());
    },
    close: async () => {
      for (const started of browsers.values()) await (await started).close();
    },
  };
}

/** @param {Record<string, unknown>} extraPrefsFirefox */
const launch = (extraPrefsFirefox) =>
  puppeteer().launch({
    browser: "firefox",
    executablePath: firefox(),
    headless: true,
    defaultViewport: null,
    args: [`--width=${view.width}`, `--height=${view.height}`],
    extraPrefsFirefox,
  });

/**
 * @param {import("puppeteer-core").BrowserContext} context
 * @param {import("puppeteer-core").Page} page
 * @returns {import("./tab.mjs").Driven}
 */
function tabIn(context, page) {
  const at = (/** @type {Where} */ where) => frameAt(page.frames(), where);
  /** @param {Where} where @param {string} selector */
  const place = async (where, selector) => {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    return /** @type {DOMRect} */ (
      await at(where).evaluate(`${element}.getBoundingClientRect().toJSON()`)
    );
  };
  // Not `frame.click`: Firefox ESR 140 does not know the way by which it asks where a frame is, and
  // in a page without script its promises never settle.
  /** @param {Where} where @param {string} selector @param {number} [count] */
  const click = async (where, selector, count) => {
    const around = where === "form" ? await place("page", "iframe") : { x: 0, y: 0 };
    const { x, y, width, height } = await place(where, selector);
    await page.mouse.click(around.x + x + width / 2, around.y + y + height / 2, { count });
  };
  return {
    open: (url) => page.goto(url),
    // Not `page.goBack`, which waits for the `load` that a restored page does not have.
    back: () => page.evaluate("history.back()"),
    forward: () => page.evaluate("history.forward()"),
    reload: () => page.reload(),
    run: (where, expression) => at(where).evaluate(expression),
    click: (where, selector) => click(where, selector),
    clickTwice: (where, selector) => click(where, selector, 2),
    enter: (text) => page.keyboard.type(text),
    async press(key) {
      const keys = /** @type {import("puppeteer-core").KeyInput[]} */ (key.split("+"));
      for (const one of keys) await page.keyboard.down(one);
      for (const one of keys.reverse()) await page.keyboard.up(one);
    },
    picture: () => page.screenshot(),
    beside: async () => tabIn(context, await context.newPage()),
    toFront: () => page.bringToFront(),
    close: () => context.close(),
  };
}
