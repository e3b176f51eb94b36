// delivery.failed: told when every provider refused a code, and when one says later that it did not
// arrive; not when another way was found, nor while a provider may have sent it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import { eventually, readChallenge, registerMerchant } from "./support/demo.mjs";
import { registerEndpoint, startReceiver, verified } from "./support/events.mjs";
import { twilioReceipt } from "./support/providers/receipts.mjs";

const issuerSecret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const shop = await startReceiver();
const issuer = await startReceiver();
const { api, providers, send } = await startCouriers({
  email: ["sendgrid"],
  sms: ["twilio", "vonage"],
  vars: { ISSUER_EVENTS_URL: issuer.url, ISSUER_EVENTS_SECRETS: issuerSecret },
});
const { sendgrid, twilio, vonage } = providers;
const merchant = await registerMerchant(api);
const secret = await registerEndpoint(api, merchant, shop.url);
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});

test("every provider refuses it: told once, with its number, and the destination of nobody", async () => {
  sendgrid.next({ fail: "throttled" });
  const { challenge, cardholder } = await send("email", { merchant });
  const [post] = await shop.told(challenge);
  const { type, data } = verified(post, secret);
  assert.equal(type, "delivery.failed");
  assert.deepEqual([data.delivery, data.status, data.ended_at], [1, "pending", null]);
  assert.deepEqual(verified((await issuer.told(challenge))[0], issuerSecret).data, data);
  for (const word of [cardholder.email, cardholder.phone, "***"]) {
    assert.ok(!post.body.includes(word), word);
  }

  // The next delivery has another number, and arrives.
  assertStatus(await api.present(challenge.secret));
  const [mail] = await eventually(
    async () => sendgrid.received,
    ({ length }) => length > 0,
  );
  assertStatus(await api.verify(challenge.secret, codeIn(mail.text)));
  const types = (await shop.told(challenge, 2)).map((one) => verified(one, secret).type);
  assert.deepEqual(types, ["delivery.failed", "challenge.verified"]);
});

test("a destination that takes no messages is a delivery that failed", async () => {
  twilio.next({ fail: "destination" });
  const { challenge } = await send("sms", { merchant });
  const { type, data } = verified((await shop.told(challenge))[0], secret);
  assert.deepEqual([type, data.channel, data.delivery], ["delivery.failed", "sms", 1]);
});

test("a provider that says later that it did not arrive: told once, however often it says so", async () => {
  const { challenge, cardholder } = await send("sms", { merchant });
  await eventually(
    () => readChallenge(api, challenge),
    ({ delivery }) => delivery === "sent",
  );
  const path = `/v1/receipts/twilio?challenge=${challenge.id}&delivery=1`;
  const { accountSid, authToken, from } = twilio.settings;
  const tell = async (/** @type {string} */ status) => {
    const message = { id: `SM${"0".repeat(32)}`, status, to: cardholder.phone, from };
    const account = { accountSid, authToken };
    const { headers, body } = twilioReceipt(account, api.origin + path, message);
    assertStatus(await api.post(path, { headers, body }), 204);
  };
  await tell("sent");
  await tell("undelivered");
  const [post] = await shop.told(challenge);
  const { type, data } = verified(post, secret);
  assert.equal(type, "delivery.failed");
  assert.deepEqual([data.delivery, data.status, data.channel], [1, "pending", "sms"]);
  assert.ok(!post.body.includes(cardholder.phone));
  await tell("undelivered");
  await tell("failed");
  assertStatus(await api.cancel(challenge.secret));
  const types = (await shop.told(challenge, 2)).map((one) => verified(one, secret).type);
  assert.deepEqual(types, ["delivery.failed", "challenge.canceled"]);
});

test("what may have been sent is no event, until a provider says that it did not arrive", async () => {
  twilio.next({ drop: "reset" });
  vonage.next({ fail: "throttled" });
  const { challenge, cardholder, end } = await send("sms", { merchant });
  assert.equal(end.event, "code_unconfirmed");
  await eventually(
    () => readChallenge(api, challenge),
    ({ delivery }) => delivery === "unconfirmed",
  );
  const path = `/v1/receipts/twilio?challenge=${challenge.id}&delivery=1`;
  const { accountSid, authToken, from } = twilio.settings;
  const message = { id: `SM${"0".repeat(32)}`, status: "failed", to: cardholder.phone, from };
  const receipt = twilioReceipt({ accountSid, authToken }, api.origin + path, message);
  const before = new Date().toISOString();
  assertStatus(await api.post(path, receipt), 204);
  const { type, data, timestamp } = verified((await shop.told(challenge))[0], secret);
  assert.deepEqual([type, data.delivery], ["delivery.failed", 1]);
  assert.ok(timestamp >= before.slice(0, 19), `${timestamp} is of the receipt, after ${before}`);
});

test("a provider that was passed over is no event", async () => {
  twilio.next({ fail: "throttled" });
  const { challenge } = await send("sms", { merchant });
  assert.equal(vonage.received.length, 1);
  assertStatus(await api.cancel(challenge.secret));
  const types = (await shop.told(challenge)).map((one) => verified(one, secret).type);
  assert.deepEqual(types, ["challenge.canceled"]);
  assert.equal((await readChallenge(api, challenge)).sends, 1);
});
