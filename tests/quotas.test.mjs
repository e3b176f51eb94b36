// What a destination takes is decided where all sends to it meet: over the cardholders who share it,
// their challenges, and every provider.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import {
  createChallenge,
  eventually,
  readChallenge,
  registerCardholder as register,
  registerMerchant,
  uniqueId,
} from "./support/demo.mjs";
import { makeAlarmsDue } from "./support/alarms.mjs";
import { rowOf } from "./support/buckets.mjs";
import { holds, objectValues } from "./support/storage.mjs";

const { worker, api, providers, outcome } = await startCouriers({
  email: ["ses"],
  sms: ["twilio", "vonage"],
  vars: { SMS_TO_EMAIL: "on" },
  alarms: true,
});
const { ses, twilio, vonage } = providers;
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});
const merchant = await registerMerchant(api);

/** Everything of everybody. @type {string[]} */
const contacts = [];

/** @type {typeof register} */
async function registerCardholder(given, facts) {
  const cardholder = await register(given, facts);
  const [local, domain] = cardholder.email.split("@");
  contacts.push(cardholder.id, `${local}@${domain.toLowerCase()}`, cardholder.phone);
  return cardholder;
}

let numbers = 0;
const newNumber = () => `+8180${1000 + ++numbers}7777`;
const newAddress = () => `${uniqueId("shared")}@mail.jp`;

/** Asks for the first code of a new challenge. @param {import("./support/demo.mjs").Cardholder} cardholder */
async function ask(cardholder, where = merchant) {
  const challenge = await createChallenge(api, { merchant: where, cardholder });
  return { challenge, answer: await api.resend(challenge.secret) };
}

/** @param {import("./support/demo.mjs").Cardholder} cardholder */
async function sent(cardholder, where = merchant) {
  const { challenge, answer } = await ask(cardholder, where);
  assertStatus(answer);
  return challenge;
}

/** @param {import("./support/demo.mjs").Cardholder} cardholder */
async function limited(cardholder, where = merchant) {
  const { challenge, answer } = await ask(cardholder, where);
  assertProblem(answer, 429, "destination_limited");
  const { retry_after: seconds } = answer.body;
  assert.equal(answer.headers.get("retry-after"), String(seconds));
  const day = 24 * 3600;
  assert.ok(seconds > day - 60 && seconds <= day, answer.text);
  assert.equal((await readChallenge(api, challenge)).sends, 0);
  return challenge;
}

/** Something that waits until it is let go. */
function gate() {
  let open = () => {};
  const opened = new Promise((resolve) => (open = () => resolve(undefined)));
  return { open, wait: () => opened };
}

/** How many messages went there. @param {string} to */
const arrived = (to) =>
  [ses, twilio, vonage].flatMap(({ received }) => received).filter((message) => message.to === to)
    .length;

/** @param {string} to @param {number} count */
const arrives = (to, count) =>
  eventually(
    async () => arrived(to),
    (all) => all === count,
  );

test("two cardholders with one number share what it takes", async () => {
  const phone = newNumber();
  const one = await registerCardholder(api, { channel: "sms", phone });
  const other = await registerCardholder(api, { channel: "sms", phone });
  for (const cardholder of [one, other, one, other, one]) await sent(cardholder);
  for (const cardholder of [one, other]) await limited(cardholder);
  // Other merchants have places of their own: 5 as well, and then the first of each.
  const others = [];
  for (let n = 0; n < 3; n++) others.push(await registerMerchant(api));
  for (const cardholder of [one, other, one, other, one]) await sent(cardholder, others[0]);
  for (const where of others.slice(1)) await sent(other, where);
  for (const where of others) await limited(one, where);
  await arrives(phone, 12);
  // Whoever it is refused to has another way all the same.
  const { email } = one;
  assert.equal(arrived(email), 0);
  await sent({ ...(await registerCardholder(api, { email })), email });
});

test("an address is one however it is written", async () => {
  const email = newAddress();
  const [local] = email.split("@");
  const spelled = [email, `${local}@MAIL.jp`, `${local.toUpperCase()}@mail.jp`];
  const cardholders = [];
  for (const text of spelled) cardholders.push(await registerCardholder(api, { email: text }));
  for (const n of [0, 1, 2, 0, 1]) await sent(cardholders[n]);
  for (const cardholder of cardholders) await limited(cardholder);
});

test("a send counts once, whoever carries it and however many were asked", async () => {
  const phone = newNumber();
  const one = await registerCardholder(api, { channel: "sms", phone });
  const other = await registerCardholder(api, { channel: "sms", phone });
  for (const [n, cardholder] of [one, other, one, other, one].entries()) {
    if (n % 2 === 0) twilio.next({ fail: "throttled" });
    const challenge = await sent(cardholder);
    assert.equal((await outcome(challenge)).end.provider, n % 2 === 0 ? "vonage" : "twilio");
  }
  for (const cardholder of [other, one]) await limited(cardholder);
  assert.equal(arrived(phone), 5);
});

test("20 at once over two cardholders: exactly 5 are sent", async () => {
  const phone = newNumber();
  const challenges = [];
  for (let half = 0; half < 2; half++) {
    const cardholder = await registerCardholder(api, { channel: "sms", phone });
    for (let n = 0; n < 10; n++)
      challenges.push(await createChallenge(api, { merchant, cardholder }));
  }
  const answers = await Promise.all(challenges.map(({ secret }) => api.resend(secret)));
  const passed = challenges.filter((_, n) => answers[n].status === 200);
  assert.equal(passed.length, 5);
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    assertProblem(answer, 429, "destination_limited");
  }
  const reads = await Promise.all(challenges.map((challenge) => readChallenge(api, challenge)));
  const counted = challenges.filter((_, n) => reads[n].sends === 1);
  assert.deepEqual(counted, passed);
  await Promise.all(passed.map((challenge) => outcome(challenge)));
  assert.equal(arrived(phone), 5);
});

test("a refused send uses nothing up: the next one is the first", async () => {
  const email = newAddress();
  const other = await registerCardholder(api, { email });
  for (let n = 0; n < 4; n++) await sent(other);
  const good = await sent(other);
  await outcome(good);
  const challenge = await limited(await registerCardholder(api, { email }));
  // More often than a challenge orders deliveries.
  for (let n = 0; n < 10; n++) {
    assertProblem(await api.resend(challenge.secret), 429, "destination_limited");
  }
  const page = await api.present(challenge.secret);
  assert.match(page.text, /id="error"[^>]*>\s*[^<\s]/, "the page says why no code comes");
  assert.equal((await readChallenge(api, challenge)).sends, 0);
  const message = ses.received.findLast(({ to }) => to === email);
  assertStatus(await api.verify(good.secret, codeIn(message?.text ?? "")));
  // The place comes back a moment after the answer.
  const { body } = await eventually(
    () => api.resend(challenge.secret),
    ({ status }) => status === 200,
  );
  assert.deepEqual([body.send, body.resends_left, body.tries_left], [1, 3, 5]);
  assert.equal((await outcome(challenge)).end.event, "code_sent");
});

test("a send that was refused gives its place back", async () => {
  const email = newAddress();
  const one = await registerCardholder(api, { email });
  const other = await registerCardholder(api, { email });
  for (const cardholder of [one, other, one, other]) await sent(cardholder);
  ses.next({ fail: "throttled" });
  const lost = await sent(one);
  assert.equal((await outcome(lost)).end.event, "code_not_sent");
  await eventually(
    () => readChallenge(api, lost),
    ({ sends }) => sends === 0,
  );
  await sent(other);
  for (const cardholder of [one, other]) await limited(cardholder);
  await arrives(email, 5);
});

test("it does so too when the next send was ordered before that was known", async () => {
  const email = newAddress();
  const cardholder = await registerCardholder(api, { email });
  const { open, wait } = gate();
  ses.next({ hold: wait, fail: "throttled" });
  const challenge = await sent(cardholder);
  await api.advance(30);
  assertStatus(await api.resend(challenge.secret));
  open();
  assert.equal((await outcome(challenge, 1)).end.event, "code_not_sent");
  assert.equal((await outcome(challenge, 2)).end.event, "code_sent");
  for (let n = 0; n < 3; n++) await sent(cardholder);
  // The place comes back with the report, a moment after its line.
  const fifth = await eventually(
    () => ask(cardholder),
    ({ answer }) => answer.status === 200,
  );
  assert.equal((await outcome(fifth.challenge)).end.event, "code_sent");
  assertProblem((await ask(cardholder)).answer, 429, "destination_limited");
  await arrives(email, 5);
});

test("a send that a provider may have sent, too slow to say so, counts and keeps its place", async () => {
  const email = newAddress();
  const cardholder = await registerCardholder(api, { email });
  const { open, wait } = gate();
  for (let n = 0; n < 5; n++) ses.next({ hold: wait });
  const late = await Promise.all(Array.from({ length: 5 }, () => sent(cardholder)));
  for (const challenge of late) {
    assert.equal((await outcome(challenge)).end.why, "timed out");
    const { sends } = await eventually(
      () => readChallenge(api, challenge),
      ({ delivery }) => delivery === "unconfirmed",
    );
    assert.equal(sends, 1);
  }
  open();
  await limited(cardholder);
  await arrives(email, 5);
});

test("each provider that may have sent a message takes a place, and the next is asked only with one", async () => {
  const phone = newNumber();
  const one = await registerCardholder(api, { channel: "sms", phone });
  const other = await registerCardholder(api, { channel: "sms", phone });
  for (const cardholder of [one, other]) {
    twilio.next({ drop: "reset" });
    assert.equal((await outcome(await sent(cardholder))).end.provider, "vonage");
  }
  await arrives(phone, 4);
  // One place is left: for the first provider, and for no other.
  twilio.next({ drop: "reset" });
  const asks = vonage.asks();
  const last = await sent(one);
  const { end } = await outcome(last);
  assert.deepEqual(
    [end.event, end.provider, end.tried, end.why],
    ["code_unconfirmed", "twilio", "1", "destination limited"],
  );
  assert.equal(vonage.asks(), asks);
  for (const cardholder of [one, other]) await limited(cardholder);
  await arrives(phone, 5);
});

test("by the other way a send takes a place there, or is not carried", async () => {
  const email = newAddress();
  const phone = newNumber();
  const texted = await registerCardholder(api, { channel: "sms", email, phone });
  const mailed = await registerCardholder(api, { email });
  for (let n = 0; n < 4; n++) await sent(mailed);
  const down = () => [twilio, vonage].forEach((provider) => provider.next({ fail: "throttled" }));
  down();
  const diverted = await sent(texted);
  assert.equal((await outcome(diverted, 1)).end.event, "code_not_sent");
  assert.equal((await outcome(diverted, 2)).end.provider, "ses");
  await limited(mailed);

  down();
  const stuck = await sent(texted);
  const { end } = await outcome(stuck, 2);
  assert.deepEqual([end.event, end.channel], ["code_not_sent", "email"]);
  await eventually(
    () => readChallenge(api, stuck),
    ({ sends }) => sends === 0,
  );
  await arrives(email, 5);
  // The number got none of them, so it has all its places.
  for (let n = 0; n < 5; n++) await sent(texted);
  await limited(texted);
  await arrives(phone, 5);
});

/** What is counted of destinations, by the key of each row. */
async function destinations() {
  const all = [...(await objectValues(worker.state))];
  const isBucket = (/** @type {string} */ file) => file.includes("DestinationObject");
  const kept = new Map();
  for (const [file, values] of all.filter(([file]) => isBucket(file))) {
    for (const [place, value] of values.entries()) {
      if (!value.toString().startsWith("destination")) continue;
      kept.set(`${value}`, [Buffer.from(file), value, values[place + 1]]);
    }
  }
  return {
    kept,
    others: all.filter(([file]) => !isBucket(file)).flatMap(([, values]) => values),
  };
}

test("what is kept of a destination says neither where nor whose it is", async () => {
  await worker.kill();
  const { kept, others } = await destinations();
  assert.ok(kept.size >= 9, `${kept.size} destinations`);
  for (const contact of contacts) {
    const where = others.some((value) => holds(value, contact));
    assert.ok(where, `the search finds ${contact} where it belongs`);
    for (const [row, values] of kept) {
      const found = values.some((/** @type {Buffer} */ value) => holds(value, contact));
      assert.ok(!found, `${row} has ${contact}`);
    }
  }
  await worker.start();
});

test("a day after the last send nothing is kept of a destination", async () => {
  const before = await destinations();
  const cardholder = await registerCardholder(api, { email: newAddress() });
  for (let n = 0; n < 5; n++) await sent(cardholder);
  const after = [...(await destinations()).kept.keys()];
  const [row, ...more] = after.filter((one) => !before.kept.has(one));
  assert.equal(row, rowOf(cardholder.email.toLowerCase()));
  assert.deepEqual(more, []);
  // Nearly a day later it still counts. Woken then, the bucket finds it, and has itself woken again.
  await api.advance(24 * 3600 - 20);
  assertProblem((await ask(cardholder)).answer, 429, "destination_limited");
  await makeAlarmsDue(worker);
  assert.ok((await destinations()).kept.has(row));
  // The bucket would come within the hour. Here it comes at once, and again until the day is over.
  const kept = async () => {
    await makeAlarmsDue(worker);
    return [...(await destinations()).kept.keys()];
  };
  await eventually(kept, (rows) => !rows.includes(row));
});
