// npm run docs: writes into the documents the code that they include. tests/documents.test.mjs fails
// where a document has it otherwise.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { withIncludes } from "./lib/includes.mjs";
import { at } from "./lib/paths.mjs";
import { main, say } from "./lib/run.mjs";

await main(() => {
  const read = (/** @type {string} */ file) => readFileSync(at(file), "utf8");
  const pages = readdirSync(at("docs"), { recursive: true, encoding: "utf8" });
  for (const page of pages.filter((name) => name.endsWith(".md"))) {
    const text = read(`docs/${page}`);
    const fresh = withIncludes(text, read);
    if (fresh === text) continue;
    writeFileSync(at("docs", page), fresh);
    say(`docs/${page}`);
  }
});
