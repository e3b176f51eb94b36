// What the packages of bench/package.json give a browser: the file that a package ships for a script
// tag, or, where it ships modules alone, what esbuild makes of the part that a page needs.
import { readFileSync } from "node:fs";
import { build, transform } from "esbuild";
import { at } from "../../scripts/lib/paths.mjs";

/** @param {string} path in bench/node_modules */
export const shipped = (path) => readFileSync(at("bench/node_modules", path));

/** A script that a package ships for a script tag, and ships in full. @param {string} path */
export async function minified(path) {
  const { code } = await transform(shipped(path).toString(), { minify: true, target: "es2022" });
  return Buffer.from(code);
}

/** What a page's bundler makes of a script and the packages that it imports. @param {string} script */
export async function bundled(script) {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: at("bench") },
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  return Buffer.from(outputFiles[0].contents);
}
