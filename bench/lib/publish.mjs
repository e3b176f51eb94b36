// Writes the figures of a run into bench/README.md, with the machine and the date, and draws them.
import { readFileSync, writeFileSync } from "node:fs";
import { at } from "../../scripts/lib/paths.mjs";
import { picture } from "./picture.mjs";
import { tables } from "./report.mjs";

const begin = "<!-- figures: written by `npm run bench -- --publish` -->";
const end = "<!-- end of figures -->";

/** @param {import("./report.mjs").Report} report */
export function publish({ date, machine, rounds, rows }) {
  const file = at("bench/README.md");
  const text = readFileSync(file, "utf8");
  const [before, rest] = text.split(begin);
  const [, after] = rest.split(end);
  const { processor, cores, memoryGiB, node, workerd, miniflare, compatibilityDate, commit } =
    machine;
  const about = `Measured on ${date}, at commit ${commit}, in ${rounds} rounds: ${processor}, ${cores} cores, ${memoryGiB} GiB; Node ${node}, workerd ${workerd}, Miniflare ${miniflare}, compatibility date ${compatibilityDate}.
Each cell is the median of the rounds, with the quartiles in brackets.`;
  const drawn = "![Flow, CPU and throughput of all systems](figures.svg)";
  const parts = [begin, about, drawn, tables(rows), end];
  writeFileSync(file, `${before}${parts.join("\n\n")}${after}`);
  writeFileSync(at("bench/figures.svg"), picture(rows));
}
