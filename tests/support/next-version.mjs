// This project as if it were the next release: the Worker with the feature `next-version`, in a
// folder of its own that a Worker can be started from.
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { publishedEnv } from "../../scripts/build/rust.mjs";
import { worker } from "../../scripts/build/worker.mjs";
import { at } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { hashOf, isCurrent, stamp } from "../../scripts/lib/stamp.mjs";
import { cargoTool } from "../../scripts/lib/toolchain.mjs";

const folder = ".warifu/next-version";
const build = `${folder}/worker/build`;

/**
 * Builds it, unless it is built of the same sources already. Without optimising: nobody loads it
 * but a test.
 * @returns {Promise<string>} the folder
 */
export async function buildNextVersion() {
  const hash = hashOf(
    [...worker.inputs, "scripts/build", "tests/support/next-version.mjs", "worker/development"],
    ["next-version"],
  );
  if (!isCurrent("next-version", hash)) {
    await rm(at(folder), { recursive: true, force: true });
    const args = ["--dev", "--out-dir", join("..", build), ".", "--features", "next-version"];
    await run(cargoTool("worker-build"), args, {
      cwd: at("worker"),
      env: { ...publishedEnv(), WARIFU_NEXT_VERSION: "1", RUST_BACKTRACE: "0" },
      aside: true,
    });
    for (const path of ["worker/development.mjs", "worker/development", "dist/assets"]) {
      await cp(at(path), at(folder, path), { recursive: true });
    }
    stamp("next-version", hash, [`${build}/index.js`, `${build}/index_bg.wasm`]);
  }
  return at(folder);
}
