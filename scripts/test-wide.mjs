// npm run test:wide: what takes too long for every commit, run before an issue is closed: at most 45
// minutes in all. With names of stages (random, browser, engines, stress, three-ds, faults, soak,
// reproducible, readers, snippets), only those.
import { readFileSync, readdirSync } from "node:fs";
import { chromium } from "./lib/browser.mjs";
import { endToEnd } from "./lib/end-to-end.mjs";
import { at } from "./lib/paths.mjs";
import { main, run } from "./lib/run.mjs";
import { chosenOf, runStages } from "./lib/stages.mjs";
import { nodeTool, toolEnv } from "./lib/toolchain.mjs";
import { installLanguages } from "./setup/languages.mjs";
import { installNodeModules } from "./setup/node-modules.mjs";
import { installReaders } from "./setup/readers.mjs";

/** Of each test with random cases; npm test has 256. */
const randomCases = 10_000;

await main(async () => {
  const wanted = process.argv.slice(2);
  const isWanted = (/** @type {string} */ stage) => wanted.length === 0 || wanted.includes(stage);
  const engines = isWanted("engines") || isWanted("stress") ? ["--engines"] : [];
  await run(process.execPath, [at("scripts/setup.mjs"), "--tests", ...engines]);
  if (isWanted("readers")) await installReaders();
  if (isWanted("snippets")) await installLanguages();
  if (isWanted("three-ds")) await installNodeModules(at("tests/three-ds-clients"));
  await run(process.execPath, [at("scripts/build.mjs"), "--tests"]);
  await runStages(chosenOf(stages(), wanted));
});

/** @returns {Record<string, import("./lib/stages.mjs").Stage>} */
function stages() {
  const env = { ...toolEnv(), CHROMIUM: chromium() };
  const whole = { ...env, WARIFU_BROWSER: "whole" };
  return {
    random: {
      name: `Core: ${randomCases} random cases of each kind`,
      program: "cargo",
      // Compiled apart from npm test's and optimized, because here the cases take the time.
      args: ["test", "-p", "warifu-core", "--target-dir", at("target/wide")],
      env: {
        ...env,
        CARGO_PROFILE_DEV_OPT_LEVEL: "2",
        PROPTEST_CASES: String(randomCases),
      },
      tests: "libtest",
    },
    // Fewer files at once: it works more than the shell that npm test has.
    browser: endToEnd("End to end: the whole Chromium, with windows", whole, withPages(), 4),
    engines: endToEnd("End to end: a purchase in Chromium, Firefox and WebKitGTK", whole, [
      ...["chromium", "firefox", "webkit"].flatMap((engine) => [
        `tests/wide/${engine}.test.mjs`,
        `tests/wide/three-ds-${engine}.test.mjs`,
      ]),
    ]),
    // One file at once: three engines at work would starve each other.
    stress: endToEnd(
      "End to end: Chromium, Firefox and WebKitGTK under stress",
      whole,
      ["chromium", "firefox", "webkit"].map((engine) => `tests/wide/stress-${engine}.test.mjs`),
      1,
    ),
    "three-ds": endToEnd("3-D Secure: requestors' own clients, from npm", env, [
      "tests/wide/three-ds-clients.test.mjs",
    ]),
    faults: endToEnd("Storage and objects: each call meets every fault", env, [
      "tests/wide/failing-objects.test.mjs",
      "tests/wide/failing-storage.test.mjs",
    ]),
    soak: {
      name: "Soak: 300 flows under faults, and 10 in Chromium",
      program: nodeTool("node"),
      args: [at("tests/soak/run.mjs"), "--flows", "300", "--seed", "1"],
      env: { ...env, WARIFU_BUILT: "1", WRANGLER_LOG: "error" },
    },
    reproducible: {
      name: "The build: the same bytes from any folder",
      program: nodeTool("node"),
      args: [at("scripts/wide/reproducible.mjs")],
      env,
    },
    readers: endToEnd(
      "Other readers: QR codes by zbar, ZXing and OpenCV, attestations by Python's libraries",
      env,
      ["tests/wide/qr-codes.test.mjs", "tests/wide/attestations.test.mjs"],
    ),
    snippets: endToEnd("The guide's shops: Node, Python, PHP, Ruby, Go and Java", env, [
      "tests/wide/snippets.test.mjs",
    ]),
  };
}

/** The test files that open pages in a browser. */
function withPages() {
  return readdirSync(at("tests"))
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => `tests/${name}`)
    .filter((file) =>
      /\b(withPage|startBrowser|startEmbedding|startForms)\b/.test(readFileSync(at(file), "utf8")),
    );
}
