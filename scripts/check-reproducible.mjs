// node scripts/check-reproducible.mjs: builds this commit twice, in two folders, each with a home of
// its own for cargo's registry, and compares every file that is uploaded. Exit code 1: they differ.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { at } from "./lib/paths.mjs";
import { Failure, capture, main, run, say, step } from "./lib/run.mjs";

await main(async () => {
  await run(process.execPath, [at("scripts/setup.mjs")]);
  const folder = mkdtempSync(join(tmpdir(), "warifu-reproducible-"));
  try {
    const builds = [];
    // Names of different lengths: a path that gets into the wasm then also moves what follows it.
    for (const name of ["a", "another-folder"]) {
      const place = join(folder, name);
      await step(`Building in ${place} (2 to 3 minutes)`, () => build(place));
      builds.push(uploaded(place));
    }
    const [first, second] = builds;
    const names = [...new Set([...first.keys(), ...second.keys()])].sort();
    const different = names.filter((name) => first.get(name) !== second.get(name));
    for (const name of names) {
      say(`  ${different.includes(name) ? "✘" : "✔"} ${first.get(name)?.slice(0, 16)} ${name}`);
    }
    if (different.length > 0) throw new Failure(`Not the same bytes: ${different.join(", ")}.`);
    say(`✔ ${names.length} files have the same bytes in both builds.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Builds the sources of this folder, with what is not committed, in another one.
 * @param {string} place
 */
async function build(place) {
  const sources = join(place, "sources");
  const listed = capture("git", ["ls-files", "-z", "-co", "--exclude-standard"], { cwd: at() });
  if (listed === undefined) throw new Failure("`git ls-files` failed: this needs a checkout.");
  for (const file of listed.split("\0").filter(Boolean)) {
    cpSync(at(file), join(sources, file), { force: true });
  }
  for (const folder of ["node_modules", ".warifu/tools"]) {
    cpSync(at(folder), join(sources, folder), { recursive: true, verbatimSymlinks: true });
  }
  const env = { ...process.env, CARGO_HOME: cargoHome(place) };
  await run(process.execPath, [join(sources, "scripts/build.mjs")], { cwd: sources, env });
}

/**
 * A home with the settings of the person's own (a mirror, a proxy) and the crates that are there, so
 * that nothing is downloaded twice; cargo unpacks the sources anew.
 * @param {string} place
 */
function cargoHome(place) {
  const own = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const home = join(place, "cargo");
  mkdirSync(home, { recursive: true });
  for (const name of ["config.toml", "registry/index", "registry/cache"]) {
    try {
      cpSync(join(own, name), join(home, name), { recursive: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT") throw error;
    }
  }
  return home;
}

/**
 * Hashes by file.
 * @param {string} place
 */
function uploaded(place) {
  const sources = join(place, "sources");
  const files = ["worker/build", "dist/assets"].flatMap((folder) =>
    readdirSync(join(sources, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(
    files.map((file) => [
      relative(sources, file),
      createHash("sha256").update(readFileSync(file)).digest("hex"),
    ]),
  );
}
