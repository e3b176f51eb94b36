// Shortens the names that wasm and glue call each other by: they carry a hash each, stand in both
// files, and a hash does not compress.
import { readFileSync, writeFileSync } from "node:fs";
import { Failure, capture } from "../lib/run.mjs";
import { nodeTool } from "../lib/toolchain.mjs";

/**
 * Renames in both files, in place.
 * @param {string} wasm
 * @param {string} script the bundle around it
 * @param {string[]} enabled wasm-opt's features
 */
export function shorten(wasm, script, enabled) {
  const flag = "--minify-imports-and-exports-and-modules";
  const printed = capture(nodeTool("wasm-opt"), [wasm, ...enabled, flag, "-o", wasm]);
  if (printed === undefined) throw new Failure("wasm-opt could not shorten names.");
  const { imports, exports } = /** @type {{ imports: string[][], exports: string[][] }} */ (
    JSON.parse(printed)
  );
  let text = readFileSync(script, "utf8");
  /**
   * A name that is missing would be an import that nobody gives: better a failed build.
   * @param {string | RegExp} from
   * @param {string} to
   */
  const rename = (from, to) => {
    const renamed = text.replaceAll(from, to);
    if (renamed === text) throw new Failure(`The widget's glue does not know ${from}.`);
    text = renamed;
  };
  for (const module of new Set(imports.map(([module]) => module))) rename(`"${module}"`, '"a"');
  for (const [, from, to] of imports) rename(new RegExp(`\\b${from}\\b(?=:)`, "g"), to);
  for (const [from, to] of exports) {
    // Exports that only wasm-bindgen's start-up knows are not called by name in the bundle.
    if (new RegExp(`\\.${from}\\b`).test(text)) rename(new RegExp(`\\.${from}\\b`, "g"), `.${to}`);
  }
  writeFileSync(script, text);
}
