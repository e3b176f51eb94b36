// The challenge form in Rust, compiled to wasm, and the names by which wasm and script know each other.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, wasmTarget } from "../lib/paths.mjs";
import { Failure, capture, run } from "../lib/run.mjs";
import { cargoTool, nodeTool, targetDir } from "../lib/toolchain.mjs";
import { publishedEnv, workspace } from "./rust.mjs";

/** Where wasm-bindgen writes. Its glue is not used: widget/js/wasm.js is shorter. */
const glue = at("dist/widget");

/** What widget/js/wasm.js uses of the wasm. All else that only another export needs is left out. */
const used = [
  ...["memory", "widget_start", "widget_handle"],
  ...["__wbindgen_start", "__wbindgen_malloc", "__wbindgen_externrefs"],
];

/** @type {import("../build.mjs").BuildStep} */
export const widget = {
  name: "widget",
  what: "Widget: Rust to wasm, wasm-opt (first time about 30 s)",
  inputs: [...workspace, "widget/Cargo.toml", "widget/build.rs", "widget/src"],
  make,
};

async function make() {
  const options = { cwd: at(), env: publishedEnv() };
  const crate = ["-p", "warifu-widget", "--lib", "--profile", "widget", "--target", wasmTarget];
  await run("cargo", ["build", ...crate], options);

  rmSync(glue, { recursive: true, force: true });
  const compiled = join(targetDir(), wasmTarget, "widget/warifu_widget.wasm");
  // For a bundler: it leaves instantiating to boot.js, which needs a tenth of the code.
  // Every browser that the widget is for has `encodeInto`.
  const kind = [
    ...["--target", "bundler", "--no-typescript", "--out-name", "warifu_widget"],
    ...["--encode-into", "always"],
  ];
  await run(cargoTool("wasm-bindgen"), [compiled, ...kind, "--out-dir", glue], options);

  const given = join(glue, "warifu_widget_bg.wasm");
  await run(nodeTool("wasm-metadce"), [given, ...features, ...keep(), "-o", given], options);
  const wasm = join(glue, "widget.wasm");
  const slim = [
    "-Oz",
    "--converge",
    "--reorder-functions",
    // Shorter code that gzip makes more of: a hundredth less to download.
    ...["--one-caller-inline-max-function-size=20", "--skip-pass=local-cse"],
    "--skip-pass=simplify-locals",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
  ];
  await run(nodeTool("wasm-opt"), [given, ...slim, "-o", wasm], options);
  // By itself, because it says the letters each time that it runs.
  const shorten = ["--minify-imports-and-exports-and-modules", ...features];
  const said = capture(nodeTool("wasm-opt"), [wasm, ...shorten, "-o", wasm], options);
  if (!said) throw new Failure("wasm-opt failed: run it as scripts/build/widget.mjs does.");
  writeFileSync(join(glue, "names.json"), JSON.stringify(names(JSON.parse(said))));
  return ["dist/widget/widget.wasm", "dist/widget/names.json"];
}

/** The features of WebAssembly that Rust's target has, which wasm-metadce does not read from a file. */
const features = [
  ...["--enable-reference-types", "--enable-bulk-memory", "--enable-multivalue"],
  ...["--enable-mutable-globals", "--enable-sign-ext", "--enable-nontrapping-float-to-int"],
];

/** How wasm-metadce is told what stays. */
function keep() {
  const graph = join(glue, "used.json");
  const exports = used.map((name) => ({ name, export: name, root: true }));
  writeFileSync(graph, JSON.stringify(exports));
  return ["--graph-file", graph];
}

/**
 * The letter of each name, for esbuild. wasm-bindgen adds a hash to the names of imports, which
 * another version of it would change.
 * @param {{ imports: [string, string, string][], exports: [string, string][] }} minified
 */
function names({ imports, exports }) {
  const imported = imports.map(([, name, letter]) => [name.replace(/_[0-9a-f]{16}$/, ""), letter]);
  return Object.fromEntries([...imported, ...exports]);
}
