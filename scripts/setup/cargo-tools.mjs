// The Rust programs of the build, in .warifu/tools: built from source, exactly as the lock file in
// scripts/setup/tools says, and apart from what a person has in ~/.cargo/bin.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, paths } from "../lib/paths.mjs";
import { Failure, capture, run, step } from "../lib/run.mjs";
import { hashOf } from "../lib/stamp.mjs";
import { cargoTool, toolEnv } from "../lib/toolchain.mjs";

const pins = "scripts/setup/tools";
const crates = ["wasm-bindgen-cli", "worker-build"];
const programs = ["wasm-bindgen", "wasm-bindgen-test-runner", "worker-build"];
const target = at(".warifu/tools-target");
const stampFile = join(paths.tools, "stamp");

export async function installCargoTools() {
  const wanted = hashOf([pins], []);
  if (isInstalled(wanted)) return;
  checkVersion();
  await step("Building wasm-bindgen and worker-build from source (2 to 4 minutes, once)", build);
  mkdirSync(join(paths.tools, "bin"), { recursive: true });
  for (const program of programs) copyFileSync(join(target, "debug", program), cargoTool(program));
  writeFileSync(stampFile, wanted);
  rmSync(target, { recursive: true, force: true });
}

/**
 * Whether the programs are those of the lock file, and run: a folder that was copied from another
 * machine may hold programs that do not.
 * @param {string} wanted
 */
function isInstalled(wanted) {
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== wanted) return false;
  return programs.every((program) => capture(cargoTool(program), ["--version"]) !== undefined);
}

/** wasm-bindgen's program and crate only work together when they have the same version. */
function checkVersion() {
  const program = version(`${pins}/Cargo.lock`, "wasm-bindgen-cli");
  const crate = version("Cargo.lock", "wasm-bindgen");
  if (program === crate) return;
  throw new Failure(
    `Cargo.lock has wasm-bindgen ${crate} and ${pins}/Cargo.lock has wasm-bindgen-cli ${program}: change one of them, so that both are the same.`,
  );
}

/**
 * @param {string} lock
 * @param {string} name
 */
function version(lock, name) {
  const pattern = new RegExp(`^name = "${name}"\nversion = "([^"]+)"`, "m");
  return pattern.exec(readFileSync(at(lock), "utf8"))?.[1] ?? "none";
}

/** A debug build, because compiling for speed takes longer than all the running it would save. */
function build() {
  const packages = crates.flatMap((crate) => ["-p", crate]);
  const from = ["--locked", "--manifest-path", at(pins, "Cargo.toml"), "--target-dir", target];
  return run("cargo", ["build", ...from, ...packages, "--bins"], {
    env: { ...toolEnv(), CARGO_PROFILE_DEV_DEBUG: "0" },
    hint: "Check that crates.io can be reached, then try again.",
  });
}
