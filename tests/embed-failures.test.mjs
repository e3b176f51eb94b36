// The script tag fails closed: no response, a stable code, and nothing for a stranger.
import assert from "node:assert/strict";
import { test } from "node:test";
import { responseOf, startEmbedding, startSite } from "./support/bench.mjs";
import { until, withPage } from "./support/browser.mjs";
import { newestCode, readChallenge, wrongCode } from "./support/demo.mjs";

const { api, browser, create, open } = await startEmbedding();
const stranger = await startSite("127.0.0.1");

const stableCodes = [
  ...["network", "load-timeout", "invalid-secret", "origin-not-allowed", "challenge-not-found"],
  ...["challenge-expired", "attempts-exceeded", "locked", "resend-limit", "unsupported-browser"],
  "internal",
];

test("a page of an origin that is not registered cannot frame the form", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    await page.clock.install();
    const seen = await open(page, { secret: challenge.secret }, { where: stranger });
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
    async (challenge) => {
      const { secret } = challenge;
      await api.present(secret);
      const code = await newestCode(api, challenge);
      for (let n = 1; n <= 5; n++) await api.verify(secret, wrongCode(code, n));
      return secret;
    },
    ["attempts-exceeded"],
  ],
  [
    "a cardholder who is locked",
    async ({ secret, cardholder }) => {
      for (let failed = 0; failed < 2; failed++) {
        const other = await create({ cardholder });
        await api.present(other.secret);
        const code = await newestCode(api, other);
        for (let n = 1; n <= 5; n++) await api.verify(other.secret, wrongCode(code, n));
      }
      return secret;
    },
    ["locked"],
  ],
  [
    "a verified challenge that can no longer be redeemed",
    async (challenge) => {
      await api.present(challenge.secret);
      await api.verify(challenge.secret, await newestCode(api, challenge));
      await api.advance(301);
      return challenge.secret;
    },
    ["challenge-expired"],
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

test("a merchant's page cannot act for the cardholder: its posts to the form do nothing", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const seen = await open(page, { secret: challenge.secret });
    await seen.until("ready");
    const code = await newestCode(api, challenge);
    await api.advance(31);
    const post = `${api.origin}/challenge/${challenge.secret}`;
    await page.evaluate(
      async ([form, typed]) => {
        const body = new URLSearchParams({ code: typed });
        await fetch(`${form}/verify`, { method: "POST", mode: "no-cors", body });
        await fetch(`${form}/resend`, { method: "POST", mode: "no-cors", body });
        await fetch(`${form}/cancel`, { method: "POST", mode: "no-cors", body });
      },
      [post, code],
    );
    const submitted = page.waitForURL("**/verify");
    await page.evaluate(
      ([form, typed]) => {
        const foreign = document.createElement("form");
        foreign.method = "post";
        foreign.action = `${form}/verify`;
        const input = document.createElement("input");
        Object.assign(input, { name: "code", value: typed });
        foreign.append(input);
        document.body.append(foreign);
        foreign.submit();
      },
      [post, code],
    );
    await submitted;
    const { status, tries, sends } = await readChallenge(api, challenge);
    assert.deepEqual({ status, tries, sends }, { status: "pending", tries: 0, sends: 1 });
  }));

test("a merchant's page cannot read an answer of the API", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    await open(page, { secret: challenge.secret });
    const read = await page.evaluate(
      (url) =>
        fetch(url).then(
          () => "read",
          () => "refused",
        ),
      challenge.url,
    );
    assert.equal(read, "refused");
  }));
