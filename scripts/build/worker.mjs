// The Worker: worker-build compiles it, and bundles it with its glue into one module and one wasm.
import { at } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { cargoTool, nodeTool } from "../lib/toolchain.mjs";
import { publishedEnv, workspace } from "./rust.mjs";

/** @type {import("../build.mjs").BuildStep} */
export const worker = {
  name: "worker",
  what: "Worker: worker-build (first time about 2 minutes)",
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
  // The names of functions are a fifth of what is uploaded, and a panic says its file and line
  // without them. worker-build has wasm-opt keep them, whatever the manifest asks for; cargo must
  // not strip them, because wasm-bindgen would then not find the section of target features.
  const wasm = at("worker/build/index_bg.wasm");
  await run(nodeTool("wasm-opt"), [wasm, "--strip-debug", "-o", wasm], { cwd: at(), env });
  return ["worker/build/index.js", "worker/build/index_bg.wasm"];
}
