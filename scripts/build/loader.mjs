// The script tag of a merchant's page: evergreen under /v1, and under its exact version together
// with the hash that a merchant can pin it by.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../lib/paths.mjs";
import { esbuild } from "./esbuild.mjs";
import { version } from "./version.mjs";

/** @type {import("../build.mjs").BuildStep} */
export const loader = {
  name: "loader",
  what: "Loader: minify",
  inputs: ["package.json", "widget/js"],
  make,
};

async function make() {
  const evergreen = join(paths.assets, "v1/warifu.js");
  await esbuild("widget/js/loader.js", evergreen, ["--format=iife"]);
  const pinned = join(paths.assets, `v${version}`);
  mkdirSync(pinned, { recursive: true });
  copyFileSync(evergreen, join(pinned, "warifu.js"));
  const hash = createHash("sha384").update(readFileSync(evergreen)).digest("base64");
  writeFileSync(join(pinned, "sri.json"), `${JSON.stringify({ "warifu.js": `sha384-${hash}` })}\n`);
  return [
    "dist/assets/v1/warifu.js",
    ...["warifu.js", "sri.json"].map((name) => `dist/assets/v${version}/${name}`),
  ];
}
