// npm run soak [-- --flows N --seed S --resume …]: many flows under faults against a model's books. Sets up
// and builds first, with what only tests have. docs/reliability.md has the options.
import { chromium } from "./lib/browser.mjs";
import { at } from "./lib/paths.mjs";
import { main, run } from "./lib/run.mjs";
import { nodeTool, toolEnv } from "./lib/toolchain.mjs";

await main(async () => {
  const built = process.env.WARIFU_BUILT === "1";
  if (!built) {
    await run(process.execPath, [at("scripts/setup.mjs"), "--tests"]);
    await run(process.execPath, [at("scripts/build.mjs"), "--tests"]);
  }
  const env = { ...toolEnv(), CHROMIUM: chromium(), WARIFU_BUILT: "1", WRANGLER_LOG: "error" };
  await run(nodeTool("node"), [at("tests/soak/run.mjs"), ...process.argv.slice(2)], { env });
});
