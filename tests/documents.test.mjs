// What the documents say is so: settings, tests that hold invariants, routes, files and links.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { test } from "node:test";
import { included, withIncludes } from "../scripts/lib/includes.mjs";
import { anchor } from "../scripts/lib/markdown.mjs";
import { at, root } from "../scripts/lib/paths.mjs";
import { isFile, openapi } from "./support/contract.mjs";
import { all, namedTests, read, sorted } from "./support/sources.mjs";

const made = /(^|\/)(node_modules|target|dist|worker\/build|\.git|\.warifu|\.wrangler)(\/|$)/;

/**
 * Every file of a folder that is no product of a build, relative to the root.
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  return readdirSync(at(folder), { withFileTypes: true }).flatMap((entry) => {
    const file = join(folder, entry.name);
    if (made.test(file)) return [];
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
}

const files = filesBelow(".");
const documents = files.filter((file) => /^([A-Z]+(\.ja)?|docs\/.*)\.md$/.test(file));

const settingsPage = "docs/issuer/settings.md";

test("the documents that these tests read are there", () => {
  const pages = ["architecture.md", "invariants.md", "walkthroughs.md", "decisions/README.md"];
  for (const file of ["README.md", settingsPage, ...pages.map((page) => `docs/${page}`)]) {
    assert.ok(documents.includes(file), file);
  }
});

// Settings

/** The bindings of one environment of wrangler.toml. @param {string} text */
const bindings = (text) =>
  text
    .split(/^(?=\[)/m)
    .filter((section) =>
      /^\[\[\w*\.?\w*\.?(kv|durable|send_email|ratelimits|queues\.producers)/.test(section),
    )
    .map((section) => /^(?:binding|name) = "(\w+)"/m.exec(section)?.[1] ?? section);

const [production, sandbox, development] = read("wrangler.toml").split(/^(?=\[env\.\w+\])/m);

/** The names of settings and secrets that the code has, with the bounds of a number. */
function settings() {
  /** @type {Map<string, string[]>} */
  const known = new Map();
  const number = /Setting::number\(\s*"([A-Z_]+)",\s*([\d *_]+),\s*([\d *_]+),/g;
  const made =
    /(?:Setting::\w+|header_secret|wording|english|switch|switch_that_is_on)\(\s*"([A-Z_0-9]+)"/g;
  const sources = /^(worker|delivery)\/src\/(?!.*\btests?\b).*\.rs$/;
  for (const file of files.filter((file) => sources.test(file))) {
    for (const name of all(read(file), made)) known.set(name, []);
    for (const [, name, low, high] of read(file).matchAll(number)) {
      known.set(name, [low, high].map(product));
    }
  }
  return known;
}

/** `30 * 86400` as `2592000`. @param {string} factors */
const product = (factors) =>
  String(
    factors
      .replaceAll("_", "")
      .split("*")
      .reduce((value, factor) => value * Number(factor), 1),
  );

/** The rows of the settings' tables, by the names in capitals that stand first in them. */
function rows() {
  const table = /^\|([^|]+)\|(.*)$/gm;
  const named = [...read(settingsPage).matchAll(table)].flatMap(([, first, rest]) =>
    all(first, /`([A-Z][A-Z0-9_]+)`/g).map((name) => /** @type {const} */ ([name, rest])),
  );
  const byName = new Map(named);
  assert.equal(byName.size, named.length, `${settingsPage}: each has one row`);
  return byName;
}

test("the settings' tables have every setting, secret and binding, and no other", () => {
  // What an issuer may bind and need not is in no wrangler.toml.
  const optional = all(read("worker/src/metrics.rs"), /^const \w+: &str = "([A-Z]+)";/gm);
  assert.deepEqual(optional, ["METRICS"]);
  const ours = [...settings().keys(), ...bindings(production), ...optional];
  assert.ok(ours.length > 30, `${ours}`);
  const named = [...rows().keys()];
  const forDevelopment = bindings(development).filter((name) => !ours.includes(name));
  assert.deepEqual(forDevelopment, ["DEV_TOOLS"]);
  assert.deepEqual(
    sorted(named.filter((name) => !forDevelopment.includes(name))),
    sorted(ours),
    `${settingsPage} on the left, the code on the right`,
  );
});

test("the settings' tables say the bounds of every setting that has some", () => {
  const documented = rows();
  let bounded = 0;
  for (const [name, bounds] of settings()) {
    const numbers = (documented.get(name) ?? "").replace(/(?<=\d),(?=\d{3}\b)/g, "").match(/\d+/g);
    for (const bound of bounds) assert.ok(numbers?.includes(bound), `${name}: ${bound}`);
    bounded += Number(bounds.length > 0);
  }
  assert.ok(bounded > 10, `${bounded}`);
});

test("wrangler.toml sets nothing that the code does not ask for", () => {
  const known = settings();
  for (const part of [production, sandbox, development]) {
    const vars = /^\[(?:env\.\w+\.)?vars\]\n([^[]*)/m.exec(part)?.[1] ?? "";
    const set = all(vars, /^(\w+) =/gm);
    assert.ok(set.includes("WARIFU_ENV"));
    assert.deepEqual(
      set.filter((name) => !known.has(name)),
      [],
    );
  }
});

test("wrangler.toml is what the documents say: production unless asked, no invocation logs", () => {
  assert.match(production, /^WARIFU_ENV = "production"$/m);
  assert.match(production, /^\[observability\.logs\]\n(?:[^[]*\n)?invocation_logs = false$/m);
  assert.ok(!/^[^#]*(DEV_TOOLS|DevTools|"outbox")/m.test(production));
  // Traces have whole addresses, with client secrets in them.
  assert.match(production, /^\[observability\.traces\]\n(?:[^[]*\n)?enabled = false$/m);
  // It answers its own host alone: no second address that nobody looks after.
  assert.match(production, /^workers_dev = false$/m);
  assert.match(production, /^preview_urls = false$/m);
  assert.match(development, /^WARIFU_ENV = "development"$/m);
  // Whoever deploys without a look at the names speaks for no programme that has members.
  assert.match(production, /^PROGRAMME_NAME = "\S+"$/m);
  assert.ok(!production.includes("J/Secure"));
  // A sandbox is production, for test keys alone.
  assert.match(sandbox, /^WARIFU_ENV = "production"$/m);
  assert.match(sandbox, /^TEST_MODE = "only"$/m);
  assert.ok(!/^[^#]*(DEV_TOOLS|DevTools|"outbox"|J\/Secure)/m.test(sandbox));
});

test("the queue gives up after the last of the default waits, and only then", () => {
  const waits = /const BACK_OFF: &str = "([\d,]+)"/.exec(read("worker/src/settings/mod.rs"))?.[1];
  for (const part of [production, sandbox, development]) {
    const [, retries] = /^max_retries = (\d+)$/m.exec(part) ?? [];
    assert.equal(Number(retries) + 1, waits?.split(",").length);
  }
});

// Invariants

/**
 * What can hold an invariant in a file: its tests, or what its lints ban and demand.
 * @param {string} file
 */
function holders(file) {
  const text = read(file);
  if (file.endsWith(".toml")) return all(text, /^\s*(?:\{ path = "|(?=[\w-]+ = "))([\w:-]+)/gm);
  if (file.endsWith(".rs")) {
    return all(text, /#\[(?:wasm_bindgen_)?test\]\s+(?:#\[.*\]\s+)*(?:async )?fn (\w+)\(/g);
  }
  return [...text.matchAll(/\btest\(\s*(["'`])((?:\\.|(?!\1).)*)\1/g)].map(([, , name]) => name);
}

for (const document of documents) {
  const claims = namedTests(read(document));
  if (claims.length === 0) continue;
  test(`every test that ${document} names is in the file it names`, () => {
    for (const { file, name } of claims) {
      assert.ok(existsSync(at(file)), file);
      assert.ok(holders(file).includes(name), `${file}: ${name}`);
    }
  });
}

test("every invariant names what holds it, or says that nothing does", () => {
  const text = read("docs/invariants.md");
  const [, always, parts] =
    /^## Invariants\n([^]*?)^## What each part may know\n([^]*)$/m.exec(text) ?? [];
  const invariants = always.split(/^(?=\d+\. )/m).filter((part) => /^\d/.test(part));
  assert.ok(invariants.length >= 15);
  assert.deepEqual(
    invariants.map((part) => Number.parseInt(part)),
    invariants.map((_, n) => n + 1),
  );
  const limits = parts.split(/^(?=- )/m).filter((part) => part.startsWith("- "));
  assert.ok(limits.length >= 10);
  for (const invariant of [...invariants, ...limits]) {
    const held = namedTests(invariant).length > 0 || /\bHeld by review alone\b/.test(invariant);
    assert.ok(held, invariant.split("\n")[0]);
  }
  assert.ok(namedTests(text).length > 100, `${namedTests(text).length}`);
});

// The map, the walkthroughs and the decisions

test("the map fits on few screens and names every file of the rules in a line of its own", () => {
  const map = read("docs/architecture.md").split("\n");
  assert.ok(map.length < 150, `${map.length}`);
  const rules = readdirSync(at("core/src/cardholder")).filter((name) => name.endsWith(".rs"));
  assert.ok(rules.length > 8);
  for (const name of rules) {
    const line = new RegExp(`^\\| \`core/src/cardholder/${name}\` \\| \\S`);
    assert.equal(map.filter((row) => line.test(row)).length, 1, name);
  }
});

test("the map names every file or folder of the crates' sources and of the widget's scripts", () => {
  const map = read("docs/architecture.md") + read("docs/three-ds.md");
  const below = (/** @type {string} */ folder) =>
    readdirSync(at(folder), { withFileTypes: true })
      .filter((entry) => !/^(lib|fixtures)\.rs$/.test(entry.name))
      .map((entry) => `${folder}/${entry.name}`);
  const crates = ["core/src", "delivery/src", "three-ds/src", "worker/src", "widget/src"];
  const folders = [...crates, "widget/js", "packages/warifu/loader"];
  const sources = folders.flatMap(below).filter(
    // A folder beside a file of its name has the file's tests or parts.
    (path) => /\.\w+$/.test(path) || !existsSync(at(`${path}.rs`)),
  );
  assert.ok(sources.length > 40);
  const missing = sources.filter((path) => !map.includes(`\`${path}`));
  assert.deepEqual(missing, []);
});

/** What a text names as "`name` in `file`" or "of `file`", in sources. @param {string} text */
const placed = (text) =>
  [
    ...text.matchAll(/((?:`\w+`(?:, | and ))*`\w+`) (?:in|of) `([\w./-]+\.(?:rs|m?js|ts))`/g),
  ].flatMap(([, names, file]) => all(names, /`(\w+)`/g).map((name) => ({ file, name })));

/**
 * Where a source defines a name: of JavaScript also as a method.
 * @param {string} file
 * @param {string} name
 */
const definition = (file, name) =>
  file.endsWith(".rs")
    ? new RegExp(`\\b(fn|struct|enum|trait|const|type) ${name}\\b`)
    : new RegExp(
        `\\b(function|class|const|let|interface|type) ${name}\\b|` +
          `^ *(async |static |get )*#?${name}\\(.*\\) \\{$`,
        "m",
      );

for (const document of documents) {
  const named = placed(read(document));
  if (named.length === 0) continue;
  test(`every function and type that ${document} names is in the file it names`, () => {
    for (const { file, name } of named) {
      assert.match(read(file), definition(file, name), `${file}: ${name}`);
    }
  });
}

test("every walkthrough names functions and their files", () => {
  const text = read("docs/walkthroughs.md");
  assert.ok(placed(text).length > 60, `${placed(text).length}`);
  for (const [heading, ...steps] of text.split(/^## /m).map((part) => part.split("\n"))) {
    if (heading === "What each costs") continue;
    assert.ok(placed(steps.join("\n")).length > 0, heading);
  }
});

test("every decision is in the index, with context, decision and consequence", () => {
  const index = read("docs/decisions/README.md");
  const records = readdirSync(at("docs/decisions")).filter((name) => name !== "README.md");
  assert.ok(records.length > 30, `${records.length}`);
  for (const name of records) {
    assert.ok(index.includes(`](${name})`), name);
    const headings = all(read(`docs/decisions/${name}`), /^## (\w+)/gm).slice(0, 3);
    assert.deepEqual(headings, ["Context", "Decision", "Consequence"], name);
  }
});

// Budgets

test("the budgets of README.md are those that bench/size.mjs holds", () => {
  const [, held] = /^const budgets = \{ (.*) \};$/m.exec(read("bench/size.mjs")) ?? [];
  const rows = [...read("README.md").matchAll(/^\| (\w+) \| [^|]+ \| ([\d,]+) \|$/gm)];
  const said = rows.map(([, part, bytes]) => `${part}: ${bytes.replace(",", "_")}`);
  assert.equal(said.join(", "), held);
});

// Routes

/** Methods of each path that development has in front, in worker/development/tools.mjs. */
function developmentRoutes() {
  const paths = /^  "(\/dev\/\w+)": \{ (.*) \},$/gm;
  return [...read("worker/development/tools.mjs").matchAll(paths)].flatMap(([, path, methods]) =>
    all(methods, /\b([A-Z]+):/g).map((method) => `${method} ${path}`),
  );
}

/** Methods of each path in worker/src/router.rs, parameters as `{}`. */
function routes() {
  const router = read("worker/src/router.rs");
  /** @type {Map<string, string[]>} */
  const served = new Map();
  const arms = /^\s*\(Route::(\w+)(?:\([^)]*\))?, ([\w |]+)\) =>/gm;
  for (const [, route, methods] of router.matchAll(arms)) {
    served.set(route, [...(served.get(route) ?? []), ...methods.split(" | ")]);
  }
  return [...router.matchAll(/^\s*\[(.*)\] => Route::(\w+)/gm)].flatMap(([, parts, route]) => {
    const path = parts.split(", ").map((part) => /^"(.*)"$/.exec(part)?.[1] ?? "{}");
    return (served.get(route) ?? ["none"])
      .filter((method) => method !== "Head")
      .map((method) => `${method.toUpperCase()} /${path.join("/")}`);
  });
}

test("the routes of the Worker are those of docs/openapi.yaml", () => {
  const described = Object.entries(openapi.paths)
    .filter(([path]) => !isFile(path))
    .flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((verb) => verb !== "parameters")
        .map((verb) => `${verb.toUpperCase()} ${path.replace(/\{\w+\}/g, "{}")}`),
    );
  const development = developmentRoutes();
  assert.equal(development.length, 3, `${development}`);
  const found = [...routes(), ...development];
  assert.ok(found.length > 15, `${found}`);
  assert.deepEqual(sorted(described), sorted(found), "the contract on the left, the Worker right");
});

// Included code

test("every document has the code that it includes as the file has it: npm run docs writes it in", () => {
  for (const document of documents) {
    const text = read(document);
    assert.equal(text, withIncludes(text, read), document);
  }
});

test("every shop of examples/snippets is in one page of the merchant's guide", () => {
  const shops = readdirSync(at("examples/snippets")).map((name) => `examples/snippets/${name}`);
  assert.ok(shops.length > 5, `${shops}`);
  const pages = documents.filter((document) => document.startsWith("docs/merchant/"));
  assert.deepEqual(pages.flatMap((page) => included(read(page))).sort(), shops.sort());
});

test("a file that has changed changes each document that includes it, and nothing around", () => {
  const page = "before\n<!-- include: shop.py -->\n```python\nold\n```\n\n```python\nold\n```\n";
  assert.deepEqual(included(page), ["shop.py"]);
  const fresh = withIncludes(page, (file) => `new of ${file} $& $1\n`);
  assert.equal(
    fresh,
    page.replace("old", () => "new of shop.py $& $1"),
  );
  assert.throws(() => withIncludes(page, () => "a\n```\n"), /would end the fence/);
});

// Links and files

/** @param {string} file */
const anchors = (file) => all(withoutFences(read(file)), /^#+ +(.*?)\s*$/gm).map(anchor);

/** @param {string} text */
const withoutFences = (text) => text.replace(/^( *)```[^]*?^\1```$/gm, "");

for (const document of documents) {
  test(`every link of ${document} leads somewhere`, () => {
    const text = withoutFences(read(document));
    const links = [
      ...all(text, /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g),
      ...all(text, /^\[[^\]]+\]:\s+<?([^\s>]+)/gm),
      ...all(text, /\b(?:href|src|srcset)="([^"]+)"/g),
    ].filter((link) => !/^[a-z]+:/.test(link));
    for (const link of links) {
      const [path, fragment] = link.split("#");
      const target = path ? join(dirname(document), decodeURI(path)) : document;
      assert.ok(existsSync(at(target)) && !made.test(target), link);
      if (fragment && target.endsWith(".md")) {
        assert.ok(anchors(target).includes(decodeURIComponent(fragment)), link);
      }
    }
  });

  test(`every file that ${document} names is there`, () => {
    const text = read(document);
    const folders = readdirSync(root, { withFileTypes: true }).filter((e) => e.isDirectory());
    const tops = folders.map(({ name }) => name.replaceAll(".", "\\."));
    const below = new RegExp(String.raw`(?<![\w./:@-])(?:${tops.join("|")})/[\w./-]*[\w/]`, "g");
    const paths = text.match(below) ?? [];
    for (const path of paths.filter((path) => !made.test(path))) {
      assert.ok(existsSync(at(path)), path);
    }
    const names = files.map((file) => basename(file));
    const source = /^[\w./-]+\.(?:rs|mjs|toml|md|yaml|html|css|sh)$/;
    for (const name of all(withoutFences(text), /`([^`\s]+)`/g)) {
      if (!source.test(name) || name.startsWith("/") || made.test(name)) continue;
      const there = name.includes("/") ? existsSync(at(name)) : names.includes(name);
      assert.ok(there || existsSync(at(dirname(document), name)), name);
    }
  });
}
