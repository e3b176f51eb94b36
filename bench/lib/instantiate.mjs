// node bench/lib/instantiate.mjs FILE: how long this V8 takes to compile and to instantiate a wasm, in
// milliseconds, as JSON. Its imports do nothing.
import { readFileSync } from "node:fs";

const bytes = readFileSync(process.argv[2]);
const start = performance.now();
const module = new WebAssembly.Module(bytes);
const compiled = performance.now();
/** @type {WebAssembly.Imports} */
const imports = {};
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
  // The dom's types do not know tags of exceptions yet.
  const { Tag } = /** @type {any} */ (WebAssembly);
  const isTag = String(kind) === "tag";
  (imports[from] ??= {})[name] = isTag ? new Tag({ parameters: ["externref"] }) : () => {};
}
const imported = performance.now();
new WebAssembly.Instance(module, imports);
const instantiate = performance.now() - imported;
console.log(JSON.stringify({ compile: compiled - start, instantiate }));
