// What bench/run.mjs runs once everything is there: the measures, one after the other, and the report.
import { readdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { at } from "../scripts/lib/paths.mjs";
import { Failure, main, say, step } from "../scripts/lib/run.mjs";
import { publish } from "./lib/publish.mjs";
import { machine, tables } from "./lib/report.mjs";

/**
 * @typedef {object} Context what a measure is given
 * @property {number} rounds how many count; one more comes before them, to warm up
 * @property {string} [beside] the folder of another build of Warifu, which is measured too
 *
 * @typedef {(context: Context) => Promise<import("./lib/statistics.mjs").Row[]>} Measure
 */

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      json: { type: "string" },
      beside: { type: "string" },
      publish: { type: "boolean", default: false },
    },
  });
  const known = readdirSync(at("bench/measures")).map((file) => file.replace(/\.mjs$/, ""));
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Failure(`No measure ${unknown.join(", ")}: there are ${known.join(", ")}.`);
  }
  const context = { rounds: Number(values.rounds), beside: values.beside };
  const date = new Date().toISOString().slice(0, 10);
  const rows = [];
  const failed = [];
  for (const name of positionals.length > 0 ? positionals : known) {
    /** @type {{ measure: Measure }} */
    const { measure } = await import(`./measures/${name}.mjs`);
    try {
      const own = await step(`Measuring: ${name}`, () => measure(context));
      say(`\n${tables(own)}\n`);
      rows.push(...own);
    } catch (error) {
      // The others go on: all of them take an hour.
      failed.push(`${name}: ${error}`);
      say(`✘ ${failed.at(-1)}`);
    }
  }
  const report = { date, machine: machine(), rounds: context.rounds, rows };
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (values.publish) publish(report);
  if (failed.length > 0) throw new Failure(failed.join("\n"));
});
