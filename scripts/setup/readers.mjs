// What only `npm run test:wide -- readers` needs: zbar, and Python's packages.
import { Failure, capture, step } from "../lib/run.mjs";
import { aptInstall, canApt } from "./apt.mjs";
import { installPython } from "./python.mjs";

export async function installReaders() {
  await haveZbar();
  await installPython();
}

async function haveZbar() {
  if (capture("zbarimg", ["--version"])) return;
  if (!canApt()) {
    throw new Failure(
      "zbar is missing: install it (Debian: `sudo apt-get install zbar-tools`, macOS: `brew install zbar`).",
    );
  }
  await step("Installing zbar for the tests (apt, under a minute)", () =>
    aptInstall(["zbar-tools"]),
  );
}
