// Versions of this project beside each other: a copy of the repository to release them in, and
// Workers that serve the pages of one and the static files of another.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { at } from "../../scripts/lib/paths.mjs";

/** What a hook of git's sets would lead git back to this repository. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(GIT_|WARIFU_BUILT$)/.test(name)),
);

/** This repository as it is now, with all that is built, as the one commit of another one. */
export async function copyRepository() {
  const root = await mkdtemp(join(tmpdir(), "warifu-versions-"));
  const folder = join(root, "repository");
  const listed = execFileSync("git", ["ls-files", "-zco", "--exclude-standard"], {
    cwd: at(),
    env,
    encoding: "utf8",
  });
  const sources = listed.split("\0").filter((name) => name && existsSync(at(name)));
  const remembered = readdirSync(at(".warifu"))
    .filter((name) => !["tools", "state", "logs"].includes(name))
    .map((name) => `.warifu/${name}`);
  for (const name of [...sources, ...remembered, "dist", "worker/build"]) {
    await cp(at(name), join(folder, name), { recursive: true });
  }
  for (const name of ["node_modules", ".warifu/tools"]) await symlink(at(name), join(folder, name));

  /** @param {...string} args */
  const git = (...args) => execFileSync("git", args, { cwd: folder, env, encoding: "utf8" });
  git("init", "--quiet");
  git("config", "user.name", "A test");
  git("config", "user.email", "test@localhost");
  git("config", "commit.gpgsign", "false");
  // .gitignore names folders, and these are links.
  writeFileSync(join(folder, ".git/info/exclude"), "node_modules\n.warifu\n");

  /** @param {string} name */
  const read = (name) => readFileSync(join(folder, name), "utf8");
  /**
   * @param {string} name
   * @param {(text: string) => string} change
   */
  const edit = (name, change) => {
    const changed = change(read(name));
    assert.notEqual(changed, read(name), `${name} is as it was`);
    writeFileSync(join(folder, name), changed);
  };
  /**
   * @param {string} script
   * @param {...string} args
   */
  const run = (script, ...args) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(folder, script), ...args],
      { cwd: folder, env, encoding: "utf8" },
    );
    return { status, said: `${stdout}${stderr}` };
  };
  return {
    folder,
    git,
    read,
    edit,
    run,
    /** @param {string} message */
    commit(message) {
      git("add", "--all");
      git("commit", "--quiet", "--message", message);
    },
    /** Builds what is served without the Worker. */
    buildFiles() {
      const { status, said } = run("scripts/build.mjs", "--files");
      assert.equal(status, 0, said);
    },
    /** Keeps the files that were built last. @param {string} name @returns {Promise<string>} where */
    async keepFiles(name) {
      const kept = join(root, "files", name);
      await cp(join(folder, "dist/assets"), kept, { recursive: true });
      return kept;
    },
    /** The address of the form's script that was built last. @returns {string} */
    formAddress: () => JSON.parse(read("dist/manifest.json")).widget,
    /** Publishes what is built, without the Worker. @param {string} version */
    async writeRelease(version) {
      const releases = pathToFileURL(join(folder, "scripts/lib/releases.mjs")).href;
      (await import(releases)).writeRelease(version);
    },

    /**
     * A folder to start a Worker from.
     * @param {string} name
     * @param {object} parts
     * @param {string} parts.files its static files
     * @param {[string, string]} [parts.form] the address of the form's script that this build's
     *   pages name, and the one that they are to name: all in which another Worker differs
     */
    async assemble(name, { files, form }) {
      const assembled = join(root, name);
      await cp(at("worker"), join(assembled, "worker"), { recursive: true });
      await cp(files, join(assembled, "dist/assets"), { recursive: true });
      if (form) replace(join(assembled, "worker/build/index_bg.wasm"), ...form);
      return assembled;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/**
 * Replaces the one place of a text in a file by another of the same length.
 * @param {string} file
 * @param {string} from
 * @param {string} to
 */
function replace(file, from, to) {
  const bytes = readFileSync(file);
  const place = bytes.indexOf(from);
  assert.ok(place >= 0 && bytes.indexOf(from, place + 1) < 0, `${from} is there once`);
  assert.equal(to.length, from.length);
  bytes.write(to, place);
  writeFileSync(file, bytes);
}
