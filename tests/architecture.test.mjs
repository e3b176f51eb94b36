// What holds the shape: who may depend on whom, who names the platform, and that
// code, documents and contract say the same.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { at, root } from "../scripts/lib/paths.mjs";
import { toolEnv } from "../scripts/lib/toolchain.mjs";
import { misfit, openapi, problemCodes } from "./support/contract.mjs";

/**
 * The files of a folder that end in one of these.
 * @param {string} folder
 * @param {...string} endings
 */
function sources(folder, ...endings) {
  return readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/\/(node_modules|target|build|\.warifu)\//.test(file))
    .map((file) => ({ file: relative(root, file), text: readFileSync(file, "utf8") }));
}

test("core depends on nothing of ours; delivery, three-ds, worker and widget on what is below them", () => {
  const metadata = JSON.parse(
    execFileSync("cargo", ["metadata", "--no-deps", "--format-version", "1"], {
      cwd: at(),
      env: toolEnv(),
      encoding: "utf8",
      maxBuffer: 64 << 20,
    }),
  );
  const edges = metadata.packages.flatMap(
    (/** @type {{ name: string, dependencies: { name: string }[] }} */ { name, dependencies }) =>
      dependencies
        .filter((to) => to.name.startsWith("warifu"))
        .map((to) => `${name} -> ${to.name}`),
  );
  const allowed = [
    "warifu-abuse -> warifu-core",
    "warifu-delivery -> warifu-core",
    "warifu-three-ds -> warifu-core",
    "warifu-worker -> warifu-three-ds",
    "warifu-widget -> warifu-core",
    "warifu-worker -> warifu-core",
    "warifu-worker -> warifu-delivery",
  ];
  assert.deepEqual(
    edges.filter((/** @type {string} */ edge) => !allowed.includes(edge)),
    [],
  );
});

test("only the worker crate names the platform", () => {
  const named = ["core", "delivery", "three-ds", "widget"]
    .flatMap((crate) => sources(crate, ".rs", ".toml"))
    .filter(({ text }) => /\bworker::|^worker\s*=/m.test(text))
    .map(({ file }) => file);
  assert.deepEqual(named, []);
});

test("core, delivery and three-ds read no clock and no randomness of their own", () => {
  const named = ["core/src", "delivery/src", "three-ds/src"]
    .flatMap((folder) => sources(folder, ".rs"))
    .filter(({ text }) =>
      /SystemTime|Instant::now|getrandom|js_sys|web_sys|wasm_bindgen/.test(text),
    )
    .map(({ file }) => file);
  assert.deepEqual(named, []);
});

/**
 * What the top-level modules of a crate import of each other. Tests may import what they like.
 * @param {string} folder
 */
function imports(folder) {
  /** @type {Map<string, Set<string>>} */
  const modules = new Map();
  for (const { file, text } of sources(folder, ".rs")) {
    const [name, ...below] = relative(folder, file).replace(/\.rs$/, "").split("/");
    if (["lib", "fixtures"].includes(name) || below.includes("tests")) continue;
    const code = text.split(/#\[cfg\(test\)\]\n(?:pub(?:\([a-z]+\))? )?mod \w+ \{/)[0];
    const bare = code.replaceAll(/\/\/.*/g, "");
    const named = modules.get(name) ?? new Set();
    for (const [, one] of bare.matchAll(/\bcrate::(\w+)/g)) named.add(one);
    for (const [, start] of bare.matchAll(/\bcrate::\{([^;]*)\};/g)) {
      // The modules of a group are the words that begin one of its parts.
      const flat = start.replaceAll(/\{[^{}]*\}/g, "").replaceAll(/\{[^{}]*\}/g, "");
      for (const part of flat.split(",")) named.add(/\w*/.exec(part.trim())?.[0] ?? "");
    }
    modules.set(name, named);
  }
  for (const [name, named] of modules) {
    modules.set(name, new Set([...named].filter((one) => one !== name && modules.has(one))));
  }
  return modules;
}

/**
 * A way from a module back to itself, if there is one.
 * @param {Map<string, Set<string>>} modules
 * @param {string[]} path
 * @param {Set<string>} seen
 * @returns {string[] | undefined}
 */
function circle(modules, path, seen) {
  const last = path.at(-1) ?? "";
  for (const next of modules.get(last) ?? []) {
    if (next === path[0]) return [...path, next];
    if (seen.has(next)) continue;
    seen.add(next);
    const found = circle(modules, [...path, next], seen);
    if (found) return found;
  }
  return undefined;
}

for (const folder of ["worker/src", "delivery/src", "three-ds/src", "core/src", "widget/src"]) {
  test(`no modules of ${folder} import each other in a circle`, () => {
    const modules = imports(folder);
    assert.ok(modules.size > 3, `${modules.size}`);
    for (const name of modules.keys()) {
      assert.equal(circle(modules, [name], new Set())?.join(" -> "), undefined);
    }
  });
}

test("settings are read in one place", () => {
  const read = sources("worker/src", ".rs").filter(({ text }) => /\.(var|secret)\(/.test(text));
  assert.deepEqual(
    read.map(({ file }) => file),
    ["worker/src/config.rs"],
  );
});

test("the codes of the Worker's problems are those of the contract", () => {
  const text = sources("worker/src", ".rs")
    .map((source) => source.text)
    .join();
  const variants = /enum ProblemCode \{([^}]*)\}/.exec(text)?.[1].match(/[A-Z]\w+/g) ?? [];
  const codes = variants.map((name) =>
    name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase(),
  );
  assert.deepEqual(codes.sort(), [...problemCodes].sort());
});

test("no document names a problem code that the contract does not know", () => {
  const text = readFileSync(at("README.md"), "utf8");
  const documents = [...sources("docs", ".md", ".yaml"), { file: "README.md", text }];
  for (const { file, text } of documents) {
    const named = [
      ...text.matchAll(/\/problems\/([a-z-]+)/g),
      ...text.matchAll(/"code":\s*"([a-z_]+)"/g),
    ].map(([, code]) => code.replaceAll("-", "_"));
    for (const code of named) assert.ok(problemCodes.includes(code), `${file}: ${code}`);
  }
});

test("the examples of the contract fit their schemas", () => {
  let examples = 0;
  for (const [path, operations] of Object.entries(openapi.paths)) {
    for (const [verb, operation] of Object.entries(operations)) {
      if (verb === "parameters") continue;
      const responses = Object.entries(operation.responses).map(([status, response]) => [
        `responses/${status}`,
        response,
      ]);
      for (const [where, body] of [["requestBody", operation.requestBody], ...responses]) {
        for (const [type, media] of Object.entries(body?.content ?? {})) {
          if (!("example" in media)) continue;
          const at = [path, verb, where, "content", type].map((part, n) =>
            n === 2 ? part : part.replaceAll("/", "~1"),
          );
          assert.equal(misfit(`#/paths/${at.join("/")}/schema`, media.example), null, at.join(" "));
          examples++;
        }
      }
    }
  }
  assert.ok(examples >= 5, `${examples}`);
});

test("the contract is strict: a member too many, too few or of another type is noticed", () => {
  const problem = {
    type: "https://otp.example/problems/wrong-code",
    title: "Wrong code",
    status: 422,
    detail: "x",
    code: "wrong_code",
    tries_left: 4,
    challenge_status: "pending",
  };
  const schema = "#/components/schemas/WrongCode";
  assert.equal(misfit(schema, problem), null);
  assert.notEqual(misfit(schema, { ...problem, hint: "x" }), null);
  assert.notEqual(misfit(schema, { ...problem, tries_left: undefined }), null);
  assert.notEqual(misfit(schema, { ...problem, tries_left: "4" }), null);
  assert.notEqual(misfit(schema, { ...problem, code: "malformed_code" }), null);
});

test("the objects know neither providers nor requests", () => {
  const files = [
    "objects/mod.rs",
    "objects/cardholder.rs",
    "objects/counter.rs",
    "objects/destination.rs",
    "objects/merchant.rs",
    "objects/sms_budget.rs",
  ];
  const read = (/** @type {string} */ file) =>
    readFileSync(new URL(`../worker/src/${file}`, import.meta.url), "utf8");
  const object = files.map(read).join("\n");
  for (const word of [
    "courier",
    "request_context::",
    "store::",
    "outbound::",
    "bindings::",
    "Fetch::",
    "fetch_with",
  ]) {
    assert.ok(!object.includes(word), word);
  }
  // What it awaits is its own storage, and the body of the request that it was sent; and in the
  // alarms of a cardholder and of a budget, once everything is decided, the queue.
  const awaited = object.match(/^.*\.await.*$/gm) ?? [];
  // The writes of one save are begun together. Traps are in a build for tests alone.
  const own =
    /storage\.|request\.text\(\)|self\.(object\.|traps\.)?\w+(::<\w+>)?\(|try_join\(value, alarm\)/;
  const other = awaited.filter((line) => !own.test(line));
  assert.equal(other.length, 3);
  for (const line of other) assert.match(line, /events::queue(_budget|_notification)?\(/);
  const cardholder = read("objects/cardholder.rs");
  assert.match(
    cardholder,
    /async fn wake\([^]*self\.apply\((?![^]*self\.apply\()[^]*events::queue\([^]*events::queue_notification\(/,
  );
  assert.ok(awaited.length >= 4);
});
