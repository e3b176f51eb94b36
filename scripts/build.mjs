// npm run build: everything that is uploaded, in dist/assets and worker/build. Each step is said
// and timed, and skipped when nothing that goes into it has changed. With names of steps, only those;
// with `--files`, only what is served without the Worker.
import { capture, main, say, seconds, step } from "./lib/run.mjs";
import { hashOf, isCurrent, stamp } from "./lib/stamp.mjs";
import { toolEnv } from "./lib/toolchain.mjs";
import { assets } from "./build/assets.mjs";
import { bom } from "./build/bom.mjs";
import { described } from "./build/described.mjs";
import { form } from "./build/form.mjs";
import { headers } from "./build/headers.mjs";
import { loader } from "./build/loader.mjs";
import { nextVersion } from "./build/next-version.mjs";
import { styles } from "./build/styles.mjs";
import { traps } from "./build/traps.mjs";
import { widget } from "./build/widget.mjs";
import { worker } from "./build/worker.mjs";

/**
 * @typedef {object} BuildStep
 * @property {string} name
 * @property {string} what said when it runs
 * @property {string[]} inputs files and folders, relative to the root
 * @property {() => Promise<string[]> | string[]} make makes the outputs and returns their paths
 */

/** What is served without the Worker; the first step needs what `widget` makes. @type {BuildStep[]} */
const files = [form, loader, described, assets, headers];

// In this order: the Worker contains the styles and the address of the form's script, and the bill of
// materials the hash of all.
/** @type {BuildStep[]} */
const steps = [widget, ...files, styles, worker, bom];

/** What only tests need: with `--tests`, or by name. @type {BuildStep[]} */
const forTests = [traps, nextVersion];

const tools = ["package-lock.json", "scripts/build.mjs", "scripts/build", "scripts/lib"];

await main(async () => {
  // The tests start many dev servers, each of which asks wrangler to build first.
  if (process.env.WARIFU_BUILT === "1") return;
  const start = performance.now();
  const named = process.argv.slice(2).filter((name) => !name.startsWith("--"));
  const only = process.argv.includes("--files") ? files.map(({ name }) => name) : named;
  const all = process.argv.includes("--tests") || only.length > 0 ? [...steps, ...forTests] : steps;
  const facts = [
    capture("rustc", ["--version"], { env: toolEnv() }) ?? "no rustc",
    process.env.RUSTFLAGS ?? "",
  ];
  let made = 0;
  for (const { name, what, inputs, make } of all) {
    if (only.length > 0 && !only.includes(name)) continue;
    const hash = hashOf([...tools, ...inputs], facts);
    if (isCurrent(name, hash)) continue;
    stamp(name, hash, await step(what, make));
    made += 1;
  }
  say(`✔ ${made === 0 ? "Nothing to build" : "Built"} (${seconds(start)}).`);
});
