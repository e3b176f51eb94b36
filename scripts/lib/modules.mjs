// What Miniflare is given of a Worker that is built: its modules one by one, as wrangler gives them.
import { readdirSync } from "node:fs";
import { dirname, join, matchesGlob, relative } from "node:path";

/**
 * The modules of a Worker that is built: its main one, and what the rules of wrangler.toml name
 * beside and below it.
 * @param {string} main
 * @param {import("wrangler").Unstable_Config["rules"]} rules
 */
export function modulesOf(main, rules) {
  const folder = dirname(main);
  const named = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== main)
    .flatMap((path) => {
      const rule = rules.find(({ globs }) =>
        globs.some((glob) => matchesGlob(relative(folder, path), glob)),
      );
      return rule ? [{ type: rule.type, path }] : [];
    });
  return [{ type: /** @type {const} */ ("ESModule"), path: main }, ...named];
}
