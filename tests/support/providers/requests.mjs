// Right requests to each provider, and fields that each would not take: for the tests of the
// providers' own checks.
import { createHash, createHmac } from "node:crypto";
import { sign } from "./standard-webhooks.mjs";

/**
 * @typedef {import("../providers.mjs").ProviderServer} Server
 * @typedef {{ method: string, path: string, headers: Record<string, string>, body: string }} Sent
 */

export const to = "+819012341234";
export const sms = "パスワード : 123456\nご利用金額 : JPY3,150\n株式会社わりふカード";
export const mail = {
  to: "taro@mail.jp",
  subject: "ワンタイムパスワード（第2回）",
  text: "■発行情報\n…",
};
export const name = "株式会社わりふカード";
/** What says that no person wrote a mail. */
const auto = { "Auto-Submitted": "auto-generated" };
const json = { "content-type": "application/json" };
const formType = { "content-type": "application/x-www-form-urlencoded" };

/** @param {string} user @param {string} password */
const basic = (user, password) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

/**
 * Signs for AWS, step by step for the one case of a post without a query.
 * @param {Server} server
 * @param {string} service
 * @param {Sent} sent
 * @returns {Sent}
 */
function signed({ origin, settings }, service, { path, headers, body, method }) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const hash = (/** @type {string} */ text) => createHash("sha256").update(text).digest("hex");
  const type = headers["content-type"];
  const lines = [`content-type:${type}`, `host:${new URL(origin).host}`, `x-amz-date:${time}`];
  const names = "content-type;host;x-amz-date";
  const canonical = [method, path, "", ...lines, "", names, hash(body)].join("\n");
  const place = `${time.slice(0, 8)}/${settings.region}/${service}/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${place}\n${hash(canonical)}`;
  let key = Buffer.from(`AWS4${settings.secretAccessKey}`);
  for (const part of [...place.split("/"), toSign]) {
    key = createHmac("sha256", key).update(part).digest();
  }
  const credential = `Credential=${settings.accessKeyId}/${place}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${key.toString("hex")}`;
  return { method, path, body, headers: { ...headers, "x-amz-date": time, authorization } };
}

/**
 * A right request to each provider, with `change` applied to its fields before it is written.
 * @type {Record<string, (server: Server, change?: (fields: any) => void) => Sent>}
 */
export const right = {
  twilio({ settings }, change = () => {}) {
    const { accountSid, authToken, from } = settings;
    const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
    const callback = `https://otp.example/v1/receipts/twilio?challenge=ch_${"1".repeat(22)}&delivery=1`;
    const fields = { To: to, From: from, Body: sms, StatusCallback: callback };
    change(fields);
    const headers = { ...formType, ...basic(accountSid, authToken) };
    return { method: "POST", path, headers, body: new URLSearchParams(fields).toString() };
  },
  vonage({ settings }, change = () => {}) {
    const { apiKey, apiSecret, from } = settings;
    const text = { message_type: "text", channel: "sms", to: to.slice(1), from, text: sms };
    const fields = { ...text, client_ref: "ch_1.1", sms: { encoding_type: "unicode" } };
    change(fields);
    const headers = { ...json, ...basic(apiKey, apiSecret) };
    return { method: "POST", path: "/v1/messages", headers, body: JSON.stringify(fields) };
  },
  sns(server, change = () => {}) {
    const entry = (
      /** @type {number} */ n,
      /** @type {string} */ key,
      /** @type {string} */ value,
    ) => ({
      [`MessageAttributes.entry.${n}.Name`]: key,
      [`MessageAttributes.entry.${n}.Value.DataType`]: "String",
      [`MessageAttributes.entry.${n}.Value.StringValue`]: value,
    });
    const fields = {
      ...{ Action: "Publish", Version: "2010-03-31", PhoneNumber: to, Message: sms },
      ...entry(1, "AWS.SNS.SMS.SMSType", "Transactional"),
      ...entry(2, "AWS.SNS.SMS.SenderID", server.settings.senderId),
    };
    change(fields);
    const body = new URLSearchParams(fields).toString();
    return signed(server, "sns", { method: "POST", path: "/", headers: formType, body });
  },
  ses(server, change = () => {}) {
    const from = `=?UTF-8?B?${Buffer.from(name).toString("base64")}?= <${server.settings.from}>`;
    const content = (/** @type {string} */ Data) => ({ Data, Charset: "UTF-8" });
    const Headers = Object.entries(auto).map(([Name, Value]) => ({ Name, Value }));
    const Simple = { Subject: content(mail.subject), Body: { Text: content(mail.text) }, Headers };
    const fields = {
      FromEmailAddress: from,
      Destination: { ToAddresses: [mail.to] },
      Content: { Simple },
      EmailTags: [{ Name: "challenge", Value: "ch_1" }],
      ConfigurationSetName: server.settings.configurationSet,
    };
    change(fields);
    const body = JSON.stringify(fields);
    const path = "/v2/email/outbound-emails";
    return signed(server, "ses", { method: "POST", path, headers: json, body });
  },
  sendgrid({ settings }, change = () => {}) {
    const fields = {
      personalizations: [{ to: [{ email: mail.to }] }],
      from: { email: settings.from, name },
      subject: mail.subject,
      content: [{ type: "text/plain", value: mail.text }],
      headers: { ...auto },
      custom_args: { challenge: "ch_1" },
      tracking_settings: {
        click_tracking: { enable: false, enable_text: false },
        open_tracking: { enable: false },
      },
    };
    change(fields);
    const accept = { accept: "application/json", authorization: `Bearer ${settings.apiKey}` };
    const headers = { ...json, ...accept };
    return { method: "POST", path: "/v3/mail/send", headers, body: JSON.stringify(fields) };
  },
  resend({ settings }, change = () => {}) {
    const from = `${name} <${settings.from}>`;
    const headers = { ...auto };
    const fields = { from, ...mail, headers, tags: [{ name: "challenge", value: "ch_1" }] };
    change(fields);
    const once = { "user-agent": "warifu", "idempotency-key": "ch_1.1" };
    const sent = { ...json, ...once, authorization: `Bearer ${settings.apiKey}` };
    return { method: "POST", path: "/emails", headers: sent, body: JSON.stringify(fields) };
  },
  webhook({ settings }, change = () => {}) {
    const challenge = `ch_${"A".repeat(22)}`;
    const what = { channel: "sms", to, sender: name, subject: null, text: sms, locale: "ja" };
    const data = { ...what, challenge, delivery: 1 };
    const fields = { type: "message.send", timestamp: new Date().toISOString(), data };
    change(fields);
    const body = JSON.stringify(fields);
    const [id, at] = [`${challenge}-1`, Math.floor(Date.now() / 1000)];
    const stamp = { "webhook-id": id, "webhook-timestamp": `${at}` };
    const headers = {
      ...json,
      ...stamp,
      "webhook-signature": sign(settings.secrets, id, at, body),
    };
    return { method: "POST", path: settings.path, headers, body };
  },
};

/** Fields that a provider would not take. @type {Record<string, ((fields: any) => void)[]>} */
export const wrongFields = {
  twilio: [
    (fields) => (fields.To = "09012341234"),
    (fields) => (fields.From = "+15005550001"),
    (fields) => delete fields.Body,
    (fields) => (fields.Body = "a".repeat(1601)),
    (fields) => (fields.StatusCallback = fields.StatusCallback.replace("https", "http")),
    (fields) => (fields.StatusCallback = "https://otp.example/"),
    (fields) => (fields.StatusCallback += "&x=1"),
    (fields) => (fields.MessagingServiceSid = "MG1"),
  ],
  vonage: [
    (fields) => (fields.to = to),
    (fields) => (fields.channel = "mms"),
    (fields) => (fields.client_ref = "a".repeat(101)),
    (fields) => (fields.sms.encoding_type = "text"),
  ],
  sns: [
    (fields) => (fields.PhoneNumber = "09012341234"),
    (fields) => (fields.TopicArn = "arn:aws:sns:ap-northeast-1:1:t"),
    (fields) => (fields["MessageAttributes.entry.1.Value.StringValue"] = "Promotional"),
    (fields) => delete fields["MessageAttributes.entry.2.Value.DataType"],
  ],
  ses: [
    (fields) => (fields.FromEmailAddress = `${name} <otp@mail.example>`),
    (fields) => (fields.FromEmailAddress = "other@mail.example"),
    (fields) => fields.Destination.ToAddresses.push("jiro@mail.jp"),
    (fields) => (fields.Content.Simple.Subject.Data = "a\r\nBcc: b@c.example"),
    (fields) => delete fields.Content.Simple.Body.Text.Charset,
    (fields) => (fields.EmailTags[0].Value = "ch.1"),
    (fields) => (fields.Destination.ToAddresses = ["taro..k@docomo.ne.jp"]),
    (fields) => delete fields.Content.Simple.Headers,
    (fields) => (fields.Content.Simple.Headers[0].Value = "no"),
  ],
  sendgrid: [
    (fields) => (fields.subject = "a\nb"),
    (fields) => (fields.from.name = "a\r\nBcc: b@c.example"),
    (fields) => (fields.content[0].type = "text/html"),
    (fields) => (fields.custom_args.challenge = 1),
    (fields) => delete fields.tracking_settings,
    (fields) => (fields.personalizations[0].to[0].email = "taro..k@docomo.ne.jp"),
    (fields) => delete fields.headers,
    (fields) => (fields.headers["Reply-To"] = "taro@mail.jp"),
    (fields) => fields.personalizations.push(fields.personalizations[0]),
  ],
  resend: [
    (fields) => (fields.from = "Co., Ltd. <otp@mail.example>"),
    (fields) => (fields.to = ["taro@mail.jp", "jiro@mail.jp"]),
    (fields) => (fields.tags[0].value = "一"),
    (fields) => (fields.to = "taro..k@docomo.ne.jp"),
    (fields) => delete fields.headers,
    (fields) => (fields.headers["Auto-Submitted"] = "auto-replied"),
  ],
  webhook: [
    (fields) => (fields.data.subject = "an SMS has none"),
    (fields) => (fields.data.to = "taro@mail.jp"),
    (fields) => (fields.data.delivery = 0),
    (fields) => (fields.data.code = "123456"),
  ],
};
