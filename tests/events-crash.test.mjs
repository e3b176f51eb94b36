// A power cut between an outcome and its event: what is durable is told, at least once, and what is
// not durable is never told.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { alarms, makeAlarmsDue } from "./support/alarms.mjs";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  eventually,
  presentedChallenge,
  readChallenge,
  registerMerchant,
} from "./support/demo.mjs";
import { registerEndpoint, startReceiver, verified } from "./support/events.mjs";

const shop = await startReceiver();
const { worker, api } = await startApi({ alarms: true });
const merchant = await registerMerchant(api);
const secret = await registerEndpoint(api, merchant, shop.url);
// Long enough that power is cut while receivers think.
const thinks = () => ({ slow: 50 });
shop.answers(thinks);

/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

/** Every one of this file. @type {Challenge[]} */
const all = [];

async function present() {
  const challenge = await presentedChallenge(api, { merchant });
  all.push(challenge);
  return challenge;
}

/**
 * Waits until each is told. One that was handed out and not told is handed out again after a minute:
 * the clock goes there, and whoever asks the object is handed it.
 * @param {Challenge[]} challenges
 */
async function arrive(challenges) {
  const missing = () => challenges.filter((challenge) => shop.about(challenge).length === 0);
  const patience = Date.now() + 2000;
  await eventually(
    async () => missing().length,
    (count) => count === 0 || Date.now() > patience,
  );
  if (missing().length > 0) {
    await api.advance(61);
    for (const challenge of missing()) await readChallenge(api, challenge);
  }
  for (const challenge of challenges) {
    const posts = await eventually(
      async () => shop.about(challenge),
      ({ length }) => length > 0,
    );
    const { ended_at } = await readChallenge(api, challenge);
    for (const post of posts) {
      const { type, timestamp } = verified(post, secret);
      assert.deepEqual([type, timestamp], ["challenge.verified", ended_at]);
    }
    assert.equal(new Set(posts.map(({ headers }) => headers["webhook-id"])).size, 1);
  }
}

test("killed as soon as the outcome is answered, the event still arrives", async () => {
  for (let life = 0; life < 5; life++) {
    const challenge = await present();
    assertStatus(await api.verify(challenge.secret, challenge.code));
    await worker.kill();
    await worker.start();
    await arrive([challenge]);
  }
});

test("killed before anything was posted: the event still arrives, by who asks next", async () => {
  const challenge = await present();
  shop.answers(() => ({ unheard: true }));
  assertStatus(await api.verify(challenge.secret, challenge.code));
  await worker.kill();
  shop.answers(thinks);
  await worker.start();
  assert.equal((await readChallenge(api, challenge)).status, "verified");
  assert.deepEqual(shop.about(challenge), [], "whoever was handed it may still be telling it");
  await arrive([challenge]);
  assert.equal(shop.about(challenge).length, 1);
});

test("killed before anything was posted, and nobody asks: the alarm tells", async () => {
  const challenge = await present();
  shop.answers(() => ({ unheard: true }));
  assertStatus(await api.verify(challenge.secret, challenge.code));
  await api.advance(57);
  // The object knows the time, and that the event is not due yet.
  assert.equal((await readChallenge(api, challenge)).status, "verified");
  await worker.kill();
  shop.answers(thinks);
  await worker.start();
  const [post] = await eventually(
    async () => {
      await makeAlarmsDue(worker);
      return shop.about(challenge);
    },
    ({ length }) => length > 0,
  );
  assert.equal(verified(post, secret).type, "challenge.verified");
});

test("killed after it was posted, before the object was told: it comes again, with the same id", async () => {
  const challenge = await present();
  shop.answers(() => ({ slow: 60_000 }));
  assertStatus(await api.verify(challenge.secret, challenge.code));
  await shop.told(challenge);
  await worker.kill();
  shop.answers(thinks);
  await worker.start();
  await api.advance(61);
  await readChallenge(api, challenge);
  const posts = await shop.told(challenge, 2);
  assert.equal(new Set(posts.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.deepEqual(verified(posts[0], secret), verified(posts[1], secret));
});

test("killed while what an alarm found waits in the queue: the event still arrives", async () => {
  const own = await startApi({
    alarms: true,
    edit: (toml) => toml.replaceAll(/^max_batch_timeout = 0$/gm, "max_batch_timeout = 3"),
  });
  const theirs = await registerMerchant(own.api);
  const theirSecret = await registerEndpoint(own.api, theirs, shop.url);
  const challenge = await presentedChallenge(own.api, { merchant: theirs });
  await own.api.advance(1800 - 2);
  assert.equal((await readChallenge(own.api, challenge)).status, "pending");
  // The alarm ends it, and is set for a minute later. A question would be handed the event.
  const tenSeconds = 10 / 3600;
  await eventually(
    () => alarms(own.worker, tenSeconds),
    (set) => set === 0,
  );
  await own.worker.kill();
  assert.deepEqual(shop.about(challenge), []);
  await own.worker.start();
  // What the queue had in memory is gone: a minute later the object hands it out again.
  await own.api.advance(61);
  assert.equal((await readChallenge(own.api, challenge)).status, "expired");
  const [post] = await eventually(
    async () => shop.about(challenge),
    ({ length }) => length > 0,
  );
  assert.equal(verified(post, theirSecret).type, "challenge.expired");
});

test("killed at any moment, every outcome is told and nothing else is", async () => {
  for (let life = 0; life < 8; life++) {
    const challenges = await Promise.all(Array.from({ length: 5 }, present));
    const wait = randomInt(0, 250);
    const answers = challenges.map(({ secret: client, code }) =>
      api.verify(client, code).catch(() => undefined),
    );
    await new Promise((resolve) => setTimeout(resolve, wait));
    await worker.kill();
    const answered = await Promise.all(answers);
    await worker.start();

    const ended = [];
    for (const [index, challenge] of challenges.entries()) {
      const { status } = await readChallenge(api, challenge);
      if (answered[index]) assert.equal(status, "verified", `after ${wait} ms`);
      if (status === "verified") ended.push(challenge);
      else assert.deepEqual(shop.about(challenge), [], `after ${wait} ms`);
    }
    await arrive(ended);
  }
});

test("a challenge that runs out while nothing runs is told of, although nobody asks", async () => {
  const challenge = await present();
  await api.advance(1800 - 5);
  const { expires_at } = await readChallenge(api, challenge);
  await worker.kill();
  const end = Date.now() + 6000;
  await eventually(
    async () => Date.now(),
    (now) => now > end,
  );
  assert.deepEqual(shop.about(challenge), []);
  await worker.start();
  const [post] = await shop.told(challenge);
  const { type, timestamp, data } = verified(post, secret);
  assert.deepEqual(
    [type, timestamp, data.ended_at, data.status],
    ["challenge.expired", expires_at, expires_at, "expired"],
  );
});

test("when all is told and over, no object is woken to tell anything", async () => {
  // Challenges that the crashes left open run out, and events that were posted but not taken over
  // come again. The clock is moved behind the objects' backs.
  await api.advance(1800);
  for (const challenge of all) await readChallenge(api, challenge);
  // An alarm that is set goes off once, finds nothing to tell, and is set for what is to be forgotten.
  await eventually(
    async () => {
      await makeAlarmsDue(worker);
      return alarms(worker, 2);
    },
    (set) => set === 0,
  );
  assert.doesNotMatch(
    worker.output(),
    /alarm_failed|event_not_queued|event_without_record|"fault"/,
  );
});
