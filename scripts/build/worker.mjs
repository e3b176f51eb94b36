// The Worker: worker-build compiles it, and bundles it with its glue into one module and one wasm.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { at } from "../lib/paths.mjs";
import { Failure, run } from "../lib/run.mjs";
import { cargoTool, targetDir } from "../lib/toolchain.mjs";
import { hasRustSource } from "../setup/rust-source.mjs";
import { arrange } from "./arrange.mjs";
import { binaryen } from "./binaryen.mjs";
import { prune } from "./prune.mjs";
import { checkWasm, publishedEnv, workspace } from "./rust.mjs";
import { shorten } from "./shorten.mjs";

// What worker-build lets wasm-opt use.
const enabled = [
  "reference-types",
  "bulk-memory",
  "sign-ext",
  "mutable-globals",
  "nontrapping-float-to-int",
  "multivalue",
  "exception-handling",
].map((feature) => `--enable-${feature}`);

const outputs = ["worker/build/index.js", "worker/build/index_bg.wasm"];

/** @type {import("../build.mjs").BuildStep} */
export const worker = {
  name: "worker",
  what: "Worker: Rust to wasm, glue, wasm-opt (first time about 2 minutes)",
  inputs: [
    ...workspace,
    ...["worker/Cargo.toml", "worker/build.rs", "worker/askama.toml"],
    ...["worker/src", "worker/templates"],
    ...["dist/manifest.json", "dist/style"],
  ],
  make,
};

/**
 * With the standard library built for size too, and no words for a panic, which nobody reads in a
 * Worker: an eighth less to load. These are options of cargo and rustc that are not stable yet.
 */
function forSize() {
  return {
    ...publishedEnv(["-Zunstable-options", "-Cpanic=immediate-abort"]),
    RUSTC_BOOTSTRAP: "1",
    CARGO_UNSTABLE_BUILD_STD: "std,panic_abort",
    CARGO_UNSTABLE_BUILD_STD_FEATURES: "optimize_for_size",
    // Apart from what the tests build, which has another standard library.
    CARGO_TARGET_DIR: join(targetDir(), "for-size"),
  };
}

/** What worker-build has wasm-opt do. */
function optimised() {
  const given = /^wasm-opt = (\[.*\])$/m.exec(readFileSync(at("worker/Cargo.toml"), "utf8"));
  if (given === null) throw new Failure("worker/Cargo.toml does not say what wasm-opt does.");
  return /** @type {string[]} */ (JSON.parse(given[1]));
}

async function make() {
  // When cargo has said what is wrong, a trace through worker-build only hides it.
  const env = { ...(hasRustSource() ? forSize() : publishedEnv()), RUST_BACKTRACE: "0" };
  await run(cargoTool("worker-build"), ["--release"], { cwd: at("worker"), env });
  // worker-build keeps the names of all functions: an eighth of what is uploaded, and a panic says
  // its file and line without them.
  const wasm = at("worker/build/index_bg.wasm");
  const script = at("worker/build/index.js");
  prune(wasm, script, ["default", "CardholderObject"], enabled, optimised());
  const strip = [wasm, ...enabled, "--strip-debug", "--strip-producers", "-o", wasm];
  binaryen("wasm-opt", strip);
  shorten(wasm, script, enabled);
  arrange(wasm, enabled);
  checkWasm(wasm);
  return outputs;
}
