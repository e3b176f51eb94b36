// npm test: everything, from a fresh clone. With names of stages (core, abuse, wasm, size, e2e), only
// those.
import { chromedriver, chromium } from "./lib/browser.mjs";
import { endToEnd } from "./lib/end-to-end.mjs";
import { at, wasmTarget } from "./lib/paths.mjs";
import { main, run } from "./lib/run.mjs";
import { chosenOf, runStages } from "./lib/stages.mjs";
import { nodeTool, toolEnv } from "./lib/toolchain.mjs";

await main(async () => {
  await run(process.execPath, [at("scripts/setup.mjs"), "--tests"]);
  const wanted = process.argv.slice(2);
  if (wanted.length === 0 || wanted.includes("size") || wanted.includes("e2e")) {
    await run(process.execPath, [at("scripts/build.mjs"), "--tests"]);
  }
  await runStages(chosenOf(stages(), wanted));
});

/** @returns {Record<string, import("./lib/stages.mjs").Stage>} */
function stages() {
  const env = { ...toolEnv(), CHROMEDRIVER: chromedriver(), CHROMIUM: chromium() };
  const wasm = ["--target", wasmTarget, "-p", "warifu-worker", "-p", "warifu-widget"];
  return {
    core: {
      name: "Core, delivery and three-ds: rules, messages and providers, natively",
      program: "cargo",
      args: ["test", "-p", "warifu-core", "-p", "warifu-delivery", "-p", "warifu-three-ds"],
      env,
      tests: "libtest",
    },
    abuse: {
      name: "Abuse: the simulation of attacks, its arithmetic and its attackers",
      program: "cargo",
      args: ["test", "-p", "warifu-abuse"],
      env,
      tests: "libtest",
    },
    wasm: {
      name: "Worker and widget: wasm in Node and in Chromium",
      program: "cargo",
      args: ["test", ...wasm, "--lib", "--tests"],
      env,
      tests: "libtest",
    },
    size: {
      name: "Budgets: what a cardholder's browser downloads",
      program: nodeTool("node"),
      args: [at("bench/size.mjs")],
      env: { ...env, WARIFU_BUILT: "1" },
    },
    e2e: endToEnd("End to end: workerd and Chromium", env),
  };
}
