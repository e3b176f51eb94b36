// The script tag fails closed: no response, a stable code, and nothing for a stranger.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { responseOf, startEmbedding, startSite } from "./support/bench.mjs";
import { enhanced, formFrame, settled, until, withPage } from "./support/browser.mjs";
import { createChallenge, newestCode, readChallenge, wrongCode } from "./support/demo.mjs";
import { spendTries } from "./support/locks.mjs";

const { api, site, browser, create, open } = await startEmbedding();
const stranger = await startSite("127.0.0.1");

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Frame} Frame */

const stableCodes = [
  ...["network", "load-timeout", "invalid-secret", "origin-not-allowed", "challenge-not-found"],
  ...["challenge-expired", "attempts-exceeded", "locked", "resend-limit", "unsupported-browser"],
  ...["undeliverable", "internal"],
];

/**
 * What is said on a page's console as a warning.
 * @param {Page} page
 */
function warnings(page) {
  /** @type {string[]} */
  const said = [];
  page.on("console", (message) => message.type() === "warning" && said.push(message.text()));
  return said;
}

test("a page of an origin that is not registered is told so at once, shows no frame, and sends no code", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const said = warnings(page);
    const seen = await open(page, { secret: challenge.secret }, { where: stranger });
    const { code, final } = await seen.until("error");
    assert.deepEqual([code, final], ["origin-not-allowed", true]);
    assert.ok(!(await responseOf(page)));
    assert.equal(await page.locator("iframe").isVisible(), false);
    assert.deepEqual(said, [
      `warifu: no form; is ${stranger.origin} registered with ${api.origin}?`,
    ]);
    assert.equal((await readChallenge(api, challenge)).sends, 0);
    await settled(page, seen);
    assert.equal(await page.locator(".warifu-challenge > a").isVisible(), true);
    assert.equal(seen.of("error").length, 1);

    // The link leads to the form on its own.
    await page.click(".warifu-challenge > a");
    await page.waitForSelector("#code");
    assert.equal((await readChallenge(api, challenge)).sends, 1);
  }));

test("a container that was refused shows the next challenge", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const refused = await createChallenge(api);
    const seen = await open(page, { secret: refused.secret });
    assert.equal((await seen.until("error")).code, "origin-not-allowed");
    await page
      .locator(".warifu-challenge")
      .evaluate((el, secret) => el.setAttribute("data-client-secret", secret), challenge.secret);
    await seen.until("ready", 2);
    assert.equal(await page.locator("iframe").isVisible(), true);
    assert.equal(await page.locator(".warifu-challenge > a").count(), 0);
  }));

test("a page of an origin that is not registered and does not say who it is cannot frame the form", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const html = `<!doctype html><iframe src="${challenge.url}" referrerpolicy="no-referrer"></iframe>`;
    await page.goto(stranger.show({ html }));
    await until(page, () => document.readyState === "complete");
    const frame = page.frames().find((one) => one !== page.mainFrame());
    assert.match(frame?.url() ?? "", /^chrome-error:/);
  }));

/**
 * Asks the form for its channel as the loader does, from whatever window the sender is in. What comes
 * over the channel is noted until the fence, which the form's window sends over the same channel
 * after all its listeners have seen the question: what was answered came before it.
 */
const asking = `
  const { port1, port2 } = new MessageChannel();
  const came = [];
  port1.onmessage = ({ data }) => data === "fence" ? done(came) : came.push(data.type);
  target.postMessage({ v: 1, type: "init" }, "*", [port2]);`;

/** In the form's window, after its own listener. */
const fence = () => addEventListener("message", ({ ports }) => void ports[0]?.postMessage("fence"));

test("the form in a window of its own opens no channel to a message from there", () =>
  withPage(browser, {}, async (page, context) => {
    const challenge = await create();
    await page.goto(challenge.url);
    await enhanced(page);
    await page.evaluate(fence);
    const came = await page.evaluate(`new Promise((done) => { const target = window; ${asking} })`);
    assert.deepEqual(came, []);
    assert.equal(context.pages().length, 1);
  }));

/**
 * What comes over a channel that is asked for by one of the two other windows of a page with the
 * form and a stranger's page in frames, and no loader.
 * @param {(page: Page, stranger: Frame) => Page | Frame} choose the one that asks
 */
const askedBy = (choose) =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const other = stranger.show({ html: "<!doctype html><title>stranger</title>" });
    const frames = [challenge.url, other].map((url) => `<iframe src="${url}"></iframe>`).join("");
    await page.goto(site.show({ html: `<!doctype html>${frames}` }));
    const form = await formFrame(page);
    await enhanced(form);
    await form.evaluate(fence);
    const beside = page.frames().find((frame) => frame.url() === other);
    assert.ok(beside);
    return choose(page, beside).evaluate(
      `new Promise((done) => { const target = top.frames[0]; ${asking} })`,
    );
  });

test("a page of another origin beside the form cannot open its channel by a message", async () => {
  assert.deepEqual(await askedBy((_, beside) => beside), []);
  // The page around it can, in the same words.
  assert.deepEqual(await askedBy((page) => page), ["ready", "resize"]);
});

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
    "a challenge that wrong codes at the merchant keep out",
    async ({ secret, cardholder }) => {
      const other = await create({ cardholder });
      await api.present(other.secret);
      await spendTries(api, { secret: other.secret, code: await newestCode(api, other) });
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

test("a form that wrong codes keep out says until when, and goes on by then", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await create();
    const { cardholder, secret } = challenge;
    const other = await create({ cardholder });
    await api.present(other.secret);
    await spendTries(api, { secret: other.secret, code: await newestCode(api, other) });
    const { now } = (await api.get("/dev/clock")).body;
    const seen = await open(page, { secret });
    assert.equal((await seen.until("error")).code, "locked");
    const said = (await (await formFrame(page)).locator("#error").innerText()).trim();
    const at =
      /^入力の誤りが続いたため、(\d+)\/(\d+)\/(\d+) (\d\d:\d\d)まで本人確認を停止しています。$/.exec(
        said,
      );
    assert.ok(at, said);
    const day = at.slice(1, 4).map((part) => part.padStart(2, "0"));
    const until = Date.parse(`${day.join("-")}T${at[4]}+09:00`);
    const minutes = (until - Date.parse(now)) / 60_000;
    assert.ok(minutes > 14 && minutes < 16, said);
    await api.advance(Math.ceil(minutes * 60));
    assert.equal((await readChallenge(api, challenge)).sends, 0);
    assertStatus(await api.present(secret));
    assert.equal((await readChallenge(api, challenge)).sends, 1);
  }));

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
