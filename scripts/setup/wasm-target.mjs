// The standard library for WebAssembly: from rustup, or where its server cannot be reached, built
// from Debian's sources and used through a second toolchain.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { paths, wasmTarget } from "../lib/paths.mjs";
import { Failure, capture, exitCode, run, say, step } from "../lib/run.mjs";
import { toolEnv } from "../lib/toolchain.mjs";
import { aptInstall, canApt } from "./apt.mjs";

const rustupLimit = 120_000;
const byHand = `add Rust's WebAssembly target yourself (\`rustup target add ${wasmTarget}\`)`;

const debianPackages = [
  ...["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "rustfmt-web"],
  "lld-22",
];

/** What cargo needs to know from then on: Debian's Rust does not find Debian's linker by itself. */
const debianEnv = {
  RUSTUP_TOOLCHAIN: "debian",
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "wasm-ld-22",
};

export async function installWasmTarget() {
  if (hasTarget()) return;
  if (!capture("rustup", ["--version"])) {
    throw new Failure(`This Rust is not rustup's and has no WebAssembly target: ${byHand}.`);
  }
  const added = await step("Adding Rust's WebAssembly target (seconds; given 2 minutes)", () =>
    exitCode("rustup", ["target", "add", wasmTarget], { timeout: rustupLimit }),
  );
  if (added === 0 && hasTarget()) return;
  if (!canApt()) throw new Failure(`rustup could not fetch the WebAssembly target: ${byHand}.`);
  say("  rustup could not fetch it; taking Debian's Rust instead.");
  await installDebianToolchain();
}

function hasTarget() {
  const libraries = capture("rustc", ["--print", "target-libdir", "--target", wasmTarget], {
    env: toolEnv(),
  });
  if (!libraries || !existsSync(libraries)) return false;
  return readdirSync(libraries).some((name) => /^libstd-.*\.rlib$/.test(name));
}

async function installDebianToolchain() {
  await step("Installing Debian's Rust (apt, 1 to 3 minutes)", () => aptInstall(debianPackages));
  await run("rustup", ["toolchain", "link", "debian", "/usr"]);
  await step("Building the standard library for WebAssembly (about 1 minute)", buildStd);
  writeFileSync(paths.toolchain, `${JSON.stringify(debianEnv)}\n`);
  if (!hasTarget()) throw new Failure(`Debian's Rust did not work out: ${byHand}.`);
}

/** Builds std from source under an empty crate and puts it where rustc looks for it. */
async function buildStd() {
  const folder = mkdtempSync(join(tmpdir(), "warifu-std-"));
  try {
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "src/lib.rs"), "");
    writeFileSync(
      join(folder, "Cargo.toml"),
      '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n',
    );
    const std = "std,panic_abort,panic_unwind,proc_macro,test";
    await run(
      "cargo",
      ["build", "--release", "--target", wasmTarget, "--target-dir", "out", `-Zbuild-std=${std}`],
      { cwd: folder, env: { ...process.env, ...debianEnv, RUSTC_BOOTSTRAP: "1" } },
    );
    const built = join(folder, "out", wasmTarget, "release/deps");
    const home = join("/usr/lib/rustlib", wasmTarget, "lib");
    mkdirSync(home, { recursive: true });
    for (const name of readdirSync(built)) {
      if (name.endsWith(".rlib") && !name.startsWith("libempty-")) {
        cpSync(join(built, name), join(home, name));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
