// Whether what is uploaded depends on the sources alone: two builds, each from nothing in a folder of
// its own and with a home of cargo's of its own, must have the same bytes.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { readdirSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { at } from "../lib/paths.mjs";
import { Failure, capture, main, run, say, step } from "../lib/run.mjs";

/** What the build makes. */
const made = ["dist", "worker/build"];

await main(async () => {
  const temporary = mkdtempSync(join(tmpdir(), "warifu-reproducible-"));
  try {
    const [one, other] = ["one", "the/other/one"].map((folder) => join(temporary, folder));
    await step("The first build", () => build(one));
    await step("The second build", () => build(other));
    const [first, second] = [hashes(one), hashes(other)];
    const names = [...new Set([...first.keys(), ...second.keys()])].sort();
    const different = names.filter((name) => first.get(name) !== second.get(name));
    if (names.length === 0) throw new Failure("The builds made nothing.");
    if (different.length > 0) {
      throw new Failure(`Two builds of the same sources differ in ${different.join(", ")}.`);
    }
    say(`✔ ${names.length} files, twice the same bytes.`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
});

/**
 * Builds a copy of the sources with the tools of this checkout.
 * @param {string} folder
 */
async function build(folder) {
  const listed = capture("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: at(),
  });
  if (!listed) throw new Failure("`git ls-files` failed: this needs a checkout.");
  for (const file of listed.split("\n").filter((name) => existsSync(at(name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(at(file), join(folder, file));
  }
  mkdirSync(join(folder, ".warifu"), { recursive: true });
  for (const tools of ["node_modules", ".warifu/tools", ".warifu/toolchain.json"]) {
    if (existsSync(at(tools))) symlinkSync(at(tools), join(folder, tools));
  }
  // What cargo has downloaded is the same, at another place.
  const home = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  mkdirSync(join(folder, ".cargo-home"));
  for (const name of readdirSync(home).filter((name) => !name.startsWith("."))) {
    symlinkSync(join(home, name), join(folder, ".cargo-home", name));
  }
  const { CARGO_TARGET_DIR: _, WARIFU_BUILT: __, ...env } = process.env;
  await run(process.execPath, [join(folder, "scripts/build.mjs")], {
    cwd: folder,
    env: { ...env, CARGO_HOME: join(folder, ".cargo-home") },
  });
}

/**
 * The hash of every file that the build made, by its name.
 * @param {string} folder
 * @returns {Map<string, string>}
 */
function hashes(folder) {
  const files = made.flatMap((name) =>
    readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(
    files.map((file) => [
      relative(folder, file),
      createHash("sha256").update(readFileSync(file)).digest("hex"),
    ]),
  );
}
