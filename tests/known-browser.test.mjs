// A browser in which the cardholder verified at a merchant is let in where strangers have to wait. It
// is known by a cookie, which a frame brings as well as a page of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startEmbedding } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import {
  createChallenge,
  deliveries,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";
import { spendTries } from "./support/locks.mjs";

/** @typedef {import("./support/demo.mjs").Cardholder} Cardholder */
/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const { api, browser, merchant, open, buy, create } = await startEmbedding();

/** @param {Challenge} challenge @param {string} [cookie] */
const shownTo = async ({ secret }, cookie) =>
  assertStatus(await api.present(secret, cookie ? { cookie } : {})).text;

/** @param {Cardholder} cardholder @param {import("./support/demo.mjs").Merchant} [where] */
async function verifiedAt(cardholder, where = merchant) {
  const { secret, code } = await presentedChallenge(api, { merchant: where, cardholder });
  const { headers } = assertStatus(await api.verify(secret, code));
  const [cookie, ...more] = headers.getSetCookie();
  assert.deepEqual(more, []);
  return cookie;
}

/** @param {string} cookie as it is set @returns {string} as it is sent */
const pair = (cookie) => cookie.split(";")[0];

/** Makes new challenges at the merchant wait. @param {Cardholder} cardholder */
async function guessed(cardholder) {
  await spendTries(api, await presentedChallenge(api, { merchant, cardholder }));
}

test("the answer to a right code marks the browser, for our own origin and in this frame alone", async () => {
  const cookie = await verifiedAt(await registerCardholder(api));
  const [mark, ...attributes] = cookie.split("; ");
  assert.match(mark, /^__Host-warifu-[\w-]{12}=\d+\.[\w-]{43}$/);
  assert.deepEqual(attributes.toSorted(), [
    ...["HttpOnly", "Max-Age=15552000", "Partitioned", "Path=/", "SameSite=None", "Secure"],
  ]);
});

test("nothing else marks a browser: not a form that is shown, a wrong code, a resend or a cancel", async () => {
  const { secret, code } = await presentedChallenge(api);
  const wrong = code === "000000" ? "000001" : "000000";
  for (const answer of [
    await api.present(secret),
    await api.verify(secret, wrong),
    await api.resend(secret),
    await api.cancel(secret),
  ]) {
    assert.deepEqual(answer.headers.getSetCookie(), [], answer.text);
  }
});

test("where others wait, the browser that verified is let in; nobody else's mark helps", async () => {
  const cardholder = await registerCardholder(api);
  const mark = pair(await verifiedAt(cardholder));
  await guessed(cardholder);
  const given = { merchant, cardholder };

  const others = pair(await verifiedAt(await registerCardholder(api)));
  const elsewhere = pair(await verifiedAt(cardholder, await registerMerchant(api)));
  // A mark of ours under the name that this cardholder's would have at this merchant.
  const renamed = `${mark.split("=")[0]}=${others.split("=")[1]}`;
  for (const cookie of [undefined, others, elsewhere, renamed, `${mark}x`]) {
    const challenge = await createChallenge(api, given);
    assert.match(await shownTo(challenge, cookie), /data-error="locked"/, cookie);
    assert.deepEqual(await deliveries(api, challenge), []);
    assertProblem(await api.resend(challenge.secret), 403, "cardholder_locked");
  }

  const challenge = await createChallenge(api, given);
  assert.doesNotMatch(await shownTo(challenge, `other=1; ${mark}`), /data-error=/);
  const [{ code }] = await deliveries(api, challenge);
  assertStatus(await api.verify(challenge.secret, code));
});

test("in Chromium a frame at the merchant's keeps the mark, for the next purchase there", () =>
  withPage(browser, {}, async (page, context) => {
    const cardholder = await registerCardholder(api);
    /** @type {Promise<Record<string, string>>[]} */
    const asked = [];
    page.on("request", (request) => {
      if (request.isNavigationRequest() && request.frame().parentFrame()) {
        asked.push(request.allHeaders());
      }
    });
    const first = await create({ cardholder });
    await buy(page, await open(page, { secret: first.secret }), first);
    const [before] = await Promise.all(asked.splice(0));
    assert.equal(before.cookie, undefined);
    const [kept, ...more] = await context.cookies(api.origin);
    assert.deepEqual(more, []);
    assert.deepEqual([kept.httpOnly, kept.secure, kept.sameSite], [true, true, "None"]);

    await guessed(cardholder);
    const second = await create({ cardholder });
    const third = await create({ cardholder });
    const next = await context.newPage();
    next.on("request", (request) => {
      if (request.isNavigationRequest() && request.frame().parentFrame()) {
        asked.push(request.allHeaders());
      }
    });
    await buy(next, await open(next, { secret: second.secret }), second);
    const [after] = await Promise.all(asked);
    assert.equal(after.cookie, `${kept.name}=${kept.value}`);
    assert.equal((await readChallenge(api, second)).status, "verified");
    // A success forgets what was wrong at the merchant, so strangers are let in again.
    assert.doesNotMatch(await shownTo(third), /data-error=/);
  }));
