// A document in Markdown as a page.
import { readFileSync } from "node:fs";
import { Marked } from "marked";
import { at } from "../lib/paths.mjs";
import { anchor } from "../lib/markdown.mjs";

export const style = readFileSync(at("scripts/docs/style.css"));
export const icon = readFileSync(at("scripts/docs/icon.svg"));

/**
 * @param {string} path
 * @param {string} text
 */
export function documentPage(path, text) {
  const lang = path.endsWith(".ja.md") ? "ja" : "en";
  const title = /^# (.*)$/m.exec(text)?.[1] ?? path;
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} | Warifu</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a href="/README.ja.md" lang="ja">日本語</a> <a href="/README.md" lang="en">English</a></header>
<main>
${markup(text)}</main>
</body>
</html>
`;
}

/** The page of an address that has none. */
export const missingPage = documentPage(
  "missing.ja.md",
  `# ページがありません (No such page)

[ドキュメントの最初のページ](/README.ja.md)からお探しください。

<p lang="en">Look for it from <a href="/README.md">the first page of the documents</a>.</p>
`,
);

/**
 * A sequence diagram as a list of who tells whom what: without a script, and at any width.
 * @param {string} diagram in Mermaid's words
 */
function sequence(diagram) {
  const safe = diagram.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const names = new Map(
    Array.from(safe.matchAll(/^ *participant (\S+) as (.*)$/gm), ([, id, name]) => [id, name]),
  );
  const steps = Array.from(
    safe.matchAll(/^ *(\w+)--?>>(\w+): (.*)$/gm),
    ([, from, to, what]) => `<li><b>${names.get(from)} → ${names.get(to)}</b>${what}</li>`,
  );
  return `<ul class="sequence">\n${steps.join("\n")}\n</ul>\n`;
}

/** @param {string} text */
function markup(text) {
  /** How often each anchor was given. @type {Map<string, number>} */
  const given = new Map();
  const marked = new Marked({
    renderer: {
      code: ({ text, lang }) => lang === "mermaid" && sequence(text),
      heading({ tokens, depth, text: heading }) {
        const name = anchor(heading);
        const times = given.get(name) ?? 0;
        given.set(name, times + 1);
        const id = times === 0 ? name : `${name}-${times}`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
  });
  return /** @type {string} */ (marked.parse(text, { async: false }));
}
