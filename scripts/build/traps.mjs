// The Worker for tests/traps.test.mjs: it traps when a cardholder's id asks for it. Not optimised, and
// not where the published build is.
import { relative } from "node:path";
import { at, paths, root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { cargoTool, toolEnv } from "../lib/toolchain.mjs";
import { worker } from "./worker.mjs";

/** @type {import("../build.mjs").BuildStep} */
export const traps = {
  name: "traps",
  what: "Worker that traps on demand, for tests",
  inputs: worker.inputs,
  make,
};

async function make() {
  const out = relative(at("worker"), paths.traps);
  const args = ["--dev", "--out-dir", out, "--features", "trap-on-demand"];
  await run(cargoTool("worker-build"), args, { cwd: at("worker"), env: toolEnv() });
  return ["index.js", "index_bg.wasm"].map((name) => relative(root, `${paths.traps}/${name}`));
}
