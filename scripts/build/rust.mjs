// What both wasm builds share.
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { Failure, capture } from "../lib/run.mjs";
import { nodeTool, toolEnv } from "../lib/toolchain.mjs";

/** The files that decide what any crate compiles to. */
export const workspace = ["Cargo.toml", "Cargo.lock", "core/Cargo.toml", "core/src"];

/**
 * The environment of a build that is published: the paths of this machine stay out of the panic
 * messages in the wasm, so that the same sources give the same bytes (and address) everywhere.
 * @param {string[]} more flags of the compiler
 */
export function publishedEnv(more = []) {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const flags = [
    ...(process.env.RUSTFLAGS?.split(" ").filter(Boolean) ?? []),
    // SHA-256 without unrolled rounds: a few hashes a request, and 6 KB less to load.
    '--cfg=sha2_backend_soft="compact"',
    `--remap-path-prefix=${join(cargoHome, "registry/src")}=crates`,
    `--remap-path-prefix=${root}=`,
    ...more,
  ];
  return { ...toolEnv(), CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") };
}

const validate =
  "process.exit(WebAssembly.validate(require('node:fs').readFileSync(process.argv[1])) ? 0 : 1)";

/**
 * Asks Node 22 and not the Node that runs this: the Worker's wasm has exception handling of a kind
 * that Node 20 does not know yet.
 * @param {string} file
 */
export function checkWasm(file) {
  if (capture(nodeTool("node"), ["-e", validate, file]) === undefined) {
    throw new Failure(`${file} is not a valid WebAssembly module.`);
  }
}
