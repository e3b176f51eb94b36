// warifu-sandbox as npm would publish it: what is in the archive, a purchase on a machine that has Node
// and nothing else, and what `wrangler deploy --env sandbox` uploads.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { after, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { version } from "../scripts/build/version.mjs";
import { threeDsSecrets } from "../scripts/dev-vars.mjs";
import { at, paths, root } from "../scripts/lib/paths.mjs";
import { nodeTool, toolEnv } from "../scripts/lib/toolchain.mjs";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import { challengeBody, issuerKey } from "./support/demo.mjs";
import { devSecrets } from "./support/dev-secrets.mjs";
import { startReceiver, verified } from "./support/events.mjs";
import { install, pack } from "./support/packed.mjs";
import { all, read, sorted } from "./support/sources.mjs";
import { quietPort, startWorker } from "./support/worker.mjs";

const name = "warifu-sandbox";
const { folder, archives, remove } = pack([name]);
after(remove);
const { file, files } = archives[name];
/** A merchant's folder: the archive with what it depends on. */
const project = join(folder, "project");
mkdirSync(project);
install(project, archives, ["miniflare"]);
const installed = join(project, "node_modules", name);
const manifest = JSON.parse(read(`packages/${name}/package.json`));

// The archive

test("the archive has the built Worker, what starts and deploys it, the guides and all licences", () => {
  const own = [
    ...["LICENSE", "README.md", "package.json", "bin.js"],
    ...["options", "register", "runtime", "secrets", "state", "words"].map(
      (part) => `lib/${part}.js`,
    ),
    ...["wrangler.toml", "worker.json", "third-party-licenses.txt"].map((part) => `built/${part}`),
    ...["main.mjs", "guard.mjs", "development.mjs"].map((part) => `built/worker/${part}`),
    ...["front.mjs", "outbox.mjs", "page.mjs", "style.css", "tools.mjs"].map(
      (part) => `built/worker/development/${part}`,
    ),
    ...["index.js", "index_bg.wasm"].map((part) => `built/worker/build/${part}`),
  ];
  const others = files.filter((name) => !own.includes(name));
  assert.deepEqual(sorted(files.filter((name) => own.includes(name))), sorted(own));
  const static_ = filesBelow(at("dist/assets")).map((path) => `built/dist/assets/${path}`);
  const guides = ["merchant", "issuer"].flatMap((part) =>
    readdirSync(at("docs", part)).map((name) => `built/docs/${part}/${name}`),
  );
  const beside = ["glossary.md", "glossary.ja.md"].map((part) => `built/docs/${part}`);
  assert.deepEqual(sorted(others), sorted([...static_, ...guides, ...beside]));
  for (const path of ["worker/build/index.js", "worker/build/index_bg.wasm", "worker/main.mjs"]) {
    assert.ok(readFileSync(join(installed, "built", path)).equals(readFileSync(at(path))), path);
  }
  const licences = readFileSync(join(installed, "built/third-party-licenses.txt"));
  assert.ok(licences.equals(readFileSync(join(paths.dist, "third-party-licenses.txt"))));
});

test("the archive is at most 1.5 MB, and has no secret and no path of the machine that packed it", () => {
  const { size } = statSync(file);
  assert.ok(size <= 1_500_000, `${size} bytes`);
  const kept = Object.values(devSecrets());
  assert.ok(kept.length >= 6);
  for (const path of filesBelow(installed)) {
    const bytes = readFileSync(join(installed, path));
    for (const secret of kept) assert.ok(!bytes.includes(secret), path);
    // In Rust's wasm are the paths of what was compiled, which the build itself shortens.
    if (!path.endsWith(".wasm")) assert.ok(!bytes.includes(root), path);
  }
});

test("a link in a packed guide leads to what is packed", () => {
  let links = 0;
  for (const page of files.filter((name) => /^built\/docs\/.*\.md$/.test(name))) {
    const text = readFileSync(join(installed, page), "utf8");
    for (const target of all(text, /\]\((?!\w+:|#)([^)#\s]+)/g)) {
      assert.ok(files.includes(normalize(join(dirname(page), target))), `${page}: ${target}`);
      links += 1;
    }
  }
  assert.ok(links > 100, `${links}`);
});

test("it has the project's version and licence, and its runtime is the one that the tests run", async () => {
  const { devDependencies } = JSON.parse(read("package.json"));
  assert.deepEqual(manifest.dependencies, { miniflare: devDependencies.miniflare });
  assert.equal(manifest.version, version);
  assert.equal(read(`packages/${name}/LICENSE`), read("LICENSE"));
  const bytes = readFileSync(file);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({
    ...{ strict: true, level: "suggestion" },
    pack: { tarball: /** @type {ArrayBuffer} */ (tarball) },
  });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

// On a machine with Node alone

/** All that is on the bare machine's PATH. */
const bare = join(folder, "path");
mkdirSync(bare);
symlinkSync(process.execPath, join(bare, "node"));
const environment = { PATH: bare, HOME: project };
const program = join(installed, "bin.js");

/**
 * Starts the sandbox and waits for all that it prints.
 * @param {...string} args
 */
async function start(...args) {
  const since = performance.now();
  const child = spawn(program, args, { cwd: project, env: environment });
  after(() => child.kill("SIGKILL"));
  let printed = "";
  const ended = new Promise((resolve) => child.on("close", resolve));
  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        printed += text;
        if (printed.includes("Ctrl-C")) resolve(undefined);
      });
    }
  });
  await Promise.race([ready, ended]);
  assert.equal(child.exitCode, null, printed);
  const seconds = (performance.now() - since) / 1000;
  const interrupt = () => (child.kill("SIGINT"), ended);
  return { printed, seconds, interrupt };
}

/** @param {...string} args */
const refusal = (...args) =>
  spawnSync(program, args, { cwd: project, env: environment, encoding: "utf8" });

test("from an empty folder to a verified purchase in less than a minute, and again with the same key", async () => {
  const port = String(await quietPort());
  const shop = "http://localhost:3210";
  const receiver = await startReceiver();
  const options = ["--port", port, "--origin", shop, "--events", receiver.url];
  const { printed, seconds, interrupt } = await start(...options);
  assert.ok(seconds < 60, `${seconds} s`);

  const origin = `http://localhost:${port}`;
  const [key] = all(printed, /(wk_test_\S+)/g);
  const [secret] = all(printed, /(whsec_\S+)/g);
  for (const said of [origin, shop, `curl ${origin}/v1/challenges`, `${origin}/dev/outbox`]) {
    assert.ok(printed.includes(said), said);
  }
  // What the guide has a merchant paste.
  assert.deepEqual(all(printed, /^ +export (\S+)$/gm), [
    `WARIFU=${origin}`,
    `WARIFU_KEY=${key}`,
    "WARIFU_MERCHANT=maru-shop",
    `WARIFU_EVENTS_SECRET=${secret}`,
  ]);
  for (const guide of all(printed, /(\/\S+README\S*\.md)/g)) assert.ok(existsSync(guide), guide);

  const api = client(origin);
  // The body of the curl that it prints.
  const [body] = all(printed, /-d '([^']+)'/g);
  const made = assertStatus(
    await api.post("/v1/challenges", { key, json: JSON.parse(body) }),
    201,
  ).body;
  const form = assertStatus(await api.present(made.client_secret));
  assert.match(form.text, /テスト/);
  assert.match(form.headers.get("content-security-policy") ?? "", new RegExp(shop));
  const { attestation } = assertStatus(await api.verify(made.client_secret, "123456")).body;
  const redeemed = (await api.siteverify({ secret: key, response: attestation })).body;
  assert.deepEqual(
    [redeemed.success, redeemed.amount, redeemed.test, redeemed.challenge],
    [true, 3150, true, made.id],
  );
  assert.deepEqual(
    (await api.outbox(made.id)).map(({ code }) => code),
    ["123456"],
  );
  const [told] = await receiver.told(made);
  assert.equal(verified(told, secret).data.challenge, made.id);

  // Nothing there is for real purchases.
  const issuer = JSON.parse(readFileSync(join(project, ".warifu-sandbox/secrets.json"), "utf8"));
  const live = await api.post("/v1/merchants/maru-shop/keys", { key: issuer.ISSUER_KEY });
  assertProblem(live, 400, "invalid_request");

  const taken = refusal("--port", port);
  assert.deepEqual([taken.status, taken.stdout], [1, ""]);
  assert.match(taken.stderr, new RegExp(`^✘ Port ${port} is taken\\. .*\\n$`));

  assert.equal(await interrupt(), 0);
  await assert.rejects(fetch(origin));

  const again = await start(...options);
  assert.ok(again.printed.includes(key) && again.printed.includes(secret));
  const spent = (await api.siteverify({ secret: key, response: attestation })).body;
  assert.deepEqual(spent["error-codes"], ["timeout-or-duplicate"]);
  assert.equal(await again.interrupt(), 0);

  // Without --events nobody is told any more.
  const quiet = await start("--port", port);
  assert.ok(quiet.printed.includes("http://localhost:3000") && !quiet.printed.includes("whsec_"));
  const at = "/v1/merchants/maru-shop/test-event-endpoint";
  assertProblem(await api.get(at, { key: issuer.ISSUER_KEY }), 404, "endpoint_not_found");
  assert.equal(await quiet.interrupt(), 0);
});

test("what the sandbox made is its owner's alone, and kept out of git", () => {
  const state = join(project, ".warifu-sandbox");
  assert.equal(readFileSync(join(state, ".gitignore"), "utf8"), "*\n");
  for (const file of ["secrets.json", "merchant.json"]) {
    assert.equal(statSync(join(state, file)).mode & 0o777, 0o600, file);
  }
  assert.equal(statSync(state).mode & 0o777, 0o700);
});

test("a wrong option is refused in one sentence", async () => {
  const port = String(await quietPort());
  for (const [args, said] of /** @type {[string[], RegExp][]} */ ([
    [["--port", "http"], /^✘ --port must be a number from 1 to 65535, not http\.\n$/],
    [["--port", port, "--origin", `${port}/a`], /^✘ .*origins\[0\] must be an origin/],
    [["--port", port, "--events", "ftp://x"], /^✘ .*url must /],
    [["--prot", "1"], /^✘ Unknown option '--prot'/],
  ])) {
    const { status, stderr } = refusal(...args);
    assert.equal(status, 1, stderr);
    assert.match(stderr, said);
    assert.ok(!stderr.includes("    at "), stderr);
  }
  const { status, stdout } = refusal("--version");
  assert.deepEqual([status, stdout], [0, `${version}\n`]);
});

test("it names the test cardholders that there are", () => {
  const there = all(read("core/src/test_cardholder.rs"), /=> "(test_\w+)"/g);
  assert.ok(there.length >= 11);
  const named = all(read(`packages/${name}/lib/words.js`), /^ {2}(test_\w+): /gm);
  assert.deepEqual(named, there);
});

test("--secrets prints as many secrets as a deployment has, and new ones each time", () => {
  const [one, other] = [1, 2].map(() => JSON.parse(refusal("--secrets").stdout));
  const others = Object.keys(devSecrets()).filter((secret) => !(secret in threeDsSecrets));
  assert.deepEqual(Object.keys(one).sort(), others.sort());
  for (const name of Object.keys(one)) assert.notEqual(one[name], other[name], name);
});

// On Cloudflare

for (const [from, cwd, config] of [
  ["the repository", at(), "wrangler.toml"],
  ["the archive", project, `node_modules/${name}/built/wrangler.toml`],
]) {
  test(`wrangler deploy --dry-run --env sandbox uploads the build from ${from}`, () => {
    const upload = join(folder, `upload from ${from}`);
    const wrangler = at("node_modules/wrangler/bin/wrangler.js");
    const said = execFileSync(
      nodeTool("node"),
      [
        ...[wrangler, "deploy", "--dry-run", "--env", "sandbox", "--outdir", upload],
        ...["--config", config, "--var", "PUBLIC_ORIGIN:https://warifu-sandbox.me.workers.dev"],
      ],
      {
        cwd,
        encoding: "utf8",
        env: {
          ...toolEnv(),
          CI: "1",
          WARIFU_BUILT: "1",
          WRANGLER_SEND_METRICS: "false",
          WRANGLER_LOG_PATH: paths.logs,
        },
      },
    );
    assert.match(said, /env\.TEST_MODE \("only"\)/);
    // wrangler hides what --var says.
    assert.match(said, /env\.PUBLIC_ORIGIN \("\(hidden\)"\)/);
    assert.match(said, /env\.EVENTS \(warifu-sandbox-events\)/);
    assert.ok(!said.includes("DEV_TOOLS"), said);
    const built = ["build/index.js", "build/index_bg.wasm", "guard.mjs", "main.mjs"];
    const uploaded = filesBelow(upload).filter((name) => name !== "README.md");
    assert.deepEqual(uploaded.sort(), built);
    for (const name of built) {
      assert.ok(readFileSync(join(upload, name)).equals(readFileSync(at("worker", name))), name);
    }
  });
}

test("a deployed sandbox is production for test keys alone", async () => {
  const worker = await startWorker({
    environment: "sandbox",
    vars: { PUBLIC_ORIGIN: "https://localhost" },
  });
  try {
    const api = client(worker.origin);
    assertStatus(await api.get("/healthz"));
    assertProblem(await api.get("/dev/outbox"), 404, "not_found");
    const key = issuerKey();
    const shop = { name: "●●shop", origins: ["https://shop.example"] };
    assertStatus(await api.send("PUT", "/v1/merchants/shop", { key, json: shop }));
    const mint = (/** @type {object} */ call) =>
      api.post("/v1/merchants/shop/keys", { key, ...call });
    for (const call of [{}, { json: {} }, { json: { mode: "live" } }]) {
      assertProblem(await mint(call), 400, "invalid_request");
    }
    const minted = assertStatus(await mint({ json: { mode: "test" } }), 201).body;
    const create = { key: minted.key, json: challengeBody("test_verified") };
    const made = assertStatus(await api.post("/v1/challenges", create), 201).body;
    assertStatus(await api.present(made.client_secret));
    const { attestation } = assertStatus(await api.verify(made.client_secret, "123456")).body;
    const redeemed = await api.siteverify({ secret: minted.key, response: attestation });
    assert.equal(redeemed.body.success, true);

    // A live key of before, when the deployment took some.
    await worker.restart({ TEST_MODE: "on" });
    const live = assertStatus(await mint({}), 201).body.key;
    assertProblem(
      await api.get("/v1/challenges/ch_none", { key: live }),
      404,
      "challenge_not_found",
    );
    await worker.restart();
    assertProblem(await api.get("/v1/challenges/ch_none", { key: live }), 401, "invalid_key");
    const { body } = await api.siteverify({ secret: live, response: attestation });
    assert.deepEqual(body["error-codes"], ["invalid-input-secret"]);
  } finally {
    await worker.stop();
  }
});

/** @param {string} folder */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
