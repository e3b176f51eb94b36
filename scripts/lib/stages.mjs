// The stages of `npm test` and `npm run check`: one after the other, the first that fails ends it,
// and a summary says what ran and for how long.
import { spawn } from "node:child_process";
import { at } from "./paths.mjs";
import { Failure, say, seconds } from "./run.mjs";

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} program
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} env
 * @property {boolean} [tests] its output has the results of tests, to be counted
 *
 * @typedef {{ passed: number, failed: number }} Count
 */

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
    const count = stage.tests ? countTests(output) : { passed: 0, failed: 0 };
    total.passed += count.passed;
    total.failed += count.failed;
    const counted = stage.tests ? `, ${count.passed} passed` : "";
    summary.push(`  ${code === 0 ? "✔" : "✘"} ${stage.name} (${seconds(start)}${counted})`);
    if (code === 0) continue;
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
function runStage({ program, args, env }) {
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
 * Adds up the closing lines of cargo's and wasm-bindgen's runners ("test result: ok. 3 passed;
 * 0 failed") and of Node's ("ℹ pass 3").
 * @param {string} output
 * @returns {Count}
 */
function countTests(output) {
  const text = output.replace(/\x1b\[[0-9;]*m/g, "");
  const sum = (/** @type {RegExp} */ pattern) =>
    [...text.matchAll(pattern)].reduce((all, [, number]) => all + Number(number), 0);
  return {
    passed: sum(/^test result: .*?(\d+) passed/gm) + sum(/^ℹ pass (\d+)$/gm),
    failed: sum(/^test result: .*?(\d+) failed/gm) + sum(/^ℹ (?:fail|cancelled) (\d+)$/gm),
  };
}
