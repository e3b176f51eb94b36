// Bounces that are none: Amazon SES publishes automatic answers, delays and messages that it never
// sent under the names of bounces and complaints. The shop hears of losses only, once.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startCouriers } from "./support/couriers.mjs";
import { readChallenge, registerMerchant } from "./support/demo.mjs";
import { registerEndpoint, startReceiver } from "./support/events.mjs";
import { sesEvent, startSnsTopic } from "./support/providers/receipts.mjs";

/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const topic = await startSnsTopic();
after(() => topic.stop());
const shop = await startReceiver();
const { api, send } = await startCouriers({
  email: ["ses"],
  others: [{ name: "amazon-sns", origin: topic.origin }],
  vars: { SES_TOPIC_ARN: topic.arn },
});
const merchant = await registerMerchant(api);
await registerEndpoint(api, merchant, shop.url);

const to = "taro@mail.jp";

/**
 * @param {Challenge} challenge
 * @param {Parameters<typeof sesEvent>[0]} type
 * @param {Record<string, unknown>} [details]
 */
async function tell({ id }, type, details) {
  const tags = { challenge: id, delivery: "1" };
  const { headers, body } = topic.notification(sesEvent(type, { id: "0100", to, tags, details }));
  assertStatus(await api.post("/v1/receipts/ses", { headers, body }), 204);
}

/** @param {Challenge} challenge */
const state = async (challenge) => (await readChallenge(api, challenge)).delivery;

/** What bounces that are none say, as Amazon's simulator and real mailboxes have it. */
const noBounces = [
  {
    bounceType: "Transient",
    bounceSubType: "General",
    bouncedRecipients: [{ emailAddress: to }],
  },
  { bounceType: "Undetermined", bounceSubType: "Undetermined", bouncedRecipients: [] },
  {
    bounceType: "Transient",
    bounceSubType: "General",
    bouncedRecipients: [{ emailAddress: to, action: "delayed", status: "4.0.0" }],
  },
];

test("an automatic answer and a delay take nothing back, and a bounce is told once", async () => {
  const { challenge } = await send("email", { merchant });
  for (const expected of ["sent", "delivered"]) {
    if (expected === "delivered") await tell(challenge, "Delivery");
    for (const details of noBounces) {
      await tell(challenge, "Bounce", details);
      assert.equal(await state(challenge), expected, JSON.stringify(details));
    }
  }
  const action = { emailAddress: to, action: "failed", status: "4.4.7" };
  const expired = { ...noBounces[0], bouncedRecipients: [action] };
  for (const details of [expired, noBounces[0], expired]) {
    await tell(challenge, "Bounce", details);
    assert.equal(await state(challenge), "bounced");
  }
  await shop.told(challenge);
  assertStatus(await api.cancel(challenge.secret));
  const heard = await shop.told(challenge, 2);
  const types = heard.map(({ event }) => event.type).sort();
  assert.deepEqual(types, ["challenge.canceled", "delivery.failed"]);
});

test("a message that Amazon held back has failed, whichever event says so", async () => {
  const lists = /** @type {const} */ ([
    ["Bounce", { bounceType: "Permanent", bounceSubType: "Suppressed" }],
    ["Bounce", { bounceType: "Permanent", bounceSubType: "OnAccountSuppressionList" }],
    ["Complaint", { complaintSubType: "OnAccountSuppressionList" }],
  ]);
  for (const [type, details] of lists) {
    const { challenge } = await send("email", { merchant });
    await tell(challenge, "Complaint");
    await tell(challenge, "Send");
    assert.equal(await state(challenge), "sent");
    await tell(challenge, type, details);
    assert.equal(await state(challenge), "failed");
    const [{ event }] = await shop.told(challenge);
    assert.deepEqual([event.type, event.data.delivery], ["delivery.failed", 1]);
  }
});
