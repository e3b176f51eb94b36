// What is in the files that are uploaded, for whoever answers for them: a bill of materials, and the
// licences of all that is not ours. The same sources make the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, paths } from "../lib/paths.mjs";
import { cyclonedx } from "./bom/cyclonedx.mjs";
import { crates, generators } from "./bom/crates.mjs";
import { standardLibrary } from "./bom/standard-library.mjs";
import { thirdParty } from "./bom/texts.mjs";
import { workspace } from "./rust.mjs";
import { version } from "./version.mjs";

/**
 * One of the programs that are uploaded.
 * @typedef {object} Part
 * @property {string} name
 * @property {string} what
 * @property {{ name: string, sha256: string }[]} files named from the root
 * @property {import("./bom/crates.mjs").Package[]} packages all that is compiled into it, but ours
 * @property {string[]} direct ids of the packages that it asks for itself
 */

/** @type {import("../build.mjs").BuildStep} */
export const bom = {
  name: "bom",
  what: "Bill of materials, licences",
  inputs: [
    ...workspace.filter((path) => !path.includes("/src")),
    ...["worker/Cargo.toml", "widget/Cargo.toml", "scripts/setup/tools/Cargo.lock", "package.json"],
    ...["worker/main.mjs", "worker/guard.mjs", "worker/build/index.js"],
    ...["worker/build/index_bg.wasm", "dist/manifest.json", "dist/own"],
  ],
  make,
};

function make() {
  const parts = shipped();
  mkdirSync(paths.dist, { recursive: true });
  writeFileSync(join(paths.dist, "bom.cdx.json"), cyclonedx(version, parts));
  writeFileSync(join(paths.dist, "third-party-licenses.txt"), thirdParty(version, parts));
  return ["dist/bom.cdx.json", "dist/third-party-licenses.txt"];
}

/** @returns {Part[]} */
function shipped() {
  const library = standardLibrary();
  const [glue, shim] = generators(["wasm-bindgen-cli-support", "worker-build"]);
  /** @type {{ widget: string }} */
  const { widget } = JSON.parse(readFileSync(join(paths.dist, "manifest.json"), "utf8"));
  const build = ["main.mjs", "guard.mjs", "build/index.js", "build/index_bg.wasm"];
  const form = [`dist/own/form${widget}/widget.js`];
  return [
    part(
      "warifu-worker",
      "The Worker",
      build.map((name) => `worker/${name}`),
      [...library, glue, shim],
    ),
    part("warifu-widget", "The form in a cardholder's browser", form, [...library, glue]),
    {
      name: "warifu-loader",
      what: "The script tag of a merchant's page",
      files: ["dist/own/loader/v1/warifu.js"].map(hashed),
      ...{ packages: [], direct: [] },
    },
  ];
}

/**
 * @param {string} crate
 * @param {string} what
 * @param {string[]} files
 * @param {import("./bom/crates.mjs").Package[]} beside what is in it beside its crates
 * @returns {Part}
 */
function part(crate, what, files, beside) {
  const { packages, direct } = crates(crate);
  return {
    ...{ name: crate, what, files: files.map(hashed) },
    packages: [...packages, ...beside],
    direct: [...direct, ...beside.map(({ id }) => id)],
  };
}

/** @param {string} name */
function hashed(name) {
  return {
    name,
    sha256: createHash("sha256")
      .update(readFileSync(at(name)))
      .digest("hex"),
  };
}
