// What each test file would otherwise work out again from the same text.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at } from "../../scripts/lib/paths.mjs";

// A value is made by packages of the versions that are locked.
const lock = readFileSync(at("package-lock.json"));

/**
 * What `make` makes of a text, kept for the next test file.
 * @template T
 * @param {string} text all that the value depends on, beside the code of `make` and the packages
 * @param {() => T} make makes a value that JSON can hold. A change of its own code is noticed, and no
 *   change of a function of ours that it calls
 * @param {string} [folder] where values are kept
 * @returns {T}
 */
export function kept(text, make, folder = at(".warifu/kept")) {
  const name = createHash("sha256").update(lock).update(`${make}`).update(text).digest("hex");
  const file = join(folder, `${name}.json`);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // Nobody has made it yet.
  }
  const value = make();
  const json = JSON.stringify(value);
  assert.deepEqual(JSON.parse(json), value, "JSON does not hold this value");
  mkdirSync(folder, { recursive: true });
  // Another file may read meanwhile: it finds a whole one or none.
  const written = `${file}.${process.pid}`;
  writeFileSync(written, json);
  renameSync(written, file);
  return value;
}
