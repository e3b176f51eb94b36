// The one place that makes the environment other programs run in, so that every script, on every
// machine, uses the same tools: those of node_modules and of .warifu/tools, and nothing downloaded.
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { at, paths } from "./paths.mjs";
import { Failure, capture } from "./run.mjs";

/** @param {string} name */
export const cargoTool = (name) => join(paths.tools, "bin", name);

/** @param {string} name */
export const nodeTool = (name) => join(paths.bin, name);

/** @returns {NodeJS.ProcessEnv} */
export function toolEnv() {
  return {
    ...process.env,
    ...rustToolchain(),
    // node_modules/.bin first: the tools of Node's side start with `env node`, and need Node 22.
    PATH: [paths.bin, join(paths.tools, "bin"), process.env.PATH].join(delimiter),
    WASM_BINDGEN_BIN: cargoTool("wasm-bindgen"),
    WASM_OPT_BIN: nodeTool("wasm-opt"),
    ESBUILD_BIN: nodeTool("esbuild"),
    // worker-build sets this for its own cargo; set for every cargo, or the crates that the widget
    // and the Worker share would be compiled once with and once without it under one name.
    WASM_BINDGEN_USE_JS_SYS: "1",
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: cargoTool("wasm-bindgen-test-runner"),
    WASM_BINDGEN_TEST_WEBDRIVER_JSON: at("webdriver.json"),
  };
}

/** What the set-up noted when the wasm target had to come from another toolchain. */
function rustToolchain() {
  if (!existsSync(paths.toolchain)) return {};
  return /** @type {Record<string, string>} */ (JSON.parse(readFileSync(paths.toolchain, "utf8")));
}

let targetDirCache = "";

/** Where cargo builds: a person may have set CARGO_TARGET_DIR or a config of their own. */
export function targetDir() {
  targetDirCache ||= JSON.parse(
    capture("cargo", ["metadata", "--no-deps", "--format-version", "1"], {
      cwd: at(),
      env: toolEnv(),
    }) ?? "{}",
  ).target_directory;
  if (!targetDirCache) throw new Failure("`cargo metadata` failed: run it to see why.");
  return targetDirCache;
}
