// Leaves out what worker-build publishes for others: classes that crates export whether they are
// used or not (streams, R2 ranges, container options), and all that only they reach.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { buildSync } from "esbuild";
import { Failure } from "../lib/run.mjs";
import { binaryen } from "./binaryen.mjs";

/**
 * Prunes both files, in place.
 * @param {string} wasm
 * @param {string} script the bundle around it
 * @param {string[]} kept what the platform asks the bundle for
 * @param {string[]} enabled wasm-opt's features
 * @param {string[]} optimised what wasm-opt does
 */
export function prune(wasm, script, kept, enabled, optimised) {
  // What esbuild cannot know: these only make an object, and `using` is nobody's way to a class of
  // ours. Without them, a class that nothing names has no effect.
  const marked = readFileSync(script, "utf8")
    .replaceAll(/\bnew (?=(?:Proxy|FinalizationRegistry)\()/g, "/* @__PURE__ */ new ")
    .replaceAll(
      /Symbol\.dispose&&\(([\w$]+)\.prototype\[Symbol\.dispose\]=\1\.prototype\.free\);/g,
      "",
    );
  writeFileSync(script, marked);
  const bundled = buildSync({
    stdin: {
      contents: `export { ${kept.join(", ")} } from ${JSON.stringify(script)};`,
      resolveDir: dirname(script),
    },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["*.wasm", "cloudflare:*"],
    write: false,
  });
  const text = bundled.outputFiles[0].text;
  const holder = /([\w$]+)\.__wbindgen_\w+/.exec(text)?.[1];
  if (holder === undefined) throw new Failure("The glue calls no export of wasm-bindgen's.");
  const calls = [...text.matchAll(/([\w$]+)\.([\w$]+)/g)];
  const used = new Set(calls.filter(([, of]) => of === holder).map(([, , name]) => name));
  // As text, because wasm-metadce orders functions anew, which costs more than it saves.
  const printed = `${wasm}.wat`;
  const features = [...enabled, "-o"];
  binaryen("wasm-dis", [wasm, ...features, printed]);
  const unused = (/** @type {string} */ line) => {
    const name = /^ \(export "([^"]+)"/.exec(line)?.[1];
    return name !== undefined && !used.has(name);
  };
  const lines = readFileSync(printed, "utf8").split("\n");
  writeFileSync(printed, lines.filter((line) => !unused(line)).join("\n"));
  // Once more over everything: what is left optimises further.
  binaryen("wasm-opt", [printed, ...optimised, ...features, wasm]);
  rmSync(printed);
  writeFileSync(script, text);
}
