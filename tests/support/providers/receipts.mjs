// What providers tell about a message afterwards, signed as each of them signs: Twilio's status
// callback, SendGrid's signed events, and Amazon SES' events by SNS.
import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import { certified } from "./certificate.mjs";

/**
 * @typedef {{ headers: Record<string, string>, body: string }} Receipt to be posted as it is
 */

/**
 * The signature of a callback: its address as a whole, then each field's name and value, in the
 * order of the names.
 * @param {string} authToken
 * @param {string} url
 * @param {Record<string, string>} fields
 */
export function twilioSignature(authToken, url, fields) {
  const sorted = Object.keys(fields).sort();
  const signed = url + sorted.map((name) => name + fields[name]).join("");
  return createHmac("sha1", authToken).update(signed).digest("base64");
}

/**
 * @param {{ authToken: string, accountSid: string }} account
 * @param {string} url
 * @param {{ id: string, status: string, to: string, from: string, error?: string }} message
 * @returns {Receipt}
 */
export function twilioReceipt({ authToken, accountSid }, url, { id, status, to, from, error }) {
  const fields = {
    AccountSid: accountSid,
    ApiVersion: "2010-04-01",
    From: from,
    MessageSid: id,
    MessageStatus: status,
    SmsSid: id,
    SmsStatus: status,
    To: to,
    ...(error === undefined ? {} : { ErrorCode: error }),
  };
  return {
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-twilio-signature": twilioSignature(authToken, url, fields),
      "i-twilio-idempotency-token": randomUUID(),
    },
    body: new URLSearchParams(fields).toString(),
  };
}

/** SendGrid's signed event webhook: a key of its own, its public half as SendGrid shows it. */
export function sendgridWebhook() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  /**
   * @param {string} body
   * @param {number} [seconds] when it is posted
   * @returns {Receipt}
   */
  function signed(body, seconds = Math.floor(Date.now() / 1000)) {
    const signature = sign("sha256", Buffer.from(`${seconds}${body}`), privateKey);
    return {
      headers: {
        "content-type": "application/json;charset=utf-8",
        "x-twilio-email-event-webhook-signature": signature.toString("base64"),
        "x-twilio-email-event-webhook-timestamp": String(seconds),
      },
      body,
    };
  }
  return {
    /** The setting: a SubjectPublicKeyInfo in base64, without PEM's lines. */
    publicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    signed,
    /**
     * @param {Record<string, unknown>[]} events
     * @param {number} [seconds] when it is posted
     */
    receipt: (events, seconds) =>
      // The bytes that are signed are not what JSON.stringify would write again.
      signed(`[${events.map((event) => JSON.stringify(event)).join(",\r\n")}]\r\n`, seconds),
  };
}

const signedOf = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: [
    ...["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  ],
  UnsubscribeConfirmation: [
    ...["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  ],
};

/**
 * @param {Record<string, string>} message of SNS
 */
export function snsStringToSign(message) {
  const type = /** @type {keyof typeof signedOf} */ (message.Type);
  const names = signedOf[type].filter((name) => message[name] !== undefined);
  return names.map((name) => `${name}\n${message[name]}\n`).join("");
}

/** @param {string} digits */
const certificateName = (digits) => `/SimpleNotificationService-${digits}.pem`;

/** @typedef {Awaited<ReturnType<typeof startSnsTopic>>} SnsTopic */

/**
 * A topic of Amazon SNS: it signs, publishes its certificate, and notes who confirmed. The
 * addresses in its messages are Amazon's; the Worker asks `origin` in their place.
 * @param {string} [region]
 */
export async function startSnsTopic(region = "ap-northeast-1") {
  let { privateKey, pem } = certified();
  const amazon = `https://sns.${region}.amazonaws.com`;
  const arn = `arn:aws:sns:${region}:123456789012:warifu-mail`;
  let certificatePath = certificateName("0123456789abcdef".repeat(2));
  const token = randomUUID().replaceAll("-", "");
  const confirmPath = `/?Action=ConfirmSubscription&TopicArn=${arn}&Token=${token}`;
  let [certificates, madeUp, confirmations, away] = [0, 0, 0, false];
  const server = createServer((request, response) => {
    if (away) return void response.writeHead(503).end();
    if (request.url === certificatePath) {
      certificates++;
      return void response.end(pem);
    }
    if (request.url?.endsWith(".pem")) madeUp++;
    if (request.url !== confirmPath) return void response.writeHead(404).end();
    confirmations++;
    response.writeHead(200, { "content-type": "text/xml" }).end("<ConfirmSubscriptionResponse/>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

  /**
   * @param {Record<string, string>} message
   * @param {"1" | "2"} version
   * @param {Record<string, string>} [over] put in after signing, so that the signature is wrong
   * @returns {Receipt}
   */
  function signed(message, version, over = {}) {
    const algorithm = version === "1" ? "sha1" : "sha256";
    const signature = sign(algorithm, Buffer.from(snsStringToSign(message)), privateKey);
    const whole = {
      ...message,
      SignatureVersion: version,
      Signature: signature.toString("base64"),
      SigningCertURL: amazon + certificatePath,
      ...over,
    };
    const headers = {
      "content-type": "text/plain; charset=UTF-8",
      "x-amz-sns-message-type": message.Type,
      "x-amz-sns-message-id": message.MessageId,
      "x-amz-sns-topic-arn": message.TopicArn,
    };
    return { headers, body: JSON.stringify(whole) };
  }

  /**
   * @param {string} type
   * @param {string} text
   * @param {Date} at
   * @param {string} topic
   */
  const envelope = (type, text, at, topic = arn) => ({
    Type: type,
    MessageId: randomUUID(),
    TopicArn: topic,
    Message: text,
    Timestamp: at.toISOString(),
  });

  /**
   * @param {string} type
   * @param {{ token?: string, topic?: string }} [how]
   */
  const confirming = (type, { token: confirmed = token, topic } = {}) => ({
    ...envelope(type, `You have chosen to subscribe to the topic ${arn}.`, new Date(), topic),
    Token: confirmed,
    SubscribeURL: amazon + confirmPath,
  });

  return {
    origin: `http://127.0.0.1:${port}`,
    arn,
    confirmations: () => confirmations,
    /** How often its certificate was asked for. */
    certificates: () => certificates,
    /** How often a certificate that is none was asked for. */
    madeUp: () => madeUp,
    /** Signs with another key from now on, whose certificate has another name. */
    renew() {
      ({ privateKey, pem } = certified());
      certificatePath = certificateName(randomUUID().replaceAll("-", ""));
    },
    /** The address of a certificate that SNS never published, as SNS names them. */
    unpublished: () => amazon + certificateName(randomUUID().replaceAll("-", "")),
    /** Whether it answers nothing but 503. @param {boolean} is */
    beAway: (is) => void (away = is),
    /**
     * @param {unknown} event such as SES publishes it; a text as it is
     * @param {{ version?: "1" | "2", at?: Date, over?: Record<string, string>, subject?: boolean, topic?: string }} [how] topic: of
     *   somebody else, whose messages Amazon signs with the same key
     */
    notification(event, { version = "2", at = new Date(), over, subject = true, topic } = {}) {
      const text = typeof event === "string" ? event : JSON.stringify(event);
      const message = envelope("Notification", text, at, topic);
      /** @type {Record<string, string>} */
      const named = subject ? { Subject: "Amazon SES Email Event Notification" } : {};
      return signed({ ...message, ...named }, version, over);
    },
    /** @param {{ version?: "1" | "2", token?: string, topic?: string, over?: Record<string, string> }} [how] */
    confirmation({ version = "2", over, ...how } = {}) {
      return signed(confirming("SubscriptionConfirmation", how), version, over);
    },
    /** Says that the subscription has ended. */
    farewell: () => signed(confirming("UnsubscribeConfirmation"), "2"),
    stop: () =>
      new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/**
 * An event of Amazon SES as it publishes it to a topic, with the tags of the mail.
 * @param {"Send" | "Delivery" | "Bounce" | "Complaint" | "Reject" | "DeliveryDelay"} type
 * @param {object} mail
 * @param {string} mail.id
 * @param {string} mail.to
 * @param {Record<string, string>} mail.tags
 * @param {"Permanent" | "Transient" | "Undetermined"} [mail.bounce]
 * @param {Record<string, unknown>} [mail.details] in place of members of the event's own object
 */
export function sesEvent(type, { id, to, tags, bounce = "Permanent", details: over = {} }) {
  const timestamp = new Date().toISOString();
  const named = Object.entries(tags).map(([name, value]) => [name, [value]]);
  const details = {
    Send: { send: {} },
    Delivery: { delivery: { timestamp, recipients: [to], smtpResponse: "250 ok" } },
    Bounce: {
      bounce: {
        bounceType: bounce,
        bounceSubType: "General",
        bouncedRecipients: [{ emailAddress: to, action: "failed", status: "5.1.1" }],
        timestamp,
      },
    },
    Complaint: { complaint: { complainedRecipients: [{ emailAddress: to }], timestamp } },
    Reject: { reject: { reason: "Bad content" } },
    DeliveryDelay: { deliveryDelay: { delayType: "TransientCommunicationFailure", timestamp } },
  };
  return {
    eventType: type,
    mail: {
      timestamp,
      messageId: id,
      destination: [to],
      tags: { "ses:configuration-set": ["warifu"], ...Object.fromEntries(named) },
    },
    ...Object.fromEntries(
      Object.entries(details[type]).map(([name, members]) => [name, { ...members, ...over }]),
    ),
  };
}
