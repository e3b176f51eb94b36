// npm run check: what an editor would complain about, and the tests that take seconds.
import { at, wasmTarget } from "./lib/paths.mjs";
import { main, run } from "./lib/run.mjs";
import { runStages } from "./lib/stages.mjs";
import { nodeTool, toolEnv } from "./lib/toolchain.mjs";

await main(async () => {
  await run(process.execPath, [at("scripts/setup.mjs")]);
  const env = toolEnv();
  const wasm = ["--target", wasmTarget, "-p", "warifu-worker", "-p", "warifu-widget"];
  const native = ["-p", "warifu-core", "-p", "warifu-delivery", "-p", "warifu-three-ds"];
  // By itself: it asks for core's fixtures, which the rules' own tests are built without.
  const abuse = ["-p", "warifu-abuse"];
  const strict = ["--all-targets", "--", "-D", "warnings"];
  const cargo = (/** @type {string} */ name, /** @type {string[]} */ ...args) => ({
    name,
    program: "cargo",
    args,
    env,
  });
  const links = ["doc", "--no-deps", "--document-private-items"];
  await runStages([
    cargo("Rust: format", "fmt", "--all", "--check"),
    cargo("Pure crates: clippy", "clippy", ...native, ...strict),
    cargo("Abuse: clippy", "clippy", ...abuse, ...strict),
    cargo("Worker and widget: clippy", "clippy", ...wasm, ...strict),
    cargo("Pure crates: links in comments", ...links, ...native),
    cargo("Abuse: links in comments", ...links, ...abuse),
    cargo("Worker and widget: links in comments", ...links, ...wasm),
    { name: "Everything else: format", program: nodeTool("prettier"), args: ["--check", "."], env },
    { name: "JavaScript: types", program: nodeTool("tsc"), args: ["--project", "."], env },
    {
      name: "React example: types",
      program: nodeTool("tsc"),
      args: ["--project", "examples/react"],
      env,
    },
    { ...cargo("Pure crates: tests", "test", ...native), tests: "libtest" },
  ]);
});
