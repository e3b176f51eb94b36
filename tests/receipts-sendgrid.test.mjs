// What SendGrid tells of e-mails: one signed post of many.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "./support/api.mjs";
import { startTellers } from "./support/tellers.mjs";

/** @typedef {import("./support/providers/receipts.mjs").Receipt} Receipt */

const { events, sendgridNews, post, accept, refuse, state, sent } = await startTellers();

/** @param {Receipt} receipt */
const bySendgrid = (receipt) => ({ path: "/v1/receipts/sendgrid", receipt });

test("SendGrid: one post tells of many messages, ours among others", async () => {
  const all = await Promise.all([1, 2, 3].map(() => sent("sendgrid")));
  const [first, second, third] = all;
  const others = Array.from({ length: 60 }, (_, n) => ({ event: "delivered", email: `${n}@x.jp` }));
  const strange = [{ event: "bounce", challenge: 1, delivery: null }, null, [], 1.5, "x"];
  const batch = [
    sendgridNews(first, "delivered"),
    ...others,
    sendgridNews(second, "bounced"),
    .../** @type {Record<string, unknown>[]} */ (strange),
    sendgridNews(first, "sent"),
    sendgridNews(third, "failed"),
    sendgridNews({ ...third, id: `ch_${"B".repeat(22)}` }, "failed"),
  ];
  await accept(bySendgrid(events.receipt(batch)));
  assert.deepEqual(await Promise.all(all.map(state)), ["delivered", "bounced", "failed"]);
  const news = Array.from({ length: 120 }, () => sendgridNews(first, "bounced"));
  await accept(bySendgrid(events.receipt(news)));
  assert.equal(await state(first), "bounced");
});

test("SendGrid: ten minutes are late, and the time is signed too", async () => {
  const challenge = await sent("sendgrid");
  const news = [sendgridNews(challenge, "delivered")];
  const now = Math.floor(Date.now() / 1000);
  for (const at of [now - 610, now + 640]) await refuse(bySendgrid(events.receipt(news, at)));
  const { headers, body } = events.receipt(news, now - 610);
  const fresh = { ...headers, "x-twilio-email-event-webhook-timestamp": String(now) };
  await refuse(bySendgrid({ headers: fresh, body }));
  const without = { ...headers, "x-twilio-email-event-webhook-timestamp": "" };
  await refuse(bySendgrid({ headers: without, body }));
  assert.equal(await state(challenge), "sent");
  // The development clock is another one: signatures are of this minute.
  await accept(bySendgrid(events.receipt(news, now - 560)));
  assert.equal(await state(challenge), "delivered");
});

test("SendGrid: signatures of any shape are read, and what is signed but no array is refused", async () => {
  const challenge = await sent("sendgrid");
  // The numbers of an ECDSA signature are as long as they happen to be.
  for (let count = 0; count < 40; count++) {
    await accept(bySendgrid(events.receipt([sendgridNews(challenge, "sent")])));
  }
  const { headers, body } = events.signed("{}");
  assertProblem(await post(bySendgrid({ headers, body })), 400, "invalid_request");
  const twice = events.signed('[{"event":"bounce","event":"delivered"}]');
  assertProblem(await post(bySendgrid(twice)), 400, "invalid_request");
  const none = events.signed("[]");
  await accept(bySendgrid(none));
});
