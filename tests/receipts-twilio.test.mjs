// What Twilio tells of a text message: it signs the address with the form.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "./support/api.mjs";
import { twilioReceipt } from "./support/providers/receipts.mjs";
import { startTellers } from "./support/tellers.mjs";

const { api, providers, to, callback, byTwilio, post, accept, refuse, state, sent } =
  await startTellers();

test("Twilio posts to the address that it was told, and no other that it signs counts", async () => {
  const challenge = await sent("twilio");
  const other = await sent("twilio");
  const taken = providers.twilio.received.filter(
    ({ reference }) => reference.challenge === challenge.id,
  );
  assert.equal(taken.length, 1);
  assert.equal(taken[0].callback, api.origin + callback(challenge));
  // Its signature is of the whole address: it says nothing of another challenge or delivery.
  const { path, receipt } = byTwilio(challenge, "failed");
  for (const elsewhere of [
    callback(other),
    callback(challenge, 2),
    `${path}&x=1`,
    "/v1/receipts/twilio",
  ]) {
    await refuse({ path: elsewhere, receipt });
  }
  assert.equal(await state(other), "sent");
  await refuse(byTwilio(challenge, "failed", 1, { accountSid: `AC${"f".repeat(32)}` }));
  assert.equal(await state(challenge), "sent");
  await accept({ path, receipt });
  assert.equal(await state(challenge), "failed");
});

test("Twilio: a form without a status is read by nobody, one without references is nobody's", async () => {
  const { settings } = providers.twilio;
  const { accountSid, authToken } = settings;
  const message = { id: "SM0", status: "", to: to.sms, from: settings.from };
  const path = "/v1/receipts/twilio";
  const empty = twilioReceipt({ accountSid, authToken }, api.origin + path, message);
  assertProblem(await post({ path, receipt: empty }), 400, "invalid_request");
  const failed = { ...message, status: "failed" };
  const receipt = twilioReceipt({ accountSid, authToken }, api.origin + path, failed);
  await accept({ path, receipt });
});
