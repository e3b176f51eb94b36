// npm run setup [-- --tests --engines]: brings a fresh clone to where it can build, and with an option
// to where it can run npm test or the engines of npm run test:wide, and says what is missing. Runs
// before node_modules exists, so on plain Node 20 and without a dependency. Does nothing, in well
// under a second, when all is there.
import { mkdirSync } from "node:fs";
import { at } from "./lib/paths.mjs";
import { makeDevVars } from "./dev-vars.mjs";
import { main, say, seconds } from "./lib/run.mjs";
import { installChromium } from "./setup/chromium.mjs";
import { installEngines } from "./setup/engines.mjs";
import { installNodeModules } from "./setup/node-modules.mjs";
import { checkPrerequisites } from "./setup/prerequisites.mjs";
import { installCargoTools } from "./setup/cargo-tools.mjs";
import { installWasmTarget } from "./setup/wasm-target.mjs";

await main(async () => {
  const start = performance.now();
  mkdirSync(at(".warifu"), { recursive: true });
  await checkPrerequisites();
  await installNodeModules();
  await installWasmTarget();
  await installCargoTools();
  makeDevVars();
  if (process.argv.includes("--tests")) await installChromium();
  if (process.argv.includes("--engines")) await installEngines();
  say(`✔ Set up (${seconds(start)}).`);
});
