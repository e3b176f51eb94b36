// A Chromium that nothing is attached to at first. Chromium prerenders nothing for a page that DevTools
// are attached to without its tab, and so Playwright attaches them to every page.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumCommand } from "./browser.mjs";
import { playwright } from "./packages.mjs";

/**
 * Starts a Chromium that shows an address, and ends it with the test.
 * @param {import("node:test").TestContext} t
 * @param {string} address
 * @returns {Promise<() => Promise<import("playwright-core").Page>>} attaches Playwright, and resolves to
 *   the page that is shown by then
 */
export async function startUnattached(t, address) {
  const { executablePath = "chromium", args } = chromiumCommand();
  const profile = await mkdtemp(join(tmpdir(), "warifu-chromium-"));
  const own = [`--user-data-dir=${profile}`, "--remote-debugging-port=0", "--no-first-run"];
  // A group of processes: what is started may be a script, which starts Chromium and cannot end it.
  const chromium = spawn(executablePath, [...args, ...own, address], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((resolve) => chromium.once("close", resolve));
  t.after(async () => {
    process.kill(-Number(chromium.pid), "SIGKILL");
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const debugging = await debuggingAddress(chromium.stderr);
  return async () => {
    const browser = await playwright().chromium.connectOverCDP(debugging);
    const pages = browser.contexts().flatMap((context) => context.pages());
    const page = pages.find((one) => one.url().startsWith(new URL(address).origin));
    if (!page) throw new Error(`no page of ${address}: ${pages.map((one) => one.url())}`);
    return page;
  };
}

/**
 * Where a Chromium that starts says that DevTools can be attached.
 * @param {import("node:stream").Readable} output
 * @returns {Promise<string>}
 */
function debuggingAddress(output) {
  let printed = "";
  return new Promise((resolve, reject) => {
    output.on("data", (text) => {
      printed += text;
      const found = /DevTools listening on (ws:\S+)/.exec(printed);
      if (found) resolve(found[1]);
    });
    output.once("end", () => reject(new Error(`Chromium did not start: ${printed}`)));
  });
}
