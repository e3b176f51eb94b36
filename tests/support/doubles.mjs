// Doubles of Workers KV, Durable Objects and the other bindings, which fail as documented where a plan says
// so: a module around the Worker's main one. What runs inside workerd is in doubles/. Here: how it is put
// around, and how a test changes the plan.
//
//   const worker = await startWorker({ doubles: { stale: true } });
//   const doubles = doublesOf(worker.origin);
//   await doubles.set({ rows: [{ kind: "object", on: "CARDHOLDERS/ch-1", fault: "overloaded" }] });
//   …
//   assert.equal((await doubles.met()).length, 1);
//
// A plan by chance: { stale: true, chance: { seed: 1, rates: { "kv.get": 0.01, object: 0.02 } } }. Each start
// begins the plan that startWorker was given, as call number 1; `vars: doublesVars(plan)` of start and
// restart begins another. A request with the header `test-place: osaka` is handled at that place.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { at } from "../../scripts/lib/paths.mjs";
import { classesIn } from "./alarms.mjs";
import { esbuild } from "./packages.mjs";

/**
 * @typedef {import("./doubles/plan.mjs").Plan} Plan
 * @typedef {import("./doubles/plan.mjs").Met} Met
 * @typedef {import("./doubles/plan.mjs").Kind} Kind
 */

const path = "/test/doubles";
/** Longer than the platform lets work go on after an answer. */
const patience = 45_000;
const module = "doubles.mjs";

/** The setting that begins a plan with the Worker. @param {Plan} plan */
export const doublesVars = (plan) => ({ DOUBLES: JSON.stringify(plan) });

/**
 * Puts the module beside the main one of an environment, and answers a wrangler.toml that begins with it.
 * @param {string[]} folders with `worker/`
 * @param {string} toml
 * @param {string} environment
 */
export async function installDoubles(folders, toml, environment) {
  const begin = environment ? toml.indexOf(`[env.${environment}]\n`) : 0;
  const own = toml.slice(begin);
  const [line, main] = /^main = "worker\/([\w-]+\.mjs)"$/m.exec(own) ?? [];
  const globs = 'globs = ["';
  if (begin < 0 || !line || !own.includes(globs)) {
    throw new Error(`wrangler.toml lacks a main module of ${environment || "production"}`);
  }
  const text = await doublesAround(main, classesIn(toml));
  for (const folder of folders) {
    await mkdir(dirname(join(folder, "worker", module)), { recursive: true });
    await writeFile(join(folder, "worker", module), text);
  }
  const named = own.replace(line, `main = "worker/${module}"`);
  return toml.slice(0, begin) + named.replace(globs, `${globs}${main}", "`);
}

/**
 * The module that stands around the one of this name.
 * @param {string} main
 * @param {Iterable<string>} classes of objects, which the main module exports
 */
export async function doublesAround(main, classes) {
  const contents = [
    'import { WorkerEntrypoint } from "cloudflare:workers";',
    'import { doubledEnv, doubledObject, doubledWorker } from "./tests/support/doubles/worker.mjs";',
    'import * as original from "main";',
    'export * from "main";',
    ...[...classes].map(
      (name) => `export const ${name} = doubledObject("${name}", original.${name}, doubledEnv);`,
    ),
    "export default doubledWorker(original.default, WorkerEntrypoint);",
  ];
  const { outputFiles } = await esbuild().build({
    stdin: { contents: contents.join("\n"), resolveDir: at() },
    ...{ bundle: true, write: false, format: "esm", target: "es2024", logLevel: "warning" },
    external: ["cloudflare:*"],
    plugins: [
      {
        name: "main",
        setup: (build) =>
          build.onResolve({ filter: /^main$/ }, () => ({ path: `./${main}`, external: true })),
      },
    ],
  });
  return outputFiles[0].text;
}

/**
 * The doubles of a Worker that runs with them.
 * @param {string} origin
 */
export function doublesOf(origin) {
  /**
   * @param {"GET" | "PUT"} method
   * @param {Plan} [plan]
   * @returns {Promise<{ calls: Partial<Record<Kind, number>>, met: Met[], busy: number, readEarly: string[] }>}
   */
  async function ask(method, plan) {
    const body = plan && JSON.stringify(plan);
    const answer = await fetch(origin + path, { method, body });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text);
  }
  return {
    /** Begins another plan, and answers what the former one met. @param {Plan} plan */
    set: async (plan) => (await ask("PUT", plan)).met,
    /** What the plan met so far. */
    met: async () => (await ask("GET")).met,
    /** How many calls of each kind there were since the plan began. */
    calls: async () => (await ask("GET")).calls,
    /** Keys of KV that were read before they were written, since the Worker started. */
    readEarly: async () => (await ask("GET")).readEarly,
    /** The keys that KV really has, whatever a place sees of it. @param {string} prefix */
    async keys(prefix, binding = "WARIFU") {
      const answer = await fetch(
        `${origin}${path}?${new URLSearchParams({ kv: binding, prefix })}`,
      );
      return /** @type {Promise<string[]>} */ (answer.json());
    },
    /** Waits until nothing is under way: no request, and nothing that one left for after its answer. */
    async quiet() {
      for (const deadline = Date.now() + patience; (await ask("GET")).busy > 0;) {
        assert.ok(Date.now() < deadline, "something is still under way");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

/** The headers of a request that is handled at a place. @param {string} place */
export const atPlace = (place) => ({ "test-place": place });
