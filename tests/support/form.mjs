// The challenge form at the top of a window, without a merchant's page around it.
import { startApi, startBrowser } from "./bench.mjs";
import { enhanced } from "./browser.mjs";
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
