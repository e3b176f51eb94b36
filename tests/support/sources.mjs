// Sources and documents as text, for the tests that hold what is written in several places.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { at } from "../../scripts/lib/paths.mjs";

/** @param {string} file relative to the root */
export const read = (file) => readFileSync(at(file), "utf8");

/**
 * The first group of every match.
 * @param {string} text
 * @param {RegExp} pattern
 */
export const all = (text, pattern) => [...text.matchAll(pattern)].map(([, first]) => first);

/** Each once, in order. @param {Iterable<string>} names */
export const sorted = (names) => [...new Set(names)].sort();

/**
 * The tests that a text names, each as "file: name, name", all in backticks.
 * @param {string} text
 */
export const namedTests = (text) =>
  [...text.matchAll(/`([\w./-]+\.(?:mjs|rs|toml))`: (`[^`]+`(?:, `[^`]+`)*)/g)].flatMap(
    ([, file, names]) => all(names, /`([^`]+)`/g).map((name) => ({ file, name })),
  );

/**
 * The body of a function, enumeration or other block of a source, from the line that begins with
 * `opening` to the bracket that closes it. The first, where there are several.
 * @param {string} file
 * @param {string} opening such as "fn as_str"
 */
export function block(file, opening) {
  const start = `^( *)(?:pub(?:\\(\\w+\\))? |export )?${opening}\\b`;
  const [text] = new RegExp(`${start}[^]*?^\\1\\}`, "m").exec(read(file)) ?? [];
  assert.ok(text, `${file}: ${opening}`);
  return text;
}
