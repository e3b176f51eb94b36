// What the set-up cannot bring itself.
import { Failure, capture, step } from "../lib/run.mjs";
import { aptInstall, canApt } from "./apt.mjs";

const oldestNode = 20;

export async function checkPrerequisites() {
  const node = Number.parseInt(process.versions.node, 10);
  if (node < oldestNode) {
    throw new Failure(
      `Node ${process.versions.node} is too old: install Node ${oldestNode} or newer from https://nodejs.org.`,
    );
  }
  if (!capture("npm", ["--version"])) {
    throw new Failure("npm is missing: install it together with Node from https://nodejs.org.");
  }
  // Asked of rustup first: its cargo fails while the version of rust-toolchain.toml is not there.
  if (!capture("rustup", ["--version"]) && !capture("cargo", ["--version"])) {
    throw new Failure("Rust is missing: install it with rustup from https://rustup.rs.");
  }
  await haveLinker();
}

async function haveLinker() {
  if (capture("cc", ["--version"])) return;
  if (!canApt()) {
    throw new Failure(
      "A C linker (`cc`) is missing: install gcc and the C library's headers (Debian: `sudo apt-get install gcc libc6-dev`, macOS: `xcode-select --install`).",
    );
  }
  await step("Installing a C linker (apt, under a minute)", () => aptInstall(["gcc", "libc6-dev"]));
}
