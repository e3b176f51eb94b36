// npm run soak: many flows under faults, in chunks of which each has a fresh world, against the model's
// books. The command line is in docs/reliability.md.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { at, paths } from "../../scripts/lib/paths.mjs";
import { runChunk } from "./chunk.mjs";
import { added, table } from "./figures.mjs";
import { planOf } from "./plan.mjs";
import { derived } from "./random.mjs";
import { shrunk } from "./shrink.mjs";
import { storages } from "./storage.mjs";

/**
 * @typedef {import("./chunk.mjs").Outcome} Outcome
 * @typedef {import("./figures.mjs").Figures} Figures
 * @typedef {import("./plan.mjs").Plan} Plan
 *
 * @typedef {object} Progress what `--resume` goes on from
 * @property {number} seed
 * @property {number} flows
 * @property {number} chunkSize
 * @property {Record<string, Figures>} figures of each chunk that is done, by its number, from 1
 * @property {number[]} failed the numbers of those in which something was violated
 */

// What wrangler has to say of the settings is known.
process.env.WRANGLER_LOG ??= "error";

const folder = at(".warifu/soak");

const { values: given } = parseArgs({
  options: {
    flows: { type: "string", default: "300" },
    seed: { type: "string" },
    chunk: { type: "string", default: "500" },
    only: { type: "string" },
    "at-once": { type: "string", default: "8" },
    "browser-flows": { type: "string" },
    json: { type: "string" },
    resume: { type: "boolean", default: false },
    calm: { type: "boolean", default: false },
    storage: { type: "string" },
    "no-shrink": { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
    faults: { type: "boolean", default: false },
  },
});

const flows = Number(given.flows);
const seed = given.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given.seed);
const chunkSize = Math.min(Number(given.chunk), flows);
const atOnce = Number(given["at-once"]);
const storage = /** @type {import("./storage.mjs").Storage | undefined} */ (given.storage);
const browserFlows = Number(
  given["browser-flows"] ?? (flows >= 20_000 ? 200 : Math.ceil(flows / 30)),
);

process.exitCode = await main();
// What the packages keep open would keep this process.
process.exit();

async function main() {
  if (given.resume && given.seed === undefined) {
    say("--resume needs the --seed of the run that it goes on with.");
    return 1;
  }
  if (storage && !(storage in storages)) {
    say(`--storage is one of ${Object.keys(storages).join(", ")}.`);
    return 1;
  }
  mkdirSync(folder, { recursive: true });
  mkdirSync(paths.logs, { recursive: true });
  if (given.faults) return (await import("./faults.mjs")).showFaults(say, atOnce);
  const file = join(folder, `${seed}-${flows}.json`);
  /** @type {Progress} */
  let progress = { seed, flows, chunkSize, figures: {}, failed: [] };
  if (given.resume) progress = resumed(file) ?? progress;
  const chunks = Math.ceil(flows / progress.chunkSize);
  const before = progress;
  const left = Array.from({ length: chunks }, (_, n) => n + 1).filter(
    (number) => !(number in before.figures) || before.failed.includes(number),
  );
  say(`seed ${seed}, ${flows} flows in ${chunks} chunks, ${left.length} of which are to be run`);
  if (given.only !== undefined) {
    return (await chunk(Number(given.only) - 1, progress)).isRight ? 0 : 1;
  }
  for (const number of left) {
    const { figures, isRight } = await chunk(number - 1, progress);
    if (!isRight && !given["keep-going"]) return 1;
    const others = progress.failed.filter((other) => other !== number);
    const failed = isRight ? others : [...others, number];
    progress = { ...progress, figures: { ...progress.figures, [number]: figures }, failed };
    writeFileSync(file, JSON.stringify(progress, null, 2));
  }
  const sum = added(Object.values(progress.figures));
  say(`\n${table(sum)}`);
  const { failed } = progress;
  if (given.json) {
    writeFileSync(given.json, JSON.stringify({ seed, flows, chunks, failed, ...sum }, null, 2));
  }
  say(failed.length === 0 ? "\nNo violation." : `\nViolations in chunks ${failed.join(", ")}.`);
  return failed.length === 0 ? 0 : 1;
}

/** @param {string} file @returns {Progress | null} */
function resumed(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/**
 * Runs one chunk, and says so; a violation is shrunk and written.
 * @param {number} number @param {Progress} progress
 * @returns {Promise<{ figures: Figures, isRight: boolean }>}
 */
async function chunk(number, progress) {
  const chunks = Math.ceil(flows / progress.chunkSize);
  const count = Math.min(progress.chunkSize, flows - number * progress.chunkSize);
  const plan = planOf(derived(seed, number), count, { calm: given.calm, storage });
  const inBrowser =
    Math.floor(((number + 1) * browserFlows) / chunks) -
    Math.floor((number * browserFlows) / chunks);
  const outcome = await runChunk(plan, { atOnce, browserFlows: inBrowser });
  const { violations, figures, memory } = outcome;
  const megabytes = Object.entries(memory).map(
    ([when, bytes]) => `${when} ${Math.round(bytes / 2 ** 20)} MB`,
  );
  say(
    `chunk ${number + 1} of ${chunks}, storage ${plan.storage}: ` +
      `${figures.flows} flows, ${figures.kills} kills, ` +
      `${figures.seconds} s, memory ${megabytes.join(", ")}, ${violations.length} violations`,
  );
  if (violations.length > 0) await report(number, plan, outcome);
  return { figures, isRight: violations.length === 0 };
}

/** @param {number} number @param {Plan} plan @param {Outcome} outcome */
async function report(number, plan, outcome) {
  const { violations } = outcome;
  const [{ rule }] = violations;
  const concerned = [...new Set(violations.flatMap(({ flow }) => (flow === null ? [] : [flow])))];
  const written = [
    `seed ${seed}, chunk ${number + 1}: npm run soak -- --flows ${flows} --seed ${seed} --chunk ${chunkSize} --only ${number + 1}`,
    ...violations.map((one) => `${one.rule}, flow ${one.flow}: ${one.text}`),
    ...concerned.slice(0, 12).flatMap((flow) => told(plan, outcome, flow)),
  ];
  say(written.join("\n"));
  if (!given["no-shrink"]) {
    say("\nlooking for the smallest part that still fails");
    const fails = async (/** @type {Plan} */ part) => {
      const retention = rule === "stored" || rule === "memory";
      const again = await runChunk(part, { atOnce, retention });
      const isSame = again.violations.some((one) => one.rule === rule);
      say(
        `  ${part.flows.length} flows, ${part.faults.length} faults: ${isSame ? "fails" : "passes"}`,
      );
      if (isSame) outcome = again;
      return isSame;
    };
    const { plan: small, runs } = await shrunk(plan, concerned, fails);
    written.push(
      `\nthe smallest part that still failed, after ${runs} runs:`,
      ...small.faults.map((fault) => JSON.stringify(fault)),
      ...small.flows.flatMap(({ n }) => told(small, outcome, n)),
    );
    say(
      written
        .slice(written.indexOf(`\nthe smallest part that still failed, after ${runs} runs:`))
        .join("\n"),
    );
  }
  const file = join(paths.logs, `soak-${seed}-${number + 1}.txt`);
  writeFileSync(file, `${written.join("\n")}\n`);
  say(`written to ${file}`);
}

/** @param {Plan} plan @param {Outcome} outcome @param {number} number @returns {string[]} */
function told(plan, { history }, number) {
  const flow = plan.flows.find(({ n }) => n === number);
  if (!flow) return [];
  const { kind, channel, script, steps } = flow;
  const how = `${kind}, ${channel}, ${script ? "with" : "without"} script: ${steps.map((step) => step.do).join(", ")}`;
  return [`\nflow ${number}: ${how}`, ...(history.get(number) ?? [])];
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}
