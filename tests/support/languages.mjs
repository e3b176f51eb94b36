// A document and its Japanese page, compared by what both must have.
import { basename, dirname, join } from "node:path";
import { anchor } from "../../scripts/lib/markdown.mjs";
import { sectionsOf } from "./markdown.mjs";

/** @typedef {import("./markdown.mjs").Section} Section */
/** @typedef {(file: string) => string | undefined} Read a document, if it is there */

/** The Japanese page beside a document. @param {string} file */
export const japanese = (file) => file.replace(/\.md$/, ".ja.md");

/**
 * Where the pages differ, a line each.
 * @param {string} file the English document, relative to the root
 * @param {Read} read
 * @param {string[]} [englishOnly] headings whose section is in Japanese a link to the English one
 * @returns {string[]}
 */
export function differences(file, read, englishOnly = []) {
  const [english, ours] = [file, japanese(file)].map((name) => sectionsOf(read(name) ?? ""));
  const longer = Math.max(english.length, ours.length);
  for (let n = 0; n < longer; n++) {
    if (english[n]?.level === ours[n]?.level) continue;
    return [`headings: ${title(english[n])} is beside ${title(ours[n])}`];
  }
  return [
    ...withoutSwitch(english[1], "日本語", japanese(file)),
    ...withoutSwitch(ours[1], "English", file),
    ...english.flatMap((section, n) => {
      const found = englishOnly.includes(section.heading)
        ? pointer(section, ours[n], file)
        : compared(section, ours[n], expectedLinks(section.links, file, read));
      return found.map((what) => `${title(section)} / ${title(ours[n])}: ${what}`);
    }),
  ];
}

/** @param {Section | undefined} section */
const title = (section) =>
  section ? `${"#".repeat(section.level)} ${section.heading}`.trim() || "the top" : "nothing";

/**
 * Takes the link to the other language from the links of a page's top.
 * @param {Section | undefined} top
 * @param {string} language
 * @param {string} other
 */
function withoutSwitch(top, language, other) {
  const at = top?.links.indexOf(basename(other)) ?? -1;
  if (at < 0) return [`no link at the top to ${language}, ${basename(other)}`];
  top?.links.splice(at, 1);
  return [];
}

/**
 * @param {Section} english
 * @param {Section} ours
 * @param {string[]} links
 */
const compared = (english, ours, links) => [
  ...same("number of tables", english.tables.length, ours.tables.length),
  ...english.tables.flatMap((rows, n) => tables(rows, ours.tables[n] ?? [])),
  ...same("number of code blocks", english.code.length, ours.code.length),
  ...english.code.flatMap((block, n) => blocks(block, ours.code[n])),
  ...same("items of lists", english.lists, ours.lists),
  ...same("links", links.sort(), ours.links.sort()),
  ...same("names in backticks", english.spans, ours.spans),
  ...lacking("figures", english.figures, ours.figures),
];

/**
 * @param {Section["tables"][0]} english
 * @param {Section["tables"][0]} ours
 */
function tables(english, ours) {
  const rows = same("rows of a table", english.length, ours.length);
  if (rows.length > 0) return rows;
  return english.flatMap((row, n) => {
    const at = `row ${n} ${row.first.join(", ")}`.trim();
    return [
      ...same(`${at}, cells`, row.cells, ours[n].cells),
      ...same(`${at}, names of its first cell`, row.first, ours[n].first),
      ...same(`${at}, names in backticks`, row.spans, ours[n].spans),
      ...lacking(`${at}, figures`, row.figures, ours[n].figures),
    ];
  });
}

/**
 * A section that is in English alone: one link leads there.
 * @param {Section} english
 * @param {Section} ours
 * @param {string} file
 */
const pointer = (english, ours, file) => [
  ...same("links", [`${basename(file)}#${anchor(english.heading)}`], ours.links),
  ...same("number of tables", 0, ours.tables.length),
];

/**
 * What the links of a section are in Japanese: to a Japanese page and its heading, where there is
 * one.
 * @param {string[]} links
 * @param {string} file
 * @param {Read} read
 */
function expectedLinks(links, file, read) {
  return links.map((link) => {
    if (/^[a-z]+:/.test(link)) return link;
    const [path, fragment] = link.split("#");
    const target = path ? join(dirname(file), path) : file;
    const page = target.endsWith(".md") ? read(japanese(target)) : undefined;
    if (page === undefined) return link;
    const there = path && japanese(path);
    if (!fragment) return there;
    const headings = sectionsOf(read(target) ?? "").map(({ heading }) => anchor(heading));
    return `${there}#${anchor(sectionsOf(page)[headings.indexOf(fragment)]?.heading ?? "")}`;
  });
}

// Code

/** How comments begin in a language of the documents; in others there are none. */
const comments = new Map([
  ...["sh", "python", "ruby", "toml", "yaml"].map((lang) => /** @type {const} */ ([lang, "#"])),
  ...["js", "jsx", "ts", "tsx", "go", "java", "php"].map(
    (lang) => /** @type {const} */ ([lang, "//"]),
  ),
  ["sql", "--"],
]);

/**
 * @param {Section["code"][0]} english
 * @param {Section["code"][0] | undefined} ours
 */
function blocks(english, ours) {
  if (!ours) return [];
  const [left, right] = [english, ours].map(lines);
  return [
    ...same("language of code", english.lang, ours.lang),
    ...same("lines of code", left.length, right.length),
    ...left.flatMap((line, n) =>
      right[n] === undefined || isSame(line, right[n], english.lang)
        ? []
        : [`code: ${line} is beside ${right[n]}`],
    ),
  ];
}

/** A block's lines without comments. @param {Section["code"][0]} block */
function lines({ lang, text }) {
  const mark = comments.get(lang);
  const code = text
    .replace(/<!--[^]*?-->/g, "")
    .replace(/\/\*[^]*?\*\//g, mark === "//" ? "" : "$&")
    .replace(/""".*?"""/g, lang === "python" ? '""""""' : "$&");
  return code.split("\n").map((line) => {
    // A mark inside of a word is none: an address has //, a selector #.
    const at = mark ? line.search(new RegExp(`(^|\\s)${mark}(\\s|$)`)) : -1;
    return (at < 0 ? line : line.slice(0, at)).trimEnd();
  });
}

/**
 * What is before the words of a line, in languages whose lines have words: the name that a map of
 * folders explains, and who is named or tells whom in a picture.
 */
const named = new Map([
  ["", /^\s*\S+/],
  ["mermaid", /^.*?(?=: | as )/],
]);

/**
 * Whether a line of both is one, but for its words.
 * @param {string} english
 * @param {string} ours
 * @param {string} lang
 */
function isSame(english, ours, lang) {
  const before = named.get(lang);
  if (!before || !/[\p{sc=Hira}\p{sc=Kana}\p{sc=Han}]/u.test(ours)) return english === ours;
  const [left, right] = [english, ours].map((line) => before.exec(line)?.[0]);
  return left !== undefined && left === right;
}

// Comparing

/**
 * @param {string} what
 * @param {unknown} english
 * @param {unknown} ours
 */
function same(what, english, ours) {
  const [left, right] = [english, ours].map((value) => JSON.stringify(value));
  if (left === right) return [];
  if (!Array.isArray(english) || !Array.isArray(ours)) return [`${what}: ${left} is ${right}`];
  const only = (/** @type {unknown[]} */ here, /** @type {unknown[]} */ there) =>
    here.filter((value) => !there.includes(value)).join(", ") || "nothing";
  return [`${what}: in English alone ${only(english, ours)}; in Japanese ${only(ours, english)}`];
}

/**
 * What is said in English and not in Japanese, where more may be said: figures for words.
 * @param {string} what
 * @param {string[]} english
 * @param {string[]} ours
 */
function lacking(what, english, ours) {
  const gone = english.filter((value) => !ours.includes(value));
  return gone.length > 0 ? [`${what}: not in Japanese ${gone.join(", ")}`] : [];
}
