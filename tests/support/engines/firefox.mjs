// Firefox, by WebDriver BiDi: Debian has no geckodriver, and Playwright drives a Firefox of its own.
import { firefox } from "../../../scripts/lib/browser.mjs";
import { puppeteer } from "../packages.mjs";
import { frameAt, view } from "./tab.mjs";

/** @typedef {import("./tab.mjs").Where} Where */
/** @typedef {import("puppeteer-core").Browser} Browser */

/** @returns {Promise<import("./tab.mjs").Engine>} */
export async function startFirefox() {
  const browser = await launch({});
  /** @type {Promise<Browser> | undefined} */
  let withoutScript;
  return {
    name: (await browser.version()).replace("firefox/", "Firefox "),
    // The preference is of the whole browser.
    tab: async ({ script = true } = {}) =>
      tabIn(script ? browser : await (withoutScript ??= launch({ "javascript.enabled": false }))),
    close: async () => {
      await browser.close();
      await (await withoutScript)?.close();
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
 * @param {Browser} browser
 * @returns {Promise<import("./tab.mjs").Driven>}
 */
async function tabIn(browser) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const at = (/** @type {Where} */ where) => frameAt(page.frames(), where);
  /** @param {Where} where @param {string} selector */
  const place = async (where, selector) => {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    return /** @type {DOMRect} */ (
      await at(where).evaluate(`${element}.getBoundingClientRect().toJSON()`)
    );
  };
  return {
    open: (url) => page.goto(url),
    // Not `page.goBack`, which waits for the `load` that a restored page does not have.
    back: () => page.evaluate("history.back()"),
    run: (where, expression) => at(where).evaluate(expression),
    // Not `frame.click`: Firefox ESR 140 does not know the way by which it asks where a frame is, and
    // in a page without script its promises never settle.
    async click(where, selector) {
      const around = where === "form" ? await place("page", "iframe") : { x: 0, y: 0 };
      const { x, y, width, height } = await place(where, selector);
      await page.mouse.click(around.x + x + width / 2, around.y + y + height / 2);
    },
    enter: (text) => page.keyboard.type(text),
    async press(key) {
      const keys = /** @type {import("puppeteer-core").KeyInput[]} */ (key.split("+"));
      for (const one of keys) await page.keyboard.down(one);
      for (const one of keys.reverse()) await page.keyboard.up(one);
    },
    picture: () => page.screenshot(),
    close: () => context.close(),
  };
}
