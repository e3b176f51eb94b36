// Where things are. Everything generated is under dist/, worker/build/, target/ or
// .warifu/; releases/ alone is generated and kept by git.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** @param {...string} parts */
export const at = (...parts) => join(root, ...parts);

export const paths = {
  bin: at("node_modules/.bin"),
  dist: at("dist"),
  assets: at("dist/assets"),
  own: at("dist/own"), // what this build adds to assets, beside the files of earlier releases
  releases: at("releases"),
  tools: at(".warifu/tools"),
  stamps: at(".warifu/stamps"),
  state: at(".warifu/state"),
  logs: at(".warifu/logs"),
  traps: at(".warifu/traps"), // a build for tests
  nextVersion: at(".warifu/next-version"), // another
  toolchain: at(".warifu/toolchain.json"),
  python: at(".warifu/python"), // with the packages of the tests alone
  demo: at(".warifu/demo.json"),
  devVars: at(".dev.vars"),
};

export const wasmTarget = "wasm32-unknown-unknown";
