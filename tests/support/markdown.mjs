// Documents as readers see them: sections with their tables, code, lists, links and figures.
// marked reads Markdown as GitHub does: tables in lists and links in cells are no work for patterns.
import { lexer, walkTokens } from "marked";

/**
 * @typedef {object} Row
 * @property {number} cells
 * @property {string[]} spans what stands in backticks, each once
 * @property {string[]} first what stands in backticks in the first cell
 * @property {string[]} figures
 */

/**
 * @typedef {object} Section
 * @property {number} level 0 before the first heading
 * @property {string} heading
 * @property {Row[][]} tables
 * @property {{ lang: string, text: string }[]} code
 * @property {number[]} lists how many items each list has
 * @property {string[]} links
 * @property {string[]} spans
 * @property {string[]} figures
 */

/** @typedef {import("marked").Token} Token */

/**
 * The sections of a document, each without those below it.
 * @param {string} text
 * @returns {Section[]}
 */
export function sectionsOf(text) {
  /** @type {{ level: number, heading: string, tokens: Token[] }[]} */
  const parts = [{ level: 0, heading: "", tokens: [] }];
  for (const token of lexer(text)) {
    if (token.type === "heading") {
      parts.push({ level: token.depth, heading: token.text, tokens: [] });
    }
    parts[parts.length - 1].tokens.push(token);
  }
  return parts.map(({ level, heading, tokens }) => ({ level, heading, ...contents(tokens) }));
}

/** The words of a document, without what stands in backticks or blocks. @param {string} text */
export function textOf(text) {
  /** @type {string[]} */
  const words = [];
  walkTokens(lexer(text), (token) => {
    if (token.type === "text" && !token.tokens) words.push(token.text);
  });
  return words.join("\n");
}

/** @param {Token[]} tokens */
function contents(tokens) {
  /** @type {Row[][]} */
  const tables = [];
  /** @type {Section["code"]} */
  const code = [];
  /** @type {number[]} */
  const lists = [];
  /** @type {string[]} */
  const links = [];
  const words = wordsOf(tokens);
  walkTokens(tokens, (token) => {
    if (token.type === "table") {
      const rows = [token.header, ...token.rows];
      tables.push(rows.map((/** @type {{ tokens: Token[] }[]} */ row) => rowOf(row)));
    } else if (token.type === "code") code.push({ lang: token.lang ?? "", text: token.text });
    else if (token.type === "list") lists.push(token.items.length);
    else if (token.type === "link") links.push(token.href);
    else if (token.type === "html") {
      links.push(...matches(token.raw, /\b(?:href|src|srcset)="([^"]+)"/g));
    }
  });
  return { tables, code, lists, links, ...words };
}

/** @param {{ tokens: Token[] }[]} cells */
function rowOf(cells) {
  const first = wordsOf(cells[0].tokens).spans;
  return { cells: cells.length, first, ...wordsOf(cells.flatMap(({ tokens }) => tokens)) };
}

/** What must be the same in every language. @param {Token[]} tokens */
function wordsOf(tokens) {
  /** @type {Set<string>} */
  const spans = new Set();
  /** @type {Set<string>} */
  const figures = new Set();
  walkTokens(tokens, (token) => {
    if (token.type === "codespan") spans.add(token.text);
    if (token.type !== "text" || token.tokens) return;
    for (const figure of matches(token.text, /(\d+(?:[.,]\d+)*)/g)) {
      figures.add(figure.replaceAll(",", ""));
    }
  });
  return { spans: [...spans].sort(), figures: [...figures].sort() };
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 */
const matches = (text, pattern) => [...text.matchAll(pattern)].map(([, first]) => first);
