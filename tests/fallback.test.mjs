// A provider that does not take a message is survived: the next one is asked, in order, with the
// same code, and a send is counted once or not at all.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import { eventually, issuerKey, readChallenge, registerCardholder } from "./support/demo.mjs";

const started = await startCouriers({
  email: ["ses", "sendgrid"],
  sms: ["twilio", "vonage", "sns"],
  vars: { PROVIDER_TIMEOUT_SECONDS: "1" },
});
const { api, worker, providers, send, outcome } = started;
const { ses, sendgrid, twilio, vonage, sns } = providers;
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});

/** How many messages each took, and what of it is new. */
const counts = () => [twilio, vonage, sns].map(({ received }) => received.length);

test("the first of the list carries, and the others are not asked", async () => {
  const asked = [vonage.asks(), sns.asks()];
  const { end, challenge } = await send("sms");
  assert.deepEqual([end.event, end.provider, end.tried], ["code_sent", "twilio", "1"]);
  assert.deepEqual([vonage.asks(), sns.asks()], asked);
  assert.equal((await readChallenge(api, challenge)).sends, 1);
});

test("who does not take it is passed over, in order, and the send counts once", async () => {
  twilio.next({ fail: "throttled" });
  vonage.next({ fail: "broken" });
  const [a, b, c] = counts();
  const { end, failed, challenge } = await send("sms");
  assert.deepEqual([end.event, end.provider, end.tried], ["code_sent", "sns", "3"]);
  const why = failed.map((line) => [line.provider, line.why]);
  assert.deepEqual(why, [
    ["twilio", "too many requests"],
    ["vonage", "provider's fault"],
  ]);
  assert.deepEqual(counts(), [a, b, c + 1]);
  assert.equal((await readChallenge(api, challenge)).sends, 1);
  assertStatus(await api.verify(challenge.secret, codeIn(sns.received.at(-1)?.text ?? "")));
});

test("a provider that knows us no longer is passed over", async () => {
  ses.next({ fail: "account" });
  const { end, challenge } = await send("email");
  assert.deepEqual([end.event, end.provider], ["code_sent", "sendgrid"]);
  assertStatus(await api.verify(challenge.secret, codeIn(sendgrid.received.at(-1)?.text ?? "")));
});

test("who is silent is waited for as long as is set, and no longer", async () => {
  twilio.next({ slow: 30_000 });
  const { end, failed } = await send("sms");
  assert.deepEqual([end.provider, end.tried], ["vonage", "2"]);
  assert.deepEqual([failed[0].provider, failed[0].why], ["twilio", "timed out"]);
  const waited = Number(failed[0].milliseconds);
  assert.ok(waited >= 950 && waited < 5000, `${waited}`);
  assert.ok(Number(end.milliseconds) >= waited, end.milliseconds);
});

test("a deployment that sets no time waits 3 seconds", async () => {
  const bench = await startCouriers({ email: ["ses", "sendgrid"], sms: ["twilio", "vonage"] });
  for (const [channel, first, next] of /** @type {const} */ ([
    ["sms", "twilio", "vonage"],
    ["email", "ses", "sendgrid"],
  ])) {
    bench.providers[first].next({ slow: 30_000 });
    const { end, failed } = await bench.send(channel);
    assert.deepEqual([end.event, end.provider, end.tried], ["code_sent", next, "2"]);
    assert.deepEqual([failed[0].provider, failed[0].why], [first, "timed out"]);
    const waited = Number(failed[0].milliseconds);
    assert.ok(waited >= 2950 && waited < 3950, `${waited}`);
  }
});

test("who is a little slow is waited for", async () => {
  twilio.next({ slow: 300 });
  const { end, failed } = await send("sms");
  assert.deepEqual([end.provider, end.tried], ["twilio", "1"]);
  assert.deepEqual(failed, []);
  assert.ok(Number(end.milliseconds) >= 290, end.milliseconds);
});

test("whoever took it and did not say so: the next sends the same code, and it is right", async () => {
  twilio.next({ drop: "after" });
  const [a, b] = counts();
  const { end, challenge } = await send("sms");
  assert.deepEqual([end.provider, end.tried], ["vonage", "2"]);
  assert.deepEqual(counts().slice(0, 2), [a + 1, b + 1]);
  const codes = [twilio, vonage].map(({ received }) => codeIn(received.at(-1)?.text ?? ""));
  assert.equal(codes[0], codes[1]);
  assert.equal((await readChallenge(api, challenge)).sends, 1);
  assertStatus(await api.verify(challenge.secret, codes[0]));
});

test("a number that cannot be reached ends the list, and the send is not counted", async () => {
  twilio.next({ fail: "destination" });
  const asked = [vonage.asks(), sns.asks()];
  const { end, challenge } = await send("sms");
  assert.deepEqual([end.event, end.why, end.tried], ["code_not_sent", "bad destination", "1"]);
  assert.deepEqual([vonage.asks(), sns.asks()], asked);
  await eventually(
    () => readChallenge(api, challenge),
    ({ sends }) => sends === 0,
  );
});

test("everybody refuses it: it is not counted, nobody waits, and the next code is another", async () => {
  twilio.next({ fail: "throttled" });
  vonage.next({ fail: "account" });
  // Its gateway says no, and it sends all the same.
  sns.next({ gateway: { status: 403, body: "Forbidden" } });
  const { end, failed, challenge } = await send("sms");
  assert.deepEqual([end.event, end.tried], ["code_not_sent", "3"]);
  assert.deepEqual([end.provider, end.why], ["sns", "credentials refused"]);
  assert.equal(failed.length, 3);
  const lost = codeIn(sns.received.at(-1)?.text ?? "");
  await eventually(
    () => readChallenge(api, challenge),
    ({ sends }) => sends === 0,
  );
  const again = assertStatus(await api.resend(challenge.secret)).body;
  assert.deepEqual([again.send, again.resends_left], [1, 3]);
  assert.equal((await outcome(challenge, 2)).end.provider, "twilio");
  const code = codeIn(twilio.received.at(-1)?.text ?? "");
  assert.notEqual(code, lost);
  const dead = await api.verify(challenge.secret, lost);
  assert.equal(dead.status, 422, dead.text);
  assertStatus(await api.verify(challenge.secret, code));
});

test("a destination that was replaced is told so by the next provider too", async () => {
  const { id, email, phone } = await registerCardholder(api);
  ses.next({ fail: "broken" });
  const json = { email: `new-${email}`, phone, channel: "email", personal_message: "x" };
  assertStatus(await api.send("PUT", `/v1/cardholders/${id}`, { key: issuerKey(), json }));
  const told = await eventually(
    async () => sendgrid.received.find(({ to }) => to === email),
    (message) => message,
  );
  assert.deepEqual(told?.reference, {});
  await worker.prints(
    '"event":"notification_sent","kind":"destination_changed","channel":"email","provider":"sendgrid"',
  );
});

/** Answers whose body has no end, or is endless. @param {number} status @param {Buffer} chunk */
async function startEndless(status, chunk) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/json" });
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    if (chunk.length > 1) more();
    else response.write(chunk);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

test("an answer without an end is neither waited for nor kept", async () => {
  const silent = await startEndless(429, Buffer.from("{"));
  const endless = await startEndless(500, Buffer.alloc(65_536, "a"));
  const bench = await startCouriers({
    sms: ["twilio", "vonage", "sns"],
    vars: { PROVIDER_TIMEOUT_SECONDS: "1" },
  });
  const standing = { twilio: silent, vonage: endless, sns: bench.providers.sns.origin };
  const origins = Object.entries(standing).map((pair) => pair.join("="));
  await bench.worker.restart({ PROVIDER_ORIGINS: origins.join() });
  const { end, failed } = await bench.send("sms");
  assert.deepEqual([end.event, end.provider, end.tried], ["code_sent", "sns", "3"]);
  assert.deepEqual(
    failed.map(({ why }) => why),
    ["too many requests", "provider's fault"],
  );
  assert.ok(Number(end.milliseconds) < 10_000, end.milliseconds);
});

test("a text message that is refused goes by e-mail, as the same send with another code", async () => {
  const bench = await startCouriers({
    email: ["ses"],
    sms: ["twilio"],
    vars: { PROVIDER_TIMEOUT_SECONDS: "1", SMS_TO_EMAIL: "on" },
  });
  const { twilio: sms, ses: mail } = bench.providers;
  // Its gateway says no, and it sends all the same.
  sms.next({ gateway: { status: 403, body: "Forbidden" } });
  const { challenge, cardholder } = await bench.send("sms");
  const { end } = await bench.outcome(challenge, 2);
  assert.deepEqual([end.event, end.channel, end.provider], ["code_sent", "email", "ses"]);
  assert.equal(mail.received.at(-1)?.to, cardholder.email);
  const { sends, channel } = await readChallenge(bench.api, challenge);
  assert.deepEqual([sends, channel], [1, "email"]);
  const early = await bench.api.resend(challenge.secret);
  assert.equal(early.body.code, "resend_too_soon", early.text);

  const [lost, code] = [sms, mail].map(({ received }) => codeIn(received.at(-1)?.text ?? ""));
  assert.notEqual(lost, code);
  const dead = await bench.api.verify(challenge.secret, lost);
  assert.equal(dead.body.code, "wrong_code", dead.text);
  assertStatus(await bench.api.verify(challenge.secret, code));

  // Nor does e-mail fall back to anything.
  mail.next({ fail: "throttled" });
  const mailed = await bench.send("email");
  assert.equal(mailed.end.event, "code_not_sent");
  await eventually(
    () => readChallenge(bench.api, mailed.challenge),
    ({ sends: counted }) => counted === 0,
  );
  assert.ok(!bench.lines(mailed.challenge.id).some(({ delivery }) => delivery === "2"));
});
