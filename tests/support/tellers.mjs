// Providers that tell of a message afterwards, each as it signs: what a test posts in their names, and
// what came of it.
import assert from "node:assert/strict";
import { after } from "node:test";
import { assertProblem, assertStatus } from "./api.mjs";
import { startCouriers } from "./couriers.mjs";
import { eventually, readChallenge } from "./demo.mjs";
import { sendgridWebhook, sesEvent, startSnsTopic, twilioReceipt } from "./providers/receipts.mjs";

/** @typedef {import("./demo.mjs").Challenge} Challenge */
/** @typedef {import("./providers/receipts.mjs").Receipt} Receipt */
/** @typedef {"sent" | "delivered" | "bounced" | "failed" | "nothing"} Told */

/**
 * @typedef {{ path: string, receipt: Receipt }} Telling
 * @typedef {object} Teller
 * @property {"email" | "sms"} channel
 * @property {(challenge: Challenge, told: Told, delivery?: number) => Telling} tell
 * @property {(challenge: Challenge) => Telling} forge signed with another key
 * @property {(challenge: Challenge) => Telling} alter a receipt of which a byte was changed
 */

/** A Worker that sends by all of them and hears them, for a whole test file. */
export async function startTellers() {
  const topic = await startSnsTopic();
  // A topic of the same name whose messages somebody else signs.
  const impostor = await startSnsTopic();
  const events = sendgridWebhook();
  after(() => Promise.all([topic.stop(), impostor.stop()]));

  const started = await startCouriers({
    email: ["ses", "sendgrid"],
    sms: ["twilio"],
    others: [{ name: "amazon-sns", origin: topic.origin }],
    vars: { SES_TOPIC_ARN: topic.arn, SENDGRID_EVENT_KEY: events.publicKey },
  });
  const { api, worker, providers, send, lines } = started;

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
    const words = {
      sent: "processed",
      delivered: "delivered",
      bounced: "bounce",
      failed: "dropped",
    };
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

  /** How many receipts were refused so far. */
  const refusals = () => worker.output().split('"event":"receipt_refused"').length - 1;

  return {
    ...{ ...started, topic, impostor, events, to, callback },
    ...{ byTwilio, sesNews, sendgridNews, tellers },
    ...{ post, accept, refuse, state, sent, choose, noted, refusals },
  };
}
