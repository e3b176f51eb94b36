// The challenge form at the top of a window, without a merchant's page around it.
import { startApi, startBrowser } from "./bench.mjs";
import { enhanced, withPage } from "./browser.mjs";
import { createChallenge, newestCode } from "./demo.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** A Worker and a browser, and forms in it. */
export async function startForms() {
  const { api } = await startApi();
  const browser = await startBrowser();
  return {
    api,
    browser,

    /**
     * Opens a form of its own and waits until the widget has taken over.
     * @param {Page} page
     */
    async open(page) {
      const challenge = await createChallenge(api);
      await page.goto(challenge.url);
      await enhanced(page);
      return { ...challenge, code: await newestCode(api, challenge) };
    },
  };
}

/** @param {Page} page */
export const focused = (page) => page.evaluate(() => document.activeElement?.id ?? "");

/**
 * @param {Page} page
 * @param {string} selector
 */
export const text = async (page, selector) => (await page.textContent(selector))?.trim() ?? "";

/**
 * Runs a body with a page whose clock can be moved on, as `shows` moves it.
 * @param {import("playwright-core").Browser} browser
 * @param {import("playwright-core").BrowserContextOptions} options
 * @param {(page: Page) => Promise<void>} body
 */
export const withClock = (browser, options, body) =>
  withPage(browser, options, async (page) => {
    await page.clock.install();
    await body(page);
  });

/**
 * Waits until an element of the form has a text that an answer to one of its questions brings. The
 * page's clock is moved on from question to question, by five minutes at most.
 * @param {Page} page
 * @param {string} id
 * @param {string} part
 */
export async function shows(page, id, part) {
  /** @type {string | null} */
  let text = "";
  for (let moved = 0; moved < 30; moved++) {
    text = await page.locator(`#${id}`).textContent();
    if (text?.includes(part)) return;
    await page.clock.fastForward(10_000);
    await page.waitForTimeout(200);
  }
  throw new Error(`#${id} shows "${text}" and not "${part}"`);
}

/**
 * Waits until the form shows this end.
 * @param {Page} page
 * @param {"verified" | "failed" | "expired" | "canceled"} status
 */
export const ended = (page, status) => page.waitForSelector(`#warifu[data-status="${status}"]`);

/**
 * Counts the posts of the form's script or of the form itself.
 * @param {Page} page
 * @param {string} action
 */
export function countPosts(page, action) {
  const posts = { count: 0 };
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith(`/${action}`)) posts.count++;
  });
  return posts;
}
