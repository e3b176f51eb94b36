// When no code reaches the cardholder, the merchant's page is told, and the form goes on: a later code
// verifies.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startBrowser, startSite } from "./support/bench.mjs";
import { formFrame, settled, watch, withPage } from "./support/browser.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import {
  createChallenge,
  eventually,
  issuerKey,
  personalMessage,
  readChallenge,
  registerCardholder,
  registerMerchant,
  uniqueId,
} from "./support/demo.mjs";
import { example } from "./support/guide.mjs";
import { embeddingPage } from "./support/merchant-page.mjs";

const minimumAge = 7200;

const { api, providers } = await startCouriers({
  email: ["ses"],
  vars: { DESTINATION_MIN_AGE_SECONDS: String(minimumAge) },
});
const { ses } = providers;
after(() => assert.deepEqual(ses.faults, []));
const site = await startSite();
const browser = await startBrowser();
/** The guide's own sample of a page that offers another way. */
const sample = example("js", "another-way");

const merchant = await registerMerchant(api, { origins: [site.origin] });

/**
 * Opens a challenge in a page of the merchant's.
 * @param {import("playwright-core").Page} page
 * @param {import("./support/demo.mjs").Challenge} challenge
 */
async function open(page, challenge) {
  const seen = await watch(page);
  const html = embeddingPage({
    ...{ worker: api.origin, secret: challenge.secret, script: sample },
    body: `<form><div class="warifu-challenge" data-client-secret="${challenge.secret}"></div></form>
      <p id="another-way" hidden>お振り込みもご利用いただけます。</p>`,
  });
  await page.goto(site.show({ html }));
  return seen;
}

/**
 * Holds that the page was told once that no code can be delivered, that it offers another way,
 * and that the form is there all the same.
 * @param {import("playwright-core").Page} page
 * @param {import("./support/browser.mjs").Watch} seen
 */
async function told(page, seen) {
  await seen.until("ready");
  const { code, final } = await seen.until("error");
  assert.deepEqual([code, final], ["undeliverable", false]);
  await settled(page, seen);
  assert.equal(seen.of("error").length, 1);
  assert.equal(await page.locator("#another-way").isVisible(), true);
}

/**
 * Asks for a code, and verifies with the one that comes.
 * @param {import("playwright-core").Page} page
 * @param {import("./support/browser.mjs").Watch} seen
 */
async function resend(page, seen) {
  const form = await formFrame(page);
  const before = ses.received.length;
  await form.click("#resend");
  assert.equal((await seen.until("resend")).send, 1);
  await form.waitForSelector("#status:not(:empty)");
  await eventually(
    async () => ses.received.length,
    (received) => received > before,
  );
  await form.fill("#code", codeIn(ses.received[before].text));
  await form.click("#send");
  await seen.until("complete");
  assert.equal(seen.of("error").length, 1);
}

test("a destination that was changed too lately is told as undeliverable, and takes a code later", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api);
    const json = { email: `${uniqueId("new")}@mail.jp`, personal_message: personalMessage };
    const path = `/v1/cardholders/${cardholder.id}`;
    assertStatus(await api.send("PUT", path, { key: issuerKey(), json }));
    await api.advance(minimumAge - 60);
    const challenge = await createChallenge(api, { merchant, cardholder });
    const seen = await open(page, challenge);
    await told(page, seen);
    assert.equal((await readChallenge(api, challenge)).sends, 0);
    await api.advance(61);
    await resend(page, seen);
  }));

test("a destination that took too many codes is told as undeliverable", () =>
  withPage(browser, {}, async (page) => {
    const cardholder = await registerCardholder(api);
    const next = () => createChallenge(api, { merchant, cardholder });
    let challenge = await next();
    for (let sends = 1; sends > 0;) {
      challenge = await next();
      assertStatus(await api.present(challenge.secret));
      ({ sends } = await readChallenge(api, challenge));
    }
    const seen = await open(page, challenge);
    await told(page, seen);
    const form = await formFrame(page);
    assert.match(await form.innerText("#error"), /^この宛先への送信が多すぎます。/);
  }));

test("a code that every provider refused is told as undeliverable, and the next one verifies", () =>
  withPage(browser, {}, async (page) => {
    ses.next({ fail: "throttled" });
    const challenge = await createChallenge(api, { merchant });
    const seen = await open(page, challenge);
    // The form asks for the first time after 6 seconds.
    await told(page, seen);
    await resend(page, seen);
  }));
