// The issuer's view of what a cardholder did lately, and its word that ends all of it: after DELETE
// nothing about the cardholder is in their object or in KV.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  issuerKey,
  personalMessage,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  uniqueId,
  verifiedChallenge,
  wrongCode,
} from "./support/demo.mjs";
import { createSession, enrollApp, laterStep, putFacts, setUpApp } from "./support/enrollment.mjs";
import { fillDay } from "./support/locks.mjs";
import { filesBelow, holds, kvEntries, objectValues, withKv } from "./support/storage.mjs";

/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const { worker, api } = await startApi();
const key = issuerKey();
const merchant = await registerMerchant(api);

/** @param {{ id: string }} who */
const recent = ({ id }) => api.get(`/v1/cardholders/${id}/challenges`, { key });

/**
 * A life with everything in it, that ends with an app.
 * @param {string} [message]
 * @returns {Promise<Challenge[]>} in the order of their creation
 */
async function live(message = personalMessage) {
  const cardholder = await registerCardholder(api, { message });
  const { email, phone } = cardholder;
  const bought = await verifiedChallenge(api, { merchant, cardholder });
  const redeem = { secret: merchant.key, response: bought.attestation };
  assert.equal((await api.siteverify(redeem)).body.success, true);
  const failed = await presentedChallenge(api, { merchant, cardholder });
  for (let n = 1; n <= 5; n++) await api.verify(failed.secret, wrongCode(failed.code, n));
  // Until the merchant's next challenge is let in.
  await api.advance(15 * 60);
  const canceled = await presentedChallenge(api, { merchant, cardholder });
  assertStatus(await api.cancel(canceled.secret));
  assertStatus(await putFacts(api, cardholder, { email, phone, channel: "sms" }));
  const texted = await verifiedChallenge(api, { merchant, cardholder });
  await createSession(api, cardholder, { return_url: "https://my.example/" });
  await setUpApp(api, cardholder);
  assertStatus(await putFacts(api, cardholder, { email, phone, personal_message: message }));
  const app = await enrollApp(api, cardholder);
  const byApp = await createChallenge(api, { merchant, cardholder });
  assertStatus(await api.verify(byApp.secret, app.code(await laterStep(api, 3))));
  const open = await createChallenge(api, { merchant, cardholder });
  return [bought, failed, canceled, texted, byApp, open];
}

test("recent challenges are listed newest first, masked and without codes", async () => {
  const challenges = await live();
  const { cardholder } = challenges[0];
  const young = assertStatus(await recent(cardholder)).body.challenges[0];
  assert.deepEqual([young.merchant, young.transaction], [null, null], "not asked of KV so soon");
  await api.advance(10);
  const answer = assertStatus(await recent(cardholder));
  const listed = answer.body.challenges;
  assert.deepEqual(
    listed.map((/** @type {{ id: string }} */ { id }) => id),
    challenges.map(({ id }) => id).toReversed(),
  );
  for (const challenge of challenges) {
    const read = await readChallenge(api, challenge);
    const { cardholder: who, ...same } = read;
    assert.equal(who, cardholder.id);
    const found = listed.find((/** @type {{ id: string }} */ { id }) => id === challenge.id);
    // Where it went is for the issuer alone.
    const masked = {
      email: "***@mail.jp",
      sms: `***-****-${cardholder.phone.slice(-4)}`,
      app: null,
    };
    const destination = masked[/** @type {keyof typeof masked} */ (same.channel)];
    // The form of an app was not opened here: its code was submitted by itself.
    const shown = same.channel !== "app";
    const open = { shown, locked_until: null, sign_in_needed: false, reported_at: null };
    const whose = { merchant: merchant.id, merchant_name: merchant.name };
    assert.deepEqual(found, { ...same, ...whose, destination, ...open });
  }
  const outcomes = listed.map((/** @type {any} */ one) => `${one.channel} ${one.status}`);
  assert.deepEqual(outcomes, [
    ...["app pending", "app verified", "sms verified", "email canceled", "email failed"],
    "email verified",
  ]);
  const codes = (await api.outbox()).map(({ code }) => code).filter((code) => code !== null);
  assert.ok(codes.length > 2);
  for (const code of codes) assert.doesNotMatch(answer.text, new RegExp(`\\b${code}\\b`));
  for (const secret of [cardholder.email, cardholder.phone, personalMessage, "_secret_"]) {
    assert.ok(!answer.text.includes(secret), secret);
  }
});

test("at most 20 challenges are listed, the newest", async () => {
  const cardholder = await registerCardholder(api);
  const ids = [];
  for (let n = 0; n < 23; n++) {
    ids.push((await createChallenge(api, { merchant, cardholder })).id);
  }
  const listed = assertStatus(await recent(cardholder)).body.challenges;
  assert.deepEqual(
    listed.map((/** @type {{ id: string }} */ { id }) => id),
    ids.toReversed().slice(0, 20),
  );
});

test("who bought nothing lately has an empty list; what is kept no more is not listed", async () => {
  const cardholder = await registerCardholder(api);
  assert.deepEqual(assertStatus(await recent(cardholder)).body, { challenges: [] });
  await verifiedChallenge(api, { merchant, cardholder });
  await api.advance(24 * 3600 + 1800);
  assert.deepEqual(assertStatus(await recent(cardholder)).body, { challenges: [] });
});

test("after DELETE no row is left in the object, no record in KV, and nothing answers", async () => {
  const message = `合言葉は${uniqueId("x")}`;
  const challenges = await live(message);
  const { cardholder } = challenges[0];
  const { email, phone } = cardholder;
  const facts = { email, phone, personal_message: message, channel: "email" };
  assertStatus(await putFacts(api, cardholder, facts));
  const unspent = await verifiedChallenge(api, { merchant, cardholder });
  const session = await createSession(api, cardholder);
  const neighbour = await verifiedChallenge(api, { merchant });
  const about = [
    ...[email, phone, message, session.id],
    ...[...challenges, unspent].map(({ id }) => id),
  ];

  await worker.kill();
  const objects = [...(await objectValues(worker.state))];
  const theirObjects = objects.filter(([, values]) => holds(Buffer.concat(values), about[0]));
  assert.equal(theirObjects.length, 1);
  const [[file, values]] = theirObjects;
  for (const word of about) assert.ok(holds(Buffer.concat(values), word), `${word} was there`);
  const records = await kvEntries(worker.state);
  for (const { id } of challenges) {
    assert.ok([...records].some((entry) => entry.join().includes(id)));
  }

  await worker.start();
  assertStatus(await api.send("DELETE", `/v1/cardholders/${cardholder.id}`, { key }), 204);
  await worker.kill();
  const left = await objectValues(worker.state);
  assert.deepEqual(left.get(file), []);
  for (const [where, values] of left) {
    for (const word of [...about, cardholder.id]) {
      assert.ok(!holds(Buffer.concat(values), word), `${word} in ${where}`);
    }
  }
  const folder = `${worker.state}/v3/do`;
  for (const [where, bytes] of await filesBelow(folder)) {
    if (where.includes("DevTools")) continue; // the development outbox is another's
    // Their values were looked at above. What is overwritten in a database that stays can be in its
    // pages until they are used again, as it is in a restore point.
    if (/MerchantObject|CardholderIndexObject/.test(where)) continue;
    for (const word of about) assert.ok(!holds(bytes, word), `${word} in ${where}`);
  }
  for (const [name, value] of await kvEntries(worker.state)) {
    for (const word of about) assert.ok(!`${name}${value}`.includes(word), `${word} in ${name}`);
  }

  await worker.start();
  assertProblem(await recent(cardholder), 404, "cardholder_not_found");
  assert.equal((await api.get(session.path)).status, 404);
  for (const { id, secret } of challenges) {
    const read = await api.get(`/v1/challenges/${id}`, { key: merchant.key });
    assertProblem(read, 404, "challenge_not_found");
    assert.equal((await api.present(secret)).status, 404);
  }
  const redeemed = await api.siteverify({ secret: merchant.key, response: unspent.attestation });
  assert.equal(redeemed.body.success, false);

  assert.equal((await readChallenge(api, neighbour)).status, "verified");
  const theirs = { secret: merchant.key, response: neighbour.attestation };
  assert.equal((await api.siteverify(theirs)).body.success, true);
});

test("who is registered again begins anew: no lock, no challenge, no terms", async () => {
  const cardholder = await registerCardholder(api);
  await fillDay(api, cardholder);
  const path = `/v1/cardholders/${cardholder.id}`;
  assert.ok((await api.get(path, { key })).body.locked_until);
  assertStatus(await api.send("DELETE", path, { key }), 204);
  const made = assertStatus(
    await putFacts(api, cardholder, { email: cardholder.email, channel: "email" }),
    201,
  );
  assert.deepEqual([made.body.locked_until, made.body.terms], [null, null]);
  assert.deepEqual(assertStatus(await recent(cardholder)).body, { challenges: [] });
  await presentedChallenge(api, { merchant, cardholder });
});

test("a challenge whose record is gone is listed without merchant and transaction", async () => {
  const challenge = await verifiedChallenge(api, { merchant });
  await worker.kill();
  await withKv(worker.state, async (kv) => {
    for (const { name } of (await kv.list()).keys) {
      if (name.includes(challenge.id)) await kv.delete(name);
    }
  });
  await worker.start();
  const [listed] = assertStatus(await recent(challenge.cardholder)).body.challenges;
  const { id, status, merchant: whose, transaction } = listed;
  assert.deepEqual(
    { id, status, whose, transaction },
    { id: challenge.id, status: "verified", whose: null, transaction: null },
  );
});
