// The challenge form's script and wasm as a browser loads them, under an address made of their own
// hash, so that browsers may keep them for ever.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, paths } from "../lib/paths.mjs";
import { esbuild } from "./esbuild.mjs";
import { version } from "./version.mjs";

/** @type {import("../build.mjs").BuildStep} */
export const form = {
  name: "form",
  what: "Form: bundle of glue and script",
  inputs: [
    "package.json",
    "widget/js",
    "dist/widget/widget.wasm",
    "dist/widget/warifu_widget_bg.js",
  ],
  make,
};

async function make() {
  const folder = join(paths.own, "form");
  rmSync(folder, { recursive: true, force: true });
  const script = join(folder, "widget.js");
  const wasm = join(folder, "widget.wasm");
  const alias = "--alias:warifu-widget=./dist/widget/warifu_widget_bg.js";
  // The page's one widget is never freed. Without these two names the glue has no code for that.
  const never = ["--define:FinalizationRegistry=undefined", "--define:Symbol.dispose=undefined"];
  await esbuild("widget/js/boot.js", script, ["--format=esm", alias, ...never]);
  copyFileSync(at("dist/widget/widget.wasm"), wasm);
  return publish(folder, script, wasm);
}

/**
 * Moves the two files to their address, and notes the address for the Worker.
 * @param {string} folder
 * @param {string} script
 * @param {string} wasm
 */
function publish(folder, script, wasm) {
  const hash = createHash("sha256").update(readFileSync(script)).update(readFileSync(wasm));
  const address = `/w/${hash.digest("hex").slice(0, 16)}`;
  mkdirSync(join(folder, address), { recursive: true });
  renameSync(script, join(folder, address, "widget.js"));
  renameSync(wasm, join(folder, address, "widget.wasm"));
  writeFileSync(
    join(paths.dist, "manifest.json"),
    `${JSON.stringify({ version, widget: address })}\n`,
  );
  return [
    "dist/manifest.json",
    `dist/own/form${address}/widget.js`,
    `dist/own/form${address}/widget.wasm`,
  ];
}
