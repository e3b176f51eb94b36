// The packages as npm would publish them: packed, and unpacked into a project of a merchant's.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { at } from "../../scripts/lib/paths.mjs";
import { toolEnv } from "../../scripts/lib/toolchain.mjs";

/** What a merchant's page gets from npm. */
export const packages = /** @type {const} */ (["warifu", "warifu-react"]);

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 */
const run = (program, args, cwd) =>
  execFileSync(program, args, { cwd, env: toolEnv(), encoding: "utf8", stdio: "pipe" });

/**
 * A folder with each package packed.
 * @param {readonly string[]} [names]
 * @returns {{ folder: string, archives: Record<string, { file: string, files: string[] }>, remove: () => void }}
 */
export function pack(names = packages) {
  const folder = mkdtempSync(join(tmpdir(), "warifu-packed-"));
  /** @type {Record<string, { file: string, files: string[] }>} */
  const archives = {};
  for (const name of names) {
    const args = ["pack", "--json", "--pack-destination", folder];
    const [packed] = manifests(run("npm", args, at("packages", name)));
    const files = packed.files.map(({ path }) => path);
    archives[name] = { file: join(folder, packed.filename), files };
  }
  return { folder, archives, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * What `npm pack --json` says: a list, or from npm 12 on an object by name.
 * @param {string} said
 * @returns {{ filename: string, files: { path: string }[] }[]}
 */
const manifests = (said) => Object.values(JSON.parse(said));

/**
 * Fills `node_modules` of a folder: with the packed packages, and with links to what this project has.
 * @param {string} folder
 * @param {ReturnType<typeof pack>["archives"]} archives
 * @param {string[]} linked
 */
export function install(folder, archives, linked) {
  for (const [name, { file }] of Object.entries(archives)) {
    const to = join(folder, "node_modules", name);
    mkdirSync(to, { recursive: true });
    run("tar", ["--extract", "--gzip", `--file=${file}`, "--strip-components=1"], to);
  }
  for (const name of linked) {
    const to = join(folder, "node_modules", name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(at("node_modules", name), to);
  }
}
