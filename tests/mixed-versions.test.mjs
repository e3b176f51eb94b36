// This version beside the next one, as while a deployment rolls out and after a roll back, in the
// middle of purchases. Nobody sees an error, and nothing is counted twice. What only the next
// version knows is answered unavailable and decides nothing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { at, paths } from "../scripts/lib/paths.mjs";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import {
  createChallenge,
  deliveries,
  eventually,
  newestCode,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  wrongCode,
} from "./support/demo.mjs";
import { confirmed, createSession, pages, readCardholder } from "./support/enrollment.mjs";
import { startReceiver } from "./support/events.mjs";
import { startWorker } from "./support/worker.mjs";

/**
 * @typedef {import("./support/worker.mjs").Builds} Builds
 * @typedef {import("./support/worker.mjs").WorkerOptions} WorkerOptions
 * @typedef {import("./support/demo.mjs").Challenge} Challenge
 * @typedef {import("./support/api.mjs").Api} Api
 */

const now = at();
const next = paths.nextVersion;

const issuer = await startReceiver();
const vars = {
  ISSUER_EVENTS_URL: issuer.url,
  ISSUER_EVENTS_SECRETS: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  EVENT_RETRY_SECONDS: "1,1,1,1,1,1,1,1,1",
};

/** @param {WorkerOptions} options */
async function start(options) {
  const worker = await startWorker({ vars, ...options });
  after(() => worker.stop());
  return { worker, api: client(worker.origin) };
}

/**
 * Redeems a verified purchase, and sees that it can be done once.
 * @param {Api} api
 * @param {Challenge} challenge
 * @param {string} attestation
 */
async function redeemOnce(api, { merchant }, attestation) {
  const body = { secret: merchant.key, response: attestation };
  assert.equal(assertStatus(await api.siteverify(body)).body.success, true);
  const again = assertStatus(await api.siteverify(body)).body;
  assert.deepEqual([again.success, again["error-codes"]], [false, ["timeout-or-duplicate"]]);
}

/** @param {Api} api @param {Challenge} challenge @param {string} code @param {number} left */
async function wrong(api, { secret }, code, left) {
  const answer = await api.verify(secret, wrongCode(code));
  assertProblem(answer, 422, "wrong_code");
  assert.equal(answer.body.tries_left, left);
}

/** @param {Api} api @param {Challenge} challenge @param {string} code @returns {Promise<string>} */
async function right(api, { secret }, code) {
  return assertStatus(await api.verify(secret, code)).body.attestation;
}

test("what is published is not the next version", () => {
  /** @param {string} folder */
  const wasm = (folder) => readFileSync(`${folder}/worker/build/index_bg.wasm`);
  assert.ok(wasm(next).includes("challenge.waited"));
  assert.ok(!wasm(now).includes("challenge.waited"));
});

for (const [what, mixed] of /** @type {[string, Builds][]} */ ([
  ["a next Worker asks objects of this version", { built: next, objects: now }],
  ["a Worker of this version asks next objects", { built: now, objects: next }],
])) {
  describe(what, async () => {
    const earlier = { built: now, objects: now };
    const later = { built: next, objects: next };
    const { worker, api } = await start(earlier);

    test("a purchase goes through, and each try and send counts once", async () => {
      const challenge = await presentedChallenge(api);
      await wrong(api, challenge, challenge.code, 4);

      await worker.become(mixed);
      const read = await readChallenge(api, challenge);
      assert.deepEqual([read.status, read.sends, read.tries], ["pending", 1, 1]);
      assertStatus(await api.present(challenge.secret));
      await wrong(api, challenge, challenge.code, 3);
      await api.advance(31);
      assertStatus(await api.resend(challenge.secret));
      const code = await newestCode(api, challenge);
      await wrong(api, challenge, code, 2);
      const other = await presentedChallenge(api, { merchant: challenge.merchant });
      await right(api, other, other.code);

      await worker.become(later);
      await wrong(api, challenge, code, 1);
      const attestation = await right(api, challenge, code);
      assert.equal((await deliveries(api, challenge)).length, 2);
      const done = await readChallenge(api, challenge);
      assert.deepEqual([done.status, done.sends, done.tries], ["verified", 2, 5]);
      await redeemOnce(api, challenge, attestation);
    });

    test("what was verified before is redeemed once", async () => {
      await worker.become(earlier);
      const challenge = await presentedChallenge(api);
      const attestation = await right(api, challenge, challenge.code);
      await worker.become(mixed);
      await redeemOnce(api, challenge, attestation);
      await worker.become(later);
      const body = { secret: challenge.merchant.key, response: attestation };
      assert.equal(assertStatus(await api.siteverify(body)).body.success, false);
    });

    test("an enrollment goes through, and the next code comes that way", async () => {
      await worker.become(earlier);
      const cardholder = await registerCardholder(api);
      const session = await createSession(api, cardholder);
      await worker.become(mixed);
      const { form } = await confirmed(api, session, "sms");
      assertStatus(await pages(api, session).change(form), 303);
      assert.equal((await readCardholder(api, cardholder)).channel, "sms");
      const challenge = await presentedChallenge(api, { cardholder });
      await worker.become(later);
      assertStatus(await pages(api, session).done());
      const [sent] = await deliveries(api, challenge);
      assert.deepEqual([sent.channel, sent.to], ["sms", cardholder.phone]);
      await redeemOnce(api, challenge, await right(api, challenge, challenge.code));
    });
  });
}

describe("what only the next version knows", () => {
  test("a reply is unavailable for now, and the purchase goes on", async () => {
    const { worker, api } = await start({ built: now, objects: next });
    const challenge = await presentedChallenge(api);
    const unknown = await api.resend(challenge.secret);
    assertProblem(unknown, 503, "unavailable");
    assert.ok(Number(unknown.headers.get("retry-after")) > 0);
    await worker.prints("an object's answer is bytes of a newer version");

    assertProblem(await api.resend(challenge.secret), 429, "resend_too_soon");
    const read = await readChallenge(api, challenge);
    assert.deepEqual([read.status, read.sends, read.tries], ["pending", 1, 0]);
    await redeemOnce(api, challenge, await right(api, challenge, challenge.code));

    // A Worker that knows the reply says what it says.
    await worker.become({ built: next, objects: next });
    const other = await presentedChallenge(api);
    assertProblem(await api.resend(other.secret), 429, "resend_too_soon");
  });

  test("an event comes again until its version takes it, and is told as nothing else", async () => {
    const { worker, api } = await start({ built: now, objects: next });
    const challenge = await presentedChallenge(api);
    assertProblem(await api.resend(challenge.secret), 503, "unavailable");
    await worker.prints("an event was not understood");
    // Told meanwhile: what this version knows.
    const other = await createChallenge(api, { merchant: challenge.merchant });
    assertStatus(await api.cancel(other.secret));
    await issuer.told(other, 1);
    assert.deepEqual(issuer.about(challenge), []);

    await worker.become({ built: next, objects: next });
    // The local queue is in memory. The object has the event, and hands it out again.
    await api.advance(61);
    await readChallenge(api, challenge);
    await issuer.told(challenge, 1);
    const types = issuer.about(challenge).map(({ event }) => event.type);
    assert.deepEqual([...new Set(types)], ["challenge.waited"]);
  });

  test("an enumeration's value in what is stored stops that cardholder, and is kept", async () => {
    // Nobody takes the events of this one: the object keeps what this version does not know.
    const edit = (/** @type {string} */ toml) =>
      toml.replaceAll(/^\[\[(env\.development\.)?queues\.consumers\]\]\n(?:(?!\[).*\n)*/gm, "");
    const { worker, api } = await start({ built: next, edit });
    const challenge = await presentedChallenge(api);
    await wrong(api, challenge, challenge.code, 4);
    assertProblem(await api.resend(challenge.secret), 429, "resend_too_soon");

    await worker.become({ built: now });
    const { merchant, secret } = challenge;
    for (const answer of [
      await api.get(`/v1/challenges/${challenge.id}`, { key: merchant.key }),
      await api.verify(secret, challenge.code),
      await api.verify(secret, wrongCode(challenge.code)),
      await api.cancel(secret),
    ]) {
      assertProblem(answer, 503, "unavailable");
      assert.ok(Number(answer.headers.get("retry-after")) > 0);
    }
    await worker.prints("bytes of a newer version");
    // Nobody else is concerned.
    const other = await presentedChallenge(api, { merchant });
    await redeemOnce(api, other, await right(api, other, other.code));

    await worker.become({ built: next });
    const read = await readChallenge(api, challenge);
    assert.deepEqual([read.status, read.sends, read.tries], ["pending", 1, 1]);
    await redeemOnce(api, challenge, await right(api, challenge, challenge.code));
  });
});

test("rolled back in the middle of a purchase, it is finished", async () => {
  const { worker, api } = await start({ built: next });
  const merchant = await registerMerchant(api);
  const challenge = await presentedChallenge(api, { merchant });
  await wrong(api, challenge, challenge.code, 4);
  const cardholder = await registerCardholder(api);
  const session = await createSession(api, cardholder);
  const { form } = await confirmed(api, session, "sms");
  const verified = await presentedChallenge(api, { merchant });
  const attestation = await right(api, verified, verified.code);

  await worker.become({ built: now });
  const read = await readChallenge(api, challenge);
  assert.deepEqual([read.status, read.sends, read.tries], ["pending", 1, 1]);
  await wrong(api, challenge, challenge.code, 3);
  await redeemOnce(api, challenge, await right(api, challenge, challenge.code));
  await redeemOnce(api, verified, attestation);
  assertStatus(await pages(api, session).change(form), 303);
  assert.equal((await readCardholder(api, cardholder)).channel, "sms");
  // Ended there, an event tells of it once.
  const told = await eventually(
    async () => issuer.about(challenge),
    ({ length }) => length > 0,
  );
  assert.deepEqual(
    told.map(({ event }) => event.type),
    ["challenge.verified"],
  );
});
