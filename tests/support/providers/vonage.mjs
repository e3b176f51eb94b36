// Vonage Messages API: POST /v1/messages, with the account's key and secret.
import { randomUUID } from "node:crypto";
import { Refused, basic, hold, json, object, only, string } from "./asked.mjs";

/** @type {import("./asked.mjs").Provider} */
export const vonage = {
  settings: { apiKey: "abcd1234", apiSecret: "Zm9vYmFyYmF6cXV4", from: "WARIFU" },
  read(asked, { apiKey, apiSecret, from }) {
    hold(asked, { method: "POST", path: "/v1/messages", type: "application/json" });
    const { user, password } = basic(asked);
    if (user !== apiKey || password !== apiSecret) throw new Refused(401, "unauthorized", "no");
    const body = json(asked);
    const must = ["message_type", "channel", "to", "from", "text"];
    only("body", body, must, ["client_ref", "webhook_url", "webhook_version", "ttl", "sms"]);
    if (body.message_type !== "text" || body.channel !== "sms") {
      throw new Refused(422, "invalid-params", "not a text by SMS");
    }
    // E.164 without its plus.
    string("to", body.to, /^[1-9]\d{6,14}$/);
    if (string("from", body.from) !== from) throw new Refused(422, "1120", `from ${body.from}`);
    string("text", body.text);
    if (body.client_ref !== undefined) string("client_ref", body.client_ref, /^[^]{1,100}$/);
    if (body.sms !== undefined) {
      only("sms", object("sms", body.sms), ["encoding_type"]);
      string("sms.encoding_type", body.sms.encoding_type, /^(?:auto|text|unicode)$/);
    }
    const gsm = /^[\x0a\x0d\x20-\x7e]*$/.test(body.text);
    if (body.sms?.encoding_type === "text" && !gsm) {
      throw new Refused(422, "invalid-params", "text needs unicode");
    }
    /** @type {Record<string, string>} */
    const reference = body.client_ref === undefined ? {} : { client_ref: body.client_ref };
    return {
      to: `+${body.to}`,
      text: body.text,
      subject: null,
      sender: body.from,
      address: null,
      reference,
      callback: body.webhook_url ?? null,
      once: null,
    };
  },
  accept() {
    const id = randomUUID();
    return { id, status: 202, ...answer({ message_uuid: id }) };
  },
  refuse({ status, code, message }) {
    const type = `https://developer.vonage.com/api-errors/messages#${code}`;
    return { status, ...answer({ type, title: message, detail: message, instance: randomUUID() }) };
  },
  failures: {
    destination: [422, "1040", "Invalid message"],
    throttled: [429, "1000", "Throttled"],
    broken: [500, "1030", "Internal error"],
    account: [402, "1070", "Partner quota exceeded"],
  },
};

/** @param {unknown} body */
const answer = (body) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
