// The script tag in a merchant's page: under which policies it works, what the page may see and
// what it loads.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { at } from "../scripts/lib/paths.mjs";
import { responseOf, startEmbedding } from "./support/bench.mjs";
import { formFrame, until, watch, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  newestCode,
  personalMessage,
  readChallenge,
  registerCardholder,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";
import { embeddingPage } from "./support/merchant-page.mjs";

const { api, site, browser, merchant, create, open, prove } = await startEmbedding();

/** @param {string} nonce */
const policies = (nonce) => ({
  "no policy": undefined,
  "a nonce, no styles":
    `default-src 'none'; script-src 'nonce-${nonce}'; frame-src ${api.origin}; ` +
    `style-src 'none'; img-src data:; base-uri 'none'`,
  "strict-dynamic":
    `script-src 'nonce-${nonce}' 'strict-dynamic'; frame-src ${api.origin}; ` +
    `style-src 'none'; object-src 'none'; base-uri 'none'`,
  "Trusted Types":
    `script-src 'nonce-${nonce}'; frame-src ${api.origin}; style-src 'none'; ` +
    `require-trusted-types-for 'script'; trusted-types 'none'`,
});

for (const [name, csp] of Object.entries(policies("n0nce"))) {
  test(`under ${name} the form comes, verifies and hands over its response, without a violation`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await create();
      const attributes = 'data-callback="onVerified"';
      const script = "function onVerified(response) { window.report('callback', response); }";
      const { secret } = challenge;
      const seen = await open(page, { secret, attributes, script, nonce: "n0nce" }, { csp });
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
    const code = await newestCode(api, challenge);
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
      ...new Set([site.origin, api.origin].sort()),
    ]);
    assert.ok(!requests.some((url) => url.includes(".wasm")), requests.join("\n"));
    assert.deepEqual(seen.of("wasm"), []);
    assert.equal(await page.evaluate(() => document.querySelectorAll("style, link").length), 1);
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
  // Under a version that is released, what was released is served, not what is built now.
  const released = at("releases", version, `v${version}/warifu.js`);
  assert.equal(pinned.text, existsSync(released) ? readFileSync(released, "utf8") : newest.text);
  assert.match(pinned.headers.get("cache-control") ?? "", /immutable/);
  const published = (await api.get(`/v${version}/sri.json`)).body;
  const digest = await crypto.subtle.digest("SHA-384", new TextEncoder().encode(pinned.text));
  assert.equal(published["warifu.js"], `sha384-${Buffer.from(digest).toString("base64")}`);
});

test("the pinned loader works under its integrity hash", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await watch(page);
    const { version } = (await api.get("/healthz")).body;
    const published = (await api.get(`/v${version}/sri.json`)).body;
    const html = embeddingPage({ worker: api.origin, secret: challenge.secret }).replace(
      /\/v1\/warifu\.js"/,
      `/v${version}/warifu.js" integrity="${published["warifu.js"]}" crossorigin="anonymous"`,
    );
    await page.goto(site.show({ html }));
    await seen.until("ready");
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

test("the framed form may read a code that comes by SMS, the merchant's page is not asked to", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api, { channel: "sms" });
    const challenge = await createChallenge(api, { merchant, cardholder });
    await page.exposeFunction("smsCode", () => newestCode(api, challenge));
    await page.addInitScript(() => {
      const scope = /** @type {any} */ (window);
      if (window === top) return;
      scope.OTPCredential ??= class {};
      CredentialsContainer.prototype.get = async () => ({
        type: "otp",
        id: "",
        code: await scope.smsCode(),
      });
    });
    await open(page, { secret: challenge.secret });
    const form = await formFrame(page);
    const allowed = await form.evaluate(() =>
      /** @type {any} */ (document).featurePolicy.allowsFeature("otp-credentials"),
    );
    assert.equal(allowed, true);
    const code = await newestCode(api, challenge);
    await until(
      form,
      (sms) => /** @type {HTMLInputElement} */ (document.getElementById("code")).value === sms,
      code,
    );
  }));

test("siteverify names the host of the page that framed the form", () =>
  withPage(browser, {}, async (page) => {
    const both = await registerMerchant(api, { origins: ["https://shop.example", site.origin] });
    const challenge = await createChallenge(api, { merchant: both });
    const seen = await open(page, { secret: challenge.secret });
    await seen.until("ready");
    await prove(page, challenge);
    const { response } = await seen.until("complete");
    const redeemed = await api.siteverify({ secret: both.key, response });
    assert.equal(redeemed.body.hostname, "localhost");
  }));
