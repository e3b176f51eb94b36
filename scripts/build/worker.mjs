// The Worker: worker-build compiles it, and bundles it with its glue into one module and one wasm.
import { at } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { cargoTool } from "../lib/toolchain.mjs";
import { checkWasm, publishedEnv, workspace } from "./rust.mjs";

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

async function make() {
  // When cargo has said what is wrong, a trace through worker-build only hides it.
  const env = { ...publishedEnv(), RUST_BACKTRACE: "0" };
  await run(cargoTool("worker-build"), ["--release"], { cwd: at("worker"), env });
  checkWasm(at("worker/build/index_bg.wasm"));
  return outputs;
}
