// A step of the build is skipped when the bytes that went into it are those of last time and what
// it made is still there. Content, not dates: a checkout or a touch rebuilds nothing.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { at, paths, root } from "./paths.mjs";

/**
 * One hash over files and folders (a missing one counts as missing) and further facts.
 * @param {string[]} inputs relative to the root
 * @param {string[]} facts
 */
export function hashOf(inputs, facts) {
  const hash = createHash("sha256");
  for (const fact of facts) hash.update(`${fact}\0`);
  for (const file of inputs.flatMap((input) => filesOf(at(input)))) {
    hash.update(`${relative(root, file)}\0`);
    hash.update(readFileSync(file));
    hash.update("\0");
  }
  return hash.digest("hex");
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}

/**
 * @param {string} name
 * @param {string} hash
 */
export function isCurrent(name, hash) {
  const file = join(paths.stamps, `${name}.json`);
  if (!existsSync(file)) return false;
  /** @type {{ hash: string, outputs: string[] }} */
  const last = JSON.parse(readFileSync(file, "utf8"));
  return last.hash === hash && last.outputs.every((output) => existsSync(at(output)));
}

/**
 * @param {string} name
 * @param {string} hash
 * @param {string[]} outputs relative to the root
 */
export function stamp(name, hash, outputs) {
  mkdirSync(paths.stamps, { recursive: true });
  writeFileSync(join(paths.stamps, `${name}.json`), JSON.stringify({ hash, outputs }));
}
