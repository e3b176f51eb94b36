// The challenge form's script with its wasm in it, as a browser loads it: one file, so that no wasm is
// asked for after the script has come. Its address is made of its own hash, so that browsers may keep
// it for ever.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, paths } from "../lib/paths.mjs";
import { Failure } from "../lib/run.mjs";
import { esbuild } from "./esbuild.mjs";
import { version } from "./version.mjs";

/** @type {import("../build.mjs").BuildStep} */
export const form = {
  name: "form",
  what: "Form: bundle of script and wasm",
  inputs: ["package.json", "widget/js", "dist/widget/widget.wasm", "dist/widget/names.json"],
  make,
};

/** Stands in the script for the wasm, until esbuild is done with it. */
const PLACE = "{the wasm}";

async function make() {
  const folder = join(paths.own, "form");
  rmSync(folder, { recursive: true, force: true });
  const script = join(folder, "widget.js");
  await esbuild("widget/js/boot.js", script, [
    "--format=esm",
    // The names that wasm and script share get the wasm's letters.
    ...["--mangle-props=^(__wb|widget_|memory$)", `--mangle-cache=${sharedNames()}`],
    `--define:WIDGET_WASM=${JSON.stringify(PLACE)}`,
  ]);
  const [before, after, ...more] = readFileSync(script, "utf8").split(JSON.stringify(PLACE));
  if (after === undefined || more.length > 0)
    throw new Failure("The script has no place for wasm.");
  writeFileSync(script, before + literal(readFileSync(at("dist/widget/widget.wasm"))) + after);
  return publish(folder, script);
}

/** The file with the names, each of which widget/js/wasm.js must have. */
function sharedNames() {
  const file = at("dist/widget/names.json");
  const glue = readFileSync(at("widget/js/wasm.js"), "utf8");
  const missing = Object.keys(JSON.parse(readFileSync(file, "utf8"))).filter(
    (name) => !glue.includes(name),
  );
  if (missing.length === 0) return file;
  throw new Failure(`widget/js/wasm.js lacks ${missing.join(", ")}, which the wasm asks for.`);
}

/**
 * Bytes as a string of JavaScript, a character each. In UTF-8 most bytes of wasm are one byte, and
 * compressed they are hardly more than the wasm itself; in base64 they would be a third more.
 * @param {Buffer} bytes
 */
function literal(bytes) {
  const escapes = { "\n": "\\n", "\r": "\\r", "'": "\\'", "\\": "\\\\" };
  const escaped = (/** @type {string} */ found) => escapes[/** @type {"\n"} */ (found)];
  return `'${bytes.toString("latin1").replace(/[\n\r'\\]/g, escaped)}'`;
}

/**
 * Moves the script to its address, and notes the address for the Worker.
 * @param {string} folder
 * @param {string} script
 */
function publish(folder, script) {
  const hash = createHash("sha256").update(readFileSync(script));
  const address = `/w/${hash.digest("hex").slice(0, 16)}`;
  mkdirSync(join(folder, address), { recursive: true });
  renameSync(script, join(folder, address, "widget.js"));
  writeFileSync(
    join(paths.dist, "manifest.json"),
    `${JSON.stringify({ version, widget: address })}\n`,
  );
  return ["dist/manifest.json", `dist/own/form${address}/widget.js`];
}
