// releases/{x.y.z}/ holds what version x.y.z published, at the paths it is served from, and
// manifest.json with the hash of each file. A published file never changes: merchants pin it.
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { paths } from "./paths.mjs";
import { Failure } from "./run.mjs";

/**
 * @typedef {object} Manifest
 * @property {string} version
 * @property {Record<string, string>} files by path, as `integrity` has a hash
 */

const manifestName = "manifest.json";

/** What a version is: Semantic Versioning without pre-releases, as its files' paths have it. */
export const isVersion = (/** @type {string} */ text) => /^\d+\.\d+\.\d+$/.test(text);

/**
 * A hash as the attribute `integrity` of a script has it.
 * @param {Buffer} bytes
 */
export const integrity = (bytes) => `sha384-${createHash("sha384").update(bytes).digest("base64")}`;

/** The versions that are published. */
export function releases() {
  if (!existsSync(paths.releases)) return [];
  const folders = readdirSync(paths.releases, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const stray = folders.find((name) => !isVersion(name));
  if (stray) throw new Failure(`releases/${stray} is no version: it is not of npm run release.`);
  return folders.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/**
 * The files of a folder, at any depth, as paths relative to it.
 * @param {string} folder
 */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

/**
 * The files of a release, after a look at each: fails when one is missing, added or changed.
 * @param {string} version
 */
export function releaseFiles(version) {
  const folder = join(paths.releases, version);
  const found = filesIn(folder).filter((name) => name !== manifestName);
  const { files } = readManifest(folder);
  const wrong = [...new Set([...found, ...Object.keys(files)])].find(
    (name) => !found.includes(name) || integrity(readFileSync(join(folder, name))) !== files[name],
  );
  if (wrong) throw new Failure(broken(`${version}/${wrong}`));
  return found;
}

/**
 * @param {string} folder
 * @returns {Manifest}
 */
function readManifest(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, manifestName), "utf8"));
  } catch {
    throw new Failure(broken(relative(paths.releases, join(folder, manifestName))));
  }
}

/** @param {string} file */
const broken = (file) =>
  `releases/${file} is not what was published: restore it from git. A published file never changes.`;

/**
 * Publishes what the build made: copies it from dist/own, which must be of this version.
 * @param {string} version not yet published
 */
export function writeRelease(version) {
  // Complete or not there at all: it gets its name last.
  const folder = join(paths.dist, "release");
  rmSync(folder, { recursive: true, force: true });
  /** @type {Manifest} */
  const manifest = { version, files: {} };
  const own = ownFiles();
  if (!own.some(([name]) => name === `v${version}/warifu.js`)) {
    throw new Failure(`What is built is not version ${version}.`);
  }
  for (const [name, from] of own) {
    if (isEvergreen(name)) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(from, join(folder, name));
    manifest.files[name] = integrity(readFileSync(from));
  }
  writeFileSync(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  mkdirSync(paths.releases, { recursive: true });
  renameSync(folder, join(paths.releases, version));
}

/** What every release replaces. @param {string} name */
const isEvergreen = (name) => name.startsWith("v1/") || name === "openapi.yaml";

/**
 * What this build serves: the path it is served from, and the file.
 * @returns {[string, string][]}
 */
export function ownFiles() {
  return ["loader", "form", "described"].flatMap((part) => {
    const folder = join(paths.own, part);
    return filesIn(folder).map(
      (name) => /** @type {[string, string]} */ ([name, join(folder, name)]),
    );
  });
}
