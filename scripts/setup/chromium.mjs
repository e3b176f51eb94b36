// What only the tests need: a browser with its driver, its shell without windows where there is such
// a package, and a font that has Japanese (without it the pictures of failed tests are all boxes).
import { capture, Failure, step } from "../lib/run.mjs";
import { chromium, chromedriver, headlessShell } from "../lib/browser.mjs";
import { aptHas, aptInstall, canApt } from "./apt.mjs";

const packages = ["chromium", "chromium-driver", "fonts-noto-cjk"];
const shell = "chromium-headless-shell";

export async function installChromium() {
  const complete = chromium() && chromedriver() && hasJapanese();
  if (complete && (headlessShell() || !canApt() || !aptHas(shell))) return;
  if (!canApt()) {
    throw new Failure(
      `The tests need Chromium, its driver and a Japanese font: install them (Debian: \`sudo apt-get install ${packages.join(" ")}\`), or name the first two in CHROMIUM and CHROMEDRIVER.`,
    );
  }
  await step("Installing Chromium for the tests (apt, 1 to 2 minutes)", async () => {
    if (!complete) await aptInstall(packages);
    if (!headlessShell() && aptHas(shell)) await aptInstall([shell]);
  });
}

function hasJapanese() {
  const fonts = capture("fc-list", [":lang=ja", "family"]);
  // No fontconfig (macOS): the system brings the font.
  return fonts === undefined || fonts !== "";
}
