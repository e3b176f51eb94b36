// Shortens the names that wasm and glue call each other by: they carry a hash each, stand in both
// files, and a hash does not compress.
import { readFileSync, writeFileSync } from "node:fs";
import { Failure } from "../lib/run.mjs";
import { binaryen } from "./binaryen.mjs";

/**
 * Renames in both files, in place.
 * @param {string} wasm
 * @param {string} script the bundle around it
 * @param {string[]} enabled wasm-opt's features
 */
export function shorten(wasm, script, enabled) {
  const flag = "--minify-imports-and-exports-and-modules";
  const printed = binaryen("wasm-opt", [wasm, ...enabled, flag, "-o", wasm]);
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
    if (renamed === text) throw new Failure(`The glue does not know ${from}.`);
    text = renamed;
  };
  for (const module of new Set(imports.map(([module]) => module))) rename(`"${module}"`, '"a"');
  for (const [, from, to] of imports) rename(new RegExp(`\\b${from}\\b(?=:)`, "g"), to);
  // Names that wasm-bindgen made are its own; a plain one such as `fetch` is others' too, so there
  // only what holds the exports is renamed.
  const holder = /([\w$]+)\.__wbindgen_\w+/.exec(text)?.[1];
  if (holder === undefined) throw new Failure("The glue calls no export of wasm-bindgen's.");
  for (const [from, to] of exports) {
    const call = new RegExp(
      from.includes("_") ? `\\.${from}\\b` : `\\b${holder}\\.${from}\\b`,
      "g",
    );
    // Exports that only wasm-bindgen's start-up knows are not called by name in the bundle.
    if (call.test(text)) rename(call, from.includes("_") ? `.${to}` : `${holder}.${to}`);
  }
  writeFileSync(script, text);
}
