import { run } from "../lib/run.mjs";
import { nodeTool, toolEnv } from "../lib/toolchain.mjs";
import { at } from "../lib/paths.mjs";

/**
 * Bundles and minifies one file.
 * @param {string} from relative to the root
 * @param {string} to
 * @param {string[]} [options]
 */
export function esbuild(from, to, options = []) {
  // The oldest browsers the widget is for have all of ES2022.
  const fixed = ["--bundle", "--minify", "--target=es2022", "--log-level=warning"];
  return run(nodeTool("esbuild"), [at(from), ...fixed, ...options, `--outfile=${to}`], {
    cwd: at(),
    env: toolEnv(),
  });
}
