// The Worker: worker-build compiles it, and bundles it with its glue into one module and one wasm.
import { at } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { cargoTool, nodeTool } from "../lib/toolchain.mjs";
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

async function make() {
  // When cargo has said what is wrong, a trace through worker-build only hides it.
  const env = { ...publishedEnv(), RUST_BACKTRACE: "0" };
  await run(cargoTool("worker-build"), ["--release"], { cwd: at("worker"), env });
  // worker-build keeps the names of all functions: an eighth of what is uploaded, and a panic says
  // its file and line without them.
  const wasm = at("worker/build/index_bg.wasm");
  const script = at("worker/build/index.js");
  prune(wasm, script, ["default", "CardholderObject"], enabled);
  const strip = [wasm, ...enabled, "--strip-debug", "--strip-producers", "-o", wasm];
  await run(nodeTool("wasm-opt"), strip, { env });
  shorten(wasm, script, enabled);
  checkWasm(wasm);
  return outputs;
}
