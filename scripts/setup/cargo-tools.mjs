// The two Rust command-line tools of the build, in .warifu/tools: exact versions, apart from what
// a person has in ~/.cargo/bin.
import { rmSync } from "node:fs";
import { at, paths } from "../lib/paths.mjs";
import { capture, run, step } from "../lib/run.mjs";
import { cargoTool, toolEnv, wasmBindgenVersion, workerBuildVersion } from "../lib/toolchain.mjs";

const target = at(".warifu/tools-target");

export async function installCargoTools() {
  const wanted = [
    { crate: "wasm-bindgen-cli", program: "wasm-bindgen", version: wasmBindgenVersion() },
    { crate: "worker-build", program: "worker-build", version: workerBuildVersion },
  ].filter(({ program, version }) => installedVersion(program) !== version);
  for (const { crate, version } of wanted) {
    await step(`Installing ${crate} ${version} from source (2 to 3 minutes, once)`, () =>
      install(crate, version),
    );
  }
  rmSync(target, { recursive: true, force: true });
}

/** @param {string} program */
function installedVersion(program) {
  return capture(cargoTool(program), ["--version"])?.split(" ").at(-1);
}

/**
 * Not --locked: wasm-bindgen-cli's own lock file asks for versions that were withdrawn. A debug
 * build, because compiling is slower than all the running it will ever do.
 * @param {string} crate
 * @param {string} version
 */
function install(crate, version) {
  const from = ["--version", version, "--debug", "--root", paths.tools, "--target-dir", target];
  return run("cargo", ["install", crate, ...from, "--force"], {
    env: { ...toolEnv(), CARGO_PROFILE_DEV_DEBUG: "0" },
    hint: "Check that crates.io can be reached, then try again.",
  });
}
