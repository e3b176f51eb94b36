// What was measured, as tables and as JSON, with the machine that it was measured on.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { at } from "../../scripts/lib/paths.mjs";
import { compatibilityDate } from "./workerd.mjs";

/**
 * @typedef {import("./statistics.mjs").Row} Row
 *
 * @typedef {object} Report
 * @property {string} date
 * @property {ReturnType<typeof machine>} machine
 * @property {number} rounds
 * @property {Row[]} rows
 */

/** The machine and the versions that the figures depend on. */
export function machine() {
  /** @param {string} name */
  const version = (name) =>
    JSON.parse(readFileSync(at("node_modules", name, "package.json"), "utf8")).version;
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    workerd: version("workerd"),
    miniflare: version("miniflare"),
    compatibilityDate,
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: at(),
      encoding: "utf8",
    }).trim(),
  };
}

/**
 * Tables in Markdown, one for each measure: a line for each system or part of it, a column for each
 * figure.
 * @param {Row[]} rows
 */
export const tables = (rows) =>
  distinct(rows.map(({ measure }) => measure))
    .map((measure) => `### ${measure}\n\n${table(rows.filter((row) => row.measure === measure))}`)
    .join("\n\n");

/** @param {Row[]} rows of one measure */
export function table(rows) {
  const figures = distinct(rows.map(({ figure, unit }) => `${figure}, ${unit}`));
  const named = distinct(rows.map(nameOf));
  const cells = named.map((name) => {
    const own = rows.filter((row) => nameOf(row) === name);
    const values = figures.map((figure) => {
      const row = own.find((row) => `${row.figure}, ${row.unit}` === figure);
      return row ? cell(row) : "";
    });
    return [name, ...values];
  });
  return markdown([["", ...figures], ...cells]);
}

/** @param {Row} row */
const nameOf = ({ system, part }) => (part === undefined ? system : `${system}: ${part}`);

/** The median, and the quartiles where they differ from it. @param {Row} row */
function cell({ median, q1, q3 }) {
  const [middle, low, high] = [median, q1, q3].map(number);
  return low === middle && high === middle ? middle : `${middle} (${low}–${high})`;
}

/** Three digits of a number. @param {number} value */
function number(value) {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** @param {string[][]} lines the first has the names of the columns */
function markdown(lines) {
  const widths = lines[0].map((_, column) =>
    Math.max(3, ...lines.map((line) => line[column].length)),
  );
  const written = lines.map((line) =>
    line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    ),
  );
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [written[0], rule, ...written.slice(1)]
    .map((line) => `| ${line.join(" | ")} |`)
    .join("\n");
}

/** @param {string[]} values */
const distinct = (values) => [...new Set(values)];
