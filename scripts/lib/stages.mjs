// The stages of `npm test` and `npm run check`: one after the other, the first that fails ends it,
// and a summary says what ran and for how long. Whether a stage passed is its exit code; how many
// tests it had is what its runner says.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, relative } from "node:path";
import { at, root } from "./paths.mjs";
import { Failure, say, seconds } from "./run.mjs";

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} program
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} env
 * @property {"libtest" | { summary: string }} [tests] how the runner says what its tests came to:
 *   on its output, or in a file that node-summary.mjs writes
 *
 * @typedef {{ passed: number, failed: number }} Count
 */

/**
 * The stages that a command line names; all of them when it names none.
 * @param {Record<string, Stage>} stages
 * @param {string[]} wanted
 */
export const chosenOf = (stages, wanted) =>
  Object.entries(stages)
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .map(([, stage]) => stage);

/** @param {Stage[]} stages */
export async function runStages(stages) {
  /** @type {string[]} */
  const summary = [];
  const total = { passed: 0, failed: 0 };
  let broken = "";
  for (const stage of stages) {
    say(`\n━━ ${stage.name}`);
    const start = performance.now();
    const { code, output } = await runStage(stage);
    const count = countTests(stage, output);
    total.passed += count.passed;
    total.failed += count.failed;
    const counted = stage.tests ? `, ${count.passed} passed` : "";
    // A runner that ran nothing, or says it in words that are new to us, has shown nothing.
    const empty = stage.tests !== undefined && count.passed === 0;
    const passed = code === 0 && !empty;
    summary.push(`  ${passed ? "✔" : "✘"} ${stage.name} (${seconds(start)}${counted})`);
    if (passed) continue;
    broken = stage.name;
    break;
  }
  say(`\n${summary.join("\n")}`);
  const counting = stages.some(({ tests }) => tests);
  // A stage that broke without a failed test has not run all its tests: no total would be true.
  if (counting && (!broken || total.failed > 0)) {
    say(`\n${total.passed} passed, ${total.failed} failed`);
  }
  if (broken) throw new Failure(`${broken} failed.`);
}

/**
 * @param {Stage} stage
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function runStage({ program, args, env, tests }) {
  if (typeof tests === "object") {
    mkdirSync(dirname(tests.summary), { recursive: true });
    // One of an earlier run would be counted if this one ends before it writes its own.
    rmSync(tests.summary, { force: true });
  }
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: at(),
      env: { CARGO_TERM_COLOR: process.stdout.isTTY ? "always" : "auto", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (/** @type {Buffer} */ chunk) => {
      process.stdout.write(chunk);
      output += chunk;
    });
    child.on("error", (error) => {
      say(error.message);
      resolve({ code: 1, output });
    });
    child.on("close", (code) => resolve({ code, output }));
  });
}

/**
 * @param {Stage} stage
 * @param {string} output
 * @returns {Count}
 */
function countTests({ tests }, output) {
  if (tests === undefined) return { passed: 0, failed: 0 };
  return tests === "libtest" ? countLibtest(output) : countNode(tests.summary);
}

/**
 * Adds up the closing lines of cargo's and wasm-bindgen's runners, whose JSON is not stable: "test
 * result: ok. 3 passed; 0 failed".
 * @param {string} output
 * @returns {Count}
 */
function countLibtest(output) {
  const text = output.replace(/\x1b\[[0-9;]*m/g, "");
  const sum = (/** @type {RegExp} */ pattern) =>
    [...text.matchAll(pattern)].reduce((all, [, number]) => all + Number(number), 0);
  return {
    passed: sum(/^test result: .*?(\d+) passed/gm),
    failed: sum(/^test result: .*?(\d+) failed/gm),
  };
}

/**
 * @param {string} file
 * @returns {Count}
 */
function countNode(file) {
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  /** @type {import("./node-summary.mjs").Summary[]} */
  const summaries = lines.map((line) => JSON.parse(line));
  const all = summaries.find((summary) => summary.file === undefined)?.counts;
  if (!all) return { passed: 0, failed: 0 };
  const longest = summaries
    .filter((summary) => summary.file !== undefined)
    .sort((a, b) => b.duration_ms - a.duration_ms)
    .slice(0, 5)
    .map(
      ({ file, duration_ms }) =>
        `${relative(root, file ?? "")} ${Math.round(duration_ms / 1000)} s`,
    );
  say(`The longest files: ${longest.join(", ")}.`);
  return { passed: all.passed, failed: all.failed + all.cancelled };
}
