// A provider that was too slow to answer, answered 5xx or lost the connection may have sent the
// message all the same. Its code is good, it counts, and nobody has to wait for the next one.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import {
  createChallenge,
  eventually,
  readChallenge,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";
import { sendgridWebhook, twilioReceipt } from "./support/providers/receipts.mjs";

/**
 * @typedef {import("./support/demo.mjs").Challenge} Challenge
 * @typedef {import("./support/providers.mjs").Fate} Fate
 */

const events = sendgridWebhook();
const { api, providers, outcome, lines } = await startCouriers({
  email: ["ses", "sendgrid", "resend"],
  sms: ["twilio"],
  vars: {
    PROVIDER_TIMEOUT_SECONDS: "1",
    SMS_TO_EMAIL: "on",
    SENDGRID_EVENT_KEY: events.publicKey,
  },
});
const { ses, sendgrid, resend, twilio } = providers;
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});

/** Something that waits until it is let go. */
function gate() {
  let open = () => {};
  const opened = new Promise((resolve) => (open = () => resolve(undefined)));
  return { open, wait: () => opened };
}

/** What a provider can do that leaves us without a result: it delivers when it is let go. */
const silences = {
  /** @returns {{ fate: Fate, why: string, open: () => void }} */
  late() {
    const { open, wait } = gate();
    return { fate: { before: wait }, why: "timed out", open };
  },
  /** @returns {{ fate: Fate, why: string, open: () => void }} */
  gateway() {
    const gateway = { status: 502, headers: { "content-type": "text/html" }, body: "Bad gateway" };
    return { fate: { gateway }, why: "provider's fault", open() {} };
  },
  /** @returns {{ fate: Fate, why: string, open: () => void }} */
  reset: () => ({ fate: { drop: "reset" }, why: "connection failed", open() {} }),
};

/** A challenge whose form was shown, so that its first code is ordered. @param {"email" | "sms"} channel */
async function presented(channel, contacts = {}) {
  const cardholder = await registerCardholder(api, { channel, ...contacts });
  const challenge = await createChallenge(api, { cardholder });
  assertStatus(await api.present(challenge.secret));
  return challenge;
}

/** @param {Challenge} challenge @param {string} state */
const stands = (challenge, state) =>
  eventually(
    () => readChallenge(api, challenge),
    ({ delivery }) => delivery === state,
  );

/** The code of the newest message that a provider took for somebody. */
const newestCode = (
  /** @type {import("./support/providers.mjs").ProviderServer} */ { received },
  /** @type {string} */ to,
) =>
  eventually(
    async () => received.findLast((message) => message.to === to),
    (message) => message,
  ).then((message) => codeIn(message?.text ?? ""));

/** Twilio tells later. @param {Challenge} challenge @param {"delivered" | "failed"} status */
async function twilioTells({ id, cardholder }, status, delivery = 1) {
  const path = `/v1/receipts/twilio?challenge=${id}&delivery=${delivery}`;
  const { accountSid, authToken, from } = twilio.settings;
  const message = { id: `SM${"0".repeat(32)}`, status, to: cardholder.phone, from };
  const receipt = twilioReceipt({ accountSid, authToken }, api.origin + path, message);
  assertStatus(await api.post(path, receipt), 204);
}

/** SendGrid tells later. @param {Challenge} challenge @param {"delivered" | "dropped"} event */
async function sendgridTells({ id, cardholder }, event) {
  const about = { email: cardholder.email, challenge: id, delivery: "1" };
  const receipt = events.receipt([{ ...about, event, timestamp: 1513299569 }]);
  assertStatus(await api.post("/v1/receipts/sendgrid", receipt), 204);
}

for (const [kind, silence] of Object.entries(silences)) {
  test(`${kind}, alone: the send counts, and the code that arrives is right`, async () => {
    const { fate, why, open } = silence();
    twilio.next(fate);
    const challenge = await presented("sms");
    const { end, failed } = await outcome(challenge);
    assert.deepEqual([end.event, end.provider, end.tried], ["code_unconfirmed", "twilio", "1"]);
    assert.deepEqual([end.why, failed.map((line) => line.why)], [why, [why]]);
    const { sends, channel } = await stands(challenge, "unconfirmed");
    assert.deepEqual([sends, channel], [1, "sms"]);
    open();
    const code = await newestCode(twilio, challenge.cardholder.phone);
    assertStatus(await api.verify(challenge.secret, code));
  });

  test(`${kind}, first of a list: the next sends the same code, and counts as one send`, async () => {
    const { fate, why, open } = silence();
    ses.next(fate);
    const challenge = await presented("email");
    const { end, failed } = await outcome(challenge);
    assert.deepEqual([end.event, end.provider, end.tried], ["code_sent", "sendgrid", "2"]);
    assert.deepEqual(
      failed.map((line) => [line.provider, line.why]),
      [["ses", why]],
    );
    const { sends } = await stands(challenge, "sent");
    assert.equal(sends, 1);
    const later = await newestCode(sendgrid, challenge.cardholder.email);
    open();
    const first = await newestCode(ses, challenge.cardholder.email);
    assert.equal(first, later);
    assertStatus(await api.verify(challenge.secret, first));
  });

  test(`${kind}, and the next refuses: it may still arrive, and its code is right`, async () => {
    const { fate, open } = silence();
    ses.next(fate);
    sendgrid.next({ fail: "account" });
    resend.next({ fail: "throttled" });
    const challenge = await presented("email");
    const { end } = await outcome(challenge);
    assert.deepEqual([end.event, end.tried], ["code_unconfirmed", "3"]);
    assert.equal((await stands(challenge, "unconfirmed")).sends, 1);
    open();
    const code = await newestCode(ses, challenge.cardholder.email);
    assertStatus(await api.verify(challenge.secret, code));
  });
}

test("another may be asked for at once; then its code alone is right, and both count", async () => {
  twilio.next({ drop: "reset" });
  const challenge = await presented("sms");
  await stands(challenge, "unconfirmed");
  const again = assertStatus(await api.resend(challenge.secret)).body;
  assert.deepEqual([again.send, again.resends_left], [2, 2]);
  assert.equal((await outcome(challenge, 2)).end.provider, "twilio");
  const { phone } = challenge.cardholder;
  const messages = twilio.received.filter(({ to }) => to === phone);
  const [first, second] = messages.map(({ text }) => codeIn(text));
  assert.notEqual(first, second);
  assertProblem(await api.resend(challenge.secret), 429, "resend_too_soon");
  assertProblem(await api.verify(challenge.secret, first), 422, "wrong_code");
  assertStatus(await api.verify(challenge.secret, second));
  assert.equal((await readChallenge(api, challenge)).sends, 2);
});

test("a late receipt that it arrived is believed, and the usual wait holds again", async () => {
  const { fate, open } = silences.late();
  twilio.next(fate);
  const challenge = await presented("sms");
  await stands(challenge, "unconfirmed");
  open();
  const code = await newestCode(twilio, challenge.cardholder.phone);
  await twilioTells(challenge, "delivered");
  await stands(challenge, "delivered");
  assertProblem(await api.resend(challenge.secret), 429, "resend_too_soon");
  assertStatus(await api.verify(challenge.secret, code));
});

test("only a late receipt that it failed sends the next by e-mail", async () => {
  twilio.next({ drop: "reset" }, { drop: "reset" });
  const challenge = await presented("sms");
  await stands(challenge, "unconfirmed");
  assertStatus(await api.resend(challenge.secret));
  assert.equal((await outcome(challenge, 2)).end.channel, "sms");
  await stands(challenge, "unconfirmed");
  await twilioTells(challenge, "failed", 2);
  await stands(challenge, "failed");
  assertStatus(await api.resend(challenge.secret));
  const { end } = await outcome(challenge, 3);
  assert.deepEqual([end.event, end.channel], ["code_sent", "email"]);
  assert.ok(!lines(challenge.id).some(({ delivery }) => delivery === "4"));
});

test("of two that may have sent it both are believed", async () => {
  ses.next({ drop: "reset" });
  sendgrid.next({ drop: "reset" });
  resend.next({ fail: "throttled" });
  const challenge = await presented("email");
  await stands(challenge, "unconfirmed");
  await sendgridTells(challenge, "dropped");
  // SES may have sent it.
  assert.equal((await readChallenge(api, challenge)).delivery, "unconfirmed");

  ses.next({ drop: "reset" });
  const accepted = await presented("email");
  await stands(accepted, "sent");
  await sendgridTells(accepted, "dropped");
  assert.equal((await readChallenge(api, accepted)).delivery, "unconfirmed");

  ses.next({ drop: "reset" });
  sendgrid.next({ drop: "reset" });
  const passed = await presented("email");
  await stands(passed, "sent");
  await sendgridTells(passed, "delivered");
  await stands(passed, "delivered");
});

const merchant = await registerMerchant(api);

/** Asks for a first code; the answer. @param {import("./support/demo.mjs").Cardholder} cardholder */
async function ask(cardholder) {
  const challenge = await createChallenge(api, { merchant, cardholder });
  return { challenge, answer: await api.resend(challenge.secret) };
}

test("each provider that may have sent it takes a place of the destination, and a refusal takes none", async () => {
  const cardholder = await registerCardholder(api, { channel: "email" });
  const asked = async () => {
    const { challenge, answer } = await ask(cardholder);
    assertStatus(answer);
    return (await outcome(challenge)).end;
  };
  // Three places: two that may have sent it, and one that did.
  ses.next({ drop: "reset" });
  sendgrid.next({ drop: "reset" });
  assert.equal((await asked()).provider, "resend");
  // One place: the place of who refuses is the next one's.
  ses.next({ fail: "account" });
  sendgrid.next({ drop: "reset" });
  resend.next({ fail: "throttled" });
  assert.equal((await asked()).event, "code_unconfirmed");
  // The fifth place, the merchant's last: there is none left to ask anybody else.
  const asks = [sendgrid.asks(), resend.asks()];
  ses.next({ drop: "reset" });
  const last = await asked();
  assert.deepEqual([last.event, last.tried], ["code_unconfirmed", "1"]);
  assert.equal(last.why, "destination limited");
  assert.deepEqual([sendgrid.asks(), resend.asks()], asks);
  assertProblem((await ask(cardholder)).answer, 429, "destination_limited");
});
