// Bundles a Worker of bench/systems/workers/ with its packages of bench/node_modules.
import { build } from "esbuild";
import { at } from "../../scripts/lib/paths.mjs";

/**
 * The text of one module, minified as the Workers of production are.
 * @param {string} name
 */
export async function bundled(name) {
  const { outputFiles } = await build({
    entryPoints: [at("bench/systems/workers", `${name}.mjs`)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["module", "main"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

/**
 * A Worker of one module, as Miniflare takes it.
 * @param {string} contents
 */
export const oneModule = (contents) => [
  { type: /** @type {const} */ ("ESModule"), path: "main.mjs", contents },
];
