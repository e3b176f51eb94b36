// Which crates are compiled into a program, and what each says of its licence. Asked of cargo, which
// knows features and targets; the texts are those in the sources that were compiled.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { at, wasmTarget } from "../../lib/paths.mjs";
import { Failure, capture } from "../../lib/run.mjs";
import { toolEnv } from "../../lib/toolchain.mjs";

/**
 * @typedef {object} Package
 * @property {string} id its package URL
 * @property {string} name
 * @property {string} version
 * @property {string} license an SPDX expression
 * @property {string} [sha256] of the archive that the registry serves
 * @property {string} [what] what it is for, where it is no crate that we depend on
 * @property {string[]} needs ids of other packages
 * @property {{ file: string, text: string }[]} texts of its licence, and notices
 */

/**
 * @typedef {object} Metadata of `cargo metadata`
 * @property {Crate[]} packages
 * @property {{ nodes: { id: string, dependencies: string[] }[] }} resolve
 * @typedef {{ id: string, name: string, version: string, license: string | null, source: string | null, manifest_path: string }} Crate
 */

const tools = "scripts/setup/tools";

/** Licences' texts of packages that have none of their own, by name and version. */
const kept = "scripts/build/bom/licenses";

/**
 * The packages that are compiled into one of our crates for WebAssembly: no macro, no script of a
 * build, nothing for tests.
 * @param {string} crate
 * @returns {{ packages: Package[], direct: string[] }}
 */
export function crates(crate) {
  const { packages, resolve } = metadata(["--filter-platform", wasmTarget]);
  const compiled = new Set(compiledInto(crate));
  const among = packages.filter(({ name, version }) => compiled.has(`${name} ${version}`));
  const checksums = checksumsOf("Cargo.lock");
  /** @type {Map<string, Crate>} */
  const byId = new Map(among.map((found) => [found.id, found]));
  const isOurs = (/** @type {Crate} */ { source }) => source === null;
  // A dependency of a crate of ours is one of the program itself.
  const needs = (/** @type {string} */ id) =>
    (resolve.nodes.find((node) => node.id === id)?.dependencies ?? [])
      .map((needed) => byId.get(needed))
      .filter((needed) => needed !== undefined && !isOurs(needed))
      .map((needed) => purl(/** @type {Crate} */ (needed)));
  return {
    packages: among
      .filter((found) => !isOurs(found))
      .map((found) => ({ ...described(found, checksums), needs: needs(found.id) })),
    direct: [...new Set(among.filter(isOurs).flatMap(({ id }) => needs(id)))],
  };
}

/**
 * Tools of the build whose own code is in what they make. `cargo metadata` leaves out a tool that has
 * no library, so they are looked up in their lock file, and in the registry's sources.
 * @param {string[]} names
 * @returns {Package[]}
 */
export function generators(names) {
  const checksums = checksumsOf(`${tools}/Cargo.lock`);
  const registry = dirname(dirname(someCrate().manifest_path));
  return names.map((name) => {
    const named = [...checksums.keys()].find((one) => one.startsWith(`${name} `));
    if (named === undefined) throw new Failure(`${tools}/Cargo.lock has no ${name}.`);
    const [, version] = named.split(" ");
    const manifest_path = join(registry, `${name}-${version}`, "Cargo.toml");
    // Not there when the tools were built by another cargo.
    if (!existsSync(manifest_path)) {
      cargo(["fetch", "--locked", "--manifest-path", at(tools, "Cargo.toml")]);
    }
    const manifest = readFileSync(manifest_path, "utf8");
    const license = /^license = "(.+)"$/m.exec(manifest)?.[1] ?? null;
    const what = "Generates JavaScript that is in the program";
    return { ...described({ name, version, license, manifest_path }, checksums), what, needs: [] };
  });
}

/** A crate of the registry. */
function someCrate() {
  const found = metadata(["--filter-platform", wasmTarget]).packages.find(({ source }) => source);
  if (found === undefined) throw new Failure("No crate of a registry is used.");
  return found;
}

/**
 * Name and version of each crate, as "name version".
 * @param {string} crate
 */
function compiledInto(crate) {
  const kinds = "no-dev,no-build,no-proc-macro";
  const tree = ["-p", crate, "--target", wasmTarget, "--edges", kinds, "--prefix", "none"];
  return cargo(["tree", "--locked", ...tree, "--format", "{p}"])
    .split("\n")
    .map((line) => /^(\S+) v(\S+)/.exec(line))
    .filter((found) => found !== null)
    .map(([, name, version]) => `${name} ${version}`);
}

/**
 * @param {string[]} args
 * @returns {Metadata}
 */
function metadata(args) {
  return JSON.parse(cargo(["metadata", "--locked", "--format-version", "1", ...args]));
}

/** @param {string[]} args */
function cargo(args) {
  const said = capture("cargo", args, { cwd: at(), env: toolEnv() });
  if (said === undefined)
    throw new Failure(`\`cargo ${args.join(" ")}\` failed: run it to see why.`);
  return said;
}

/** The hashes that a lock file pins, by "name version". @param {string} lock */
function checksumsOf(lock) {
  const entry = /^name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "([0-9a-f]{64})"$/gm;
  const entries = readFileSync(at(lock), "utf8").matchAll(entry);
  return new Map([...entries].map(([, name, version, hash]) => [`${name} ${version}`, hash]));
}

/**
 * @param {Pick<Crate, "name" | "version" | "license" | "manifest_path">} found
 * @param {Map<string, string>} checksums
 */
function described(found, checksums) {
  const { name, version, license, manifest_path } = found;
  if (license === null) throw new Failure(`${name} ${version} names no licence.`);
  return {
    ...{ id: purl(found), name, version },
    // As manifests could say it before SPDX expressions.
    license: license.replaceAll("/", " OR "),
    sha256: checksums.get(`${name} ${version}`),
    texts: textsOf(`${name} ${version}`, dirname(manifest_path)),
  };
}

/** @param {{ name: string, version: string }} found */
const purl = ({ name, version }) => `pkg:cargo/${name}@${encodeURIComponent(version)}`;

/**
 * The texts that come with a package. Fails when there is none: what is handed on must have them.
 * @param {string} named "name version"
 * @param {string} folder
 */
export function textsOf(named, folder) {
  const isText = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;
  const own = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && isText.test(entry.name))
    .map(({ name }) => ({ file: name, text: readFileSync(join(folder, name), "utf8") }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  if (own.length > 0) return own;
  const file = `${named.replace(" ", "-")}.txt`;
  const instead = at(kept, file);
  if (existsSync(instead)) return [{ file, text: readFileSync(instead, "utf8") }];
  throw new Failure(
    `${named} comes without the text of its licence: put what its sources say into ${kept}/${file}.`,
  );
}
