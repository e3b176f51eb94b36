// What a cardholder who never comes back leaves is deleted in its time, by an alarm of their object,
// with events and without.
import assert from "node:assert/strict";
import { test } from "node:test";
import { alarms, makeAlarmsDue } from "./support/alarms.mjs";
import { assertStatus, client } from "./support/api.mjs";
import {
  createChallenge,
  eventually,
  issuerKey,
  presentedChallenge,
  registerCardholder,
  registerMerchant,
  verifiedChallenge,
} from "./support/demo.mjs";
import { createSession } from "./support/enrollment.mjs";
import { holds, objectBytes } from "./support/storage.mjs";
import { startWorker, withoutQueues } from "./support/worker.mjs";

for (const [what, edit] of /** @type {[string, (toml: string) => string][]} */ ([
  ["with events", (toml) => toml],
  ["without events", withoutQueues],
])) {
  test(`${what}: of who never comes back the object keeps what is registered, and nothing else`, async () => {
    const worker = await startWorker({ alarms: true, edit });
    try {
      const api = client(worker.origin);
      const merchant = await registerMerchant(api);
      const cardholder = await registerCardholder(api);
      const began = Date.now();
      const bought = await verifiedChallenge(api, { merchant, cardholder });
      const shown = await presentedChallenge(api, { merchant, cardholder });
      const open = await createChallenge(api, { merchant, cardholder });
      const session = await createSession(api, cardholder, { return_url: "https://my.example/" });
      const left = [bought.id, shown.id, open.id, session.id, "https://my.example/"];

      /** What is left of all that in the object. */
      const kept = async () => {
        const objects = await objectBytes(worker.state);
        const theirs = objects.filter((bytes) => holds(bytes, cardholder.email));
        assert.equal(theirs.length, 1);
        return left.filter((word) => holds(theirs[0], word));
      };
      assert.deepEqual(await kept(), left);

      // The last call of the issuer's, five seconds before the first challenge may be forgotten,
      // however long it took to get here. It tells the object the time; from then on nobody asks.
      const passed = Math.ceil((Date.now() - began) / 1000);
      await api.advance(24 * 3600 + 1800 - 5 - passed);
      assertStatus(await api.get(`/v1/cardholders/${cardholder.id}`, { key: issuerKey() }));
      assert.deepEqual(await kept(), [bought.id, shown.id, open.id], "the session was over");
      assert.equal(await alarms(worker), 1);
      // An alarm that is too early forgets nothing, and is set again.
      await eventually(
        async () => {
          await makeAlarmsDue(worker);
          return kept();
        },
        ({ length }) => length === 0,
      );
      await eventually(
        () => alarms(worker),
        (set) => set === 0,
      );
      assert.doesNotMatch(worker.output(), /"fault"|alarm_failed|event_not_queued/);
    } finally {
      await worker.stop();
    }
  });
}
