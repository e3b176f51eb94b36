// An object of production decides by the platform's clock, however far the Worker's is ahead. The
// Worker here is a development server's, whose clock is moved; the objects that it asks are
// another build's, with settings of their own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at } from "../scripts/lib/paths.mjs";
import { client } from "./support/api.mjs";
import { presentedChallenge, registerMerchant } from "./support/demo.mjs";
import { holds, objectValues } from "./support/storage.mjs";
import { startWorker } from "./support/worker.mjs";

/** How many objects keep how far a clock is ahead. @param {string} environment of the objects */
async function thatKeepAClock(environment) {
  const objectVars = { WARIFU_ENV: environment };
  const worker = await startWorker({ objects: at(), objectVars });
  try {
    const api = client(worker.origin);
    await api.advance(3600);
    // A cardholder's object is asked, and a destination's.
    await presentedChallenge(api, { merchant: await registerMerchant(api) });
    await worker.kill();
    const objects = [...(await objectValues(worker.state))];
    const asked = objects.filter(([file]) => /(Cardholder|Destination)Object/.test(file));
    const used = asked.map(([, values]) => Buffer.concat(values));
    assert.equal(used.length, 2);
    return used.filter((bytes) => holds(bytes, "seconds_ahead")).length;
  } finally {
    await worker.stop();
  }
}

test("an object of production keeps no clock that a command was ahead of", async () => {
  assert.equal(await thatKeepAClock("production"), 0);
});

test("an object of a development server keeps how far its clock was moved", async () => {
  assert.equal(await thatKeepAClock("development"), 2);
});
