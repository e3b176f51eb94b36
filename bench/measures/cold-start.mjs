// How long a fresh workerd takes to its first answer, beyond an empty Worker with the same bindings, and
// how long V8 takes to compile and instantiate what Warifu uploads.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { at, root } from "../../scripts/lib/paths.mjs";
import { oneModule } from "../lib/bundle.mjs";
import { expectStatus, send } from "../lib/http.mjs";
import { gather } from "../lib/statistics.mjs";
import { startWorker } from "../lib/workerd.mjs";
import { startWarifus } from "../systems/all.mjs";
import * as betterAuth from "../systems/better-auth.mjs";
import * as floor from "../systems/floor.mjs";
import * as openAuth from "../systems/openauth.mjs";

/** @typedef {import("../systems/system.mjs").System} System */

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  /** What each system is started from. @type {Map<string, import("../lib/workerd.mjs").WorkerOptions>} */
  const kept = new Map();
  /** @param {(options: { wrap: import("../systems/system.mjs").StartOptions["wrap"] }) => Promise<System[]>} start */
  const keep = async (start) => {
    /** @type {import("../lib/workerd.mjs").WorkerOptions[]} */
    const options = [];
    const wrap = (/** @type {import("../lib/workerd.mjs").WorkerOptions} */ used) => {
      options.push(used);
      return used;
    };
    for (const [index, { name, worker }] of (await start({ wrap })).entries()) {
      kept.set(name, options[index]);
      await worker.dispose();
    }
  };
  await keep(async (options) => [await floor.start(options)]);
  await keep((options) => startWarifus(context, options));
  await keep(async (options) => [await openAuth.start(options)]);
  await keep(async (options) => [await betterAuth.start(options)]);

  const figures = gather("cold start");
  for (let round = 0; round <= context.rounds; round++) {
    for (const [system, options] of kept) {
      const empty = await firstAnswer(emptied(options));
      const time = await firstAnswer(options);
      if (round === 0) continue;
      figures.add({ system }, "first answer", "ms", time);
      figures.add({ system }, "of an empty Worker", "ms", empty);
      figures.add({ system }, "beyond it", "ms", time - empty);
    }
    if (round === 0) continue;
    for (const [name, folder] of foldersOf(context)) {
      const { compile, instantiate } = wasmTimes(folder);
      figures.add({ system: name }, "compile the wasm", "ms", compile);
      figures.add({ system: name }, "instantiate it", "ms", instantiate);
    }
  }
  return figures.rows();
}

/**
 * From the start of workerd to its first answer, in milliseconds.
 * @param {import("../lib/workerd.mjs").WorkerOptions} options
 */
async function firstAnswer(options) {
  const start = performance.now();
  const worker = await startWorker({ options });
  const headers = { host: "otp.example" };
  expectStatus(await send(worker.origin, "GET", "/healthz", { headers }));
  const time = performance.now() - start;
  await worker.dispose();
  return time;
}

/**
 * An empty Worker with the same bindings: Miniflare starts a part of its own for many of them.
 * @param {import("../lib/workerd.mjs").WorkerOptions} options
 * @returns {import("../lib/workerd.mjs").WorkerOptions}
 */
function emptied(options) {
  const objects = Object.values(options.durableObjects ?? {});
  const classes = objects.map((object) => (typeof object === "string" ? object : object.className));
  const module = `export default { fetch: () => new Response("ok") };
${[...new Set(classes)].map((name) => `export class ${name} {}`).join("\n")}`;
  return { ...options, modulesRoot: undefined, modules: oneModule(module) };
}

/** The builds of Warifu, by the name of their system. @param {{ beside?: string }} context */
const foldersOf = ({ beside }) =>
  /** @type {[string, string][]} */ ([
    ["Warifu", root],
    ...(beside ? [["Warifu, beside", beside]] : []),
  ]);

/**
 * Compiles and instantiates a build's wasm in a process of its own, because V8 keeps what it compiled.
 * @param {string} folder
 * @returns {{ compile: number, instantiate: number }}
 */
function wasmTimes(folder) {
  const wasm = join(folder, "worker/build/index_bg.wasm");
  const args = [at("bench/lib/instantiate.mjs"), wasm];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}
