// npm run release: publishes the version that package.json names. Its static files go to
// releases/{x.y.z}/, where git keeps them and every later build serves them from.
import { readFileSync } from "node:fs";
import { version } from "./build/version.mjs";
import { at } from "./lib/paths.mjs";
import { isVersion, releases, releaseFiles, writeRelease } from "./lib/releases.mjs";
import { Failure, capture, main, run, say } from "./lib/run.mjs";

await main(async () => {
  if (!isVersion(version)) {
    throw new Failure(`package.json has version ${version}: a release is three numbers, as 1.2.3.`);
  }
  if (releases().includes(version)) {
    throw new Failure(
      `Version ${version} is published and never changes. Set the next version in package.json, ` +
        "Cargo.toml and docs/openapi.yaml, commit it, and run this again.",
    );
  }
  needSameVersion();
  needCleanTree("Commit or remove them, so that the release is what a commit has");
  // Whatever the environment says of builds: what is published is built from what was checked.
  await run(process.execPath, [at("scripts/build.mjs")], {
    env: { ...process.env, WARIFU_BUILT: "" },
  });
  needCleanTree("The build changed them: commit them");
  writeRelease(version);
  for (const name of releaseFiles(version)) say(`  /${name}`);
  say(`✔ releases/${version} has the files above. They are served for ever once it is committed.

  Next, by hand:
    git add releases/${version}
    git commit -m "Release ${version}"
    git tag v${version}
    npx wrangler deploy --env=""     (docs/issuer/upgrade.md says what comes before and after)`);
});

/** The version stands in several files, which each have a reader of their own. */
function needSameVersion() {
  const line = (/** @type {string} */ start) => new RegExp(`^${start}${version}"?,?$`, "m");
  const places = {
    "Cargo.toml": line('version = "'),
    "docs/openapi.yaml": line("  version: "),
    "packages/warifu/package.json": line('  "version": "'),
    "packages/warifu-react/package.json": line('  "version": "'),
    "packages/warifu-sandbox/package.json": line('  "version": "'),
    "CHANGELOG.md": line("## "),
  };
  for (const [file, wanted] of Object.entries(places)) {
    if (wanted.test(readFileSync(at(file), "utf8"))) continue;
    throw new Failure(`${file} does not name version ${version}, which package.json has.`);
  }
}

/** @param {string} advice */
function needCleanTree(advice) {
  const changed = capture("git", ["status", "--porcelain"], { cwd: at() });
  if (changed === undefined)
    throw new Failure("`git status` failed: a release needs a repository.");
  if (changed !== "")
    throw new Failure(`There are changes that are not committed. ${advice}.\n${changed}`);
}
