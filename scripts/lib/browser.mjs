// The browser the tests run in: the system's, never one that is downloaded.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @returns {string | undefined} */
export const chromium = () =>
  process.env.CHROMIUM ?? onPath("chromium", "chromium-browser", "google-chrome");

/** @returns {string | undefined} */
export const chromedriver = () => process.env.CHROMEDRIVER ?? onPath("chromedriver");

/** @param {...string} names */
function onPath(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
}
