// Rust's standard library, which is in every wasm, and what the toolchain says of its licences: a file
// that belongs to rustc. Of the crates in it those are listed that the toolchain has for wasm. Nothing
// tells which of them the linker keeps.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { at, root, wasmTarget } from "../../lib/paths.mjs";
import { Failure, capture } from "../../lib/run.mjs";
import { toolEnv } from "../../lib/toolchain.mjs";

/** @typedef {import("./crates.mjs").Package} Package */

/** What only tests and macros are linked with. */
const forOthers = ["getopts", "rustc_literal_escaper"];

/** @returns {Package[]} the library, and the crates that it is made of beside its own */
export function standardLibrary() {
  const sysroot = rustc(["--print", "sysroot"]);
  const version = /^rustc (\S+)/.exec(rustc(["--version"]))?.[1] ?? "";
  const documents = join(sysroot, "share/doc/rust");
  const notices = join(documents, "COPYRIGHT-library.html");
  const packages = existsSync(notices)
    ? noticed(readFileSync(notices, "utf8"), librariesOf(sysroot))
    : [];
  return [
    {
      ...{ id: `pkg:generic/rust-std@${version}`, name: "rust-std", version },
      what: "Rust's standard library",
      // Its own choice of two; one table is Unicode's.
      license: "(MIT OR Apache-2.0) AND Unicode-3.0",
      needs: packages.map(({ id }) => id),
      texts: own(join(documents, "licenses")),
    },
    ...packages,
  ];
}

/** @param {string[]} args */
function rustc(args) {
  const said = capture("rustc", args, { cwd: root, env: toolEnv() });
  if (said === undefined)
    throw new Failure(`\`rustc ${args.join(" ")}\` failed: run it to see why.`);
  return said.trim();
}

/** The crates that the toolchain has for wasm. @param {string} sysroot */
function librariesOf(sysroot) {
  return readdirSync(join(sysroot, "lib/rustlib", wasmTarget, "lib"))
    .map((file) => /^lib(\w+)-\w+\.rlib$/.exec(file)?.[1])
    .filter((name) => name !== undefined)
    .filter((name) => !forOthers.includes(name));
}

/**
 * The crates of a list of notices that are among the libraries.
 * @param {string} html
 * @param {string[]} libraries
 * @returns {Package[]}
 */
export function noticed(html, libraries) {
  const sections = html.split("<h3>📦 ").slice(1);
  if (sections.length === 0) throw new Failure(unlike("its list of crates"));
  return sections
    .map((section) => ({ section, title: /^(.+?)-(\d[^<]*)<\/h3>/.exec(section) ?? [] }))
    .filter(({ title: [, name] }) => libraries.includes(name?.replaceAll("-", "_") ?? ""))
    .map(({ section, title: [, name, version] }) => {
      const [, license] = /<b>License:<\/b> ([^<]+)</.exec(section) ?? [];
      const file = /<summary><code>([^<]+)<\/code><\/summary>\s*<pre>\n?([^]*?)<\/pre>/g;
      const texts = [...section.matchAll(file)].map(([, file, text]) => ({
        ...{ file, text: plain(text) },
      }));
      if (!license || texts.length === 0) throw new Failure(unlike(name));
      return {
        ...{ id: `pkg:cargo/${name}@${encodeURIComponent(version)}`, name, version },
        what: "Part of Rust's standard library, as far as the linker keeps it",
        ...{ license: license.replaceAll("/", " OR "), needs: [], texts },
      };
    });
}

/** @param {string} where */
const unlike = (where) => `Rust's COPYRIGHT-library.html is not as expected at ${where}.`;

/** @param {string} html text with entities */
const plain = (html) =>
  html
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

/**
 * The texts of the library's own licences. A toolchain of Debian's has them elsewhere; of the two
 * that one may choose from, our own licence is one.
 * @param {string} folder
 */
function own(folder) {
  const names = ["Apache-2.0.txt", "MIT.txt", "Unicode-3.0.txt"];
  const there = names.filter((name) => existsSync(join(folder, name)));
  if (there.length === names.length) {
    return there.map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
  }
  return [{ file: "Apache-2.0.txt", text: readFileSync(at("LICENSE"), "utf8") }];
}
