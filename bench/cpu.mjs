// npm run cpu -- FOLDER FOLDER [ROUNDS FLOWS]: the CPU time that a purchase takes in two builds, paired.
//
// Each folder is a checkout that is built: its wrangler.toml, worker/ and dist/assets/ run as in
// production, on workerd, and a gateway in this process takes the messages. Rounds take turns, so
// that what else the machine does meets both builds. The time is that of the whole workerd process.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { Log, LogLevel, Miniflare, Response, convertV4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { modulesOf } from "../scripts/lib/modules.mjs";
import { paths } from "../scripts/lib/paths.mjs";

const [first, second, rounds = "10", flows = "20"] = process.argv.slice(2);
if (!first || !second) throw new Error("name the folders of two builds");

/** What both builds share. @type {Record<string, string>} */
const settings = {
  .../** @type {Record<string, string>} */ (parseEnv(readFileSync(paths.devVars, "utf8"))),
  EMAIL_COURIER: "webhook",
  COURIER_WEBHOOK_URL: "https://gateway.example/messages",
  COURIER_WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString("base64")}`,
};

/** Who waits for a code, by the cardholder's address. @type {Map<string, (code: string) => void>} */
const waiting = new Map();

/** @param {import("miniflare").Request} request */
async function gateway(request) {
  const { data } = /** @type {any} */ (await request.json());
  waiting.get(data.to)?.(/(?<!\d)\d{6}(?!\d)/.exec(data.text)?.[0] ?? "");
  return new Response(null, { status: 204 });
}

/** @param {string} folder */
async function start(folder) {
  const config = unstable_readConfig({ config: join(folder, "wrangler.toml"), env: "" });
  const { workerOptions, main = "" } = unstable_getMiniflareWorkerOptions(config, "");
  const { modulesRules: _, bindings, ...others } = workerOptions;
  // All flows come from one address.
  for (const { simple } of Object.values(others.ratelimits ?? {})) simple.limit = 100_000;
  const before = children();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      rootPath: folder,
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: () => {},
      ...others,
      name: config.name,
      bindings: { .../** @type {object} */ (bindings), ...settings },
      modules: modulesOf(main, config.rules),
      modulesRoot: dirname(main),
      outboundService: gateway,
    }),
  );
  const origin = (await miniflare.ready).origin;
  const [pid] = children().filter((child) => !before.includes(child));
  return { miniflare, origin, pid };
}

/** The workerd processes of this one. */
function children() {
  const list = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  return list
    .trim()
    .split(" ")
    .filter((pid) => pid && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd"));
}

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** The CPU time of a process so far, in milliseconds. @param {string} pid */
function cpu(pid) {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user, system] = fields.split(" ").slice(11, 13).map(Number);
  return ((user + system) * 1000) / ticksPerSecond;
}

/**
 * @param {string} origin
 * @param {string} method
 * @param {string} path
 * @param {string | undefined} key
 * @param {object} [json]
 */
async function call(origin, method, path, key, json) {
  const response = await fetch(origin + path, {
    method,
    headers: {
      ...(json ? { "content-type": "application/json" } : {}),
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    },
    body: json && JSON.stringify(json),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
  return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
}

let cardholders = 0;

/** Registers a cardholder, which is not measured. @param {string} origin */
async function register(origin) {
  const id = `holder-${++cardholders}`;
  const json = { email: `${id}@mail.jp`, personal_message: "ハワイ大好き", channel: "email" };
  await call(origin, "PUT", `/v1/cardholders/${id}`, settings.ISSUER_KEY, json);
  return id;
}

/**
 * One purchase: create, form, code, siteverify.
 * @param {string} origin
 * @param {string} key the merchant's
 * @param {string} cardholder
 */
async function buy(origin, key, cardholder) {
  const transaction = {
    amount: 3150,
    currency: "JPY",
    purchased_at: "2026-02-13T00:00:00+09:00",
    card_last4: "1234",
    reference: "order-1",
  };
  const made = await call(origin, "POST", "/v1/challenges", key, { cardholder, transaction });
  const sent = new Promise((resolve) => waiting.set(`${cardholder}@mail.jp`, resolve));
  await call(origin, "GET", `/challenge/${made.client_secret}`, undefined);
  const code = await sent;
  const path = `/challenge/${made.client_secret}/verify`;
  const { attestation } = await call(origin, "POST", path, undefined, { code });
  const paid = await call(origin, "POST", "/v1/siteverify", undefined, {
    secret: key,
    response: attestation,
  });
  if (paid.success !== true) throw new Error(JSON.stringify(paid));
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** @param {string} folder */
async function prepare(folder) {
  const build = await start(resolve(folder));
  const merchant = "/v1/merchants/shop";
  await call(build.origin, "PUT", merchant, settings.ISSUER_KEY, {
    name: "●●shop",
    origins: ["https://shop.example"],
  });
  const made = await call(build.origin, "POST", `${merchant}/keys`, settings.ISSUER_KEY);
  return { ...build, folder, key: made.key, times: /** @type {number[]} */ ([]) };
}

const builds = [await prepare(first), await prepare(second)];

// The first round only warms up.
for (let round = 0; round <= Number(rounds); round++) {
  for (const { origin, key, pid, times } of round % 2 ? builds : [...builds].reverse()) {
    const buyers = [];
    for (let n = 0; n < Number(flows); n++) buyers.push(await register(origin));
    const before = cpu(pid);
    for (const buyer of buyers) await buy(origin, key, buyer);
    if (round > 0) times.push((cpu(pid) - before) / Number(flows));
  }
}
for (const { folder, times } of builds) {
  const all = times.map((time) => time.toFixed(1)).join(" ");
  console.log(`${folder}: median ${median(times).toFixed(1)} ms a purchase (${all})`);
}
const ratios = builds[0].times.map((time, round) => builds[1].times[round] / time);
console.log(`second / first: median ${median(ratios).toFixed(3)} of ${rounds} pairs`);
await Promise.all(builds.map(({ miniflare }) => miniflare.dispose()));
