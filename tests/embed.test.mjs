// The script tag in a merchant's page: what it may see, under which policies it works, how it
// fails, and what its functions do.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { client } from "./support/api.mjs";
import { formFrame, launch, until, watch, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  newestCode,
  personalMessage,
  readChallenge,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";
import { embeddingPage, startMerchantSite } from "./support/merchant-page.mjs";
import { startWorker } from "./support/worker.mjs";

/** @typedef {import("playwright-core").Page} Page */

const worker = await startWorker();
after(() => worker.stop());
const api = client(worker.origin);
const site = await startMerchantSite();
after(() => site.stop());
const stranger = await startMerchantSite("127.0.0.1");
after(() => stranger.stop());
const browser = await launch();
after(() => browser.close());
const merchant = await registerMerchant(api, { origins: [site.origin] });

const stableCodes = [
  ...["network", "load-timeout", "invalid-secret", "origin-not-allowed", "challenge-not-found"],
  ...["challenge-expired", "attempts-exceeded", "locked", "resend-limit", "unsupported-browser"],
  "internal",
];

/** @param {Record<string, unknown>} [more] */
const create = (more) => createChallenge(api, { merchant, more });

/**
 * Opens a page of the merchant's with a challenge in it.
 * @param {Page} page
 * @param {Omit<Parameters<typeof embeddingPage>[0], "worker">} embedding
 * @param {string} [csp]
 * @param {import("./support/merchant-page.mjs").MerchantSite} [where]
 */
async function open(page, embedding, csp, where = site) {
  const seen = await watch(page);
  const html = embeddingPage({ worker: worker.origin, ...embedding });
  await page.goto(where.show({ html, csp }));
  return seen;
}

/**
 * @param {Page} page
 * @param {import("./support/demo.mjs").Challenge} challenge
 */
async function prove(page, challenge) {
  const form = await formFrame(page);
  await form.fill("#code", await newestCode(api, challenge.id));
  await form.click("#send");
}

/**
 * What the merchant's form would post.
 * @param {Page} page
 */
const responseOf = (page) =>
  page.evaluate(
    () => document.querySelector("form") && new FormData(document.forms[0]).get("warifu-response"),
  );

/** @param {string} nonce */
const policies = (nonce) => ({
  "no policy": undefined,
  "a nonce, no styles":
    `default-src 'none'; script-src 'nonce-${nonce}'; frame-src ${worker.origin}; ` +
    `style-src 'none'; img-src data:; base-uri 'none'`,
  "strict-dynamic":
    `script-src 'nonce-${nonce}' 'strict-dynamic'; frame-src ${worker.origin}; ` +
    `style-src 'none'; object-src 'none'; base-uri 'none'`,
  "Trusted Types":
    `script-src 'nonce-${nonce}'; frame-src ${worker.origin}; style-src 'none'; ` +
    `require-trusted-types-for 'script'; trusted-types 'none'`,
});

for (const [name, csp] of Object.entries(policies("n0nce"))) {
  test(`under ${name} the form comes, verifies and hands over its response, without a violation`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const attributes = 'data-callback="onVerified"';
      const script = "function onVerified(response) { window.report('callback', response); }";
      const { secret } = challenge;
      const seen = await open(page, { secret, attributes, script, nonce: "n0nce" }, csp);
      await seen.until("ready");
      await prove(page, challenge);
      const { response, bubbles, at } = await seen.until("complete");
      assert.deepEqual([bubbles, at], [true, "warifu-challenge"]);
      assert.equal(await seen.until("callback"), response);
      assert.equal(await responseOf(page), response);
      const redeemed = await api.siteverify({ secret: merchant.key, response });
      assert.equal(redeemed.body.challenge, challenge.id);
      assert.deepEqual(seen.of("violation"), []);
      assert.deepEqual(seen.of("wasm"), []);
    }));
}

test("the merchant's page cannot read the form, and is told neither code nor any fact in it", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await open(page, { secret: challenge.secret });
    const form = await formFrame(page);
    await seen.until("ready");
    const code = await newestCode(api, challenge.id);
    await form.fill("#code", wrongCode(code));
    await form.click("#send");
    await form.waitForSelector("#error:not(:empty)");
    await form.fill("#code", code);
    await form.click("#send");
    await seen.until("complete");

    const reach = await page.evaluate(() => {
      const frame = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe"));
      const attempt = (/** @type {() => unknown} */ read) => {
        try {
          return String(read());
        } catch (error) {
          return /** @type {Error} */ (error).name;
        }
      };
      return [
        attempt(() => frame.contentDocument),
        attempt(() => frame.contentWindow?.document),
        attempt(() => frame.contentWindow?.location.href),
        attempt(() => frame.contentWindow?.localStorage),
      ];
    });
    assert.deepEqual(reach, ["null", "SecurityError", "SecurityError", "SecurityError"]);
    const told = JSON.stringify(seen.seen);
    const html = await page.content();
    for (const unknown of [code, personalMessage, "3150", "3,150", "@mail.jp", "●●shop"]) {
      assert.ok(!told.includes(unknown), `the page was told ${unknown}: ${told}`);
      assert.ok(!html.includes(unknown), `the page has ${unknown}`);
    }
  }));

test("what the page loads comes from itself and the issuer, and is no wasm", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    /** @type {string[]} */
    const requests = [];
    page.on("request", (request) => {
      if (request.frame() === page.mainFrame()) requests.push(request.url());
    });
    const seen = await open(page, { secret: challenge.secret });
    await seen.until("ready");
    await prove(page, challenge);
    await seen.until("complete");
    const http = requests.filter((url) => url.startsWith("http"));
    assert.deepEqual([...new Set(http.map((url) => new URL(url).origin))].sort(), [
      ...new Set([site.origin, worker.origin].sort()),
    ]);
    assert.ok(!requests.some((url) => url.includes(".wasm")), requests.join("\n"));
    assert.deepEqual(seen.of("wasm"), []);
    assert.equal(await page.evaluate(() => document.querySelectorAll("style, link").length), 1);
  }));

test("a page of an origin that is not registered cannot frame the form", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    await page.clock.install();
    const seen = await open(page, { secret: challenge.secret }, undefined, stranger);
    const frame = await (
      await page.waitForSelector("iframe", { state: "attached" })
    ).contentFrame();
    assert.ok(frame);
    await until(page, () => document.readyState === "complete");
    await page.clock.fastForward(60_000);
    const { code } = await seen.until("error");
    assert.ok(["load-timeout", "origin-not-allowed"].includes(code), code);
    assert.match(frame.url(), /^chrome-error:/);
    assert.ok(!(await responseOf(page)));
    assert.deepEqual(seen.of("ready"), []);
  }));

test("a page of another origin cannot open the channel by a message of its own", () =>
  withPage(browser, {}, async (page, context) => {
    const challenge = await create();
    await page.goto(challenge.url);
    await page.waitForSelector("#code");
    const answered = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => resolve(data);
          postMessage({ v: 1, type: "init" }, "*", [port2]);
          setTimeout(() => resolve("nothing"), 300);
        }),
    );
    assert.equal(answered, "nothing");
    assert.equal(context.pages().length, 1);
  }));

test("the form's headers are strict and name the merchant's origins only", async () => {
  const origins = ["https://shop.example", "https://www.shop.example"];
  const strict = await registerMerchant(api, { origins });
  const challenge = await createChallenge(api, { merchant: strict });
  const { headers } = await api.present(challenge.secret);
  const policy = Object.fromEntries(
    (headers.get("content-security-policy") ?? "").split(";").map((directive) => {
      const [name, ...values] = directive.trim().split(/\s+/);
      return [name, values.join(" ")];
    }),
  );
  const { "style-src": style, "form-action": forms, ...rest } = policy;
  assert.deepEqual(rest, {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "connect-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": origins.join(" "),
  });
  assert.match(style, /^'sha256-[A-Za-z0-9+/=]+'$/);
  assert.match(forms, /^'self'( https:\/\/(www\.)?shop\.example){0,2}$/);
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("referrer-policy"), "no-referrer");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.match(headers.get("permissions-policy") ?? "", /otp-credentials=\(self\)/);
  assert.equal(headers.get("set-cookie"), null);
});

test("the loader, pinned or not, is the same script, with the hash that is published", async () => {
  const { version } = (await api.get("/healthz")).body;
  const newest = await api.get("/v1/warifu.js");
  const pinned = await api.get(`/v${version}/warifu.js`);
  assert.equal(pinned.text, newest.text);
  assert.match(pinned.headers.get("cache-control") ?? "", /immutable/);
  const published = await (await fetch(`${worker.origin}/v${version}/sri.json`)).json();
  const digest = await crypto.subtle.digest("SHA-384", new TextEncoder().encode(pinned.text));
  assert.equal(published["warifu.js"], `sha384-${Buffer.from(digest).toString("base64")}`);
});

test("the pinned loader works under its integrity hash", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await watch(page);
    const { version } = (await api.get("/healthz")).body;
    const published = await (await fetch(`${worker.origin}/v${version}/sri.json`)).json();
    const html = embeddingPage({ worker: worker.origin, secret: challenge.secret }).replace(
      /\/v1\/warifu\.js"/,
      `/v${version}/warifu.js" integrity="${published["warifu.js"]}" crossorigin="anonymous"`,
    );
    await page.goto(site.show({ html }));
    await seen.until("ready");
  }));

/** @type {[string, (challenge: import("./support/demo.mjs").Challenge) => Promise<string>, string[]][]} */
const failures = [
  ["a secret that is none", async () => "garbage", ["invalid-secret"]],
  [
    "a secret of no challenge",
    async () => `ch_${"A".repeat(22)}_secret_${"A".repeat(43)}`,
    ["challenge-not-found"],
  ],
  [
    "a challenge with its tries spent",
    async ({ secret, id }) => {
      await api.present(secret);
      const code = await newestCode(api, id);
      for (let n = 1; n <= 5; n++) await api.verify(secret, wrongCode(code, n));
      return secret;
    },
    ["attempts-exceeded"],
  ],
  [
    "a challenge that expired",
    async ({ secret }) => {
      await api.advance(1800);
      return secret;
    },
    ["challenge-expired"],
  ],
];

for (const [what, prepare, codes] of failures) {
  test(`${what} fails closed, with a stable code`, () =>
    withPage(browser, {}, async (page) => {
      const secret = await prepare(await create());
      const attributes = 'data-error-callback="onError" data-expired-callback="onExpired"';
      const script =
        "function onError(code) { report('told', code); return true }" +
        "function onExpired() { report('told', 'challenge-expired') }";
      const seen = await open(page, { secret, attributes, script });
      const told = await seen.until("told");
      assert.ok(codes.includes(told), told);
      assert.ok(stableCodes.includes(told), told);
      assert.ok(!(await responseOf(page)));
      assert.deepEqual(seen.of("complete"), []);
    }));
}

test("a Worker that does not answer fails closed", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    await page.clock.install();
    await page.route("**/challenge/**", (route) => route.abort());
    const seen = await open(page, { secret: challenge.secret });
    await page.waitForSelector("iframe", { state: "attached" });
    await page.clock.fastForward(60_000);
    const { code } = await seen.until("error");
    assert.ok(["network", "load-timeout"].includes(code), code);
    assert.ok(!(await responseOf(page)));
  }));

test("a merchant sees resend and cancel as events, and reads the end on its server", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await open(page, { secret: challenge.secret });
    const form = await formFrame(page);
    await seen.until("ready");
    assert.ok((await seen.until("resize")).height >= 200);
    await api.advance(31);
    await form.evaluate(() => location.reload());
    await seen.until("ready", 2);
    await form.click("#resend");
    assert.equal((await seen.until("resend")).send, 2);
    await form.click("#cancel");
    await seen.until("cancel");
    assert.equal((await readChallenge(api, challenge)).status, "canceled");
    assert.ok(!(await responseOf(page)));
  }));
