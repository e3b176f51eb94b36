// The script tag of a merchant's page: evergreen under /v1, and under its exact version together
// with the hash that a merchant can pin it by.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../lib/paths.mjs";
import { integrity } from "../lib/releases.mjs";
import { esbuild } from "./esbuild.mjs";
import { version } from "./version.mjs";

/** @type {import("../build.mjs").BuildStep} */
export const loader = {
  name: "loader",
  what: "Loader: minify",
  inputs: ["package.json", "packages/warifu/loader"],
  make,
};

async function make() {
  const folder = join(paths.own, "loader");
  rmSync(folder, { recursive: true, force: true });
  const evergreen = join(folder, "v1/warifu.js");
  await esbuild("packages/warifu/loader/loader.js", evergreen, ["--format=iife"]);
  const pinned = join(folder, `v${version}`);
  mkdirSync(pinned, { recursive: true });
  copyFileSync(evergreen, join(pinned, "warifu.js"));
  const hashes = { "warifu.js": integrity(readFileSync(evergreen)) };
  writeFileSync(join(pinned, "sri.json"), `${JSON.stringify(hashes)}\n`);
  return ["v1/warifu.js", `v${version}/warifu.js`, `v${version}/sri.json`].map(
    (name) => `dist/own/loader/${name}`,
  );
}
