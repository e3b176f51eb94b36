// The merchant's guide, and its code, for the tests that run it.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { at } from "../../scripts/lib/paths.mjs";
import { read } from "./sources.mjs";

/** The pages of the merchant's guide, in English. */
export const guidePages = readdirSync(at("docs/merchant"))
  .filter((name) => !name.endsWith(".ja.md"))
  .map((name) => `docs/merchant/${name}`);

/** All that they say. */
export const guide = guidePages.map(read).join("\n");

/**
 * The example of the guide that has a text. There has to be exactly one.
 * @param {string} language as the fence names it
 * @param {string} text
 */
export function example(language, text) {
  const found = [...guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(
    ([, written, code]) => written === language && code.includes(text),
  );
  assert.equal(found.length, 1, `examples with ${text}: ${found.length}`);
  return found[0][2];
}

/**
 * HTML of the guide with an issuer and a challenge in it.
 * @param {string} html
 * @param {string} worker the issuer's origin
 * @param {string} [secret]
 */
export const filled = (html, worker, secret = "") =>
  html.replaceAll("https://otp.example", worker).replaceAll("ch_…_secret_…", secret);
