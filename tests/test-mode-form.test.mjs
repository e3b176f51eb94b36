// Each test cardholder's course in Chromium, in a merchant's page with the script tag: the form says
// that it is a test, and page, form and API say what the course is for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startEmbedding } from "./support/bench.mjs";
import { formFrame, until, withPage } from "./support/browser.mjs";
import { createTest, eventually, testing } from "./support/demo.mjs";

const { api, browser, merchant, open } = await startEmbedding();
const tester = await testing(api, merchant);
const code = "123456";

/** @typedef {import("playwright-core").Frame} Frame */
/** @typedef {import("./support/demo.mjs").Challenge} Challenge */
/** @typedef {{ page: import("playwright-core").Page, form: Frame, seen: import("./support/browser.mjs").Watch, challenge: Challenge }} Course */

/** @param {Challenge} challenge */
const read = async ({ id }) =>
  assertStatus(await api.get(`/v1/challenges/${id}`, { key: tester.key })).body;

/** @param {Frame} form @param {string} typed */
async function type(form, typed) {
  await form.fill("#code", typed);
  await form.click("#send");
}

/** The text of an element, once it has one. @param {Frame} form @param {string} selector */
async function says(form, selector) {
  await form.waitForSelector(`${selector}:not(:empty)`);
  return (await form.locator(selector).innerText()).trim();
}

/** The right code leads to an attestation that the test key redeems. @param {Course} course */
async function verifies({ form, seen, challenge }) {
  await type(form, code);
  const { response } = await seen.until("complete");
  const { body } = await api.siteverify({ secret: tester.key, response });
  assert.deepEqual([body.success, body.test, body.challenge], [true, true, challenge.id]);
  const live = await api.siteverify({ secret: merchant.key, response });
  assert.deepEqual(live.body["error-codes"], ["invalid-input-response"]);
}

/** The page is told that no code arrives, and not for good. @param {Course["seen"]} seen */
async function undeliverable(seen) {
  const { code, final } = await seen.until("error");
  assert.deepEqual([code, final], ["undeliverable", false]);
}

/** @type {Record<string, (course: Course) => Promise<void>>} */
const courses = {
  async test_verified(course) {
    assert.match(await says(course.form, "#sent"), /\(\*\*\*@test\.invalid\)/);
    await type(course.form, "000000");
    assert.equal(await says(course.form, "#error"), "Wrong one-time password. 4 tries left.");
    await verifies(course);
    const [message] = await api.outbox(course.challenge.id);
    assert.ok(message.subject?.startsWith("[Test] "), message.subject ?? "");
    assert.ok(message.text.startsWith("[Test] "), message.text);
    assert.equal(message.code, code);
  },
  async test_sms(course) {
    assert.match(await says(course.form, "#sent"), /phone number \(\*\*\*-\u2060\*\*\*\*-0000\)/);
    await verifies(course);
    const [message] = await api.outbox(course.challenge.id);
    assert.deepEqual([message.channel, message.text.startsWith("[Test] ")], ["sms", true]);
  },
  async test_app(course) {
    assert.match(await says(course.form, "#sent"), /authenticator app shows/);
    assert.equal(await course.form.locator("#resend").count(), 0);
    await verifies(course);
    assert.deepEqual(await api.outbox(course.challenge.id), []);
  },
  async test_wrong_code({ form, seen, challenge }) {
    // The same code again in one page would be the same attempt.
    for (const [n, left] of ["4 tries", "3 tries", "2 tries", "1 try"].entries()) {
      await type(form, n === 0 ? code : `00000${n}`);
      await until(
        form,
        (text) => document.getElementById("error")?.textContent?.includes(text),
        `${left} left`,
      );
    }
    await type(form, "000009");
    assert.equal((await seen.until("error")).code, "attempts-exceeded");
    assert.equal((await read(challenge)).status, "failed");
  },
  async test_expired({ page, form, challenge }) {
    await api.advance(31);
    await type(form, code);
    await form.waitForSelector('#warifu[data-status="expired"]');
    assert.equal((await read(challenge)).status, "expired");
    assert.equal(await page.locator('input[name="warifu-response"]').inputValue(), "");
  },
  async test_locked({ form, seen }) {
    assert.equal((await seen.until("error")).code, "locked");
    assert.match(await says(form, "#error"), /^Verification is stopped until /);
  },
  async test_send_limit({ form, seen, challenge }) {
    await undeliverable(seen);
    assert.match(await says(form, "#error"), /^Too many were sent to this contact\./);
    assert.equal((await read(challenge)).sends, 0);
  },
  async test_undeliverable({ form, seen, challenge }) {
    await undeliverable(seen);
    await form.waitForSelector('#sent:has-text("We could not send")');
    assert.equal((await read(challenge)).delivery, "failed");
  },
  async test_slow_provider(course) {
    await course.form.waitForSelector('#sent:has-text("We may have sent")');
    assert.equal((await read(course.challenge)).delivery, "unconfirmed");
    await verifies(course);
  },
  async test_bounced({ form, seen, challenge }) {
    await undeliverable(seen);
    await eventually(
      () => read(challenge),
      ({ delivery }) => delivery === "bounced",
    );
    await form.waitForSelector('#sent:has-text("did not arrive")');
    await form.click("#resend");
    await form.waitForSelector('#status:has-text("no. 2")');
  },
};

for (const [id, course] of Object.entries(courses)) {
  test(`${id}: its course`, () =>
    withPage(browser, {}, async (page) => {
      const challenge = await createTest(api, tester, id, { locale: "en" });
      const seen = await open(page, { secret: challenge.secret, lang: "en" });
      const form = await formFrame(page);
      assert.equal(await form.locator("h1").innerText(), "[Test] Confirm your purchase");
      await course({ page, form, seen, challenge });
    }));
}

test("in Japanese the form says テスト, with script and without", async () => {
  for (const javaScriptEnabled of [true, false]) {
    await withPage(browser, { javaScriptEnabled }, async (page) => {
      const challenge = await createTest(api, tester, "test_verified");
      await page.goto(challenge.url);
      assert.equal(await page.locator("h1").innerText(), "【テスト】ご購入のための本人確認");
      assert.match(await page.title(), /^【テスト】/);
      await page.goto(`${challenge.url}/report`);
      assert.equal(await page.locator("h1").innerText(), "【テスト】覚えのないお取引");
    });
  }
});
