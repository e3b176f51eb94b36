// The rules of codes, tries, sends, waits and locks, as a merchant and a cardholder meet them.
// Time is moved with the development clock, so these run one after another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  deliveries,
  issuerKey,
  newestCode,
  personalMessage,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";
import { spendTries } from "./support/locks.mjs";

const { api } = await startApi();
const merchant = await registerMerchant(api);

test("after a resend the old code is wrong and the new one is right", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  await api.advance(30);
  const sent = assertStatus(await api.resend(challenge.secret)).body;
  assert.equal(sent.send, 2);
  const old = await api.verify(challenge.secret, challenge.code);
  assertProblem(old, 422, "wrong_code");
  assertStatus(await api.verify(challenge.secret, await newestCode(api, challenge)));
});

test("a code lives 600 seconds; a new one can be had then, and expiry is not a try", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  await api.advance(590);
  assertProblem(await api.verify(challenge.secret, wrongCode(challenge.code)), 422, "wrong_code");
  await api.advance(10);
  const late = await api.verify(challenge.secret, challenge.code);
  assertProblem(late, 422, "code_expired");
  assert.equal(late.body.tries_left, 4);
  assertStatus(await api.resend(challenge.secret));
  assertStatus(await api.verify(challenge.secret, await newestCode(api, challenge)));
});

test("after 1,800 seconds a challenge is over, whatever code comes", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  await api.advance(1780);
  assertStatus(await api.resend(challenge.secret));
  const code = await newestCode(api, challenge);
  await api.advance(20);
  assertProblem(await api.verify(challenge.secret, code), 409, "challenge_expired");
  assertProblem(await api.resend(challenge.secret), 409, "challenge_expired");
  assertProblem(await api.cancel(challenge.secret), 409, "challenge_expired");
  const path = `/v1/challenges/${challenge.id}/cancel`;
  assertProblem(await api.post(path, { key: merchant.key }), 409, "challenge_expired");
  assert.equal((await readChallenge(api, challenge)).status, "expired");
  assert.match((await api.present(challenge.secret)).text, /data-status="expired"/);
});

test("a code never outlives its challenge", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  await api.advance(1700);
  const sent = assertStatus(await api.resend(challenge.secret)).body;
  assert.ok(sent.code_expires_in <= 100, `${sent.code_expires_in}`);
});

test("an ended challenge takes no code", async () => {
  const verified = await presentedChallenge(api, { merchant });
  assertStatus(await api.verify(verified.secret, verified.code));
  assertProblem(await api.verify(verified.secret, verified.code), 409, "challenge_verified");
  assertProblem(await api.resend(verified.secret), 409, "challenge_verified");
  assertProblem(await api.cancel(verified.secret), 409, "challenge_verified");

  const canceled = await presentedChallenge(api, { merchant });
  assertStatus(await api.cancel(canceled.secret));
  assertStatus(await api.cancel(canceled.secret));
  assertProblem(await api.verify(canceled.secret, canceled.code), 409, "challenge_canceled");
  assertProblem(await api.resend(canceled.secret), 409, "challenge_canceled");

  const failed = await fail(await registerCardholder(api));
  assertProblem(await api.verify(failed.secret, failed.code), 409, "challenge_failed");
  assertProblem(await api.resend(failed.secret), 409, "challenge_failed");
  assertProblem(await api.cancel(failed.secret), 409, "challenge_failed");
  const path = `/v1/challenges/${failed.id}/cancel`;
  assertProblem(await api.post(path, { key: merchant.key }), 409, "challenge_failed");
});

test("an ended challenge says malformed input nothing else than that it has ended", async () => {
  const failed = await fail(await registerCardholder(api));
  assertProblem(await api.verify(failed.secret, "x"), 409, "challenge_failed");
});

test("a resend before the form was opened is the first send", async () => {
  const challenge = await createChallenge(api, { merchant });
  const sent = assertStatus(await api.resend(challenge.secret)).body;
  assert.deepEqual([sent.send, sent.resends_left], [1, 3]);
  assertStatus(await api.present(challenge.secret));
  assert.equal((await deliveries(api, challenge)).length, 1);
});

test("the code of another challenge of the same cardholder is wrong", async () => {
  const cardholder = await registerCardholder(api);
  const one = await presentedChallenge(api, { merchant, cardholder });
  const other = await presentedChallenge(api, { merchant, cardholder });
  assertProblem(await api.verify(other.secret, one.code), 422, "wrong_code");
  assertProblem(await api.verify(one.secret, other.code), 422, "wrong_code");
  assertStatus(await api.verify(other.secret, other.code));
  assertStatus(await api.verify(one.secret, one.code));
});

test("creating sends nothing, opening sends once, a refresh sends nothing", async () => {
  const challenge = await createChallenge(api, { merchant });
  assert.deepEqual(await deliveries(api, challenge), []);
  assertProblem(await api.verify(challenge.secret, "123456"), 409, "code_not_sent");
  for (let opening = 0; opening < 3; opening++) {
    assertStatus(await api.present(challenge.secret));
    assert.equal((await deliveries(api, challenge)).length, 1);
  }
});

test("asking for the head of a page sends nothing", async () => {
  const challenge = await createChallenge(api, { merchant });
  const { status } = await fetch(challenge.url, { method: "HEAD" });
  assert.ok(status === 200 || status === 405, `${status}`);
  assert.deepEqual(await deliveries(api, challenge), []);
  assert.equal((await fetch(`${api.origin}/healthz`, { method: "HEAD" })).status, 200);
});

for (const [name, value] of [
  ["sec-purpose", "prefetch"],
  ["sec-purpose", "prefetch;prerender"],
  ["purpose", "prefetch"],
  ["x-moz", "prefetch"],
  ["x-purpose", "preview"],
  ["sec-fetch-dest", "image"],
  ["sec-fetch-dest", "empty"],
  ["sec-fetch-dest", "script"],
  ["sec-fetch-dest", "object"],
]) {
  test(`a request that shows the form to nobody (${name}: ${value}) sends nothing; the real opening does`, async () => {
    const challenge = await createChallenge(api, { merchant });
    const held = await api.present(challenge.secret, { [name]: value });
    assertProblem(held, 503, "unavailable");
    assert.equal(held.headers.get("retry-after"), "1");
    assert.deepEqual(await deliveries(api, challenge), []);
    assertStatus(await api.present(challenge.secret));
    assert.equal((await deliveries(api, challenge)).length, 1);
  });
}

/** @type {[string, Record<string, string>][]} */
const shown = [
  ["a tab", { "sec-fetch-dest": "document" }],
  ["a frame", { "sec-fetch-dest": "iframe" }],
  // What Chromium sends for a frame of a prerendered page, once that page is shown.
  [
    "a frame of a page that was prerendered",
    { "sec-fetch-dest": "iframe", "sec-purpose": "prefetch;prerender" },
  ],
];

for (const [where, headers] of shown) {
  test(`the form in ${where} sends the first code`, async () => {
    const challenge = await createChallenge(api, { merchant });
    assertStatus(await api.present(challenge.secret, headers));
    assert.equal((await deliveries(api, challenge)).length, 1);
  });
}

test("a resend refills no tries", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  for (const left of [4, 3]) {
    const wrong = await api.verify(challenge.secret, wrongCode(challenge.code, left));
    assertProblem(wrong, 422, "wrong_code");
    assert.equal(wrong.body.tries_left, left);
  }
  await api.advance(30);
  assert.equal(assertStatus(await api.resend(challenge.secret)).body.tries_left, 3);
  const code = await newestCode(api, challenge);
  const next = await api.verify(challenge.secret, wrongCode(code));
  assert.equal(next.body.tries_left, 2);
});

test("resends wait 30, 60 and 120 seconds, and there are 3", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  let send = 1;
  for (const wait of [30, 60, 120]) {
    await api.advance(wait - 10);
    const soon = await api.resend(challenge.secret);
    assertProblem(soon, 429, "resend_too_soon");
    assert.ok(soon.body.retry_after > 0 && soon.body.retry_after <= 10, soon.text);
    assert.equal(soon.headers.get("retry-after"), String(soon.body.retry_after));
    await api.advance(10);
    const sent = assertStatus(await api.resend(challenge.secret)).body;
    assert.equal(sent.send, ++send);
    assert.equal(sent.resends_left, 4 - send);
  }
  await api.advance(300);
  assertProblem(await api.resend(challenge.secret), 409, "no_resends_left");
  assert.equal((await deliveries(api, challenge)).length, 4);
});

/**
 * Spends the 5 tries of a new challenge.
 * @param {import("./support/demo.mjs").Cardholder} cardholder
 */
async function fail(cardholder) {
  const challenge = await presentedChallenge(api, { merchant, cardholder });
  assert.equal(await spendTries(api, challenge), 5);
  return challenge;
}

/** @param {import("./support/demo.mjs").Cardholder} cardholder */
const lockOf = async ({ id }) => {
  const { body } = assertStatus(await api.get(`/v1/cardholders/${id}`, { key: issuerKey() }));
  return { until: body.locked_until, sign_in_needed: body.sign_in_needed };
};

/**
 * Holds a new challenge at the merchant to be kept out: it is opened, and sends nothing.
 * @param {import("./support/demo.mjs").Cardholder} cardholder
 * @param {number} wait for how many seconds; a minute less is as good
 */
async function keptOut(cardholder, wait) {
  const challenge = await createChallenge(api, { merchant, cardholder });
  const page = assertStatus(await api.present(challenge.secret)).text;
  assert.match(page, /data-error="locked"/);
  const refused = await api.resend(challenge.secret);
  assertProblem(refused, 403, "cardholder_locked");
  assertProblem(await api.verify(challenge.secret, "123456"), 403, "cardholder_locked");
  const now = Date.parse((await api.get("/dev/clock")).body.now);
  const seconds = (Date.parse(refused.body.locked_until) - now) / 1000;
  assert.ok(seconds > wait - 60 && seconds <= wait, `${seconds}`);
  assert.deepEqual(await deliveries(api, challenge), []);
  return { ...challenge, until: refused.body.locked_until };
}

const free = { until: null, sign_in_needed: false };

test("5 wrong codes at a merchant make new challenges wait there for 15 minutes, and nowhere else", async () => {
  const cardholder = await registerCardholder(api);
  await fail(cardholder);
  const waiting = await keptOut(cardholder, 15 * 60);
  assert.deepEqual(await lockOf(cardholder), free);
  // At another merchant there is nothing to wait for.
  const elsewhere = await presentedChallenge(api, { cardholder });
  assertStatus(await api.verify(elsewhere.secret, elsewhere.code));
  await keptOut(cardholder, 15 * 60);

  await api.advance(15 * 60);
  assertStatus(await api.present(waiting.secret));
  assertStatus(await api.verify(waiting.secret, await newestCode(api, waiting)));
});

test("10 wrong codes at a merchant close it until a day has passed; a success there before forgets them", async () => {
  const cardholder = await registerCardholder(api);
  await fail(cardholder);
  await api.advance(15 * 60);
  await fail(cardholder);
  await keptOut(cardholder, 24 * 3600 - 15 * 60);
  assert.deepEqual(await lockOf(cardholder), free);
  await api.advance(24 * 3600 - 15 * 60);

  await fail(cardholder);
  await api.advance(15 * 60);
  const good = await presentedChallenge(api, { merchant, cardholder });
  for (let n = 1; n <= 4; n++) await api.verify(good.secret, wrongCode(good.code, n));
  assertStatus(await api.verify(good.secret, good.code));
  await presentedChallenge(api, { merchant, cardholder });
});

test("44 wrong codes of a day keep every new challenge out, and none that was let in before", async () => {
  const cardholder = await registerCardholder(api);
  const before = await presentedChallenge(api, { cardholder });
  // What it may still spend is counted already, so the others have 39.
  for (let compared = 0; compared < 39;) {
    const challenge = await presentedChallenge(api, { cardholder });
    compared += await spendTries(api, challenge);
  }
  assert.deepEqual(await lockOf(cardholder), free);
  // Until its code is dead.
  await keptOut(cardholder, 600);
  assert.equal(await spendTries(api, before), 5);
  const { until } = await keptOut(cardholder, 24 * 3600);
  assert.deepEqual(await lockOf(cardholder), { ...free, until });

  await api.advance(24 * 3600);
  assert.deepEqual(await lockOf(cardholder), free);
  await presentedChallenge(api, { merchant, cardholder });
});

test("a create cancels no other challenge", async () => {
  const cardholder = await registerCardholder(api);
  const challenges = [];
  for (let n = 0; n < 5; n++) {
    challenges.push(await presentedChallenge(api, { merchant, cardholder }));
    await createChallenge(api, { merchant, cardholder });
  }
  for (const { secret, code } of challenges) assertStatus(await api.verify(secret, code));
});

test("of 200 that are kept, the oldest of the busiest merchant that nobody waits for makes room", async () => {
  const cardholder = await registerCardholder(api);
  const others = await createChallenge(api, { cardholder });
  const awaited = await presentedChallenge(api, { merchant, cardholder });
  const idle = await createChallenge(api, { merchant, cardholder });
  const create = () => createChallenge(api, { merchant, cardholder });
  await Promise.all(Array.from({ length: 197 }, create));
  assert.equal((await readChallenge(api, idle)).status, "pending");
  await create();
  const path = `/v1/challenges/${idle.id}`;
  assertProblem(await api.get(path, { key: merchant.key }), 404, "challenge_not_found");
  for (const kept of [others, awaited]) {
    assert.equal((await readChallenge(api, kept)).status, "pending");
  }
  assertStatus(await api.verify(awaited.secret, awaited.code));
});

test("the page of a challenge that has ended keeps the personal message to itself", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  assert.ok((await api.present(challenge.secret)).text.includes(personalMessage));
  assertStatus(await api.cancel(challenge.secret));
  assert.ok(!(await api.present(challenge.secret)).text.includes(personalMessage));
});

test("an outcome can be read for a day after the end, and not for long after that", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  assertStatus(await api.verify(challenge.secret, challenge.code));
  await api.advance(24 * 3600 - 60);
  assert.equal((await readChallenge(api, challenge)).status, "verified");
  await api.advance(1800 + 120); // a record is kept for a day after the challenge's longest life
  const path = `/v1/challenges/${challenge.id}`;
  assertProblem(await api.get(path, { key: merchant.key }), 404, "challenge_not_found");
});
