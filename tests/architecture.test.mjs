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

test("core depends on nothing of ours; worker and widget on core only", () => {
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
  const allowed = ["warifu-widget -> warifu-core", "warifu-worker -> warifu-core"];
  assert.deepEqual(
    edges.filter((/** @type {string} */ edge) => !allowed.includes(edge)),
    [],
  );
});

test("only the worker crate names the platform", () => {
  const named = [...sources("core", ".rs", ".toml"), ...sources("widget", ".rs", ".toml")]
    .filter(({ text }) => /\bworker::|^worker\s*=/m.test(text))
    .map(({ file }) => file);
  assert.deepEqual(named, []);
});

test("core reads no clock and no randomness of its own", () => {
  const named = sources("core/src", ".rs")
    .filter(({ text }) =>
      /SystemTime|Instant::now|getrandom|js_sys|web_sys|wasm_bindgen/.test(text),
    )
    .map(({ file }) => file);
  assert.deepEqual(named, []);
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

test("the objects know neither providers nor the edge", () => {
  const files = ["objects/mod.rs", "objects/cardholder.rs", "objects/destination.rs"];
  const read = (/** @type {string} */ file) =>
    readFileSync(new URL(`../worker/src/${file}`, import.meta.url), "utf8");
  const object = files.map(read).join("\n");
  for (const word of ["courier", "edge::", "store::", "Fetch::", "fetch_with", "Delay"]) {
    assert.ok(!object.includes(word), word);
  }
  // What it awaits is its own storage, and the body of the request that it was sent; and in the
  // alarm, once everything is decided, the queue.
  const awaited = object.match(/^.*\.await.*$/gm) ?? [];
  // The writes of one save are begun together. Traps are in a build for tests alone.
  const own = /storage\.|request\.text\(\)|self\.(object\.|traps\.)?\w+\(|try_join\(value, alarm\)/;
  const other = awaited.filter((line) => !own.test(line));
  assert.equal(other.length, 1);
  assert.match(other[0], /events::queue\(/);
  const cardholder = read("objects/cardholder.rs");
  assert.match(
    cardholder,
    /async fn wake\([^]*self\.obey\((?![^]*self\.obey\()[^]*events::queue\(/,
  );
  assert.ok(awaited.length >= 4);
});
