// The stage that runs the files of tests/, without those of tests/wide/ unless they are named.
import { at, paths } from "./paths.mjs";
import { nodeTool } from "./toolchain.mjs";

/**
 * Several files at once: each has a Worker, and a browser where it needs one, and waits for them
 * more than it works.
 */
const filesAtOnce = 6;

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} [files]
 * @param {number} [concurrency] how many files at once
 * @returns {import("./stages.mjs").Stage}
 */
export function endToEnd(name, env, files = ["tests/*.test.mjs"], concurrency = filesAtOnce) {
  const summary = `${paths.logs}/end-to-end.jsonl`;
  return {
    name,
    program: nodeTool("node"),
    args: [
      ...["--test", `--test-concurrency=${concurrency}`],
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...[`--test-reporter=${at("scripts/lib/node-summary.mjs")}`],
      ...[`--test-reporter-destination=${summary}`, ...files],
    ],
    env: {
      ...env,
      WARIFU_BUILT: "1",
      // Every file is a process that loads the same large packages.
      NODE_COMPILE_CACHE: at(".warifu/compile-cache"),
    },
    tests: { summary },
  };
}
