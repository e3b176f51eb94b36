// The challenge form in Chromium, as a person fills it in: typing, pasting, composing, with the
// keyboard alone, by autofill.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  newestCode,
  readChallenge,
  registerCardholder,
  wrongCode,
} from "./support/demo.mjs";
import { countPosts, ended, focused, startForms, text } from "./support/form.mjs";

const { api, browser, open } = await startForms();

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

/** What is copied instead of the code alone. @type {Record<string, (code: string) => string>} */
const copies = {
  "a line of the mail": (code) => `ワンタイムパスワード：${code}`,
  "a whole text message": (code) =>
    `パスワード : ${code}\nご利用金額 : JPY123,456\n送信 : 第1回\nサンプルカード\n@shop.example #${code}`,
  "the code in brackets": (code) => `『${code}』`,
  "the code with its full stop": (code) => `${code}。`,
};

for (const [from, words] of Object.entries(copies)) {
  test(`${from} is pasted, and the code in it is filled in`, () =>
    withPage(browser, { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      const { code } = await open(page);
      await page.evaluate((copied) => navigator.clipboard.writeText(copied), words(code));
      await page.focus("#code");
      await page.keyboard.press("Control+V");
      await until(
        page,
        (right) => /** @type {any} */ (document.getElementById("code")).value === right,
        code,
      );
      await page.click("#send");
      await ended(page, "verified");
    }));
}

test("an amount, or two codes, are not taken for a code, and spend no try", () =>
  withPage(browser, {}, async (page) => {
    const { code } = await open(page);
    for (const pasted of ["123,456円", `${code} ${wrongCode(code)}`]) {
      await page.fill("#code", pasted);
      await page.click("#send");
      await until(page, () => /6桁/.test(document.getElementById("error")?.textContent ?? ""));
      await page.fill("#code", "");
    }
    await page.fill("#code", wrongCode(code));
    await page.click("#send");
    await until(page, () => /残り4回/.test(document.getElementById("error")?.textContent ?? ""));
  }));

test("a code with marks that nobody sees is the code", () =>
  withPage(browser, {}, async (page) => {
    const { code } = await open(page);
    const marks = "\u00AD\u180E\u200C\u200F\u202A\u202E\u205F\u2060\u2066\u2069\uFE0F\u0085";
    await page.fill(
      "#code",
      [...code].map((digit, at) => digit + marks.slice(2 * at, 2 * at + 2)).join(""),
    );
    await page.click("#send");
    await ended(page, "verified");
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

test("the script's own submit is prevented: Firefox would post the form at it, beside the script", () =>
  withPage(browser, {}, async (page) => {
    const { code } = await open(page);
    await page.evaluate(() => {
      addEventListener("submit", ({ isTrusted, defaultPrevented }) =>
        Object.assign(window, { submitted: { isTrusted, defaultPrevented } }),
      );
    });
    await page.fill("#code", code);
    await page.click("#send");
    await ended(page, "verified");
    assert.deepEqual(await page.evaluate("submitted"), {
      isTrusted: false,
      defaultPrevented: true,
    });
  }));

test("a double click submits once", () =>
  withPage(browser, {}, async (page) => {
    const { id, code, ...challenge } = await open(page);
    const posts = countPosts(page, "verify");
    await page.fill("#code", wrongCode(code));
    // Answered after the second click: what comes before it is answered by a form anew.
    let release = () => {};
    const clicked = new Promise((resolve) => (release = () => resolve(undefined)));
    await page.route("**/verify", async (route) => {
      await clicked;
      await route.continue();
    });
    await page.dblclick("#send");
    release();
    await page.waitForSelector("#error:not(:empty)");
    assert.equal(posts.count, 1);
    assert.equal((await readChallenge(api, { id, ...challenge })).tries, 1);
  }));

test("a code that was refused is not sent again until it is edited", () =>
  withPage(browser, {}, async (page) => {
    const { id, code, ...challenge } = await open(page);
    const posts = countPosts(page, "verify");
    await page.fill("#code", wrongCode(code));
    await page.click("#send");
    await page.waitForSelector("#error:not(:empty)");
    // The second click of somebody who clicks twice.
    await page.click("#send");
    await page.press("#code", "Enter");
    assert.match(await text(page, "#error"), /残り4回/);
    await page.fill("#code", code);
    await page.click("#send");
    await ended(page, "verified");
    assert.equal(posts.count, 2);
    assert.equal((await readChallenge(api, { id, ...challenge })).tries, 2);
  }));

test("a code that arrives by SMS is filled in and not submitted (WebOTP)", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api, { channel: "sms" });
    const challenge = await createChallenge(api, { cardholder });
    const posts = countPosts(page, "verify");
    await page.exposeFunction("smsCode", () => newestCode(api, challenge));
    await page.addInitScript(() => {
      const scope = /** @type {any} */ (window);
      scope.OTPCredential ??= class {};
      CredentialsContainer.prototype.get = async (options) => {
        scope.asked = options;
        return { type: "otp", id: "", code: await scope.smsCode() };
      };
    });
    await page.goto(challenge.url);
    const code = await newestCode(api, challenge);
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
