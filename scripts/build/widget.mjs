// The challenge form's script: Rust to wasm, and its JavaScript around it, under an address made
// of their own hash, so that browsers may keep them for ever.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, paths, wasmTarget } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { cargoTool, nodeTool, targetDir } from "../lib/toolchain.mjs";
import { esbuild } from "./esbuild.mjs";
import { publishedEnv, workspace } from "./rust.mjs";
import { version } from "./version.mjs";

/** Where wasm-bindgen writes; what widget/js/boot.js imports as "warifu-widget" comes from here. */
const glue = at("dist/widget");

/** @type {import("../build.mjs").BuildStep} */
export const widget = {
  name: "widget",
  what: "Widget: Rust to wasm, glue, wasm-opt (first time about 30 s)",
  inputs: [
    "package.json",
    ...workspace,
    "widget/Cargo.toml",
    "widget/build.rs",
    "widget/src",
    "widget/js",
  ],
  make,
};

async function make() {
  const options = { cwd: at(), env: publishedEnv() };
  const crate = ["-p", "warifu-widget", "--lib", "--release", "--target", wasmTarget];
  await run("cargo", ["build", ...crate], options);

  rmSync(glue, { recursive: true, force: true });
  const compiled = join(targetDir(), wasmTarget, "release/warifu_widget.wasm");
  // For a bundler: it leaves instantiating to boot.js, which needs a tenth of the code.
  const kind = ["--target", "bundler", "--no-typescript", "--out-name", "warifu_widget"];
  await run(cargoTool("wasm-bindgen"), [compiled, ...kind, "--out-dir", glue], options);

  const wasm = join(glue, "widget.wasm");
  const slim = ["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"];
  const given = join(glue, "warifu_widget_bg.wasm");
  await run(nodeTool("wasm-opt"), [given, ...slim, "-o", wasm], options);

  const script = join(glue, "bundle.js");
  const alias = "--alias:warifu-widget=./dist/widget/warifu_widget_bg.js";
  await esbuild("widget/js/boot.js", script, ["--format=esm", alias]);
  return publish(script, wasm);
}

/**
 * Puts the two files where the Worker serves them from, and notes the address for the Worker.
 * @param {string} script
 * @param {string} wasm
 */
function publish(script, wasm) {
  const hash = createHash("sha256").update(readFileSync(script)).update(readFileSync(wasm));
  const address = `/w/${hash.digest("hex").slice(0, 16)}`;
  const folder = join(paths.assets, address);
  rmSync(join(paths.assets, "w"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(script, join(folder, "widget.js"));
  copyFileSync(wasm, join(folder, "widget.wasm"));
  writeFileSync(
    join(paths.dist, "manifest.json"),
    `${JSON.stringify({ version, widget: address })}\n`,
  );
  return [
    "dist/manifest.json",
    `dist/assets${address}/widget.js`,
    `dist/assets${address}/widget.wasm`,
  ];
}
