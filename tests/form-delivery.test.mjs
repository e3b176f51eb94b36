// What the cardholder sees of a delivery: that the code is being sent, and then what became of it,
// without a reload and without being disturbed.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startBrowser, startSite } from "./support/bench.mjs";
import { enhanced, refuseWasm, until, withPage } from "./support/browser.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import {
  createChallenge,
  eventually,
  issuerKey,
  readChallenge,
  registerCardholder,
  wrongCode,
} from "./support/demo.mjs";
import { ended, focused, shows, text, withClock } from "./support/form.mjs";
import { twilioReceipt } from "./support/providers/receipts.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { api, providers } = await startCouriers({
  email: ["ses"],
  sms: ["twilio"],
  vars: { PROVIDER_TIMEOUT_SECONDS: "10", SMS_TO_EMAIL: "on" },
});
const { ses, twilio } = providers;
const browser = await startBrowser();
after(() => {
  for (const { name, faults } of [ses, twilio]) assert.deepEqual(faults, [], name);
});

/** Something that waits until it is let go. */
function gate() {
  let open = () => {};
  const opened = new Promise((resolve) => (open = () => resolve(undefined)));
  return { open, hold: () => opened };
}

/** @param {"email" | "sms"} [channel] @param {string} [locale] */
async function create(channel, locale = "ja") {
  const cardholder = await registerCardholder(api, { channel });
  return createChallenge(api, { cardholder, more: { locale } });
}

/** Notes what the live region says from now on. @param {Page} page */
async function listen(page) {
  await page.evaluate(() => {
    const status = /** @type {HTMLElement} */ (document.getElementById("status"));
    /** @type {string[]} */
    const said = [];
    Object.assign(window, { said });
    new MutationObserver(() => status.textContent && said.push(status.textContent)).observe(
      status,
      { childList: true, characterData: true, subtree: true },
    );
  });
  return () => page.evaluate(() => /** @type {string[]} */ (/** @type {any} */ (window).said));
}

/** Where the buttons are, so that nothing moves under a finger. @param {Page} page */
const places = (page) =>
  page.evaluate(() =>
    ["code", "send", "resend", "cancel"].map(
      (id) => document.getElementById(id)?.getBoundingClientRect().top,
    ),
  );

const phone = { viewport: { width: 390, height: 844 } };

/** @param {import("playwright-core").Request} request */
const looks = (request) => request.url().endsWith("/delivery");

/** The form's next question. @param {Page} page */
const asked = (page) => page.waitForResponse((response) => looks(response.request()));

const words = {
  ja: {
    sending: "(***@mail.jp)にワンタイムパスワードを送信しています。",
    sent: "(***@mail.jp)にワンタイムパスワードを送信しました。",
    said: "ワンタイムパスワードを送信しました。",
    failed: "(***@mail.jp)にワンタイムパスワードを送信できませんでした。",
    press: "送信できませんでした。「OTP再送信」を押してください。",
    look: "送信の状況を確かめる",
    diverted: "SMSを送信できなかったため、Eメールアドレス(***@mail.jp)に送信しました。",
    saidDiverted: "SMSを送信できなかったため、Eメールで送信しました。",
    texted: "(***-\u2060****-1234)にワンタイムパスワードを送信しました。",
    next: "届きませんでした。「OTP再送信」を押すと、Eメールで送信します。",
    second: "SMSを送信できなかったため、Eメールアドレス(***@mail.jp)に第2回を送信しました。",
  },
  en: {
    sending: "We are sending a one-time password to your registered e-mail address (***@mail.jp).",
    sent: "We sent a one-time password to your registered e-mail address (***@mail.jp).",
    said: "One-time password sent.",
    failed:
      "We could not send a one-time password to your registered e-mail address (***@mail.jp).",
    press: "It could not be sent. Press “Resend OTP”.",
    look: "Check the delivery",
    diverted:
      "The SMS could not be sent, so we sent it to your registered e-mail address (***@mail.jp).",
    saidDiverted: "The SMS could not be sent. We sent an e-mail instead.",
    texted: "We sent a one-time password to your registered phone number (***-\u2060****-1234).",
    next: "It did not arrive. Press “Resend OTP” to get one by e-mail.",
    second:
      "The SMS could not be sent, so we sent no. 2 to your registered e-mail address (***@mail.jp).",
  },
};

for (const locale of /** @type {const} */ (["ja", "en"])) {
  const say = words[locale];

  test(`${locale}: the form says that it sends, then that it has sent, once, and disturbs nobody`, () =>
    withClock(browser, phone, async (page) => {
      const { open, hold } = gate();
      ses.next({ hold });
      const challenge = await create("email", locale);
      await page.goto(challenge.url);
      await enhanced(page);
      assert.ok((await text(page, "#sent")).includes(say.sending));
      assert.equal(await text(page, "#status"), "", "what is there from the start is no news");
      const said = await listen(page);
      let loads = 0;
      page.on("framenavigated", () => loads++);
      await page.focus("#code");
      await page.keyboard.type("1234");
      await page.keyboard.press("ArrowLeft");
      await asked(page);
      assert.ok((await text(page, "#sent")).includes(say.sending), "it is not sent yet");
      assert.equal((await readChallenge(api, challenge)).delivery, "sending");

      const before = await places(page);
      open();
      await shows(page, "sent", say.sent);
      assert.deepEqual(await places(page), before);
      assert.equal(await text(page, "#status"), say.said);
      assert.equal(await page.getAttribute("#status", "role"), "status");
      assert.equal((await readChallenge(api, challenge)).delivery, "sent");
      // Nothing more can be heard of it.
      let questions = 0;
      page.on("request", (request) => void (looks(request) && questions++));
      await page.clock.runFor(60_000);
      assert.equal(questions, 0);
      assert.deepEqual(await said(), [say.said]);
      assert.equal(await focused(page), "code");
      const input = await page.evaluate(() => {
        const { value, selectionStart } = /** @type {any} */ (document.getElementById("code"));
        return [value, selectionStart];
      });
      assert.deepEqual(input, ["1234", 3]);
      await page.fill("#code", codeIn(ses.received.at(-1)?.text ?? ""));
      await page.click("#send");
      await ended(page, "verified");
      assert.equal(loads, 0);
    }));

  test(`${locale}: what every provider refused is told, and can be sent again at once`, () =>
    withClock(browser, { viewport: { width: 250, height: 400 } }, async (page) => {
      const { open, hold } = gate();
      ses.next({ hold, fail: "throttled" });
      const challenge = await create("email", locale);
      await page.goto(challenge.url);
      await enhanced(page);
      const said = await listen(page);
      const before = await places(page);
      open();
      await shows(page, "sent", say.failed);
      assert.deepEqual(await places(page), before);
      assert.equal(await text(page, "#status"), say.press);
      assert.equal(await text(page, "#timer"), "", "no time runs");
      assert.equal(await page.getAttribute("#resend", "aria-disabled"), "false");
      const { sends, delivery } = await readChallenge(api, challenge);
      assert.deepEqual([sends, delivery], [0, "failed"]);

      await page.click("#resend");
      await shows(page, "sent", say.sent);
      assert.deepEqual((await said())[0], say.press);
      assert.equal((await said()).at(-1), say.said);
      assert.match(await text(page, "#timer"), /\d/);
      await page.fill("#code", codeIn(ses.received.at(-1)?.text ?? ""));
      await page.click("#send");
      await ended(page, "verified");
    }));

  test(`${locale}: a text message that failed went by e-mail, and the form says so`, () =>
    withClock(browser, phone, async (page) => {
      const { open, hold } = gate();
      twilio.next({ hold, fail: "throttled" });
      const challenge = await create("sms", locale);
      await page.goto(challenge.url);
      await enhanced(page);
      assert.match(await text(page, "#sent"), /\(\*\*\*-\u2060\*\*\*\*-1234\)/);
      const said = await listen(page);
      const before = await places(page);
      open();
      await shows(page, "sent", say.diverted);
      assert.deepEqual(await places(page), before);
      assert.deepEqual(await said(), [say.saidDiverted]);
      const read = await readChallenge(api, challenge);
      assert.equal(read.channel, "email");
      await page.reload();
      assert.ok((await text(page, "#sent")).includes(say.diverted), "a reload says it too");
      await enhanced(page);
      await page.fill("#code", codeIn(ses.received.at(-1)?.text ?? ""));
      await page.click("#send");
      await ended(page, "verified");
    }));

  test(`${locale}: where both ways failed, the next tries both again`, () =>
    withClock(browser, {}, async (page) => {
      twilio.next({ fail: "throttled" });
      ses.next({ fail: "throttled" });
      const challenge = await create("sms", locale);
      await page.goto(challenge.url);
      await shows(page, "status", say.press);
      const messages = twilio.received.length;
      await page.click("#resend");
      await shows(page, "sent", say.texted);
      assert.equal(twilio.received.length, messages + 1);
    }));

  test(`${locale}: after a text message that was lost the next goes by e-mail, and the form says so before`, () =>
    withClock(browser, {}, async (page) => {
      const challenge = await create("sms", locale);
      await page.goto(challenge.url);
      await shows(page, "sent", say.texted);
      const path = `/v1/receipts/twilio?challenge=${challenge.id}&delivery=1`;
      const { accountSid, authToken, from } = twilio.settings;
      const to = challenge.cardholder.phone;
      const { headers, body } = twilioReceipt({ accountSid, authToken }, api.origin + path, {
        id: `SM${"0".repeat(32)}`,
        status: "undelivered",
        to,
        from,
      });
      assertStatus(await api.post(path, { headers, body }), 204);
      await shows(page, "status", say.next);
      const messages = twilio.received.length;
      await page.click("#resend");
      await shows(page, "sent", say.second);
      assert.equal(twilio.received.length, messages);
      assert.equal(ses.received.at(-1)?.to, challenge.cardholder.email);
      await page.fill("#code", codeIn(ses.received.at(-1)?.text ?? ""));
      await page.click("#send");
      await ended(page, "verified");
    }));

  test(`${locale}, without script: a link shows what became of it, and sends nothing`, () =>
    withPage(browser, { javaScriptEnabled: false }, async (page) => {
      const { open, hold } = gate();
      ses.next({ hold });
      const challenge = await create("email", locale);
      const asks = ses.asks();
      await page.goto(challenge.url);
      assert.ok((await text(page, "#sent")).includes(say.sending));
      await page.click("#look");
      assert.ok((await text(page, "#sent")).includes(say.sending));
      assert.equal(await text(page, "#look"), say.look);
      open();
      await eventually(
        () => readChallenge(api, challenge),
        ({ delivery }) => delivery === "sent",
      );
      await page.reload();
      assert.ok((await text(page, "#sent")).includes(say.sent));
      assert.equal(ses.asks(), asks + 1, "one code");
      await page.fill("#code", codeIn(ses.received.at(-1)?.text ?? ""));
      await page.click("#send");
      await ended(page, "verified");
    }));

  test(`${locale}, when its wasm is refused: the same link`, () =>
    withClock(browser, {}, async (page) => {
      await refuseWasm(page);
      const { open, hold } = gate();
      ses.next({ hold });
      const challenge = await create("email", locale);
      await page.goto(challenge.url);
      await page.waitForSelector("#look");
      assert.equal(await text(page, "#look"), say.look);
      open();
      await eventually(
        () => readChallenge(api, challenge),
        ({ delivery }) => delivery === "sent",
      );
      await page.click("#look");
      await shows(page, "sent", say.sent);
    }));

  test(`${locale}, without script: what failed is told, and the button sends`, () =>
    withPage(browser, { javaScriptEnabled: false }, async (page) => {
      const { open, hold } = gate();
      ses.next({ hold, fail: "throttled" });
      const challenge = await create("email", locale);
      await page.goto(challenge.url);
      open();
      await eventually(
        () => readChallenge(api, challenge),
        ({ delivery }) => delivery === "failed",
      );
      const asks = ses.asks();
      await page.click("#look");
      assert.ok((await text(page, "#sent")).includes(say.failed));
      assert.equal(await text(page, "#status"), say.press);
      assert.equal(await page.locator("#look").count(), 0, "there is nothing more to come");
      await page.reload();
      assert.equal(ses.asks(), asks);
      // Held until the page that the resend leads to has been looked at.
      const second = gate();
      ses.next({ hold: second.hold });
      await page.click("#resend");
      await page.locator("#sent", { hasText: say.sending }).waitFor();
      second.open();
      const sent = await eventually(
        () => readChallenge(api, challenge),
        ({ delivery }) => delivery === "sent",
      );
      assert.equal(sent.sends, 1);
      await page.click("#look");
      assert.ok((await text(page, "#sent")).includes(say.sent));
    }));
}

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test(`${colorScheme}: axe finds nothing while it sends, when that failed, and after e-mail helped`, () =>
    withClock(browser, { colorScheme }, async (page) => {
      const assertAccessible = async (/** @type {string} */ where) => {
        const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`),
          [],
          where,
        );
      };
      const { open, hold } = gate();
      ses.next({ hold, fail: "throttled" });
      await page.goto((await create()).url);
      await enhanced(page);
      await assertAccessible("sending");
      open();
      await shows(page, "sent", words.ja.failed);
      await assertAccessible("failed");
      twilio.next({ fail: "throttled" });
      await page.goto((await create("sms", "en")).url);
      await shows(page, "sent", words.en.diverted);
      await assertAccessible("by e-mail instead");
    }));
}

test("while nobody looks nothing is asked, and then within a second", () =>
  withPage(browser, {}, async (page) => {
    const { open, hold } = gate();
    ses.next({ hold });
    await page.clock.install();
    await page.addInitScript(() => {
      const scope = /** @type {any} */ (window);
      scope.away = true;
      Object.defineProperty(document, "hidden", { get: () => scope.away });
    });
    let questions = 0;
    page.on("request", (request) => void (looks(request) && questions++));
    await page.goto((await create()).url);
    await enhanced(page);
    await page.clock.runFor(60_000);
    assert.equal(questions, 0);
    await page.evaluate(() => void Object.assign(window, { away: false }));
    const question = asked(page);
    await page.clock.runFor(1_000);
    await question;
    assert.equal(questions, 1);
    open();
  }));

for (const [channel, ages] of /** @type {const} */ ([
  ["email", [6]],
  ["sms", [6, 30, 120]],
])) {
  test(`${channel}: the form asks at ${ages.join(", ")} s, and no more`, () =>
    withPage(browser, {}, async (page) => {
      await page.clock.install();
      const challenge = await create(channel);
      const [began, opened] = [Date.now(), await page.evaluate(() => Date.now())];
      let [moved, answers, lead] = [0, 0, 0];
      /** The send's age by the Worker's clock, which goes on by itself. */
      const age = () => moved + (Date.now() - began) / 1000;
      /** By the page's clock, which goes on by itself and is moved on. */
      const shown = async () => ((await page.evaluate(() => Date.now())) - opened) / 1000;
      /** Each by both clocks. @type {{ at: number, age: number }[]} */
      const questions = [];
      let at = 0;
      page.on("request", (request) => void (looks(request) && questions.push({ at, age: age() })));
      page.on("requestfinished", (request) => void (looks(request) && answers++));
      await page.goto(challenge.url);
      await enhanced(page);
      for (at = await shown(); at < 200; at = await shown()) {
        // However busy the machine is, the Worker's clock never falls back behind the page's.
        lead = Math.max(lead, age() - at);
        const lacks = Math.ceil(at + 1 + lead - age());
        if (lacks > 0) await api.advance(lacks);
        moved += Math.max(lacks, 0);
        await page.clock.runFor(1_000);
        await page.evaluate(() => 0);
        await eventually(
          async () => answers,
          (count) => count === questions.length,
        );
      }
      const seen = JSON.stringify(questions);
      assert.equal(questions.length, ages.length, seen);
      for (const [n, due] of ages.entries()) {
        assert.ok(questions[n].age >= due - 3 && questions[n].at <= due + 3, seen);
      }
    }));
}

test("a question that fails changes nothing, and the form asks again", () =>
  withPage(browser, {}, async (page) => {
    const { open, hold } = gate();
    ses.next({ hold });
    await page.clock.install();
    let questions = 0;
    await page.route("**/delivery", (route) => (questions++, route.abort()));
    await page.goto((await create()).url);
    await enhanced(page);
    await page.clock.runFor(7_000);
    await eventually(
      async () => questions,
      (count) => count === 1,
    );
    assert.equal(await text(page, "#error"), "");
    assert.ok((await text(page, "#sent")).includes(words.ja.sending));
    await page.unroute("**/delivery");
    open();
    await page.clock.runFor(16_000);
    await shows(page, "sent", words.ja.sent);
  }));

test("an alert stays where it is when good news comes", () =>
  withClock(browser, { viewport: { width: 390, height: 400 } }, async (page) => {
    const { open, hold } = gate();
    ses.next({ hold });
    const challenge = await create();
    await page.goto(challenge.url);
    await enhanced(page);
    const received = await eventually(
      async () => ses.received.at(-1),
      (message) => message?.to === challenge.cardholder.email,
    );
    await page.fill("#code", wrongCode(codeIn(received?.text ?? "")));
    await page.click("#send");
    await page.waitForSelector("#error:not(:empty)");
    const alert = await text(page, "#error");
    open();
    await shows(page, "sent", words.ja.sent);
    assert.equal(await text(page, "#error"), alert);
    assert.equal(await text(page, "#status"), "");
    assert.equal(await focused(page), "code");
  }));

test("only a page of ours is told, and only with the client secret", async () => {
  const { secret, cardholder, ...challenge } = await create();
  const address = `/challenge/${secret}/delivery`;
  const json = { accept: "application/json" };
  const before = assertStatus(await api.get(address, { headers: json })).body;
  assert.deepEqual([before.delivery, before.send, before.next], [null, 0, null]);
  const { open, hold } = gate();
  ses.next({ hold });
  assertStatus(await api.present(secret));
  const answer = assertStatus(await api.get(address, { headers: json }));
  const { status, delivery, send, next } = answer.body;
  assert.deepEqual([status, delivery, send], ["pending", "sending", 1]);
  assert.ok(next >= 4 && next <= 6, `${next}`);
  assert.ok(!answer.text.includes(cardholder.email));
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.equal(answer.headers.get("access-control-allow-origin"), null);

  for (const site of ["cross-site", "same-site"]) {
    const headers = { ...json, "sec-fetch-site": site };
    assertProblem(await api.get(address, { headers }), 403, "origin_not_allowed");
  }
  const wrong = secret.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  const unknown = await api.get(`/challenge/${wrong}/delivery`, { headers: json });
  assertProblem(unknown, 404, "challenge_not_found");
  assertProblem(await api.post(address, { json: {} }), 405, "method_not_allowed");

  assertStatus(await api.cancel(secret));
  const over = assertStatus(await api.get(address, { headers: json })).body;
  assert.deepEqual([over.status, over.next], ["canceled", null]);
  const path = `/v1/cardholders/${cardholder.id}/challenges`;
  const listed = assertStatus(await api.get(path, { key: issuerKey() })).body.challenges;
  assert.equal(listed[0].id, challenge.id);
  assert.equal(listed[0].delivery, over.delivery);
  open();
});

test("a merchant's page cannot read it", () =>
  withPage(browser, {}, async (page) => {
    const site = await startSite();
    const { url } = await create();
    await page.goto(site.show({ html: "<!doctype html><title>x</title>" }));
    const read = await page.evaluate(
      (address) =>
        fetch(address, { headers: { accept: "application/json" } }).then(
          () => "read",
          () => "refused",
        ),
      `${url}/delivery`,
    );
    assert.equal(read, "refused");
    const opaque = await page.evaluate(
      async (address) => (await (await fetch(address, { mode: "no-cors" })).text()).length,
      `${url}/delivery`,
    );
    assert.equal(opaque, 0);
  }));
