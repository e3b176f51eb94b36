// Every guide is there in English and in Japanese, and both say the same: sections, tables, code,
// lists, links, names and figures.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { included } from "../scripts/lib/includes.mjs";
import { at } from "../scripts/lib/paths.mjs";
import { guidePages } from "./support/guide.mjs";
import { differences, japanese } from "./support/languages.mjs";
import { sectionsOf, textOf } from "./support/markdown.mjs";
import { all, read } from "./support/sources.mjs";

/** @param {string} file */
const readIfThere = (file) => (existsSync(at(file)) ? read(file) : undefined);

const guides = [
  "README.md",
  "docs/glossary.md",
  // A page that is the code of a shop is in English alone.
  ...guidePages.filter((page) => included(read(page)).length === 0),
  ...readdirSync(at("docs/issuer"))
    .filter((name) => !name.endsWith(".ja.md"))
    .map((name) => `docs/issuer/${name}`),
];

/** What is about this repository's own code is in English, and changes with each commit. */
const englishOnly = ["How to change X"];

for (const file of guides) {
  test(`${file} and ${japanese(file)} say the same`, () => {
    assert.deepEqual(differences(file, readIfThere, englishOnly), []);
  });
}

test("what is bold in Japanese is bold: beside a sign it needs a space, as in English", () => {
  const starred = guides.map(japanese).filter((page) => textOf(read(page)).includes("**"));
  assert.deepEqual(starred, []);
  assert.ok(textOf("`a` **`b`**と").includes("**"));
  assert.ok(!textOf("**`b`** と、`**`").includes("**"));
});

test("a section that is in English alone is one of README.md", () => {
  const headings = sectionsOf(read("README.md")).map(({ heading }) => heading);
  for (const heading of englishOnly) assert.ok(headings.includes(heading), heading);
});

const glossary = "docs/glossary.ja.md";

/** A word that the glossary replaces, with the one in its place. @param {string} text */
const replaced = (text) =>
  [...text.matchAll(/^\| ([^|]+) \| [^|]+ \| ([^|]*)\|[^|]*\|$/gm)]
    .slice(2)
    .flatMap(([, word, others]) => all(others, /([^、\s]+)/g).map((other) => ({ word, other })));

test("Japanese pages use the words of the glossary, outside of code", () => {
  const words = replaced(read(glossary));
  assert.ok(words.length > 30, `${words.length}`);
  const found = guides
    .map(japanese)
    .filter((page) => page !== glossary)
    .flatMap((page) => {
      const text = read(page).replace(/^( *)```[^]*?^\1```$/gm, "");
      return words
        .filter(({ other }) => text.includes(other))
        .map(({ word, other }) => `${page}: ${other}, which is ${word}`);
    });
  assert.deepEqual(found, []);
});

test("a word that the glossary replaces is one of its third column", () => {
  const table = "| 日本語 | English | 使わない語 | 意味 |\n| --- | --- | --- | --- |\n";
  assert.deepEqual(
    replaced(`${table}| 宛先 | destination | 送信先、届け先 | 住所 |\n| 通 | segment | | |\n`),
    [
      { word: "宛先", other: "送信先" },
      { word: "宛先", other: "届け先" },
    ],
  );
});

// What a page for the call centre quotes

/** What the templates say, without what they fill in. */
const said = ["worker/templates", "delivery/templates"]
  .flatMap((folder) => readdirSync(at(folder)).map((name) => read(`${folder}/${name}`)))
  .map((text) => text.replace(/\{[{%][^]*?[%}]\}/g, "\n"))
  // Words for the script stand in attributes.
  .flatMap((text) => [text, text.replace(/<[^>]*>/g, "\n")])
  .join("\n");

/**
 * The pieces of what a page quotes from screens and messages: what stands between the signs in a
 * table's first cells, without what differs from case to case.
 * @param {string} file
 * @param {RegExp} signs
 */
const quoted = (file, signs) =>
  all(read(file), /^\| ([^|]+) \|/gm)
    .flatMap((cell) => all(cell, signs))
    .flatMap((quote) =>
      quote
        .replace(/[『‘]/g, open)
        .replace(/[』’](?!s )/g, close)
        .split("…"),
    )
    .map((piece) => piece.trim())
    .filter((piece) => piece.length > 1);

/** The sign of a quotation in a quotation, as it is without the outer one. @param {string} sign */
const open = (sign) => (sign === "『" ? "「" : "“");
/** @param {string} sign */
const close = (sign) => (sign === "』" ? "」" : "”");

for (const { file, signs } of [
  { file: "docs/issuer/call-centre.md", signs: /“([^”]+)”/g },
  { file: "docs/issuer/call-centre.ja.md", signs: /「([^」]+)」/g },
]) {
  test(`${file} quotes what screens and messages say`, () => {
    const pieces = quoted(file, signs);
    assert.ok(pieces.length > 60, `${pieces.length}`);
    assert.deepEqual(
      pieces.filter((piece) => !said.includes(piece)),
      [],
    );
  });
}

// What is found, at two small pages

const english = `# Title

English · [日本語](page.ja.md)

A code lives 10 minutes: \`CODE_LIFE_SECONDS\`. See [below](#a-table) and [more](other.md#part).

- one
- two

\`\`\`sh
npm start    # begins
curl https://otp.example/healthz
\`\`\`

## A table

| name | it is |
| --- | --- |
| \`TRIES\` | from 1 to 10 |
| \`REST\` | 5,000 |
`;

const ours = `# 題名

[English](page.md) · 日本語

コードの有効期限は10分です（\`CODE_LIFE_SECONDS\`）。[下の表](#一覧)と[こちら](other.ja.md#部分)をご覧ください。

- 一つ
- 二つ

\`\`\`sh
npm start    # 起動
curl https://otp.example/healthz
\`\`\`

## 一覧

| 名前 | 内容 |
| --- | --- |
| \`TRIES\` | 1～10 |
| \`REST\` | 5,000 |
`;

/** @param {string} text the Japanese page */
const found = (text, english_ = english) =>
  differences("page.md", (file) =>
    new Map([
      ["page.md", english_],
      ["page.ja.md", text],
      ["other.md", "# Other\n\n## Part\n"],
      ["other.ja.md", "# ほか\n\n## 部分\n"],
    ]).get(file),
  );

test("two pages that say the same differ nowhere", () => {
  assert.deepEqual(found(ours), []);
});

/** @type {[string, string | RegExp, string, RegExp][]} */
const changes = [
  ["a missing section", /## 一覧[^]*/, "", /## A table is beside nothing/],
  ["a section more", /$/, "\n## 付録\n", /nothing is beside ## 付録/],
  ["a heading of another level", "## 一覧", "### 一覧", /## A table is beside ### 一覧/],
  ["an extra row", /$/, "| `MORE` | 1 |\n", /rows of a table: 3 is 4/],
  ["a missing row", "| `REST` | 5,000 |\n", "", /rows of a table: 3 is 2/],
  ["another row in its place", "| `REST` |", "| `LAST` |", /row 2 REST, names of its first cell/],
  ["a column more", /^(\|.*\|)$/gm, "$1 --- |", /cells: 2 is 3/],
  ["another bound", "1～10", "1～9", /row 1 TRIES, figures: not in Japanese 10/],
  ["a changed command", "npm start ", "npm run start ", /code: npm start is beside npm run start/],
  ["a missing line of code", /^curl.*\n/m, "", /lines of code: 2 is 1/],
  ["a missing block of code", /```sh[^]*```/, "", /number of code blocks: 1 is 0/],
  ["an item less", "- 二つ\n", "", /items of lists/],
  ["another figure", "10分", "15分", /figures: not in Japanese 10/],
  ["another name", "`CODE_LIFE_SECONDS`", "`CODE_LIFE`", /names in backticks/],
  ["a link to the English page", "other.ja.md", "other.md", /links: .*other\.ja\.md#部分/],
  ["a link to the English heading", "(#一覧)", "(#a-table)", /links: in English alone #一覧/],
  ["a missing link", "[こちら](other.ja.md#部分)", "こちら", /links: .*other\.ja\.md#部分/],
  ["no way to the other language", "[English](page.md)", "English", /no link at the top to Engl/],
];
for (const [what, from, to, says] of changes) {
  test(`${what} is found`, () => {
    const changed = ours.replace(from, to);
    assert.notEqual(changed, ours);
    assert.match(found(changed).join("\n"), says);
  });
}

test("comments are in each language, and a mark inside of a word begins none", () => {
  const block = (/** @type {string} */ code) => ["page.md", `# a\n\n[](page.ja.md)\n\n${code}`];
  const compare = (/** @type {string} */ left, /** @type {string} */ right) =>
    found(block(right)[1].replace("page.ja.md", "page.md"), block(left)[1]);
  const js = (/** @type {string} */ line) => `\`\`\`js\n${line}\n\`\`\``;
  assert.deepEqual(compare(js("go(); // at once"), js("go(); // すぐに")), []);
  assert.notDeepEqual(compare(js('go("https://a")'), js('go("https://b")')), []);
  const html = (/** @type {string} */ line) => `\`\`\`html\n${line}\n\`\`\``;
  assert.deepEqual(compare(html("<p><!-- one --></p>"), html("<p><!-- 一 --></p>")), []);
  const map = (/** @type {string} */ line) => `\`\`\`\n${line}\n\`\`\``;
  assert.deepEqual(compare(map("core/  the rules"), map("core/  規則")), []);
  assert.notDeepEqual(compare(map("core/  the rules"), map("cores/  規則")), []);
  assert.notDeepEqual(compare(map("script-src a;"), map("script-src b;")), []);
  const mermaid = (/** @type {string} */ line) => `\`\`\`mermaid\n${line}\n\`\`\``;
  assert.deepEqual(compare(mermaid("B->>S: buys"), mermaid("B->>S: 購入")), []);
  assert.deepEqual(
    compare(mermaid("participant B as Browser"), mermaid("participant B as 画面")),
    [],
  );
  assert.notDeepEqual(compare(mermaid("B->>S: buys"), mermaid("S->>B: 購入")), []);
  assert.notDeepEqual(compare(mermaid("B->>S: buys"), mermaid("B->>S 購入")), []);
});

test("what is in English alone has one link there, and no table", () => {
  const pages = new Map([
    ["page.md", "# a\n\n[日本語](page.ja.md)\n\n## Code\n\n| a |\n| - |\n"],
    ["page.ja.md", "# あ\n\n[English](page.md)\n\n## コード\n\n[英語](page.md#code)\n"],
  ]);
  assert.deepEqual(
    differences("page.md", (file) => pages.get(file), ["Code"]),
    [],
  );
  pages.set("page.ja.md", "# あ\n\n[English](page.md)\n\n## コード\n\n説明\n");
  assert.match(
    differences("page.md", (file) => pages.get(file), ["Code"]).join(),
    /links: in English alone page\.md#code/,
  );
});
