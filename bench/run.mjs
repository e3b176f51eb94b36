// npm run bench [-- NAME... --rounds N --json FILE --beside FOLDER --publish]: measures Warifu beside
// two peers, the floor of its operations and a constant. Sets up and builds first. Names are those of
// the files of bench/measures/; without one, all run. `--beside` measures the build of another checkout
// as well, and `--publish` writes the figures into bench/README.md.
import { at } from "../scripts/lib/paths.mjs";
import { main, run } from "../scripts/lib/run.mjs";
import { nodeTool, toolEnv } from "../scripts/lib/toolchain.mjs";
import { installNodeModules } from "../scripts/setup/node-modules.mjs";

await main(async () => {
  const built = process.env.WARIFU_BUILT === "1";
  for (const script of built ? [] : ["scripts/setup.mjs", "scripts/build.mjs"]) {
    await run(process.execPath, [at(script)]);
  }
  await installNodeModules(at("bench"));
  const env = { ...toolEnv(), WRANGLER_LOG: "error" };
  await run(nodeTool("node"), [at("bench/measure.mjs"), ...process.argv.slice(2)], { env });
});
