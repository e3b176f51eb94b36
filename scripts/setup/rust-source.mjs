// The sources of Rust's standard library, from which the Worker's is built for size. Without them the
// Worker is built with the one that comes with Rust: it works as well, and is larger.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at } from "../lib/paths.mjs";
import { capture, exitCode, say, step } from "../lib/run.mjs";
import { toolEnv } from "../lib/toolchain.mjs";

const rustupLimit = 120_000;
/** Says that they could not be fetched here: who starts again does not wait for that again. */
const givenUp = at(".warifu/no-rust-source");

export async function installRustSource() {
  if (hasRustSource() || existsSync(givenUp) || !capture("rustup", ["--version"])) return;
  await step("Adding the sources of Rust's standard library (seconds; given 2 minutes)", () =>
    exitCode("rustup", ["component", "add", "rust-src"], { timeout: rustupLimit }),
  );
  if (!hasRustSource()) {
    writeFileSync(givenUp, "");
    say("  rustup could not fetch them; the Worker will be about 16 KB larger.");
  }
}

/** Whether this Rust's standard library can be built here. */
export function hasRustSource() {
  const home = capture("rustc", ["--print", "sysroot"], { env: toolEnv() })?.trim();
  return !!home && existsSync(join(home, "lib/rustlib/src/rust/library/Cargo.lock"));
}
