// What both wasm builds share.
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { Failure, capture } from "../lib/run.mjs";
import { toolEnv } from "../lib/toolchain.mjs";

/** The files that decide what any crate compiles to. */
export const workspace = [
  ...["rust-toolchain.toml", "Cargo.toml", "Cargo.lock"],
  ...["core/Cargo.toml", "core/src"],
  ...["delivery/Cargo.toml", "delivery/src", "delivery/templates"],
];

/**
 * The environment of a build that is published. A panic's message names its file, and that must not
 * depend on the folders of the machine: the same sources give the same bytes everywhere.
 */
export function publishedEnv() {
  const env = toolEnv();
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const flags = [
    ...(process.env.RUSTFLAGS?.split(" ").filter(Boolean) ?? []),
    `--remap-path-prefix=${root}=`,
    `--remap-path-prefix=${join(cargoHome, "registry/src")}=crates`,
    // Where the standard library's sources are installed, the compiler names some of its files by
    // where they are, and all of them by this where they are not.
    `--remap-path-prefix=${librarySources(env)}=/rustc/${commit(env)}`,
  ];
  return { ...env, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") };
}

/** @param {NodeJS.ProcessEnv} env */
function librarySources(env) {
  return join(rustc(["--print", "sysroot"], env), "lib/rustlib/src/rust");
}

/** @param {NodeJS.ProcessEnv} env */
function commit(env) {
  const found = /^commit-hash: (\S+)$/m.exec(rustc(["--version", "--verbose"], env));
  if (found === null) throw new Failure("`rustc --version --verbose` names no commit-hash.");
  return found[1];
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function rustc(args, env) {
  const said = capture("rustc", args, { cwd: root, env });
  if (said === undefined)
    throw new Failure(`\`rustc ${args.join(" ")}\` failed: run it to see why.`);
  return said;
}
