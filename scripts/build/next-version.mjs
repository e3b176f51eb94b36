// This project as if it were the next release, for tests/mixed-versions.test.mjs: the Worker with the
// feature `next-version`, in a folder of its own that a Worker can be started from. Not optimised.
import { cpSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { at, paths, root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { cargoTool } from "../lib/toolchain.mjs";
import { publishedEnv } from "./rust.mjs";
import { worker } from "./worker.mjs";

const around = ["main.mjs", "guard.mjs", "development.mjs", "development"];
const copied = [...around.map((name) => `worker/${name}`), "dist/assets"];

/** @type {import("../build.mjs").BuildStep} */
export const nextVersion = {
  name: "next-version",
  what: "Worker of the next version, for tests",
  inputs: [...worker.inputs, ...copied],
  make,
};

async function make() {
  rmSync(paths.nextVersion, { recursive: true, force: true });
  const build = join(paths.nextVersion, "worker/build");
  const out = relative(at("worker"), build);
  const args = ["--dev", "--out-dir", out, ".", "--features", "next-version"];
  // worker/build.rs refuses the feature to whoever does not say so.
  const env = { ...publishedEnv(), WARIFU_NEXT_VERSION: "1", RUST_BACKTRACE: "0" };
  await run(cargoTool("worker-build"), args, { cwd: at("worker"), env });
  for (const path of copied) cpSync(at(path), join(paths.nextVersion, path), { recursive: true });
  return ["index.js", "index_bg.wasm"].map((name) => relative(root, join(build, name)));
}
