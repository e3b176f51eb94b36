// The style sheets, minified; the Worker contains them and puts them into its pages.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { at, paths } from "../lib/paths.mjs";
import { esbuild } from "./esbuild.mjs";

/** @type {import("../build.mjs").BuildStep} */
export const styles = {
  name: "styles",
  what: "Styles: minify",
  inputs: ["widget/style"],
  make,
};

async function make() {
  const folder = join(paths.dist, "style");
  rmSync(folder, { recursive: true, force: true });
  const names = readdirSync(at("widget/style")).filter((name) => name.endsWith(".css"));
  for (const name of names) await esbuild(`widget/style/${name}`, join(folder, name));
  return names.map((name) => `dist/style/${name}`);
}
