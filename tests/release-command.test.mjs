// npm run release and what every later build makes of it: a published file is kept for ever, and
// never changed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { version } from "../scripts/build/version.mjs";
import { at } from "../scripts/lib/paths.mjs";
import { copyRepository } from "./support/versions.mjs";

const repository = await copyRepository();
after(() => repository.remove());
const { folder } = repository;
const release = `releases/${version}`;

/** @param {string} name */
const bytes = (name) => readFileSync(join(folder, name));
/** @param {string} name */
const integrity = (name) => `sha384-${createHash("sha384").update(bytes(name)).digest("base64")}`;
/** The files below a folder, each with its hash. @param {string} below */
const filesBelow = (below) =>
  Object.fromEntries(
    readdirSync(join(folder, below), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .map((name) => [name.slice(below.length + 1), integrity(name)]),
  );

// This version may be published already; in the copy it is published here.
rmSync(join(folder, release), { recursive: true, force: true });
repository.commit("Before the release");
const command = repository.run("scripts/release.mjs");
const address = repository.formAddress().slice(1);
const served = filesBelow("dist/assets");
repository.commit("The release");

const next = "99.0.0";
/** @param {string} from @param {string} to */
const setVersion = (from, to) =>
  [
    ...["package.json", "Cargo.toml", "docs/openapi.yaml", "CHANGELOG.md"],
    ...["warifu", "warifu-react", "warifu-sandbox"].map((name) => `packages/${name}/package.json`),
  ].forEach((name) =>
    repository.edit(name, (text) =>
      name === "CHANGELOG.md" ? `## ${to}\n\n${text}` : text.replace(from, to),
    ),
  );
setVersion(version, next);
repository.commit("After the release");

/**
 * Runs a body in the copy, and takes back what it changed.
 * @param {() => Promise<void> | void} body
 */
async function within(body) {
  try {
    await body();
  } finally {
    repository.git("reset", "--quiet", "--hard");
    repository.git("clean", "--quiet", "--force", "-d");
  }
}

test("a release has what a deployment serves for ever, with the hash of each file", () => {
  assert.equal(command.status, 0, command.said);
  const { "manifest.json": _, ...kept } = filesBelow(release);
  const loader = [`v${version}/sri.json`, `v${version}/warifu.js`];
  assert.deepEqual(Object.keys(kept).sort(), [...loader, `${address}/widget.js`]);
  for (const [name, hash] of Object.entries(kept)) assert.equal(hash, served[name], name);
  assert.deepEqual(JSON.parse(repository.read(`${release}/manifest.json`)), {
    version,
    files: kept,
  });
  const published = JSON.parse(repository.read(`${release}/v${version}/sri.json`));
  assert.equal(published["warifu.js"], kept[`v${version}/warifu.js`]);
  for (const step of [`git add ${release}`, `git tag v${version}`, "wrangler deploy"]) {
    assert.ok(command.said.includes(step), command.said);
  }
});

/** @type {[string, () => void, RegExp][]} */
const refusals = [
  [
    "of a version that is published",
    () => setVersion(next, version),
    new RegExp(`Version ${version} is published and never changes`),
  ],
  [
    "with a change that is not committed",
    () => repository.edit("README.md", (text) => `${text}\n`),
    /not committed.*\n.*README\.md/,
  ],
  [
    "with a file that git does not know",
    () => writeFileSync(join(folder, "widget/js/new.js"), ""),
    /not committed.*\n.*widget\/js\/new\.js/,
  ],
  [
    "of a version that Cargo.toml does not have",
    () => repository.edit("package.json", (text) => text.replace(next, "99.0.1")),
    /Cargo\.toml does not name version 99\.0\.1/,
  ],
  [
    "of a version that is not three numbers",
    () => repository.edit("package.json", (text) => text.replace(next, "99.0.0-rc.1")),
    /99\.0\.0-rc\.1: a release is three numbers/,
  ],
];

for (const [what, change, sentence] of refusals) {
  test(`a release ${what} is refused, in a sentence`, () =>
    within(() => {
      const before = filesBelow("releases");
      change();
      const { status, said } = repository.run("scripts/release.mjs");
      assert.equal(status, 1, said);
      assert.match(said, sentence);
      assert.doesNotMatch(said, /^\s+at /m, "no stack");
      assert.deepEqual(filesBelow("releases"), before);
    }));
}

test("the next version's files are served beside those of the release", () =>
  within(() => {
    repository.edit(
      "packages/warifu/loader/loader.js",
      (text) => `${text}\npage.made = "${next}";\n`,
    );
    repository.edit("widget/js/boot.js", (text) => `${text}\npage.dataset.made = "${next}";\n`);
    repository.buildFiles();
    const together = filesBelow("dist/assets");
    const own = repository.formAddress().slice(1);
    assert.notEqual(own, address);
    for (const name of [`${own}/widget.js`, `v${next}/sri.json`]) {
      assert.ok(together[name], name);
    }
    assert.equal(together[`v${next}/warifu.js`], together["v1/warifu.js"]);
    const { "manifest.json": _, ...published } = filesBelow(release);
    for (const [name, hash] of Object.entries(published)) assert.equal(together[name], hash, name);
  }));

test("the former version, built with the next one's release, serves that ahead", () =>
  within(async () => {
    repository.edit("widget/js/boot.js", (text) => `${text}\npage.dataset.made = "${next}";\n`);
    repository.buildFiles();
    await repository.writeRelease(next);
    repository.git("checkout", "--quiet", ".");
    setVersion(next, version);
    repository.buildFiles();
    const ahead = filesBelow("dist/assets");
    assert.equal(ahead["v1/warifu.js"], served["v1/warifu.js"]);
    for (const released of [version, next]) {
      const { "manifest.json": _, ...published } = filesBelow(`releases/${released}`);
      assert.equal(Object.keys(published).length, 3);
      for (const [name, hash] of Object.entries(published)) assert.equal(ahead[name], hash, name);
    }
  }));

test("a build of a published version serves what was published, and its own loader under /v1/", () =>
  within(() => {
    setVersion(next, version);
    repository.edit(
      "packages/warifu/loader/loader.js",
      (text) => `${text}\npage.made = "again";\n`,
    );
    repository.buildFiles();
    const built = filesBelow("dist/assets");
    for (const name of [`v${version}/warifu.js`, `v${version}/sri.json`]) {
      assert.equal(built[name], integrity(`${release}/${name}`), name);
    }
    assert.notEqual(built["v1/warifu.js"], built[`v${version}/warifu.js`]);
    assert.match(bytes("dist/assets/v1/warifu.js").toString(), /again/);
  }));

/** @type {[string, string, string, (file: string) => void][]} */
const damages = [
  ["the loader", "changed", `v${version}/warifu.js`, (file) => writeFileSync(file, "alert()")],
  ["the loader's hash", "changed", `v${version}/sri.json`, (file) => writeFileSync(file, "{}")],
  ["the form's script", "missing", `${address}/widget.js`, (file) => rmSync(file)],
  ["another script", "added", `v${version}/new.js`, (file) => writeFileSync(file, "")],
  ["the manifest", "missing", "manifest.json", (file) => rmSync(file)],
];

for (const [name, what, path, damage] of damages) {
  test(`a build fails when ${name} of a release is ${what}, and names it`, () =>
    within(() => {
      damage(join(folder, release, path));
      const { status, said } = repository.run("scripts/build.mjs", "assets");
      assert.equal(status, 1, said);
      assert.ok(said.includes(`${release}/${path} is not what was published`), said);
    }));
}

/** The commits of a repository that changed, moved or removed a published file. @param {string} cwd */
const rewriting = (cwd) =>
  execFileSync(
    "git",
    ["log", "--diff-filter=MDT", "--no-renames", "--format=%s", "--", "releases/*/*"],
    { cwd, encoding: "utf8" },
  );

test("no commit has changed or removed a file of a release", async () => {
  assert.equal(rewriting(at()), "");
  await within(() => {
    const [start] = repository.git("rev-parse", "HEAD").split("\n");
    assert.equal(rewriting(folder), "");
    writeFileSync(join(folder, release, `v${version}/warifu.js`), "alert()");
    repository.commit("A change");
    repository.git("rm", "--quiet", "-r", release);
    repository.commit("A removal");
    assert.equal(rewriting(folder), "A removal\nA change\n");
    repository.git("reset", "--quiet", "--hard", start);
  });
});
