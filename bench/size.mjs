// npm run size [-- --json], and a stage of npm test: what a browser downloads, against its budgets, and
// what is uploaded, in bytes after gzip -9. The frame is a real page of the built Worker. Exit code 1:
// over a budget.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { at, paths } from "../scripts/lib/paths.mjs";
import { Failure, main, run, say } from "../scripts/lib/run.mjs";
import { freePort } from "../scripts/lib/server.mjs";
import { startWorker } from "../scripts/lib/worker.mjs";
import { seed } from "../scripts/seed.mjs";

/** Of what a cardholder's browser downloads. The Worker's size is no limit: nobody waits for it. */
const budgets = { loader: 2_500, frame: 5_000, widget: 11_500 };

/** @typedef {Record<keyof typeof budgets | "worker", number>} Sizes */

await main(async () => {
  const json = process.argv.includes("--json");
  const built = process.env.WARIFU_BUILT === "1";
  for (const script of built ? [] : ["scripts/setup.mjs", "scripts/build.mjs"]) {
    await run(process.execPath, [at(script)], { aside: json });
  }
  /** @type {Sizes} */
  const sizes = {
    loader: gzipped(join(paths.assets, "v1/warifu.js")),
    frame: gzip(await challengePage()),
    widget: folder(widgetFolder()),
    worker: ["main.mjs", "guard.mjs", "build/index.js", "build/index_bg.wasm"]
      .map((name) => gzipped(at(`worker/${name}`)))
      .reduce((sum, size) => sum + size),
  };
  say(json ? JSON.stringify(sizes) : table(sizes));
  const over = parts(budgets).filter((part) => sizes[part] > budgets[part]);
  if (over.length > 0) throw new Failure(`Over its budget: ${over.join(", ")}.`);
});

/** @param {Buffer | string} bytes */
function gzip(bytes) {
  return gzipSync(bytes, { level: 9 }).length;
}

/** @param {string} file */
function gzipped(file) {
  return gzip(readFileSync(file));
}

/** @param {string} path */
function folder(path) {
  return readdirSync(path).reduce((sum, name) => sum + gzipped(join(path, name)), 0);
}

function widgetFolder() {
  /** @type {{ widget: string }} */
  const manifest = JSON.parse(readFileSync(join(paths.dist, "manifest.json"), "utf8"));
  return join(paths.assets, manifest.widget);
}

/** The Japanese challenge page with its style sheet in it, from a Worker of its own. */
async function challengePage() {
  const state = mkdtempSync(join(tmpdir(), "warifu-size-"));
  const worker = await startWorker({ port: await freePort(), persist: state });
  try {
    const shop = "https://shop.example";
    const { merchantKey, cardholderId } = await seed(worker.origin, shop);
    const created = await fetch(`${worker.origin}/v1/challenges`, {
      method: "POST",
      headers: { authorization: `Bearer ${merchantKey}`, "content-type": "application/json" },
      body: JSON.stringify({
        cardholder: cardholderId,
        transaction: {
          amount: 3150,
          currency: "JPY",
          purchased_at: "2023-02-13T00:00:00+09:00",
          card_last4: "1234",
        },
      }),
    });
    const challenge = /** @type {{ url?: string }} */ (await created.json());
    if (!challenge.url) throw new Failure(`No challenge to measure: ${JSON.stringify(challenge)}`);
    const page = await fetch(challenge.url);
    if (!page.ok) throw new Failure(`The challenge page answered ${page.status}.`);
    return await page.text();
  } finally {
    await worker.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

/**
 * The keys, with their type.
 * @template {string} Part
 * @param {Record<Part, number>} numbers
 */
function parts(numbers) {
  return /** @type {Part[]} */ (Object.keys(numbers));
}

/** @param {Sizes} sizes */
function table(sizes) {
  const number = (/** @type {number} */ value) => value.toLocaleString("en").padStart(8);
  const rows = parts(sizes).map((part) => {
    const budget = part === "worker" ? "" : ` of ${number(budgets[part])}`;
    return `  ${part.padEnd(8)}${number(sizes[part])}${budget}`;
  });
  return ["  Bytes after gzip -9, and the budget:", ...rows].join("\n");
}
