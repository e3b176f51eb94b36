// The challenge form in Chromium, as a person works with it: typing, pasting, composing, waiting,
// with the keyboard alone, and when script or wasm does not come.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { client } from "./support/api.mjs";
import { enhanced, launch, until, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  newestCode,
  readChallenge,
  registerCardholder,
  wrongCode,
} from "./support/demo.mjs";
import { startWorker } from "./support/worker.mjs";

/** @typedef {import("playwright-core").Page} Page */

const worker = await startWorker();
after(() => worker.stop());
const api = client(worker.origin);
const browser = await launch();
after(() => browser.close());

/**
 * Opens a form of its own and waits until the widget has taken over.
 * @param {Page} page
 * @param {Parameters<typeof createChallenge>[1]} [given]
 */
async function open(page, given) {
  const challenge = await createChallenge(api, given);
  await page.goto(challenge.url);
  await enhanced(page);
  return { ...challenge, code: await newestCode(api, challenge.id) };
}

/** @param {Page} page */
const focused = (page) => page.evaluate(() => document.activeElement?.id ?? "");

/** @param {Page} page @param {string} selector */
const text = async (page, selector) => (await page.textContent(selector))?.trim() ?? "";

/** @param {Page} page @param {"verified" | "failed" | "expired" | "canceled"} status */
const ended = (page, status) => page.waitForSelector(`#warifu[data-status="${status}"]`);

/** @param {Page} page @param {string} action */
function countPosts(page, action) {
  const posts = { count: 0 };
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith(`/${action}`)) posts.count++;
  });
  return posts;
}

test("the keyboard alone is enough, in the order of the page", () =>
  withPage(browser, {}, async (page) => {
    const { code } = await open(page);
    const order = [];
    for (let n = 0; n < 4; n++) {
      await page.keyboard.press("Tab");
      order.push(await focused(page));
    }
    assert.deepEqual(order, ["code", "send", "resend", "cancel"]);
    for (let n = 0; n < 3; n++) await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(page), "code");
    await page.keyboard.type(code);
    await page.keyboard.press("Enter");
    await ended(page, "verified");
    assert.equal(await focused(page), "ended");
  }));

test("full-width digits become digits, but never while they are composed", () =>
  withPage(browser, {}, async (page, context) => {
    await open(page);
    const input = await context.newCDPSession(page);
    await page.focus("#code");
    for (const composed of ["１", "１２３", "１２３４５６"]) {
      const end = composed.length;
      const composition = { text: composed, selectionStart: end, selectionEnd: end };
      await input.send("Input.imeSetComposition", composition);
      assert.equal(await page.inputValue("#code"), composed);
    }
    await input.send("Input.insertText", { text: "１２３４５６" });
    await until(
      page,
      () => /** @type {any} */ (document.getElementById("code")).value === "123456",
    );
  }));

test("typed full-width digits become digits one by one, the caret staying where it is", () =>
  withPage(browser, {}, async (page) => {
    await open(page);
    await page.focus("#code");
    for (const digit of "１２４５６") await page.keyboard.insertText(digit);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.insertText("３");
    await until(
      page,
      () => /** @type {any} */ (document.getElementById("code")).value === "123456",
    );
    const caret = await page.evaluate(
      () => /** @type {HTMLInputElement} */ (document.getElementById("code")).selectionStart,
    );
    assert.equal(caret, 3);
  }));

test("a pasted code may have full-width digits, spaces and hyphens", () =>
  withPage(browser, { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
    await open(page);
    await page.evaluate(() => navigator.clipboard.writeText("１２３ ４-５６\n"));
    await page.focus("#code");
    await page.keyboard.press("Control+V");
    await until(
      page,
      () => /** @type {any} */ (document.getElementById("code")).value === "123456",
    );
  }));

test("a wrong code is announced, keeps the focus in the input, and leaves with the next try", () =>
  withPage(browser, {}, async (page) => {
    const { code } = await open(page);
    const input = page.locator("#code");
    assert.equal(await page.getAttribute("#error", "role"), "alert");
    assert.equal(await input.getAttribute("aria-describedby"), "error");
    assert.notEqual(await input.getAttribute("aria-invalid"), "true");

    await input.fill(wrongCode(code));
    await page.click("#send");
    await page.waitForSelector("#error:not(:empty)");
    assert.match(await text(page, "#error"), /残り4回/);
    assert.equal(await input.getAttribute("aria-invalid"), "true");
    assert.equal(await focused(page), "code");

    await input.fill("12");
    await page.click("#send");
    await until(page, () => /6桁/.test(document.getElementById("error")?.textContent ?? ""));
    assert.equal(await focused(page), "code");

    await input.fill(code);
    await page.click("#send");
    await ended(page, "verified");
    assert.equal(await text(page, "#error"), "");
    assert.notEqual(await text(page, "#ended"), "");
    assert.equal(await focused(page), "ended");
    assert.equal(await page.isVisible("#code"), false);
  }));

test("the fifth wrong code ends the form, and it says so", () =>
  withPage(browser, {}, async (page) => {
    const { code } = await open(page);
    for (let n = 1; n <= 5; n++) {
      await page.fill("#code", wrongCode(code, n));
      const answered = page.waitForResponse((response) => response.url().endsWith("/verify"));
      await page.click("#send");
      await answered;
      if (n < 5) {
        const left = 5 - n;
        await until(
          page,
          (count) => document.getElementById("error")?.textContent?.includes(`${count}`),
          left,
        );
      }
    }
    await ended(page, "failed");
    assert.match(await text(page, "#ended"), /上限/);
    assert.equal(await page.isVisible("#send"), false);
  }));

test("a double click submits once", () =>
  withPage(browser, {}, async (page) => {
    const { id, code, ...challenge } = await open(page);
    const posts = countPosts(page, "verify");
    await page.fill("#code", wrongCode(code));
    await page.dblclick("#send");
    await page.waitForSelector("#error:not(:empty)");
    assert.equal(posts.count, 1);
    assert.equal((await readChallenge(api, { id, ...challenge })).tries, 1);
  }));

test("resending waits, says for how long, sends, and announces it without moving the focus", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const { id } = await open(page);
    const posts = countPosts(page, "resend");
    assert.match(await text(page, "#resend"), /^OTP再送信.*\d+秒/);
    await page.click("#resend", { force: true });
    assert.equal(posts.count, 0, "a button that rests does nothing");

    await api.advance(31);
    await page.clock.fastForward(31_000);
    await page.waitForSelector('#resend[aria-disabled="false"]');
    assert.equal(await text(page, "#resend"), "OTP再送信");
    await page.focus("#resend");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#status:not(:empty)");
    assert.equal(await page.getAttribute("#status", "role"), "status");
    assert.equal(await focused(page), "resend");
    await page.waitForSelector('#resend[aria-disabled="true"]');
    assert.equal((await api.outbox(id)).length, 2);
    assert.match(await text(page, "#sent"), /\*\*\*@mail\.jp/);
  }));

test("the time left is counted from what the server sent, and told at 5 minutes, 1 minute and the end", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    await open(page);
    const left = async () => {
      const [minutes, seconds] = (await text(page, "#timer")).match(/\d+/g)?.map(Number) ?? [];
      return minutes * 60 + seconds;
    };
    const first = await left();
    assert.ok(first > 585 && first <= 600, `${first}`);
    await page.clock.runFor(10_000);
    assert.ok(Math.abs((await left()) - (first - 10)) <= 1, `${first} -> ${await left()}`);
    /** @param {string} name @param {string} at */
    const says = (name, at) =>
      until(
        page,
        ([attribute, id]) =>
          document.getElementById(id)?.textContent ===
          document.getElementById("warifu")?.getAttribute(attribute),
        [name, at],
      );
    await page.clock.fastForward(290_000);
    await says("data-text-five", "status");
    await page.clock.fastForward(240_000);
    await says("data-text-one", "status");
    await page.clock.fastForward(60_000);
    await until(page, () => {
      const dead = document.getElementById("warifu")?.getAttribute("data-text-dead") ?? "";
      return document.body.innerText.includes(dead);
    });
  }));

test("a reload goes on counting where the server is", () =>
  withPage(browser, {}, async (page) => {
    const { id } = await open(page);
    await api.advance(120);
    await page.reload();
    await page.waitForSelector("#code");
    const left = Number(await page.getAttribute("#warifu", "data-code-left"));
    assert.ok(left > 465 && left <= 480, `${left}`);
    assert.equal(await page.getAttribute("#warifu", "data-resend-wait"), "0");
    assert.equal((await api.outbox(id)).length, 1);
  }));

test("without a connection the form says so and works again afterwards", () =>
  withPage(browser, {}, async (page) => {
    const { code } = await open(page);
    await page.route("**/verify", (route) => route.abort());
    await page.fill("#code", code);
    await page.click("#send");
    await page.waitForSelector("#error:not(:empty)");
    assert.equal(
      await text(page, "#error"),
      await page.getAttribute("#warifu", "data-text-offline"),
    );
    await page.unroute("**/verify");
    await page.click("#send");
    await ended(page, "verified");
  }));

/** @type {[string, import("playwright-core").BrowserContextOptions, string][]} */
const bare = [
  ["without script", { javaScriptEnabled: false }, ""],
  ["when its wasm does not come", {}, "**/*.wasm"],
  ["when its script does not come", {}, "**/widget.js"],
];

for (const [what, options, blocked] of bare) {
  test(`${what}, the form takes a wrong code, a resend and the right code`, () =>
    withPage(browser, options, async (page) => {
      if (blocked) await page.route(blocked, (route) => route.abort());
      const challenge = await createChallenge(api);
      await page.goto(challenge.url, { waitUntil: "load" });
      const first = await newestCode(api, challenge.id);
      await page.fill("#code", wrongCode(first));
      await page.click("#send");
      await page.waitForSelector("#error:not(:empty)");
      assert.equal(await page.getAttribute("#code", "aria-invalid"), "true");
      await page.click("#resend");
      await page.waitForURL("**/resend");
      assert.match(await text(page, "#error"), /あと\d+秒/);
      await api.advance(31);
      await page.click("#resend");
      await page.waitForSelector("#status:not(:empty)");
      await page.fill(
        "#code",
        first.replace(/\d/g, (d) => "０１２３４５６７８９"[Number(d)]),
      );
      await page.click("#send");
      await page.waitForSelector("#error:not(:empty)");
      await page.fill("#code", await newestCode(api, challenge.id));
      await page.click("#send");
      await ended(page, "verified");
      assert.notEqual(await text(page, "#ended"), "");
    }));
}

test("a code that arrives by SMS is filled in and not submitted (WebOTP)", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api, { channel: "sms" });
    const challenge = await createChallenge(api, { cardholder });
    const posts = countPosts(page, "verify");
    await page.exposeFunction("smsCode", () => newestCode(api, challenge.id));
    await page.addInitScript(() => {
      const scope = /** @type {any} */ (window);
      scope.OTPCredential ??= class {};
      CredentialsContainer.prototype.get = async (options) => {
        scope.asked = options;
        return { type: "otp", id: "", code: await scope.smsCode() };
      };
    });
    await page.goto(challenge.url);
    const code = await newestCode(api, challenge.id);
    await until(
      page,
      (sms) => /** @type {any} */ (document.getElementById("code")).value === sms,
      code,
    );
    const asked = await page.evaluate(() => /** @type {any} */ (window).asked.otp.transport);
    assert.deepEqual(asked, ["sms"]);
    assert.equal(posts.count, 0);
    await page.click("#send");
    await ended(page, "verified");
    assert.equal(posts.count, 1);
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).asked.signal.aborted), true);
  }));

test("an e-mail cardholder's form does not listen for SMS", () =>
  withPage(browser, {}, async (page) => {
    await page.addInitScript(() => {
      const scope = /** @type {any} */ (window);
      CredentialsContainer.prototype.get = async () => (scope.asked = true) && null;
    });
    await open(page);
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).asked), undefined);
  }));

test("the input invites one-time codes and hinders no input", () =>
  withPage(browser, {}, async (page) => {
    await open(page);
    const attributes = await page.evaluate(() => {
      const input = /** @type {HTMLInputElement} */ (document.getElementById("code"));
      const { type, inputMode, autocomplete, maxLength, pattern, labels } = input;
      return { type, inputMode, autocomplete, maxLength, pattern, labels: labels?.length };
    });
    assert.deepEqual(attributes, {
      type: "text",
      inputMode: "numeric",
      autocomplete: "one-time-code",
      maxLength: -1,
      pattern: "",
      labels: 1,
    });
  }));
