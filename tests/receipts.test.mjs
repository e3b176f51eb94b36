// What providers tell of a delivery afterwards: signed as each of them signs, noted on the
// challenge once, and never from anybody else.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import { startCouriers } from "./support/couriers.mjs";
import { eventually, issuerKey, readChallenge } from "./support/demo.mjs";
import {
  sendgridWebhook,
  sesEvent,
  startSnsTopic,
  twilioReceipt,
} from "./support/providers/receipts.mjs";
import { startWorker } from "./support/worker.mjs";

/** @typedef {import("./support/demo.mjs").Challenge} Challenge */
/** @typedef {import("./support/providers/receipts.mjs").Receipt} Receipt */
/** @typedef {"sent" | "delivered" | "bounced" | "failed" | "nothing"} Told */

const topic = await startSnsTopic();
const events = sendgridWebhook();
after(() => topic.stop());

const started = await startCouriers({
  email: ["ses", "sendgrid"],
  sms: ["twilio"],
  others: [{ name: "amazon-sns", origin: topic.origin }],
  vars: { SES_TOPIC_ARN: topic.arn, SENDGRID_EVENT_KEY: events.publicKey },
});
const { api, worker, providers, send, lines } = started;

/**
 * @typedef {{ path: string, receipt: Receipt }} Telling
 * @typedef {object} Teller
 * @property {"email" | "sms"} channel
 * @property {(challenge: Challenge, told: Told, delivery?: number) => Telling} tell
 * @property {(challenge: Challenge) => Telling} forge signed with another key
 * @property {(challenge: Challenge) => Telling} alter a receipt of which a byte was changed
 */

const to = { email: "taro@mail.jp", sms: "+819012341234" };

/** @param {Challenge} challenge @param {number} [delivery] */
const callback = ({ id }, delivery = 1) =>
  `/v1/receipts/twilio?challenge=${id}&delivery=${delivery}`;

/**
 * @param {Challenge} challenge
 * @param {Told} told
 * @param {number} [delivery]
 * @param {Record<string, string>} [account]
 */
function byTwilio(challenge, told, delivery = 1, account = {}) {
  const words = {
    sent: "sent",
    delivered: "delivered",
    bounced: "undelivered",
    failed: "failed",
    nothing: "queued",
  };
  const { accountSid, authToken, from } = { ...providers.twilio.settings, ...account };
  const path = callback(challenge, delivery);
  const message = { id: `SM${"0".repeat(32)}`, status: words[told], to: to.sms, from };
  return { path, receipt: twilioReceipt({ accountSid, authToken }, api.origin + path, message) };
}

/** @param {Challenge} challenge @param {Told} told @param {number} [delivery] */
function sesNews({ id }, told, delivery = 1) {
  /** @type {Record<Told, Parameters<typeof sesEvent>[0]>} */
  const words = {
    sent: "Send",
    delivered: "Delivery",
    bounced: "Bounce",
    failed: "Reject",
    nothing: "DeliveryDelay",
  };
  const tags = { challenge: id, delivery: String(delivery) };
  return sesEvent(words[told], { id: "0100", to: to.email, tags });
}

/** @param {Challenge} challenge @param {Told} told @param {number} [delivery] */
function sendgridNews({ id }, told, delivery = 1) {
  const words = { sent: "processed", delivered: "delivered", bounced: "bounce", failed: "dropped" };
  const event = told === "nothing" ? "open" : words[told];
  const about = { email: to.email, timestamp: 1513299569, sg_event_id: "a", sg_message_id: "b" };
  return { ...about, event, challenge: id, delivery: String(delivery), attempt: 1.5 };
}

/** @type {Record<string, Teller>} */
const tellers = {
  twilio: {
    channel: "sms",
    tell: byTwilio,
    forge: (challenge) => byTwilio(challenge, "failed", 1, { authToken: "another" }),
    alter(challenge) {
      const { path, receipt } = byTwilio(challenge, "delivered");
      const body = receipt.body.replaceAll("=delivered", "=failed");
      return { path, receipt: { ...receipt, body } };
    },
  },
  ses: {
    channel: "email",
    tell: (...news) => ({
      path: "/v1/receipts/ses",
      receipt: topic.notification(sesNews(...news)),
    }),
    forge: (challenge) => ({
      path: "/v1/receipts/ses",
      receipt: impostor.notification(sesNews(challenge, "failed")),
    }),
    alter(challenge) {
      const receipt = topic.notification(sesNews(challenge, "delivered"));
      const body = receipt.body.replace('eventType\\":\\"Delivery', 'eventType\\":\\"Bounce');
      assert.notEqual(body, receipt.body);
      return { path: "/v1/receipts/ses", receipt: { ...receipt, body } };
    },
  },
  sendgrid: {
    channel: "email",
    tell: (...news) => ({
      path: "/v1/receipts/sendgrid",
      receipt: events.receipt([sendgridNews(...news)]),
    }),
    forge: (challenge) => ({
      path: "/v1/receipts/sendgrid",
      receipt: sendgridWebhook().receipt([sendgridNews(challenge, "failed")]),
    }),
    alter(challenge) {
      const receipt = events.receipt([sendgridNews(challenge, "delivered")]);
      const body = receipt.body.replace("delivered", "dropped");
      return { path: "/v1/receipts/sendgrid", receipt: { ...receipt, body } };
    },
  },
};

// A topic of the same name whose messages somebody else signs.
const impostor = await startSnsTopic();
after(() => impostor.stop());

/** @param {Telling} telling */
const post = ({ path, receipt: { headers, body } }) => api.post(path, { headers, body });

/** @param {Telling} telling */
const accept = async (telling) => assertStatus(await post(telling), 204);

/** @param {Telling} telling */
const refuse = async (telling) => assertProblem(await post(telling), 401, "invalid_signature");

/** @param {Challenge} challenge @returns {Promise<Told>} */
const state = async (challenge) => (await readChallenge(api, challenge)).delivery;

/** The next message goes to the provider of that name. @param {string} name */
const choose = (name) => void (name === "sendgrid" && providers.ses.next({ fail: "throttled" }));

/**
 * A challenge whose first code this provider has taken.
 * @param {string} name
 */
async function sent(name) {
  choose(name);
  const { challenge } = await send(tellers[name].channel);
  await eventually(
    () => state(challenge),
    (delivery) => delivery === "sent",
  );
  return challenge;
}

/** What was noted of a challenge's receipts. @param {Challenge} challenge */
const noted = ({ id }) =>
  lines(id)
    .filter(({ event }) => event === "receipt")
    .map((line) => `${line.delivery} ${line.state}`);

const refusals = () => worker.output().split('"event":"receipt_refused"').length - 1;

for (const [name, { tell, forge, alter }] of Object.entries(tellers)) {
  test(`${name} tells that a message arrived, and the merchant reads it`, async () => {
    const challenge = await sent(name);
    await accept(tell(challenge, "nothing"));
    assert.equal(await state(challenge), "sent");
    await accept(tell(challenge, "delivered"));
    assert.equal(await state(challenge), "delivered");
    assert.deepEqual(noted(challenge), ["1 delivered"]);
  });

  test(`${name}: what comes late or again takes nothing back`, async () => {
    const challenge = await sent(name);
    const delivered = tell(challenge, "delivered");
    for (const telling of [delivered, tell(challenge, "sent"), delivered, delivered]) {
      await accept(telling);
      assert.equal(await state(challenge), "delivered");
    }
    const bounced = tell(challenge, "bounced");
    for (const telling of [bounced, delivered, tell(challenge, "failed"), bounced]) {
      await accept(telling);
      assert.equal(await state(challenge), "bounced");
    }
  });

  for (const lost of /** @type {const} */ (["bounced", "failed"])) {
    test(`${name}: after a message that ${lost}, another may be asked for at once`, async () => {
      const challenge = await sent(name);
      assertProblem(await api.resend(challenge.secret), 429, "resend_too_soon");
      await accept(tell(challenge, lost));
      assert.equal(await state(challenge), lost);
      choose(name);
      assertStatus(await api.resend(challenge.secret));
      await eventually(
        () => state(challenge),
        (delivery) => delivery === "sent",
      );
      // What is heard of the first says nothing of the second.
      await accept(tell(challenge, "delivered", 1));
      assert.equal(await state(challenge), "sent");
      await accept(tell(challenge, "delivered", 2));
      assert.equal(await state(challenge), "delivered");
      assert.equal((await readChallenge(api, challenge)).sends, 2);
    });
  }

  test(`${name}: of somebody else, or changed on its way, it is refused`, async () => {
    const challenge = await sent(name);
    const before = refusals();
    const right = tell(challenge, "failed");
    /** @param {Record<string, string>} headers */
    const without = ({ ...headers }) => {
      delete headers["x-twilio-signature"];
      delete headers["x-twilio-email-event-webhook-signature"];
      return headers;
    };
    const unsigned = {
      headers: without(right.receipt.headers),
      body: right.receipt.body.replace(/"Signature":"[^"]*",/, ""),
    };
    const wrong = [forge(challenge), alter(challenge), { ...right, receipt: unsigned }];
    for (const telling of wrong) await refuse(telling);
    assert.equal(await state(challenge), "sent");
    assert.deepEqual(noted(challenge), []);
    await eventually(
      async () => refusals(),
      (count) => count === before + wrong.length,
    );
    assert.match(
      worker.output(),
      new RegExp(`{"event":"receipt_refused","provider":"${name}"[,}]`),
    );
    await accept(right);
    assert.equal(await state(challenge), "failed");
  });

  test(`${name}: of a challenge that is over it still counts, of one that is gone no more`, async () => {
    const [ended, forgotten, erased] = await Promise.all([1, 2, 3].map(() => sent(name)));
    assertStatus(await api.cancel(ended.secret));
    await accept(tell(ended, "delivered"));
    assert.equal(await state(ended), "delivered");
    const gone = `/v1/cardholders/${erased.cardholder.id}`;
    assertStatus(await api.send("DELETE", gone, { key: issuerKey() }), 204);
    await accept(tell(erased, "failed"));
    const nobody = { ...forgotten, id: `ch_${"A".repeat(22)}` };
    await accept(tell(nobody, "failed"));
    await accept(tell({ ...forgotten, id: "of-somebody-else" }, "failed"));
    for (const delivery of [0, 2, 4_294_967_295, 4_294_967_296, -1]) {
      await accept(tell(forgotten, "failed", delivery));
    }
    assert.equal(await state(forgotten), "sent");
    for (const challenge of [erased, nobody]) assert.deepEqual(noted(challenge), []);
  });

  test(`${name}: what cannot be read is refused, whatever it says it is`, async () => {
    const challenge = await sent(name);
    const { path, receipt } = tell(challenge, "delivered");
    const body = receipt.body;
    const broken = [body.slice(0, -2), "", "{", "[]", "null", "\0", "ÿ", `${body}${body}`];
    for (const other of broken) await refuse({ path, receipt: { ...receipt, body: other } });
    const most = 1024 * 1024;
    const padded = { ...receipt, body: body + "x".repeat(most - body.length) };
    await refuse({ path, receipt: padded });
    const answer = await post({ path, receipt: { ...receipt, body: `${padded.body}x` } });
    assertProblem(answer, 413, "body_too_large");
    for (const method of ["GET", "PUT", "DELETE"]) {
      assertProblem(await api.send(method, path), 405, "method_not_allowed");
    }
    assert.equal(await state(challenge), "sent");
    // The signature is of the bytes; what they are called does not matter.
    const headers = { ...receipt.headers, "content-type": "application/x-unheard-of" };
    await accept({ path, receipt: { ...receipt, headers } });
    assert.equal(await state(challenge), "delivered");
  });
}

test("who refused a message and tells of it all the same is not believed", async () => {
  const challenge = await sent("sendgrid");
  await accept(tellers.ses.tell(challenge, "bounced"));
  assert.equal(await state(challenge), "sent");
  assertProblem(await api.resend(challenge.secret), 429, "resend_too_soon");
  await accept(tellers.sendgrid.tell(challenge, "delivered"));
  assert.equal(await state(challenge), "delivered");
});

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

/** @param {Receipt} receipt */
const bySes = (receipt) => ({ path: "/v1/receipts/ses", receipt });

test("SES: both versions of the signature, with a subject and without", async () => {
  for (const version of /** @type {const} */ (["1", "2"])) {
    for (const subject of [true, false]) {
      const challenge = await sent("ses");
      const news = sesNews(challenge, "delivered");
      const crossed = { SignatureVersion: version === "1" ? "2" : "1" };
      await refuse(bySes(topic.notification(news, { version, subject, over: crossed })));
      for (const unknown of ["", "3", "01"]) {
        const over = { SignatureVersion: unknown };
        await refuse(bySes(topic.notification(news, { version, subject, over })));
      }
      assert.equal(await state(challenge), "sent");
      await accept(bySes(topic.notification(news, { version, subject })));
      assert.equal(await state(challenge), "delivered");
    }
  }
});

test("SES: every bounce is one, and a first message in words is none", async () => {
  for (const bounce of /** @type {const} */ (["Permanent", "Transient", "Undetermined"])) {
    const challenge = await sent("ses");
    const tags = { challenge: challenge.id, delivery: "1" };
    const event = sesEvent("Bounce", { id: "0100", to: to.email, tags, bounce });
    await accept(bySes(topic.notification(event)));
    assert.equal(await state(challenge), "bounced");
  }
  const words = "Successfully validated SNS topic for Amazon SES event publishing.";
  await accept(bySes(topic.notification(words)));
  await accept(bySes(topic.notification({ notificationType: "Bounce", mail: {} })));
  await accept(bySes(topic.farewell()));
  const unreadable = await post(bySes(topic.notification('{"eventType":"Bounce"')));
  assertProblem(unreadable, 400, "invalid_request");
});

test("SES: an hour is late, and five minutes ahead are too early", async () => {
  const challenge = await sent("ses");
  const news = sesNews(challenge, "delivered");
  const at = (/** @type {number} */ seconds) => new Date(Date.now() + seconds * 1000);
  for (const seconds of [-3610, 330]) {
    await refuse(bySes(topic.notification(news, { at: at(seconds) })));
  }
  const over = { Timestamp: at(0).toISOString() };
  await refuse(bySes(topic.notification(news, { at: at(-3610), over })));
  await refuse(bySes(topic.notification(news, { over: { Timestamp: "now" } })));
  assert.equal(await state(challenge), "sent");
  await accept(bySes(topic.notification(sesNews(challenge, "sent"), { at: at(270) })));
  await accept(bySes(topic.notification(news, { at: at(-3500) })));
  assert.equal(await state(challenge), "delivered");
});

test("SES: only our topic speaks, and only a certificate of Amazon's in its region", async () => {
  const challenge = await sent("ses");
  const news = sesNews(challenge, "failed");
  for (const other of [`${topic.arn}s`, topic.arn.replace("123456789012", "210987654321"), ""]) {
    await refuse(bySes(topic.notification(news, { topic: other })));
    await refuse(bySes(topic.confirmation({ topic: other })));
  }
  await refuse(bySes(topic.notification(news, { over: { Type: "SubscriptionConfirmation" } })));
  const amazon = "https://sns.ap-northeast-1.amazonaws.com";
  const name = JSON.parse(impostor.notification(news).body).SigningCertURL.slice(amazon.length);
  for (const url of [
    impostor.origin + name,
    `https://sns.us-east-1.amazonaws.com${name}`,
    `http://sns.ap-northeast-1.amazonaws.com${name}`,
    `${amazon}.evil.example${name}`,
    `${amazon}:8443${name}`,
    `${amazon}@${impostor.origin.slice(7)}${name}`,
    `${amazon}${name}?x=.pem`,
    `${amazon}${name}#.pem`,
    `${amazon}/..${name}`,
    `${amazon}//${name}`,
    `${amazon}/other.pem`,
    `${amazon}${name.replace(".pem", ".crt")}`,
    amazon,
    name,
    "",
  ]) {
    const over = { SigningCertURL: url };
    await refuse(bySes(impostor.notification(news, { over })));
    await refuse(bySes(impostor.confirmation({ over })));
  }
  assert.deepEqual([impostor.certificates(), impostor.confirmations()], [0, 0]);
  assert.equal(await state(challenge), "sent");
});

test("SES: a subscription to our topic is confirmed, once for each time it is asked for", async () => {
  const before = topic.confirmations();
  for (const version of /** @type {const} */ (["1", "2"])) {
    await accept(bySes(topic.confirmation({ version })));
  }
  assert.equal(topic.confirmations(), before + 2);
  // What the post says of where to confirm does not matter: it is not even looked at.
  const elsewhere = `${impostor.origin}/?Action=ConfirmSubscription`;
  await refuse(bySes(topic.confirmation({ over: { SubscribeURL: elsewhere } })));
  await refuse(bySes(topic.confirmation({ over: { Token: "other" } })));
  const odd = await post(bySes(topic.confirmation({ token: "a&TopicArn=other" })));
  assertProblem(odd, 400, "invalid_request");
  const unknown = await post(bySes(topic.confirmation({ token: "other" })));
  assertProblem(unknown, 503, "unavailable");
  assert.equal(topic.confirmations(), before + 2);
  topic.beAway(true);
  try {
    assertProblem(await post(bySes(topic.confirmation())), 503, "unavailable");
  } finally {
    topic.beAway(false);
  }
  await accept(bySes(topic.confirmation()));
  assert.equal(topic.confirmations(), before + 3);
});

test("SES: a certificate is fetched once, again by a new isolate, and once a minute where the provider fails", async () => {
  const challenge = await sent("ses");
  await accept(bySes(topic.notification(sesNews(challenge, "sent"))));
  const before = topic.certificates();
  assert.ok(before > 0);
  for (let count = 0; count < 5; count++) {
    await accept(bySes(topic.notification(sesNews(challenge, "delivered"))));
  }
  assert.equal(topic.certificates(), before);
  await worker.restart();
  topic.beAway(true);
  const news = bySes(topic.notification(sesNews(challenge, "bounced")));
  try {
    assertProblem(await post(news), 503, "unavailable");
  } finally {
    topic.beAway(false);
  }
  const early = await post(news);
  assertProblem(early, 503, "unavailable");
  const wait = Number(early.headers.get("retry-after"));
  assert.ok(wait > 50 && wait <= 60, `${wait}`);
  assert.equal(topic.certificates(), before);
  assert.equal(await state(challenge), "delivered");
  await worker.restart();
  await accept(news);
  assert.equal(topic.certificates(), before + 1);
  assert.equal(await state(challenge), "bounced");
});

test("SES: 200 posts with certificates that are none cost a few requests, and a new one gets through", async () => {
  const challenge = await sent("ses");
  const news = sesNews(challenge, "failed");
  /** @param {string} address */
  const pretend = (address) => {
    const over = { SigningCertURL: topic.unpublished() };
    const { path, receipt } = bySes(topic.notification(news, { over }));
    const headers = { ...receipt.headers, "cf-connecting-ip": address };
    return post({ path, receipt: { ...receipt, headers } });
  };
  const first = await pretend("198.51.100.1");
  assertProblem(first, 401, "invalid_signature");
  for (let count = 0; count < 10; count++) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => pretend("198.51.100.1")));
    for (const answer of answers) assertProblem(answer, 503, "unavailable");
  }
  assert.equal(topic.madeUp(), 1, "of one address");
  topic.renew();
  await accept(bySes(topic.notification(sesNews(challenge, "sent"))));
  for (let count = 0; count < 10; count++) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => pretend(`203.0.113.${count * 10 + n}`)));
  }
  assert.ok(topic.madeUp() <= 10, `of everywhere ${topic.madeUp()}`);
  // What is known needs no request.
  await accept(bySes(topic.notification(sesNews(challenge, "delivered"))));
  assert.equal(await state(challenge), "delivered");
});

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

test("the log names challenge, delivery and state, and no destination", () => {
  const printed = worker.output();
  assert.match(
    printed,
    /{"event":"receipt","challenge":"ch_[\w-]{22}","delivery":"1","state":"delivered"[,}]/,
  );
  for (const destination of [...Object.values(to), "taro", "9012341234"]) {
    assert.ok(!printed.includes(destination), destination);
  }
  for (const { name, faults, received } of Object.values(providers)) {
    assert.deepEqual(faults, [], name);
    for (const message of received) assert.ok(!printed.includes(message.to), message.to);
  }
});

test("an address that posts too often is asked to wait, signed or not", async () => {
  const { settings } = providers.twilio;
  const account = {
    SMS_COURIER: "twilio",
    TWILIO_ACCOUNT_SID: settings.accountSid,
    TWILIO_AUTH_TOKEN: settings.authToken,
    TWILIO_FROM: settings.from,
  };
  const limited = await startWorker({
    vars: account,
    edit: (toml) => toml.replace(/(\[\[env[^]*name = "RECEIPT_RATE"[^]*?limit = )\d+/, "$13"),
  });
  try {
    const { post } = client(limited.origin);
    /** @type {number[]} */
    const statuses = [];
    for (let count = 0; count < 20 && statuses.at(-1) !== 429; count++) {
      const answer = await post("/v1/receipts/twilio", { form: { MessageStatus: "sent" } });
      statuses.push(answer.status);
    }
    assert.deepEqual([...new Set(statuses)], [401, 429]);
    const { path, receipt } = byTwilio(/** @type {Challenge} */ ({ id: "ch_1" }), "sent");
    assertProblem(await post(path, receipt), 429, "rate_limited");
    // Whoever is not set up is not even that.
    assertProblem(await post("/v1/receipts/ses", receipt), 404, "not_found");
  } finally {
    await limited.stop();
  }
});

test("whoever is not set up to tell is not heard: there is nothing at the address", async () => {
  await worker.restart({ SMS_COURIER: "none", SES_TOPIC_ARN: "", SENDGRID_EVENT_KEY: "" });
  const challenge = { id: `ch_${"A".repeat(22)}` };
  for (const { tell } of Object.values(tellers)) {
    const telling = tell(/** @type {Challenge} */ (challenge), "delivered");
    assertProblem(await post(telling), 404, "not_found");
  }
  assertProblem(await api.post("/v1/receipts/resend", { body: "{}" }), 404, "not_found");
  assertProblem(await api.post("/v1/receipts", { body: "{}" }), 404, "not_found");
});

for (const [name, value] of [
  ["SENDGRID_EVENT_KEY", events.publicKey.slice(4)],
  ["SES_TOPIC_ARN", "arn:aws:sns:tokyo:123456789012:warifu"],
]) {
  test(`a ${name} that nothing could be checked with is refused at the start`, async () => {
    await worker.restart({ [name]: value });
    assertProblem(await api.get("/healthz"), 500, "misconfigured");
    await worker.prints(`"why":"${name} must be `);
  });
}
