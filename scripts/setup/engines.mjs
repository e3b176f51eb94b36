// What only `npm run test:wide` needs: two more browser engines, and a display for the one of them
// that does not start without.
import { Failure, step } from "../lib/run.mjs";
import { firefox, webkitDriver, xvfb } from "../lib/browser.mjs";
import { aptInstall, canApt } from "./apt.mjs";

/** Debian's package of each. @type {[string, () => string | undefined][]} */
const packages = [
  ["firefox-esr", firefox],
  // With its library comes the MiniBrowser that it starts.
  ["webkit2gtk-driver", webkitDriver],
  ["xvfb", xvfb],
];

export async function installEngines() {
  const missing = packages.filter(([, find]) => !find()).map(([name]) => name);
  if (missing.length === 0) return;
  if (!canApt()) {
    throw new Failure(
      `The tests in other engines need Firefox, WebKitGTK's driver and Xvfb: install what is missing (Debian: \`sudo apt-get install ${missing.join(" ")}\`), or name them in FIREFOX, WEBKIT_DRIVER and XVFB.`,
    );
  }
  await step("Installing Firefox and WebKitGTK for the tests (apt, 1 to 3 minutes)", () =>
    aptInstall(missing),
  );
}
