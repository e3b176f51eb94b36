// What Amazon SES tells of an e-mail through an SNS topic: which topic and which certificate count, and
// what a certificate may cost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem } from "./support/api.mjs";
import { sesEvent } from "./support/providers/receipts.mjs";
import { startTellers } from "./support/tellers.mjs";

/** @typedef {import("./support/providers/receipts.mjs").Receipt} Receipt */

const { worker, topic, impostor, to, sesNews, post, accept, refuse, state, sent } =
  await startTellers();

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
