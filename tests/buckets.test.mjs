// Many destinations are counted in one object, a bucket: what it writes for each, and that none is
// another one's trouble.
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { after, test } from "node:test";
import { serialize } from "node:v8";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import { destinationAlarms, makeAlarmsDue } from "./support/alarms.mjs";
import { addressIn, rowOf } from "./support/buckets.mjs";
import {
  createChallenge,
  eventually,
  newestCode,
  presentedChallenge,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";
import { filesBelow } from "./support/storage.mjs";
import { startWorker } from "./support/worker.mjs";

const worker = await startWorker({ alarms: true });
after(() => worker.stop());
const api = client(worker.origin);
const merchant = await registerMerchant(api);

const day = 24 * 3600 * 1000;

/** The alarm of the object that counts this address, and what the object keeps. @param {string} email */
const countedIn = async (email) =>
  (await destinationAlarms(worker)).find(({ keys }) => keys.includes(rowOf(email)));

/** @param {string} email */
async function sentTo(email) {
  const cardholder = await registerCardholder(api, { email });
  return presentedChallenge(api, { merchant, cardholder });
}

/** @param {Awaited<ReturnType<typeof sentTo>>} challenge */
async function verified(challenge) {
  assertStatus(await api.verify(challenge.secret, await newestCode(api, challenge)));
}

test("destinations of one bucket share its alarm, which is set once and not moved", async () => {
  const [one, other] = [addressIn(7), addressIn(7)];
  await sentTo(one);
  const before = await countedIn(one);
  const inADay = Date.now() + day;
  assert.ok(before?.at && before.at > inADay && before.at < inADay + 3600_000 + 60_000);

  await verified(await sentTo(other));
  // The place comes back a moment after the answer. Nothing is left of who verified.
  const after = await eventually(
    () => countedIn(one),
    (found) => found?.keys.length === 1,
  );
  assert.deepEqual([after?.id, after?.at], [before?.id, before?.at]);
  // Whoever is counted elsewhere is in another object.
  const elsewhere = addressIn(8);
  await sentTo(elsewhere);
  assert.notEqual((await countedIn(elsewhere))?.id, before?.id);
});

test("an alarm that comes early forgets nothing, and is set again for when something is over", async () => {
  const email = addressIn(9);
  await sentTo(email);
  const before = await countedIn(email);
  await makeAlarmsDue(worker);
  const after = await eventually(
    () => countedIn(email),
    (found) => Number(found?.at) > Date.now() + day,
  );
  assert.ok(Math.abs(Number(after?.at) - Number(before?.at)) < 1000, `${after?.at} ${before?.at}`);
  assert.deepEqual(after?.keys, before?.keys);
});

test("a bucket whose alarm is gone, as after a roll back, sets it with the next send", async () => {
  const [one, other] = [addressIn(10), addressIn(10)];
  await sentTo(one);
  const before = await countedIn(one);
  await worker.kill();
  await inDatabase(before?.id, (database) => database.exec("DELETE FROM _cf_METADATA"));
  await worker.start();
  assert.deepEqual(await countedIn(one), { ...before, at: null });
  await sentTo(other);
  const after = await countedIn(one);
  assert.ok(Number(after?.at) > Date.now() + day, `${after?.at}`);
  assert.equal(after?.keys.length, 2);
});

/**
 * Changes the database of an object of a Worker that does not run.
 * @param {string | undefined} id
 * @param {(database: DatabaseSync) => void} change
 */
async function inDatabase(id, change) {
  const folder = join(worker.state, "v3/do");
  const files = [...(await filesBelow(folder)).keys()].filter((file) =>
    file.endsWith(`${id}.sqlite`),
  );
  assert.equal(files.length, 1, `${files}`);
  const database = new DatabaseSync(join(folder, files[0]));
  change(database);
  database.close();
}

test("a destination whose row is damaged stops no other, and is counted by its own object", async () => {
  const [bad, good] = [addressIn(11), addressIn(11)];
  for (const email of [bad, good]) await sentTo(email);
  const bucket = await countedIn(bad);
  await worker.kill();
  await inDatabase(bucket?.id, (database) => {
    const damage = database.prepare("UPDATE _cf_KV SET value = ? WHERE key = ?");
    assert.equal(damage.run(serialize("damaged"), rowOf(bad)).changes, 1);
  });
  await worker.start();

  await verified(await sentTo(good));
  for (let n = 0; n < 5; n++) await sentTo(bad);
  assert.match(worker.output(), /object_failed[^\n]*damaged bytes/);
  const cardholder = await registerCardholder(api, { email: bad });
  const sixth = await createChallenge(api, { merchant, cardholder });
  assertProblem(await api.resend(sixth.secret), 429, "destination_limited");

  // The alarm says so, and forgets what it can read. The own object forgets by its own alarm.
  await makeAlarmsDue(worker);
  await worker.prints('"event":"alarm_failed","why":"damaged bytes"');
  const own = await eventually(
    async () => (await destinationAlarms(worker)).find(({ keys }) => keys.includes("destination")),
    (found) => found?.at !== null && Number(found?.at) > Date.now() + day - 60_000,
  );
  assert.ok(Number(own?.at) < Date.now() + day, "not by the alarm of a bucket");
  assert.ok((await countedIn(bad))?.at);
});
