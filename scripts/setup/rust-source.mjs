// The sources of Rust's standard library and what it is made of, from which the Worker's is built for
// size. Without them the Worker is built with the one that comes with Rust: it works as well, and is
// larger.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, wasmTarget } from "../lib/paths.mjs";
import { capture, exitCode, say, step } from "../lib/run.mjs";
import { toolEnv } from "../lib/toolchain.mjs";

const limit = 120_000;
/** Notes whether they are here: who starts again does not wait for that again. */
const note = at(".warifu/rust-source");

export async function installRustSource() {
  if (existsSync(note)) return;
  const here = await step(
    "Fetching the sources of Rust's standard library (seconds; given 4 minutes)",
    async () => (await add()) && (await fetchDependencies()),
  );
  writeFileSync(note, here ? "here" : "not here");
  if (!here) say("  They could not be fetched; the Worker will be about 16 KB larger.");
}

/** Whether this Rust's standard library can be built here. */
export function hasRustSource() {
  return existsSync(note) && readFileSync(note, "utf8") === "here" && existsSync(manifest());
}

async function add() {
  if (!existsSync(manifest()) && capture("rustup", ["--version"])) {
    await exitCode("rustup", ["component", "add", "rust-src"], { timeout: limit });
  }
  return existsSync(manifest());
}

async function fetchDependencies() {
  const args = ["fetch", "--locked", "--manifest-path", manifest(), "--target", wasmTarget];
  const env = { ...toolEnv(), RUSTC_BOOTSTRAP: "1" };
  return (await exitCode("cargo", args, { env, timeout: limit })) === 0;
}

function manifest() {
  const home = capture("rustc", ["--print", "sysroot"], { env: toolEnv() }) ?? "";
  return join(home, "lib/rustlib/src/rust/library/Cargo.toml");
}
