// A text message that every provider refused is followed by e-mail, where the issuer wants that and
// the cardholder has registered both: the same send, with a code of its own.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { bench, codeIn, settingsOf, startCouriers } from "./support/couriers.mjs";
import {
  createChallenge,
  eventually,
  issuerKey,
  readChallenge,
  registerCardholder,
} from "./support/demo.mjs";
import { startWorker } from "./support/worker.mjs";

const started = await startCouriers({
  email: ["ses", "sendgrid"],
  sms: ["twilio", "vonage"],
  vars: { PROVIDER_TIMEOUT_SECONDS: "1", SMS_TO_EMAIL: "on" },
});
const { api, providers, send, outcome } = started;
const { ses, sendgrid, twilio, vonage } = providers;
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});

const newest = (/** @type {{ received: { text?: string }[] }} */ { received }) =>
  codeIn(received.at(-1)?.text ?? "");

/** Both providers of text messages refuse. */
function failSms() {
  twilio.next({ fail: "throttled" });
  vonage.next({ fail: "account" });
}

test("what every provider of text messages refused goes by e-mail, and counts as one send", async () => {
  failSms();
  const { end, challenge } = await send("sms");
  assert.deepEqual([end.event, end.channel, end.send], ["code_not_sent", "sms", "1"]);
  const mail = (await outcome(challenge, 2)).end;
  assert.deepEqual([mail.event, mail.channel, mail.provider], ["code_sent", "email", "ses"]);
  assert.equal(mail.send, "1");
  const read = await eventually(
    () => readChallenge(api, challenge),
    ({ channel }) => channel === "email",
  );
  assert.deepEqual([read.sends, read.status], [1, "pending"]);
  assertStatus(await api.verify(challenge.secret, newest(ses)));
});

test("what one of them may have sent goes by no other way, and its code is right", async () => {
  twilio.next({ drop: "after" });
  vonage.next({ fail: "throttled" });
  const asked = ses.asks();
  const { end, challenge } = await send("sms");
  assert.deepEqual([end.event, end.channel], ["code_unconfirmed", "sms"]);
  const { sends, channel } = await eventually(
    () => readChallenge(api, challenge),
    ({ delivery }) => delivery === "unconfirmed",
  );
  assert.deepEqual([sends, channel, ses.asks()], [1, "sms", asked]);
  assertStatus(await api.verify(challenge.secret, newest(twilio)));
});

test("a number that cannot be reached is not tried again, and the mail goes at once", async () => {
  twilio.next({ fail: "destination" });
  const asked = vonage.asks();
  const { challenge } = await send("sms");
  const mail = (await outcome(challenge, 2)).end;
  assert.deepEqual([mail.event, mail.provider], ["code_sent", "ses"]);
  assert.equal(vonage.asks(), asked);
  assertStatus(await api.verify(challenge.secret, newest(ses)));
});

test("the second provider of e-mail carries what the first does not", async () => {
  failSms();
  ses.next({ fail: "throttled" });
  const { challenge } = await send("sms");
  const { end } = await outcome(challenge, 2);
  assert.deepEqual([end.provider, end.tried], ["sendgrid", "2"]);
  assertStatus(await api.verify(challenge.secret, newest(sendgrid)));
});

test("when the mail fails too, nothing is counted and the next send is at once", async () => {
  failSms();
  ses.next({ fail: "throttled" });
  sendgrid.next({ fail: "throttled" });
  const { challenge } = await send("sms");
  assert.equal((await outcome(challenge, 2)).end.event, "code_not_sent");
  await eventually(
    () => readChallenge(api, challenge),
    ({ sends }) => sends === 0,
  );
  const again = assertStatus(await api.resend(challenge.secret)).body;
  assert.deepEqual([again.send, again.resends_left], [1, 3]);
});

test("who has registered no address gets no mail", async () => {
  const cardholder = await registerCardholder(api, { channel: "sms" });
  const json = { phone: cardholder.phone, channel: "sms" };
  const path = `/v1/cardholders/${cardholder.id}`;
  // Erased first, because a destination that is removed is told of that.
  assertStatus(await api.send("DELETE", path, { key: issuerKey() }), 204);
  assertStatus(await api.send("PUT", path, { key: issuerKey(), json }), 201);
  failSms();
  const asked = ses.asks();
  const challenge = await createChallenge(api, { cardholder });
  assertStatus(await api.present(challenge.secret));
  assert.equal((await outcome(challenge)).end.event, "code_not_sent");
  await eventually(
    () => readChallenge(api, challenge),
    ({ sends }) => sends === 0,
  );
  assert.equal(ses.asks(), asked);
});

test("where the issuer does not want it, a text message that was refused has failed", async () => {
  const servers = Object.values(providers);
  const vars = { EMAIL_COURIER: "ses", SMS_COURIER: "twilio,vonage", ...settingsOf(servers) };
  const worker = await startWorker({ vars: { ...vars, PROVIDER_TIMEOUT_SECONDS: "1" } });
  after(() => worker.stop());
  const plain = bench(worker);
  failSms();
  const asked = ses.asks();
  const { challenge, end } = await plain.send("sms");
  assert.equal(end.event, "code_not_sent");
  await eventually(
    () => readChallenge(plain.api, challenge),
    ({ sends, channel }) => sends === 0 && channel === "sms",
  );
  assert.equal(ses.asks(), asked);
});
