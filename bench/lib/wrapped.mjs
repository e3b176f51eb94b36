// A Worker that is measured, with a module of ours around its main one: every call of a binding and
// of an object's storage is noted, goes as far a way as it is told, and belongs to an invocation.
// What runs inside workerd is in around/. Here: how it is put around, and how the ledger is read.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {import("./around/ledger.mjs").Call} Call
 * @typedef {import("./around/ledger.mjs").Invocation} Invocation
 */

const inside = fileURLToPath(new URL("around/", import.meta.url));
const parts = ["ledger.mjs", "proxies.mjs", "bindings.mjs", "objects.mjs", "worker.mjs"];

/**
 * Puts the module around: it becomes the main one, before that of the options.
 * @param {import("./workerd.mjs").WorkerOptions} given
 * @returns {import("./workerd.mjs").WorkerOptions}
 */
export function wrapped(given) {
  const options = /** @type {Given} */ (given);
  const [main] = options.modules;
  const folder = dirname(main.path);
  const name = JSON.stringify(`./${basename(main.path)}`);
  /** By class. A class of two bindings is reached by one of them. */
  const bindings = Object.fromEntries(
    Object.entries(options.durableObjects ?? {}).map(([binding, { className }]) => [
      className,
      binding,
    ]),
  );
  const source = [
    'import { WorkerEntrypoint } from "cloudflare:workers";',
    'import { wrappedWorker } from "./bench-around/worker.mjs";',
    'import { wrappedObject } from "./bench-around/objects.mjs";',
    `import * as original from ${name};`,
    `export * from ${name};`,
    ...Object.keys(bindings).map(
      (Class) => `export const ${Class} = wrappedObject("${Class}", original.${Class});`,
    ),
    `export default wrappedWorker(original.default, WorkerEntrypoint, ${JSON.stringify(bindings)});`,
  ];
  const module = (/** @type {string} */ path, /** @type {string} */ contents) => ({
    type: "ESModule",
    path: join(folder, path),
    contents,
  });
  const modules = [
    module("bench-around.mjs", source.join("\n")),
    ...options.modules.map((one) =>
      one.contents ? { ...one, contents: redirected(one.contents) } : one,
    ),
    module("bench-around/platform.mjs", platform),
    ...parts.map((part) =>
      module(`bench-around/${part}`, readFileSync(join(inside, part), "utf8")),
    ),
  ];
  return /** @type {any} */ ({ ...options, modules });
}

/**
 * What is read of the options of a Worker that is measured.
 * @typedef {object} Given
 * @property {{ type: string, path: string, contents?: string }[]} modules
 * @property {Record<string, { className: string }>} [durableObjects]
 */

/** The platform's module, with what stands around it. */
const platform = `
import * as original from "cloudflare:workers";
import { wrappedEnv } from "./bindings.mjs";
import { after, newest } from "./ledger.mjs";
export * from "cloudflare:workers";
export const env = wrappedEnv(original.env, newest);
export function waitUntil(work) {
  after(Promise.resolve(work));
  original.waitUntil(work);
}
`;

/** A Worker of one module has its bindings from the platform's module too. @param {string} contents */
const redirected = (contents) =>
  contents.replaceAll('"cloudflare:workers"', '"./bench-around/platform.mjs"');

/** How long it may take until nothing is under way. */
const patience = 20_000;

/**
 * The ledger of a Worker that runs with the module around it.
 * @param {string} origin
 */
export function ledgerOf(origin) {
  const address = `${origin}/bench-ledger/`;
  const post = async (/** @type {string} */ what, /** @type {object} */ json) => {
    const answer = await fetch(address + what, { method: "POST", body: JSON.stringify(json) });
    if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    /** @param {Distance} distance */
    goFar: (distance) => post("distance", distance),
    /**
     * Moves the Worker's clock to the first alarm, which goes off then, and no further. Answers how
     * many seconds are left; what the alarm does is over when the ledger is taken.
     * @param {number} seconds
     * @returns {Promise<number>}
     */
    advance: (seconds) => post("advance", { seconds }),
    /** Waits until nothing is under way, and takes what was noted. @returns {Promise<Invocation[]>} */
    async take() {
      for (const deadline = Date.now() + patience; Date.now() < deadline;) {
        const answer = await fetch(`${address}drain`);
        const { idle, invocations } = /** @type {any} */ (await answer.json());
        if (idle) return invocations;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error("something is still under way");
    },
  };
}

/**
 * How long the way to a place and back takes, in milliseconds. What a KV lists goes the way of a
 * read, what it deletes and what a queue takes the way of a write.
 * @typedef {{ read: number, write: number, object: number }} Distance
 */

/** All in one building. @type {Distance} */
export const none = { read: 0, write: 0, object: 0 };
/** A browser in a city with a data centre, and the objects there as well. @type {Distance} */
export const near = { read: 5, write: 60, object: 15 };
/** KV reads that miss the location's cache, objects in another country. @type {Distance} */
export const far = { read: 20, write: 150, object: 40 };

/** The kinds of calls that go a way; the others stay beside the Worker. */
const goesFar = (/** @type {Call} */ { kind }) => /^(kv\.|object|queue\.|fetch$)/.test(kind);

/**
 * What an invocation waited for before it answered, one call after the other: backwards from the
 * answer, each time the call that ended last before the one found so far began. A call that ends
 * after the answer was waited for by nobody.
 * @param {Invocation} invocation
 * @returns {Call[]}
 */
export function waitsInARow({ calls, answered }) {
  const ended = calls.filter((call) => goesFar(call) && call.ended > 0);
  /** @type {Call[]} */
  const row = [];
  for (let before = answered; ; before = row[0].begun) {
    const last = ended
      .filter((call) => call.ended < before)
      .sort((one, other) => other.ended - one.ended)[0];
    if (!last) return row;
    row.unshift(last);
  }
}
