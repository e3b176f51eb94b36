// The browsers the tests run in: the system's, never one that is downloaded.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @returns {string | undefined} */
export const chromium = () =>
  process.env.CHROMIUM ?? onPath("chromium", "chromium-browser", "google-chrome");

/**
 * Chromium without a browser around it: the same pages, for a third of the processor's time, because
 * no window with its own pages is opened for each. Where there is none, the tests take Chromium.
 * @returns {string | undefined}
 */
export const headlessShell = () =>
  process.env.CHROMIUM_HEADLESS_SHELL ?? onPath("chromium-headless-shell", "chrome-headless-shell");

/** @returns {string | undefined} */
export const chromedriver = () => process.env.CHROMEDRIVER ?? onPath("chromedriver");

/** @returns {string | undefined} */
export const firefox = () => process.env.FIREFOX ?? onPath("firefox-esr", "firefox");

/**
 * The driver of WebKitGTK. It starts the MiniBrowser that belongs to it.
 * @returns {string | undefined}
 */
export const webkitDriver = () => process.env.WEBKIT_DRIVER ?? onPath("WebKitWebDriver");

/**
 * A display without a screen, because MiniBrowser does not start without a display.
 * @returns {string | undefined}
 */
export const xvfb = () => process.env.XVFB ?? onPath("Xvfb");

/** @param {...string} names */
function onPath(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
}
