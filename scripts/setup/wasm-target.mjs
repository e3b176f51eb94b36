// A Rust with the standard library for WebAssembly: the version of rust-toolchain.toml, from rustup.
// Where rustup's server cannot be reached: the toolchain that is rustup's default, or Debian's with
// a standard library built from source. Those are used through a note in .warifu, and make other
// bytes of the same sources.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at, paths, root, wasmTarget } from "../lib/paths.mjs";
import { Failure, capture, exitCode, run, say, step } from "../lib/run.mjs";
import { toolEnv } from "../lib/toolchain.mjs";
import { aptInstall, canApt } from "./apt.mjs";

const rustupLimit = 300_000;
const byHand = `install it yourself (\`rustup toolchain install\` in this folder), or name a Rust that has the target ${wasmTarget}, clippy and rustfmt in RUSTUP_TOOLCHAIN`;

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
    throw new Failure(
      `This Rust is not rustup's and has no WebAssembly target: add ${wasmTarget} to it, or install rustup from https://rustup.rs.`,
    );
  }
  const { channel, extras } = pinned();
  const what = `Installing Rust ${channel} with its WebAssembly target (rustup, given 5 minutes)`;
  await step(what, () =>
    exitCode("rustup", ["toolchain", "install", channel, ...extras], { timeout: rustupLimit }),
  );
  if (hasTarget()) return;
  say("  rustup could not fetch it.");
  if (useDefaultToolchain()) return;
  if (!canApt()) throw new Failure(`Rust ${channel} is missing: ${byHand}.`);
  say("  Taking Debian's Rust instead.");
  await installDebianToolchain();
}

/** What rust-toolchain.toml asks for, as rustup's arguments: not every rustup installs by itself. */
function pinned() {
  const text = readFileSync(at("rust-toolchain.toml"), "utf8");
  const value = (/** @type {string} */ name) => new RegExp(`^${name} = (.+)$`, "m").exec(text)?.[1];
  const list = (/** @type {string} */ name) => JSON.parse(value(name) ?? "[]").join(",");
  return {
    channel: /** @type {string} */ (JSON.parse(value("channel") ?? '""')),
    extras: [
      ...["--profile", "minimal", "--no-self-update"],
      ...["--component", list("components"), "--target", list("targets")],
    ],
  };
}

/** @param {NodeJS.ProcessEnv} [env] */
function hasTarget(env = toolEnv()) {
  const query = ["--print", "target-libdir", "--target", wasmTarget];
  // Only asks: rustup would otherwise fetch what is missing here, without a word and without a limit.
  const asking = { ...env, RUSTUP_AUTO_INSTALL: "0" };
  const libraries = capture("rustc", query, { cwd: root, env: asking });
  if (!libraries || !existsSync(libraries)) return false;
  return readdirSync(libraries).some((name) => /^libstd-.*\.rlib$/.test(name));
}

/** Whether rustup's default toolchain does: it has the target, and cargo does not find it too old. */
function useDefaultToolchain() {
  const name = capture("rustup", ["default"])?.split(" ")[0];
  if (!name) return false;
  const env = { ...toolEnv(), RUSTUP_TOOLCHAIN: name };
  const version = capture("rustc", ["--version"], { cwd: root, env });
  const oldest = /^rust-version = "(.+)"$/m.exec(readFileSync(at("Cargo.toml"), "utf8"))?.[1];
  if (!version || !oldest || !hasTarget(env) || isOlder(version.split(" ")[1], oldest))
    return false;
  say(`  Taking rustup's default instead, ${version}.`);
  writeFileSync(paths.toolchain, `${JSON.stringify({ RUSTUP_TOOLCHAIN: name })}\n`);
  return true;
}

/**
 * @param {string} version
 * @param {string} than
 */
function isOlder(version, than) {
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}

async function installDebianToolchain() {
  await step("Installing Debian's Rust (apt, 1 to 3 minutes)", () => aptInstall(debianPackages));
  await run("rustup", ["toolchain", "link", "debian", "/usr"]);
  await step("Building the standard library for WebAssembly (about 1 minute)", buildStd);
  writeFileSync(paths.toolchain, `${JSON.stringify(debianEnv)}\n`);
  if (!hasTarget())
    throw new Failure(`Debian's Rust did not work out; Rust is missing: ${byHand}.`);
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
