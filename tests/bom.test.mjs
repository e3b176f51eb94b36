// What is uploaded is known to the last crate: the bill of materials that the build writes, the
// licences of all in it, and the lock files that pin what it is made of and with.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { textsOf } from "../scripts/build/bom/crates.mjs";
import { noticed } from "../scripts/build/bom/standard-library.mjs";
import { thirdParty } from "../scripts/build/bom/texts.mjs";
import { at } from "../scripts/lib/paths.mjs";
import { esbuild } from "./support/packages.mjs";
import { all, read, sorted } from "./support/sources.mjs";

const require = createRequire(import.meta.url);
/** @type {(expression: string, allowed: string[]) => boolean} */
const satisfies = require("spdx-satisfies");

/**
 * @typedef {object} Component
 * @property {string} type
 * @property {string} name
 * @property {string} [version]
 * @property {string} bom-ref
 * @property {{ alg: string, content: string }[]} [hashes]
 * @property {{ expression: string }[]} [licenses]
 * @property {Component[]} [components]
 */

/** @type {{ components: Component[], dependencies: { ref: string, dependsOn?: string[] }[] }} */
const bom = JSON.parse(read("dist/bom.cdx.json"));
const licenses = read("dist/third-party-licenses.txt");
const programs = bom.components.filter(({ type }) => type === "application");
const libraries = bom.components.filter(({ type }) => type === "library");

/** All that a component is made of, by name and version. @param {string} ref */
function within(ref) {
  const seen = new Set();
  const visit = (/** @type {string} */ from) => {
    for (const to of bom.dependencies.find((one) => one.ref === from)?.dependsOn ?? []) {
      if (!seen.has(to)) visit(seen.add(to) && to);
    }
  };
  visit(ref);
  return libraries
    .filter((library) => seen.has(library["bom-ref"]))
    .map(({ name, version }) => `${name}-${version}`);
}

test("the bill of materials is CycloneDX 1.6", () => {
  const { Ajv } = require("ajv");
  const ajv = new Ajv({ strict: false, formats: { "iri-reference": true, "idn-email": true } });
  require("ajv-formats")(ajv, ["date-time", "email"]);
  const schemas = "node_modules/@cyclonedx/cyclonedx-library/res/schema";
  for (const name of ["spdx", "jsf-0.82"]) {
    const schema = JSON.parse(read(`${schemas}/${name}.SNAPSHOT.schema.json`));
    ajv.addSchema(schema, `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  }
  const valid = ajv.compile(JSON.parse(read(`${schemas}/bom-1.6.SNAPSHOT.schema.json`)));
  assert.ok(valid(bom), JSON.stringify(valid.errors));
});

test("it has the hash of every program that is uploaded", () => {
  const hash = (/** @type {string} */ file) =>
    createHash("sha256")
      .update(readFileSync(at(file)))
      .digest("hex");
  const files = programs.flatMap(({ components = [] }) => components);
  for (const { name, hashes } of files) {
    assert.deepEqual(hashes, [{ alg: "SHA-256", content: hash(name) }], name);
  }
  // What is served to browsers to run, under whichever name, and was not released before.
  const { widget } = JSON.parse(read("dist/manifest.json"));
  const served = ["v1", widget].flatMap((folder) =>
    readdirSync(at("dist/assets", folder))
      .filter((name) => !name.endsWith(".d.ts"))
      .map((name) => join("dist/assets", folder, name)),
  );
  const worker = ["main.mjs", "guard.mjs", "build/index.js", "build/index_bg.wasm"];
  const uploaded = [...served, ...worker.map((name) => `worker/${name}`)];
  assert.deepEqual(sorted(uploaded.map(hash)), sorted(files.map(({ name }) => hash(name))));
});

for (const [program, file] of [
  ["warifu-worker", "worker/build/index_bg.wasm"],
  ["warifu-widget", "dist/widget/widget.wasm"],
]) {
  test(`it has every crate whose sources the wasm of ${program} names`, () => {
    // A panic names the file that it is in.
    const sources = /crates\/[\w.-]+?\/([\w-]+?-\d+\.\d+\.\d+[\w.+-]*?)\/src\//g;
    const named = sorted(all(readFileSync(at(file), "latin1"), sources));
    if (program === "warifu-worker") assert.ok(named.length > 10, `${named}`);
    const listed = within(program);
    assert.deepEqual(
      named.filter((one) => !listed.includes(one)),
      [],
    );
    // Macros and what builds are not in it.
    for (const tool of [
      "serde_derive",
      "syn",
      "wasm-bindgen-macro",
      "proptest",
      "wasm-bindgen-test",
    ])
      assert.ok(!listed.some((one) => one.startsWith(`${tool}-`)), tool);
    for (const part of ["wasm-bindgen", "wasm-bindgen-cli-support", "rust-std"])
      assert.ok(
        listed.some((one) => one.startsWith(`${part}-`)),
        part,
      );
  });
}

test("no package of npm is in what browsers load", async () => {
  const { metafile } = await esbuild().build({
    entryPoints: [at("packages/warifu/loader/loader.js"), at("widget/js/boot.js")],
    ...{ absWorkingDir: at(), bundle: true, write: false, metafile: true, outdir: "unused" },
    ...{ format: "esm", logLevel: "warning" },
  });
  const inputs = Object.keys(metafile?.inputs ?? {});
  assert.ok(inputs.length >= 6, `${inputs}`);
  const ours = /^(widget\/js|packages\/warifu\/loader)\/[\w.-]+$/;
  assert.deepEqual(
    inputs.filter((input) => !ours.test(input)),
    [],
  );
});

// Licences

/** What we hand on under: none asks more than that its text and notices come along. */
const allowed = [
  ...["Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "ISC", "MIT"],
  ...["Unicode-3.0", "Unlicense", "Zlib"],
];

/** @param {Component[]} components */
const notAllowed = (components) =>
  components
    .filter(({ licenses: [license] = [] }) => !license || !satisfies(license.expression, allowed))
    .map(({ name }) => name);

test("every licence of what is uploaded is one that we allow", () => {
  assert.ok(libraries.length > 60, `${libraries.length}`);
  assert.deepEqual(notAllowed(libraries), []);
  /** @param {string} name @param {string} [expression] @returns {Component} */
  const one = (name, expression) => ({
    ...{ type: "library", name, "bom-ref": name },
    licenses: expression ? [{ expression }] : [],
  });
  const others = [
    one("a", "GPL-3.0-only"),
    one("b", "MIT AND MPL-2.0"),
    one("c"),
    one("d", "GPL-2.0-only OR MIT"),
  ];
  assert.deepEqual(notAllowed(others), ["a", "b", "c"]);
});

test("the text of every licence of what is uploaded is in one file", () => {
  const [lists, ...blocks] = licenses.split(/\n={100}\n/);
  const headings = blocks.filter((_, n) => n % 2 === 0).map((names) => names.split("\n"));
  const texts = blocks.filter((_, n) => n % 2 === 1);
  assert.ok(texts.length > 20, `${texts.length}`);
  for (const { name, version, licenses: [license] = [] } of libraries) {
    assert.ok(lists.includes(`  ${name} ${version}: ${license.expression}`), name);
    // A name of a licence is not its text.
    const own = texts.filter((_, n) =>
      headings[n].some((heading) => heading.startsWith(`${name} ${version}, `)),
    );
    assert.ok(
      own.some((text) => text.length > 500),
      name,
    );
  }
  const same = {
    license: "MIT",
    needs: [],
    texts: [{ file: "LICENSE", text: "May be\r\n used.\n" }],
  };
  const twice = ["a", "b"].map((name) => ({ id: name, name, version: "1", ...same }));
  const part = { name: "p", what: "P", files: [], packages: twice, direct: [] };
  assert.equal(thirdParty("1", [part]).match(/May be\n used\./g)?.length, 1);
});

test("a package without the text of its licence stops the build, and says where to put it", () => {
  const empty = mkdtempSync(join(tmpdir(), "warifu-licence-"));
  try {
    const kept = "scripts/build/bom/licenses/nameless-1.0.0.txt";
    assert.throws(() => textsOf("nameless 1.0.0", empty), new RegExp(kept));
    assert.match(textsOf("qrcodegen 1.8.0", empty)[0].text, /^QR Code generator library/);
  } finally {
    rmSync(empty, { recursive: true });
  }
  assert.throws(() => noticed("<h1>Nothing</h1>", ["hashbrown"]), /COPYRIGHT-library/);
  const [found] = noticed(
    "<h3>📦 cfg-if-1.0.4</h3><p><b>License:</b> MIT/Apache-2.0</p><summary><code>LICENSE-MIT</code></summary><pre>\nCopyright &#60;A &amp; B&#62;</pre><h3>📦 windows-sys-0.60.2</h3>",
    ["cfg_if"],
  );
  assert.equal(found.license, "MIT OR Apache-2.0");
  assert.deepEqual(found.texts, [{ file: "LICENSE-MIT", text: "Copyright <A & B>" }]);
});

// Lock files

test("lock files of ours pin every crate and package, of the program and of the tools, by its hash", () => {
  for (const lock of ["Cargo.lock", "scripts/setup/tools/Cargo.lock"]) {
    const packages = read(lock).split("[[package]]").slice(1);
    const foreign = packages.filter((entry) => entry.includes("\nsource = "));
    assert.ok(foreign.length > 100, lock);
    for (const entry of foreign) {
      assert.match(
        entry,
        /^source = "registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index"$/m,
      );
      assert.match(entry, /^checksum = "[0-9a-f]{64}"$/m, entry);
    }
    // Those without a source are in this repository.
    const own = packages.filter((entry) => !foreign.includes(entry));
    assert.ok(
      own.every((entry) => /^name = "(warifu-[\w-]+|tools)"$/m.test(entry)),
      lock,
    );
  }
  /** @type {{ packages: Record<string, { version: string, integrity?: string, link?: boolean }> }} */
  const { packages } = JSON.parse(read("package-lock.json"));
  const { "": _, ...installed } = packages;
  assert.ok(Object.keys(installed).length > 100);
  /** Those that are in this repository, and the links to them. */
  const own = /^(node_modules\/warifu[\w-]*|packages\/[\w-]+|examples\/react)$/;
  for (const [name, { integrity, link }] of Object.entries(installed)) {
    if (own.test(name)) assert.equal(link ?? false, name.startsWith("node_modules/"), name);
    else assert.match(integrity ?? "", /^sha512-/, name);
  }
});

test("what is asked for is one version, and nothing is installed but by the lock files", () => {
  const asked = Object.entries(JSON.parse(read("package.json")).devDependencies);
  for (const [name, version] of asked) {
    assert.match(version, /^(npm:[\w.]+@)?\d+\.\d+\.\d+(-\w+)?$/, name);
  }
  const tools = all(read("scripts/setup/tools/Cargo.toml"), /^[\w-]+ = "(.*)"$/gm);
  const [, ...versions] = tools.slice(tools.indexOf("empty.rs"));
  assert.ok(
    versions.length >= 2 && versions.every((one) => /^=\d+\.\d+\.\d+$/.test(one)),
    `${tools}`,
  );
  assert.match(read("rust-toolchain.toml"), /^channel = "\d+\.\d+\.\d+"$/m);
  const python = read("scripts/setup/python/requirements.txt").match(/^[^#\s].*$/gm) ?? [];
  assert.ok(
    python.length > 5 && python.every((line) => /^[\w-]+==[\d.]+$/.test(line)),
    `${python}`,
  );
  const scripts = readdirSync(at("scripts"), { recursive: true, encoding: "utf8" });
  const text = scripts
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => read(`scripts/${name}`));
  const source = text.join("\n");
  assert.match(source, /"npm", \["ci"/);
  assert.match(source, /\["--locked", "--manifest-path", at\(pins/);
  assert.doesNotMatch(
    source,
    /"npx"|"npm", \["(?:install|i|add|exec)"|\["install", "--?\w*locked|"cargo", \["install"/,
  );
});
