// The challenge form in Rust, compiled to wasm, and the glue that wasm-bindgen makes for it.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { at, wasmTarget } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { cargoTool, nodeTool, targetDir } from "../lib/toolchain.mjs";
import { publishedEnv, workspace } from "./rust.mjs";

/** Where wasm-bindgen writes; what widget/js/boot.js imports as "warifu-widget" comes from here. */
const glue = at("dist/widget");

/** @type {import("../build.mjs").BuildStep} */
export const widget = {
  name: "widget",
  what: "Widget: Rust to wasm, wasm-opt (first time about 30 s)",
  inputs: [...workspace, "widget/Cargo.toml", "widget/build.rs", "widget/src"],
  make,
};

async function make() {
  const options = { cwd: at(), env: publishedEnv() };
  const crate = ["-p", "warifu-widget", "--lib", "--profile", "widget", "--target", wasmTarget];
  await run("cargo", ["build", ...crate], options);

  rmSync(glue, { recursive: true, force: true });
  const compiled = join(targetDir(), wasmTarget, "widget/warifu_widget.wasm");
  // For a bundler: it leaves instantiating to boot.js, which needs a tenth of the code.
  // Every browser that the widget is for has `encodeInto`.
  const kind = [
    ...["--target", "bundler", "--no-typescript", "--out-name", "warifu_widget"],
    ...["--encode-into", "always"],
  ];
  await run(cargoTool("wasm-bindgen"), [compiled, ...kind, "--out-dir", glue], options);

  const wasm = join(glue, "widget.wasm");
  const slim = [
    "-Oz",
    "--converge",
    "--reorder-functions",
    // Shorter code that gzip makes more of: a hundredth less to download.
    ...["--one-caller-inline-max-function-size=20", "--skip-pass=local-cse"],
    "--skip-pass=simplify-locals",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
  ];
  const given = join(glue, "warifu_widget_bg.wasm");
  await run(nodeTool("wasm-opt"), [given, ...slim, "-o", wasm], options);
  return ["dist/widget/widget.wasm", "dist/widget/warifu_widget_bg.js"];
}
