// An issuer's own gateway: what it is sent is ours to define, and signed as Standard Webhooks say.
import { randomUUID } from "node:crypto";
import { Refused, e164, hold, json, line, mailAddress, object, only, string } from "./asked.mjs";
import { holdWebhook } from "./standard-webhooks.mjs";

/** @type {import("./asked.mjs").Provider} */
export const webhook = {
  settings: { path: "/otp", secrets: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
  read(asked, { path, secrets }, now) {
    const headers = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    hold(asked, { method: "POST", path, type: "application/json", headers });
    holdWebhook(asked, secrets.split(" "), now);
    const body = json(asked);
    only("body", body, ["type", "timestamp", "data"]);
    string("type", body.type, /^message\.send$/);
    string("timestamp", body.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/);
    const data = object("data", body.data);
    const must = ["channel", "to", "sender", "subject", "text", "locale", "challenge", "delivery"];
    only("data", data, must);
    const mail = string("channel", data.channel, /^(?:email|sms)$/) === "email";
    if (!mail && data.subject !== null) throw new Refused(400, "400", "an SMS has no subject");
    string("locale", data.locale, /^(?:ja|en)$/);
    // A message that carries no code belongs to no challenge.
    const code = data.challenge !== null || data.delivery !== null;
    if (code) {
      string("challenge", data.challenge, /^ch_[A-Za-z0-9_-]{22}$/);
      if (!Number.isInteger(data.delivery) || data.delivery < 1) {
        throw new Refused(400, "400", `delivery ${data.delivery}`);
      }
    }
    /** @type {Record<string, string>} */
    const reference = code ? { challenge: data.challenge, delivery: String(data.delivery) } : {};
    return {
      to: string("to", data.to, mail ? mailAddress : e164),
      text: string("text", data.text),
      subject: mail ? string("subject", data.subject, line) : null,
      sender: string("sender", data.sender, line),
      address: null,
      reference,
      callback: null,
      // A gateway drops what it has seen by webhook-id; here each request is kept, to be counted.
      once: null,
    };
  },
  accept() {
    return { id: randomUUID(), status: 204 };
  },
  refuse({ status, code, message }) {
    const headers = { "content-type": "application/json" };
    return { status, headers, body: JSON.stringify({ code, message }) };
  },
  failures: {
    destination: [422, "bad_destination", "no such destination"],
    throttled: [429, "throttled", "too many"],
    broken: [500, "broken", "a fault of the gateway"],
    account: [401, "webhook", "not signed by a known secret"],
  },
};
