// What stands around the Worker on a development server, without one: the object, its routes, the
// outbox's page. With the Worker they are in every other file, as they give codes and move time.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { DevTools, withTools } from "../worker/development/tools.mjs";
import { hold } from "./support/contract.mjs";

const common = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** The Worker as far as it matters here. */
class FakeWorker {
  /** @param {any} env */
  constructor(env) {
    this.env = env;
  }

  /** @param {Request} request */
  async fetch({ url }) {
    const status = new URL(url).hostname === "localhost" ? 404 : 500;
    return new Response(`the Worker's ${status}`, { status, headers: common });
  }
}

/** The object with storage of its own, and a client of the routes. */
function developmentServer({ environment = "development" } = {}) {
  /** @type {Map<string, string>} */
  const stored = new Map();
  const storage = {
    get: async (/** @type {string} */ key) => stored.get(key),
    put: async (/** @type {string} */ key, /** @type {string} */ value) =>
      void stored.set(key, value),
  };
  const object = new DevTools({ storage });
  const tools = (/** @type {string} */ url, /** @type {RequestInit} */ init) =>
    object.fetch(new Request(url, init));
  const server = new (withTools(FakeWorker, "\n a{} \n"))({
    WARIFU_ENV: environment,
    DEV_TOOLS: { getByName: () => ({ fetch: tools }) },
  });
  return {
    stored,
    keep: (/** @type {object} */ message) =>
      tools("https://object/", { method: "POST", body: JSON.stringify({ keep: message }) }),
    /** @param {string} path @param {RequestInit} [init] @param {string} [origin] */
    async ask(path, init, origin = "http://localhost:8787") {
      const answer = await server.fetch(new Request(origin + path, init));
      const { status, headers } = answer;
      return { status, headers, text: await answer.text() };
    },
  };
}

/** @param {string} text */
const moved = (text) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: text,
});

const message = {
  channel: "email",
  to: "taro@mail.jp",
  subject: "認証コード",
  text: "012345",
  code: "012345",
  challenge: `ch_${"A".repeat(22)}`,
  send: 1,
};

test("the outbox keeps 300 messages, newest first, with the clock's time", async () => {
  const { keep, ask, stored } = developmentServer();
  await ask("/dev/clock", moved('{"advance_seconds": 86400}'));
  for (let n = 1; n <= 302; n++) await keep({ ...message, send: n });
  const { deliveries } = JSON.parse((await ask("/dev/outbox?format=json")).text);
  assert.equal(deliveries.length, 300);
  assert.deepEqual([deliveries[0].send, deliveries[299].send], [302, 3]);
  const ahead = Date.parse(deliveries[0].at) - Date.now();
  assert.ok(Math.abs(ahead - 86_400_000) < 10_000, deliveries[0].at);
  assert.match(deliveries[0].at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual([...stored.keys()], ["offset_seconds", "outbox"]);
});

test("the outbox shows one challenge's messages when it is asked for them", async () => {
  const { keep, ask } = developmentServer();
  await keep(message);
  await keep({ ...message, code: null, challenge: null, send: null });
  const of = async (/** @type {string} */ query) =>
    JSON.parse((await ask(`/dev/outbox?format=json${query}`)).text).deliveries.length;
  assert.equal(await of(""), 2);
  assert.equal(await of(`&challenge=${message.challenge}`), 1);
  assert.equal(await of("&challenge="), 0);
});

test("what somebody registered is text on the outbox's page, and no markup", async () => {
  const { keep, ask } = developmentServer();
  const evil = `"'><script>&</script>`;
  await keep({ ...message, to: evil, subject: evil, text: evil, challenge: evil });
  await keep({ ...message, subject: null, code: null, challenge: null, send: null });
  const { text } = await ask("/dev/outbox");
  assert.ok(!text.includes("<script"), text);
  assert.equal(text.split("&#34;&#39;&#62;&#60;script&#62;&#38;&#60;/script&#62;").length, 5);
  for (const once of ['<p class="code">', "<h2>", '<p class="of">']) {
    assert.equal(text.split(once).length, 2, once);
  }
});

test("the outbox's page allows its own style and nothing else", async () => {
  const { status, headers, text } = await developmentServer().ask("/dev/outbox");
  assert.equal(status, 200);
  const [, style] = /<style>([^]*)<\/style>/.exec(text) ?? [];
  assert.equal(style, "a{}");
  const hash = createHash("sha256").update(style).digest("base64");
  assert.equal(
    headers.get("content-security-policy"),
    `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  assert.ok(!text.includes(" style=") && !/ on\w+=/.test(text));
  assert.equal(headers.get("x-robots-tag"), "noindex");
  hold({ method: "GET", path: "/dev/outbox", status, headers, text });
});

test("the clock adds up what it is told, and stops at the last time that can be written", async () => {
  const { ask, stored } = developmentServer();
  const read = async () => Date.parse(JSON.parse((await ask("/dev/clock")).text).now);
  const start = await read();
  for (const seconds of [601, 0, 30])
    await ask("/dev/clock", moved(`{"advance_seconds":${seconds}}`));
  assert.ok(Math.abs((await read()) - start - 631_000) <= 5_000);
  stored.set("offset_seconds", String(9000 * 365 * 86_400));
  assert.equal(await read(), Date.parse("9999-12-31T23:59:59Z"));
});

/** @type {[string, string | undefined, RegExp][]} */
const misfits = [
  ["{}", "advance_seconds", /be given/],
  ['{"advance_seconds":null}', "advance_seconds", /be given/],
  ['{"advance_seconds":"1"}', "advance_seconds", /be a whole number/],
  ['{"advance_seconds":1.5}', "advance_seconds", /be a whole number/],
  ['{"advance_seconds":1.0}', "advance_seconds", /be a whole number/],
  ['{"advance_seconds":1e2}', "advance_seconds", /be a whole number/],
  ['{"advance_seconds":-1}', "advance_seconds", /be from 0 to 315360000/],
  ['{"advance_seconds":315360001}', "advance_seconds", /be from 0 to 315360000/],
  ['{"advance_seconds":1,"more":1}', "more", /be left out/],
  ['{"advance_seconds":1,"advance_seconds":1}', undefined, /each name once/],
  ['{"advance_seconds":{"a":1},"advance_seconds":1}', undefined, /each name once/],
  ['\ufeff{"advance_seconds":1}', undefined, /is not JSON/],
  ["[]", undefined, /must be a JSON object/],
];

test("the clock takes one whole number under one name", async () => {
  const { ask, stored } = developmentServer();
  for (const [body, field, why] of misfits) {
    const { status, headers, text } = await ask("/dev/clock", moved(body));
    hold({ method: "POST", path: "/dev/clock", status, headers, text });
    const problem = JSON.parse(text);
    assert.equal(problem.code, "invalid_request", body);
    assert.equal(problem.field, field, body);
    assert.match(problem.detail, why, body);
  }
  assert.equal(stored.size, 0);
});

test("where the Worker does not say that the path is unknown, its answer is the answer", async () => {
  const { ask } = developmentServer();
  for (const [path, init] of /** @type {const} */ ([
    ["/dev/outbox?format=json", {}],
    ["/dev/clock", {}],
    ["/dev/clock", moved('{"advance_seconds":1}')],
  ])) {
    assert.equal((await ask(path, init, "https://otp.example")).text, "the Worker's 500");
    const { ask: elsewhere, stored } = developmentServer({ environment: "production" });
    assert.equal((await elsewhere(path, init)).text, "the Worker's 404");
    assert.equal(stored.size, 0);
  }
  assert.equal((await ask("/dev/nothing")).text, "the Worker's 404");
});
