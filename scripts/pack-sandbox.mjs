// Before `npm pack` in packages/warifu-sandbox: fills its built/ with what the build made, what it takes
// to run and to deploy that, and the guides. No secret is among it; the sandbox makes its own.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, normalize, relative } from "node:path";
import { modulesOf } from "./lib/modules.mjs";
import { at, paths } from "./lib/paths.mjs";
import { main, run } from "./lib/run.mjs";

const built = at("packages/warifu-sandbox/built");

await main(async () => {
  // What is said goes aside: `npm pack --json` prints data.
  await run(process.execPath, [at("scripts/build.mjs")], { aside: true });
  rmSync(built, { recursive: true, force: true });
  mkdirSync(built, { recursive: true });
  const modules = ["main.mjs", "guard.mjs", "development.mjs", "development"];
  for (const path of [
    ...modules.map((name) => `worker/${name}`),
    ...["worker/build/index.js", "worker/build/index_bg.wasm", "dist/assets"],
  ]) {
    cpSync(at(path), join(built, path), { recursive: true });
  }
  cpSync(join(paths.dist, "third-party-licenses.txt"), join(built, "third-party-licenses.txt"));
  // Without [build]: there is nothing to build it from.
  const toml = readFileSync(at("wrangler.toml"), "utf8");
  writeFileSync(join(built, "wrangler.toml"), toml.replace(/^\[build\]\n(?:(?!\[).*\n)*/m, ""));
  writeFileSync(join(built, "worker.json"), `${JSON.stringify(workerOptions(), null, 1)}\n`);
  writeGuides();
});

/**
 * What Miniflare is given: what `wrangler dev --env development` makes of wrangler.toml, for test keys
 * alone. Paths begin with `{built}`.
 */
function workerOptions() {
  // Only here, because it takes a second to load.
  /** @type {typeof import("wrangler")} */
  const wrangler = createRequire(import.meta.url)("wrangler");
  const environment = "development";
  const config = wrangler.unstable_readConfig({
    config: join(built, "wrangler.toml"),
    env: environment,
  });
  const { workerOptions, main: file } = wrangler.unstable_getMiniflareWorkerOptions(
    config,
    environment,
  );
  const { modulesRules: _, ...options } = workerOptions;
  const worker = {
    ...options,
    name: config.name,
    // Those of wrangler.toml: wrangler adds what it finds in files and in the environment.
    bindings: { ...config.vars, TEST_MODE: "only" },
    modules: modulesOf(file ?? "", config.rules),
    modulesRoot: dirname(file ?? ""),
  };
  return JSON.parse(JSON.stringify(worker).replaceAll(built, "{built}"));
}

/** The guides. The contract is among the static files. A link to what is not packed stays as its words. */
function writeGuides() {
  const pages = ["merchant", "issuer"].flatMap((folder) =>
    readdirSync(at("docs", folder)).map((name) => `docs/${folder}/${name}`),
  );
  const packed = [...pages, "docs/glossary.md", "docs/glossary.ja.md"];
  for (const page of packed) {
    const text = readFileSync(at(page), "utf8").replace(
      /(?<!!)\[((?:[^[\]]|\[[^\]]*\])*)\]\((?!\w+:|#)([^)#\s]+)(?:#[^)\s]*)?\)/g,
      (link, words, target) => {
        const to = normalize(join(dirname(page), target));
        if (to === "docs/openapi.yaml") {
          return `[${words}](${relative(dirname(page), "dist/assets/openapi.yaml")})`;
        }
        return packed.includes(to) ? link : words;
      },
    );
    mkdirSync(join(built, dirname(page)), { recursive: true });
    writeFileSync(join(built, page), text);
  }
}
