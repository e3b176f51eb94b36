// Chromium, by Playwright.
import { chromiumCommand } from "../browser.mjs";
import { playwright } from "../packages.mjs";
import { frameAt, view } from "./tab.mjs";

/** @typedef {import("./tab.mjs").Where} Where */

/**
 * Goes back by one entry, as a person's Back does.
 * A page that is left before the call is answered takes the answer with it: it went back all the same.
 * @param {import("playwright-core").Page} page
 */
async function goBack(page) {
  try {
    await page.evaluate("history.back()");
  } catch (error) {
    if (!String(error).includes("Execution context was destroyed")) throw error;
  }
}

/** @returns {Promise<import("./tab.mjs").Engine>} */
export async function startChromium() {
  // Playwright has it load a page anew at Back; people's Chromium restores it.
  const ignoreDefaultArgs = ["--disable-back-forward-cache"];
  const browser = await playwright().chromium.launch({ ...chromiumCommand(), ignoreDefaultArgs });
  return {
    name: `Chromium ${browser.version()}`,
    async tab({ script = true } = {}) {
      const context = await browser.newContext({ javaScriptEnabled: script, viewport: view });
      const page = await context.newPage();
      const at = (/** @type {Where} */ where) => frameAt(page.frames(), where);
      return {
        open: (url) => page.goto(url),
        // Not `page.goBack`, which waits for the `load` that a restored page does not have.
        back: () => goBack(page),
        run: (where, expression) => at(where).evaluate(expression),
        click: (where, selector) => at(where).click(selector),
        enter: (text) => page.keyboard.type(text),
        press: (key) => page.keyboard.press(key),
        picture: () => page.screenshot(),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}
