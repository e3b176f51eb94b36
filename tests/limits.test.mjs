// A production configuration: rates are limited in front of everything, and nothing of development
// is there. What must be refused to run is refused.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { at, paths } from "../scripts/lib/paths.mjs";
import { nodeTool, toolEnv } from "../scripts/lib/toolchain.mjs";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import { createChallenge, issuerKey } from "./support/demo.mjs";
import { devSecret, startWorker } from "./support/worker.mjs";

const couriers = { EMAIL_COURIER: "cloudflare", SMS_COURIER: "none" };
const production = {
  ...couriers,
  WARIFU_ENV: "production",
  PUBLIC_ORIGIN: "https://otp.example",
  // That of development is a page of this machine, which is refused before.
  TERMS_URL: "https://www.example.co.jp/terms",
  TERMS_URL_EN: "https://www.example.co.jp/en/terms",
};

const [jwk] = JSON.parse(devSecret("ATTESTATION_KEYS"));
const [master] = devSecret("MASTER_KEYS").split(",");
const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  format: "jwk",
});

/** @type {[string, string, import("./support/worker.mjs").WorkerOptions][]} */
const refused = [
  [
    "the outbox in production",
    "EMAIL_COURIER",
    { environment: "", vars: { EMAIL_COURIER: "outbox" } },
  ],
  ["development's clock and outbox bound in production", "DEV_TOOLS", { vars: production }],
  ["a setting out of bounds", "TRIES", { vars: { TRIES: "1000" } }],
  [
    "an attestation key whose halves do not belong together",
    "ATTESTATION_KEYS",
    { vars: { ATTESTATION_KEYS: JSON.stringify([{ ...jwk, d: foreign.d }]) } },
  ],
  [
    "two attestation keys of one id",
    "ATTESTATION_KEYS",
    { vars: { ATTESTATION_KEYS: JSON.stringify([jwk, { ...jwk, ...foreign }]) } },
  ],
  [
    "a MAC that is required where none is made",
    "KEY_MAC_REQUIRED",
    { vars: { KEY_MAC_KEYS: "", KEY_MAC_REQUIRED: "on" } },
  ],
  ["an issuer key without a scope", "ISSUER_KEYS", { vars: { ISSUER_KEYS: "desk:wk_issuer_" } }],
  [
    "two master keys of one id",
    "MASTER_KEYS",
    { vars: { MASTER_KEYS: `${master},${master.split(":")[0]}:${"A".repeat(43)}` } },
  ],
  ["a key of apps that is too short", "APP_KEYS", { vars: { APP_KEYS: `k1:${"A".repeat(42)}` } }],
  ["an issuer key that can be guessed", "ISSUER_KEY", { vars: { ISSUER_KEY: "wk_issuer_secret" } }],
];

/**
 * @param {import("./support/worker.mjs").WorkerOptions} options
 * @param {(worker: import("./support/worker.mjs").TestWorker) => Promise<void>} body
 */
async function withWorker(options, body) {
  const worker = await startWorker(options);
  try {
    await body(worker);
  } finally {
    await worker.stop();
  }
}

for (const [what, setting, options] of refused) {
  test(`${what} is refused: nothing is served, and the log names ${setting}`, () =>
    withWorker(options, async (worker) => {
      const api = client(worker.origin);
      for (const path of ["/healthz", "/dev/outbox", "/dev/clock", "/.well-known/jwks.json"]) {
        assertProblem(await api.get(path), 500, "misconfigured");
      }
      await worker.prints(`"why":"${setting}`);
      assert.ok(!worker.output().includes("wk_issuer_secret"));
    }));
}

test("production has no outbox and no clock, and tells an address that asks too often to wait", () =>
  withWorker({ environment: "", vars: { PUBLIC_ORIGIN: "https://localhost" } }, async (worker) => {
    const api = client(worker.origin);
    assert.equal((await api.get("/healthz")).status, 200);
    for (const path of ["/healthz", "/v1/challenges", "/enrollment/x", "/nothing"]) {
      assert.equal(await statusAs("warifu.account.workers.dev", worker.origin, path), 421, path);
    }
    assertProblem(await api.get("/dev/outbox?format=json"), 404, "not_found");
    assertProblem(await api.get("/dev/clock"), 404, "not_found");
    const moved = await api.post("/dev/clock", { json: { advance_seconds: 1 } });
    assertProblem(moved, 404, "not_found");

    const secret = `ch_${"A".repeat(22)}_secret_${"A".repeat(43)}`;
    const path = `/challenge/${secret}/verify`;
    /** @param {string} address */
    const guess = (address) =>
      api.post(path, { json: { code: "123456" }, headers: { "cf-connecting-ip": address } });
    /** 250 in one minute or two: one of them has more than 120. @param {(n: number) => string} address */
    const storm = async (address) => {
      const answers = [];
      for (let n = 0; n < 250; n += 25) {
        answers.push(
          ...(await Promise.all(Array.from({ length: 25 }, (_, m) => guess(address(n + m))))),
        );
      }
      return answers;
    };
    const limited = (await storm(() => "192.0.2.1")).filter(({ status }) => status === 429);
    assert.ok(limited.length > 0, "an IPv4 address");
    assertProblem(limited[0], 429, "rate_limited");
    const form = await api.present(secret, { "cf-connecting-ip": "192.0.2.1" });
    assert.match(form.headers.get("content-type") ?? "", /^text\/html/);
    const network = (await storm((n) => `2001:db8::${n.toString(16)}`)).filter(
      ({ status }) => status === 429,
    );
    assert.ok(network.length > 0, "the addresses of one IPv6 network");
    assertProblem(await guess("192.0.2.2"), 404, "challenge_not_found");
  }));

/** Development with the rates of production. @param {string} toml */
const narrow = (toml) =>
  toml.replace(
    /(?<=^\[\[env\.development\.ratelimits\]\]\nname = "(FORM|FAILURE)_RATE"\n.*\nsimple = \{ limit = )\d+/gm,
    (_, name) => (name === "FORM" ? "120" : "20"),
  );

test("wrong keys of an address are slowed, a right one from there is answered, and a form is limited by its challenge", () =>
  withWorker({ edit: narrow }, async (worker) => {
    const api = client(worker.origin);
    const from = (/** @type {string} */ address) => ({ "cf-connecting-ip": address });
    const headers = from("::ffff:192.0.2.1");
    const { secret, merchant, cardholder } = await createChallenge(api);
    const read = (/** @type {string} */ key, /** @type {object} */ headers) =>
      api.get("/v1/challenges/ch_none", { key, headers: { ...headers } });
    const list = (/** @type {string} */ key, /** @type {object} */ headers) =>
      api.get(`/v1/cardholders/${cardholder.id}`, { key, headers: { ...headers } });
    const redeem = (/** @type {string} */ secret, /** @type {object} */ headers) =>
      api.post("/v1/siteverify", { json: { secret, response: "x" }, headers: { ...headers } });
    /** 50 in one minute or two: one of them has more than 20. @type {[string, typeof read][]} */
    const doors = [
      ["merchant", read],
      ["issuer", list],
      ["siteverify", redeem],
    ];
    for (const [door, call] of doors) {
      const wrong = Array.from({ length: 50 }, (_, n) => call(`wk_test_${n}`, headers));
      const limited = (await Promise.all(wrong)).filter(({ status }) => status === 429);
      assert.ok(limited.length > 0, door);
      assertProblem(limited[0], 429, "too_many_wrong_keys");
      assert.equal(limited[0].headers.get("retry-after"), "60");
      await worker.prints(
        `{"event":"key_throttled","door":"${door}","why":"${door === "issuer" ? "unknown or revoked" : "made up"}","address":"192.0.2.1",`,
      );
    }
    assertProblem(await read(merchant.key, headers), 404, "challenge_not_found");
    assertStatus(await list(issuerKey(), headers));
    assert.deepEqual((await redeem(merchant.key, headers)).body["error-codes"], [
      "invalid-input-response",
    ]);
    assertProblem(await read("wk_test_1", from("192.0.2.2")), 401, "invalid_key");

    // 250 from as many addresses: they are calls of one form.
    const { secret: other } = await createChallenge(api);
    const ask = (/** @type {string} */ secret, /** @type {number} */ n) => {
      const headers = { ...from(`198.51.100.${n}`), accept: "application/json" };
      return api.get(`/challenge/${secret}/delivery`, { headers });
    };
    const asked = [];
    for (let n = 0; n < 250; n += 50) {
      asked.push(...(await Promise.all(Array.from({ length: 50 }, (_, m) => ask(secret, n + m)))));
    }
    const limited = asked.filter(({ status }) => status === 429);
    assert.ok(limited.length > 0);
    assertProblem(limited[0], 429, "rate_limited");
    assertStatus(await ask(other, 1));
  }));

test("production uploads what is built and measured, and no code of development", async () => {
  const upload = await mkdtemp(join(tmpdir(), "warifu-upload-"));
  try {
    const wrangler = at("node_modules/wrangler/bin/wrangler.js");
    execFileSync(
      nodeTool("node"),
      [wrangler, "deploy", "--dry-run", "--env", "", "--outdir", upload],
      {
        cwd: at(),
        env: {
          ...toolEnv(),
          CI: "1",
          WARIFU_BUILT: "1",
          WRANGLER_SEND_METRICS: "false",
          WRANGLER_LOG_PATH: paths.logs,
        },
      },
    );
    const built = ["build/index.js", "build/index_bg.wasm", "guard.mjs", "main.mjs"];
    // The README says when wrangler wrote the folder, and is not uploaded.
    const entries = await readdir(upload, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name !== "README.md");
    const uploaded = files.map(({ parentPath, name }) => relative(upload, join(parentPath, name)));
    assert.deepEqual(uploaded.sort(), built);
    const development = ["tools.mjs", "outbox.mjs"]
      .map((name) => readFileSync(at("worker/development", name), "utf8"))
      .join();
    for (const name of built) {
      const bytes = readFileSync(join(upload, name));
      assert.ok(bytes.equals(readFileSync(at("worker", name))), name);
      for (const word of ["DevTools", "/dev/", "offset_seconds", "advance_seconds", "送信箱"]) {
        assert.ok(development.includes(word), word);
        assert.ok(!bytes.includes(word), `${name}: ${word}`);
      }
    }
  } finally {
    await rm(upload, { recursive: true });
  }
});

/**
 * The status of an answer to a request that names this host.
 * @param {string} host
 * @param {string} origin
 * @param {string} path
 */
function statusAs(host, origin, path) {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    request({ port, path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

test("a development server answers no public host", () =>
  withWorker({}, async (worker) => {
    for (const path of ["/healthz", "/dev/outbox", "/dev/clock"]) {
      assert.equal(await statusAs("otp.example", worker.origin, path), 500, path);
    }
    await worker.prints('"why":"WARIFU_ENV');
  }));
