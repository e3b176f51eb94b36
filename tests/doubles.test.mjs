// The doubles of the platform's bindings do what Cloudflare documents of them, and what a plan says. They
// stand around a small Worker here, which calls its bindings as a test asks it.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { join } from "node:path";
import { doublesAround, doublesOf } from "./support/doubles.mjs";
import { byChance, drawn, faultsOf, running } from "./support/doubles/plan.mjs";
import { miniflare } from "./support/packages.mjs";

/** Calls its bindings one after the other, and answers what each came to. */
const probe = `
import { WorkerEntrypoint } from "cloudflare:workers";

const told = ({ message, name, retryable, overloaded, remote }) =>
  ({ error: { message, retryable, overloaded, remote } });

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const answers = [];
    const stubs = {};
    for (const [what, ...args] of await request.json()) {
      try {
        answers.push((await this.#call(what, args, stubs)) ?? null);
      } catch (error) {
        answers.push(told(error));
      }
    }
    return Response.json(answers);
  }

  async #call(what, args, stubs) {
    const [binding, method] = what.split(".");
    if (binding === "OBJECTS") {
      const [name, asked] = args;
      // "same" asks with the stub that was made before.
      const stub = (stubs[name] = method === "same" ? stubs[name] : this.env.OBJECTS.getByName(name));
      return Number(await (await stub.fetch("https://object/" + asked)).text());
    }
    if (method === "bound") return [binding in this.env, this.env[binding] !== undefined];
    return this.env[binding][method](...args);
  }
}

/** Counts in storage and in memory. */
export class Counter {
  #memory = 0;
  #storage;
  constructor({ storage }) {
    this.#storage = storage;
  }
  async fetch(request) {
    this.#memory += 1;
    if (request.url.endsWith("/memory")) return new Response(this.#memory);
    if (request.url.endsWith("/alarm")) return new Response((await this.#storage.getAlarm()) ?? 0);
    if (request.url.endsWith("/both")) {
      const later = this.#storage.setAlarm(Date.now() + 1e9);
      await Promise.all([this.#storage.put("count", 7), later]);
      return new Response(7);
    }
    const stored = ((await this.#storage.get("count")) ?? 0) + 1;
    await this.#storage.put("count", stored);
    return new Response(stored);
  }
}
`;

const root = "/doubles";
const { Miniflare, convertV4MiniflareOptions } = miniflare();
const workerd = new Miniflare(
  convertV4MiniflareOptions({
    cf: false,
    telemetry: { enabled: false },
    handleStructuredLogs: () => {},
    modulesRoot: root,
    modules: [
      {
        type: "ESModule",
        path: join(root, "doubles.mjs"),
        contents: await doublesAround("probe.mjs", ["Counter"]),
      },
      { type: "ESModule", path: join(root, "probe.mjs"), contents: probe },
    ],
    compatibilityDate: "2026-11-01",
    kvNamespaces: ["KV"],
    durableObjects: { OBJECTS: "Counter" },
    queueProducers: { QUEUE: "queue" },
    ratelimits: { RATE: { namespace_id: "1", simple: { limit: 1000, period: 60 } } },
    analyticsEngineDatasets: { METRICS: { dataset: "metrics" } },
  }),
);
after(() => workerd.dispose());
const { origin } = await workerd.ready;
const doubles = doublesOf(origin);
beforeEach(async () => {
  await doubles.set({});
});

/**
 * What calls come to, one after the other.
 * @param {unknown[][]} calls
 * @param {string} [place]
 * @returns {Promise<any[]>}
 */
async function ask(calls, place = "") {
  const headers = { "test-place": place };
  const answer = await fetch(origin, { method: "POST", body: JSON.stringify(calls), headers });
  assert.equal(answer.status, 200, await answer.clone().text());
  return /** @type {Promise<any[]>} */ (answer.json());
}

const error = (/** @type {string} */ message, properties = {}) => ({
  error: { message, ...properties },
});

test("without a plan every call is what it is", async () => {
  const calls = [
    ["KV.put", "plain", "1"],
    ["KV.put", "plain", "2"],
    ["KV.get", "plain"],
  ];
  assert.deepEqual(await ask(calls), [null, null, "2"]);
  assert.deepEqual(
    await ask([
      ["OBJECTS.new", "plain", "count"],
      ["OBJECTS.new", "plain", "count"],
    ]),
    [1, 2],
  );
  const others = [
    ["RATE.limit", { key: "a" }],
    ["METRICS.writeDataPoint", {}],
    ["QUEUE.send", "a"],
  ];
  const [limited, written, sent] = await ask(others);
  assert.deepEqual([limited, written, sent?.error], [{ success: true }, null, undefined]);
  assert.deepEqual(await doubles.met(), []);
});

test("KV: a place keeps a miss and an old value, and sees its own writes", async () => {
  await doubles.set({ stale: true });
  assert.deepEqual(await ask([["KV.get", "miss"]], "tokyo"), [null]);
  assert.deepEqual(
    await ask(
      [
        ["KV.put", "miss", "1"],
        ["KV.get", "miss"],
      ],
      "osaka",
    ),
    [null, "1"],
  );
  assert.deepEqual(await ask([["KV.get", "miss"]], "tokyo"), [null], "the miss is kept");
  assert.deepEqual(await ask([["KV.get", "miss"]], "nagoya"), ["1"], "who never read it sees it");

  assert.deepEqual(await ask([["KV.delete", "other"]], "osaka"), [null]);
  assert.deepEqual(await ask([["KV.put", "old", "1", { metadata: { n: 1 } }]], "osaka"), [null]);
  const read = [["KV.getWithMetadata", "old"]];
  const before = [{ value: "1", metadata: { n: 1 }, cacheStatus: null }];
  assert.deepEqual(await ask(read, "tokyo"), before);
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // KV's own limit: one write a second
  assert.deepEqual(
    await ask(
      [
        ["KV.delete", "old"],
        ["KV.get", "old"],
      ],
      "osaka",
    ),
    [null, null],
  );
  assert.deepEqual(await ask(read, "tokyo"), before, "what was deleted is read");
});

test("KV: its own writes are not promised to a place", async () => {
  await doubles.set({ stale: true, ownWrites: false });
  const calls = [
    ["KV.get", "own"],
    ["KV.put", "own", "1"],
    ["KV.get", "own"],
  ];
  assert.deepEqual(await ask(calls, "tokyo"), [null, null, null]);
  assert.deepEqual(await ask([["KV.get", "own"]], "osaka"), ["1"]);
});

test("KV: one write a second of a key, and any number of several", async () => {
  await doubles.set({ stale: true });
  const answers = await ask([
    ["KV.put", "a", "1"],
    ["KV.put", "a", "2"],
    ["KV.put", "b", "1"],
    ["KV.delete", "b"],
    ["KV.get", "a"],
  ]);
  const refused = (/** @type {string} */ verb) => error(`KV ${verb} failed: 429 Too Many Requests`);
  assert.deepEqual(answers, [null, refused("PUT"), null, refused("DELETE"), "1"]);
});

test("KV: a call fails as its row says, before or after it did what it was asked", async () => {
  await doubles.set({
    rows: [
      { kind: "kv.get", on: "x:", nth: 2, fault: "error" },
      { kind: "kv.put", on: "x:", fault: "unavailable" },
      { kind: "kv.put", on: "y:", fault: "error", when: "after" },
    ],
  });
  const answers = await ask([
    ["KV.get", "x:1"],
    ["KV.get", "z:1"],
    ["KV.get", "x:1"],
    ["KV.get", "x:1"],
    ["KV.put", "x:1", "1"],
    ["KV.get", "x:1"],
    ["KV.put", "y:1", "1"],
    ["KV.get", "y:1"],
  ]);
  assert.deepEqual(answers, [
    null,
    null,
    error("KV GET failed: 500 Internal Server Error"),
    null,
    error("KV PUT failed: 503 Service Unavailable"),
    null,
    error("KV PUT failed: 500 Internal Server Error"),
    "1",
  ]);
  assert.deepEqual(
    (await doubles.met()).map(({ kind, on, fault }) => [kind, on, fault]),
    [
      ["kv.get", "x:1", "error"],
      ["kv.put", "x:1", "unavailable"],
      ["kv.put", "y:1", "error"],
    ],
  );
});

for (const [fault, properties] of /** @type {[string, object][]} */ ([
  ["overloaded", { overloaded: true }],
  ["disconnected", { retryable: true }],
  ["moved", { retryable: true }],
  ["updated", { retryable: true }],
  ["memory", { remote: true }],
  ["thrown", { remote: true }],
])) {
  test(`objects: ${fault} breaks the stub, and a new one finds what was stored`, async () => {
    const name = `object-${fault}`;
    const ask1 = ["OBJECTS.new", name, "count"];
    await doubles.set({ rows: [{ kind: "object", on: `OBJECTS/${name}`, nth: 2, fault }] });
    const [first, failed, again, anew] = await ask([
      ask1,
      ask1,
      ["OBJECTS.same", name, "count"],
      ask1,
    ]);
    const { message, ...others } = failed.error;
    assert.deepEqual(others, properties, message);
    assert.deepEqual(again, failed);
    assert.deepEqual([first, anew], [1, 2]);
  });

  test(`objects: ${fault} after the object did what it was asked`, async () => {
    const name = `object-after-${fault}`;
    const call = ["OBJECTS.new", name, "count"];
    await doubles.set({ rows: [{ kind: "object", on: `OBJECTS/${name}`, fault, when: "after" }] });
    const [failed, anew] = await ask([call, call]);
    assert.ok(failed.error);
    assert.equal(anew, 2);
  });
}

for (const [fault, memory] of /** @type {[string, number][]} */ ([
  ["updated", 1],
  ["memory", 1],
  ["moved", 1],
  ["disconnected", 2],
  ["overloaded", 2],
])) {
  test(`objects: ${fault} ${memory === 1 ? "loses" : "keeps"} what the object had in memory`, async () => {
    const call = ["OBJECTS.new", `memory-${fault}`, "memory"];
    await doubles.set({ rows: [{ kind: "object", nth: 2, fault }] });
    const [first, failed, anew] = await ask([call, call, call]);
    assert.ok(failed.error);
    assert.deepEqual([first, anew], [1, memory]);
  });
}

test("objects: a storage that fails resets the object, and nothing was written", async () => {
  const call = ["OBJECTS.new", "storage", "count"];
  await doubles.set({ rows: [{ kind: "storage.put", on: "Counter/storage", fault: "reset" }] });
  const [failed, anew] = await ask([call, call]);
  assert.match(failed.error.message, /storage operation exceeded timeout/);
  assert.equal(anew, 1);
});

test("a slow call takes as long as its row says, and a call that hangs as long as it says", async () => {
  await doubles.set({
    rows: [
      { kind: "kv.get", fault: "slow", ms: 400 },
      { kind: "object", fault: "hang", ms: 400, when: "after" },
    ],
  });
  for (const [call, expected] of /** @type {[unknown[], (answer: any) => unknown][]} */ ([
    [["KV.get", "slow"], (answer) => answer === null],
    [["OBJECTS.new", "hang", "count"], (answer) => answer.error],
  ])) {
    const start = performance.now();
    const [answer] = await ask([call]);
    assert.ok(performance.now() - start > 390);
    assert.ok(expected(answer), JSON.stringify(answer));
  }
  assert.deepEqual(await ask([["OBJECTS.new", "hang", "count"]]), [2]);
});

test("objects: what is written without waiting in between is written as a whole or not at all", async () => {
  for (const kind of /** @type {const} */ (["storage.put", "storage.setAlarm"])) {
    await doubles.set({ rows: [{ kind, on: `Counter/${kind}`, fault: "reset" }] });
    const asked = ["both", "count", "alarm"].map((what) => ["OBJECTS.new", kind, what]);
    const [failed, count, alarm] = await ask(asked);
    assert.match(failed.error.message, /storage operation exceeded timeout/);
    assert.deepEqual([count, alarm], [1, 0], kind);
    const [both, , later] = await ask(asked);
    assert.ok(both === 7 && later > Date.now(), kind);
  }
});

test("objects: one that waits for slow storage is given nothing else to do", async () => {
  const slow = { on: "Counter/gate", fault: "slow", ms: 50, times: null };
  await doubles.set({
    rows: [
      { kind: "storage.get", ...slow },
      { kind: "storage.put", ...slow },
    ],
  });
  const asked = Array.from({ length: 6 }, () => ask([["OBJECTS.new", "gate", "count"]]));
  const counts = (await Promise.all(asked)).flat();
  assert.deepEqual(counts.sort(), [1, 2, 3, 4, 5, 6]);
});

test("queue, rate limit and data set fail as planned, and a binding is missing", async () => {
  await doubles.set({
    missing: ["GONE", "KV"],
    rows: [
      { kind: "queue.send", fault: "too_many" },
      { kind: "limit", fault: "refuse" },
      { kind: "limit", nth: 2, fault: "error" },
      { kind: "metrics", fault: "error" },
    ],
  });
  const answers = await ask([
    ["QUEUE.send", "a"],
    ["RATE.limit", { key: "a" }],
    ["RATE.limit", { key: "a" }],
    ["METRICS.writeDataPoint", {}],
    ["KV.bound"],
    ["QUEUE.bound"],
  ]);
  assert.deepEqual(answers, [
    error("Queue send failed: Too Many Requests"),
    { success: false },
    error("internal error"),
    error("the data point was not written"),
    [false, false],
    [true, true],
  ]);
});

test("chance is the same for the same seed and call, and near its rate", () => {
  const chance = { seed: 7, rates: { object: 0.1 } };
  const faults = (/** @type {number} */ seed) =>
    Array.from({ length: 5000 }, (_, n) => byChance({ ...chance, seed }, "object", n)?.fault);
  assert.deepEqual(faults(7), faults(7));
  assert.notDeepEqual(faults(7), faults(8));
  const met = faults(7).filter((fault) => fault !== undefined);
  assert.ok(met.length > 400 && met.length < 600, String(met.length));
  const others = faultsOf.object.filter((fault) => fault !== "hang");
  assert.deepEqual(new Set(met), new Set(others));
  assert.equal(byChance(chance, "kv.get", 1), undefined);
  const mean = Array.from({ length: 5000 }, (_, n) => drawn(1, n)).reduce((a, b) => a + b) / 5000;
  assert.ok(Math.abs(mean - 0.5) < 0.02, String(mean));
});

test("a plan counts for each row from its beginning, and knows its faults", () => {
  const plan = running({
    rows: [
      { kind: "object", on: "A/", nth: 2, times: 2, fault: "disconnected" },
      { kind: "kv.get", times: null, fault: "error" },
    ],
  });
  const met = ["A/1", "B/1", "A/2", "A/1", "A/1"].map(
    (on) => plan.meets("object", on, "request")?.fault,
  );
  assert.deepEqual(met, [undefined, undefined, "disconnected", "disconnected", undefined]);
  assert.deepEqual(
    [plan.meets("kv.get", "a", "queue")?.fault, plan.meets("kv.get", "b", "object")?.fault],
    ["error", "error"],
  );
  const within = running({ rows: [{ kind: "object", within: "queue", fault: "thrown" }] });
  const told = (/** @type {"request" | "queue"} */ by) => within.meets("object", "A/1", by)?.fault;
  assert.deepEqual([told("request"), told("queue")], [undefined, "thrown"]);
  // A development server's clock fails only where it is named.
  const all = running({ rows: [{ kind: "object", times: null, fault: "thrown" }] });
  assert.equal(all.meets("object", "DEV_TOOLS/all", "request"), undefined);
  assert.throws(() => running({ rows: [{ kind: "kv.get", fault: "overloaded" }] }), /has no fault/);
});
