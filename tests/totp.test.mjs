// The app's codes in a challenge: which steps count, that each counts once, and the tries and locks
// that hold for every code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  deliveries,
  issuerKey,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";
import { enrollApp, laterStep, presentStep, putFacts } from "./support/enrollment.mjs";
import { base32, totp, unbase32 } from "./support/totp.mjs";

/** @typedef {import("./support/demo.mjs").Cardholder} Cardholder */

const { api } = await startApi();
const merchant = await registerMerchant(api);

/** A cardholder whose app's next code has not been used. */
async function withApp() {
  const cardholder = await registerCardholder(api);
  const app = await enrollApp(api, cardholder);
  return { cardholder, app, step: await laterStep(api, 4) };
}

/**
 * A challenge whose form is open; nothing is sent for it.
 * @param {Cardholder} cardholder
 */
async function asked(cardholder, where = merchant) {
  const challenge = await createChallenge(api, { merchant: where, cardholder });
  assertStatus(await api.present(challenge.secret));
  return challenge;
}

test("the app of these tests makes the codes of RFC 6238, appendix B, from base32", () => {
  const secret = Buffer.from("12345678901234567890");
  for (const [seconds, code] of /** @type {const} */ ([
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ])) {
    assert.equal(totp(secret, Math.floor(seconds / 30), 8), code);
    assert.equal(totp(secret, Math.floor(seconds / 30)), code.slice(2));
  }
  assert.equal(base32(Buffer.from("foobar")), "MZXW6YTBOI");
  assert.equal(base32(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  assert.deepEqual(unbase32(base32(secret)), secret);
});

test("an app's challenge sends nothing, takes the app's code and says so", async () => {
  const { cardholder, app, step } = await withApp();
  const json = { cardholder: cardholder.id, transaction };
  const made = assertStatus(
    await api.post("/v1/challenges", { key: merchant.key, json }),
    201,
  ).body;
  assert.equal(made.channel, "app");
  const challenge = { ...made, secret: made.client_secret, merchant, cardholder };
  for (let opening = 0; opening < 2; opening++) assertStatus(await api.present(challenge.secret));
  assertProblem(await api.resend(challenge.secret), 409, "app_code_expected");
  assert.deepEqual(await deliveries(api, challenge), []);

  const verified = assertStatus(await api.verify(challenge.secret, app.code(step))).body;
  assert.equal(decodeJwt(verified.attestation).channel, "app");
  const read = await readChallenge(api, challenge);
  const { status, channel, sends, tries } = read;
  assert.deepEqual(
    { status, channel, sends, tries },
    { status: "verified", channel: "app", sends: 0, tries: 1 },
  );
  const redeem = { secret: merchant.key, response: verified.attestation };
  const redeemed = (await api.siteverify(redeem)).body;
  assert.deepEqual([redeemed.success, redeemed.channel], [true, "app"]);
  assert.deepEqual((await api.siteverify(redeem)).body["error-codes"], ["timeout-or-duplicate"]);
});

const transaction = {
  amount: 3150,
  currency: "JPY",
  purchased_at: "2023-02-13T00:00:00+09:00",
  card_last4: "1234",
};

for (const distance of [-1, 0, 1]) {
  test(`the code of a phone whose clock is ${distance} steps off is accepted`, async () => {
    const { cardholder, app, step } = await withApp();
    const { secret } = await asked(cardholder);
    assertStatus(await api.verify(secret, app.code(step + distance)));
  });
}

for (const distance of [-20, -3, -2, 2, 3, 20]) {
  test(`the code of a phone whose clock is ${distance} steps off is wrong`, async () => {
    const { cardholder, app, step } = await withApp();
    const { secret } = await asked(cardholder);
    const refused = await api.verify(secret, app.code(step + distance));
    assertProblem(refused, 422, "wrong_code");
    assert.deepEqual([refused.body.tries_left, refused.body.challenge_status], [4, "pending"]);
    assertStatus(await api.verify(secret, app.code(step)));
  });
}

test("a code is good in its own step and the next, and dead in the one after", async () => {
  const { cardholder, app, step } = await withApp();
  const one = await asked(cardholder);
  const other = await asked(cardholder);
  await laterStep(api);
  assertStatus(await api.verify(one.secret, app.code(step)));
  const late = app.code(step + 1);
  await laterStep(api, 2);
  assertProblem(await api.verify(other.secret, late), 422, "wrong_code");
  assertStatus(await api.verify(other.secret, app.code(await presentStep(api))));
});

test("an app's code is typed as any other", async () => {
  const { cardholder, app, step } = await withApp();
  const { secret } = await asked(cardholder);
  for (const input of ["", "12345", "abcdef"]) {
    const refused = await api.verify(secret, input);
    assertProblem(refused, 422, "malformed_code");
    assert.equal(refused.body.tries_left, 5);
  }
  const [head, tail] = [app.code(step).slice(0, 3), app.code(step).slice(3)];
  const wide = head.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)));
  assertStatus(await api.verify(secret, `${wide} ${tail}`));
});

test("an app's code is accepted once, over all challenges", async () => {
  const { cardholder, app, step } = await withApp();
  const first = await asked(cardholder);
  assertStatus(await api.verify(first.secret, app.code(step)));
  assertProblem(await api.verify(first.secret, app.code(step)), 409, "challenge_verified");

  const second = await asked(cardholder);
  const replayed = await api.verify(second.secret, app.code(step));
  assertProblem(replayed, 422, "code_used");
  assert.deepEqual([replayed.body.tries_left, replayed.body.challenge_status], [4, "pending"]);
  await laterStep(api);
  assertProblem(await api.verify(second.secret, app.code(step)), 422, "code_used");
  assertStatus(await api.verify(second.secret, app.code(await presentStep(api))));
});

test("the code that enrolled the app is spent", async () => {
  const cardholder = await registerCardholder(api);
  const step = await laterStep(api);
  const app = await enrollApp(api, cardholder);
  const { secret } = await asked(cardholder);
  assertProblem(await api.verify(secret, app.code(step)), 422, "code_used");
  assertStatus(await api.verify(secret, app.code(step + 1)));
});

test("after a newer step an older one is refused, though it was never used", async () => {
  const { cardholder, app, step } = await withApp();
  const ahead = await asked(cardholder);
  assertStatus(await api.verify(ahead.secret, app.code(step + 1)));
  const next = await asked(cardholder);
  for (const older of [step, step - 1]) {
    assertProblem(await api.verify(next.secret, app.code(older)), 422, "code_used");
  }
  await laterStep(api, 2);
  assertStatus(await api.verify(next.secret, app.code(step + 2)));
});

test("used codes spend tries like wrong ones, and the fifth ends the challenge", async () => {
  const { cardholder, app, step } = await withApp();
  assertStatus(await api.verify((await asked(cardholder)).secret, app.code(step)));
  const { secret } = await asked(cardholder);
  for (const left of [4, 3, 2, 1, 0]) {
    const { body } = await api.verify(secret, app.code(step));
    const status = left > 0 ? "pending" : "failed";
    assert.deepEqual(
      [body.code, body.tries_left, body.challenge_status],
      ["code_used", left, status],
    );
  }
  assertProblem(await api.verify(secret, app.code(step + 1)), 409, "challenge_failed");
});

test("an app's wrong code counts as three: 5, then 2 at each merchant, and 14 fill the day; the issuer unlocks", async () => {
  const { cardholder, app, step } = await withApp();
  const wrong = app.wrong(step, 14);
  for (const tries of [5, 2, 2, 2, 2, 1]) {
    const { secret } = await asked(cardholder, await registerMerchant(api));
    const left = [];
    for (const code of wrong.splice(0, tries)) {
      const answer = await api.verify(secret, code);
      assertProblem(answer, 422, "wrong_code");
      left.push(answer.body.tries_left);
    }
    assert.deepEqual(left, [4, 3, 2, 1, 0].slice(-tries));
    assertProblem(await api.verify(secret, app.code(step)), 409, "challenge_failed");
  }
  const waiting = await asked(cardholder);
  assertProblem(await api.verify(waiting.secret, app.code(step)), 403, "cardholder_locked");
  const path = `/v1/cardholders/${cardholder.id}/unlock`;
  assertStatus(await api.post(path, { key: issuerKey() }));
  assertStatus(await api.verify(waiting.secret, app.code(step)));
});

test("200 wrong codes of an app at once: exactly 5 are compared", async () => {
  const { cardholder, app, step } = await withApp();
  const { secret } = await asked(cardholder);
  const codes = app.wrong(step, 200);
  const answers = await Promise.all(codes.map((code) => api.verify(secret, code)));
  assert.deepEqual(counts(answers), { wrong_code: 5, challenge_failed: 195 });
});

test("one code 50 times at once in two challenges verifies exactly one of them", async () => {
  const { cardholder, app, step } = await withApp();
  const challenges = [await asked(cardholder), await asked(cardholder)];
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => api.verify(challenges[n % 2].secret, app.code(step))),
  );
  assert.deepEqual(counts(answers), {
    200: 1,
    challenge_verified: 24,
    code_used: 5,
    challenge_failed: 20,
  });
  const read = await Promise.all(challenges.map((challenge) => readChallenge(api, challenge)));
  assert.deepEqual(read.map(({ status }) => status).toSorted(), ["failed", "verified"]);
});

/** @param {import("./support/api.mjs").Answer[]} answers */
function counts(answers) {
  const outcomes = answers.map(({ status, body }) => String(body.code ?? status));
  return Object.fromEntries(
    [...new Set(outcomes)].map((one) => [one, outcomes.filter((other) => other === one).length]),
  );
}

// The app and what is sent, in one challenge

test("an app enrolled while a sent code lives ends that code at once; then only the app's counts", async () => {
  const cardholder = await registerCardholder(api);
  const open = await presentedChallenge(api, { merchant, cardholder });
  const app = await enrollApp(api, cardholder);
  const step = await laterStep(api);
  assertProblem(await api.verify(open.secret, open.code), 422, "wrong_code");
  assertProblem(await api.resend(open.secret), 409, "app_code_expected");
  const { attestation } = assertStatus(await api.verify(open.secret, app.code(step))).body;
  assert.equal(decodeJwt(attestation).channel, "app");
});

test("a cardholder whom the issuer moves off the app gets a code in the challenge that is open", async () => {
  const { cardholder, app, step } = await withApp();
  const challenge = await asked(cardholder);
  const { email, phone } = cardholder;
  assertStatus(await putFacts(api, cardholder, { email, phone, channel: "email" }));
  assertProblem(await api.verify(challenge.secret, app.code(step)), 409, "code_not_sent");
  assert.equal(assertStatus(await api.resend(challenge.secret)).body.send, 1);
  const [{ to, code }] = await deliveries(api, challenge);
  assert.equal(to, email);
  assertStatus(await api.verify(challenge.secret, code));
});

test("an app enrolled anew replaces the old one", async () => {
  const { cardholder, app: old } = await withApp();
  const app = await enrollApp(api, cardholder);
  const step = await laterStep(api, 3);
  const { secret } = await asked(cardholder);
  assertProblem(await api.verify(secret, old.code(step)), 422, "wrong_code");
  assertStatus(await api.verify(secret, app.code(step)));
});
