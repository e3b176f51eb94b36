// Twilio Programmable Messaging: POST /2010-04-01/Accounts/{AccountSid}/Messages.json.
import { randomBytes } from "node:crypto";
import { Refused, basic, e164, form, hold, only, string } from "./asked.mjs";

/** @type {import("./asked.mjs").Provider} */
export const twilio = {
  settings: {
    accountSid: `AC${"0123456789abcdef".repeat(2)}`,
    authToken: "fedcba9876543210fedcba9876543210",
    from: "+15005550006",
  },
  read(asked, { accountSid, authToken, from }) {
    const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
    hold(asked, { method: "POST", path, type: "application/x-www-form-urlencoded" });
    const { user, password } = basic(asked);
    if (user !== accountSid || password !== authToken) {
      throw new Refused(401, "20003", "Authenticate");
    }
    const fields = form(asked);
    const sender = fields.MessagingServiceSid === undefined ? "From" : "MessagingServiceSid";
    only("form", fields, ["To", "Body", sender], ["StatusCallback", "ValidityPeriod"]);
    string("To", fields.To, e164);
    if (string(sender, fields[sender]) !== from) {
      throw new Refused(400, "21606", `${sender} ${fields[sender]} is not the account's`);
    }
    if (string("Body", fields.Body).length > 1600) throw new Refused(400, "21617", "Body too long");
    const callback = fields.StatusCallback ?? null;
    if (fields.ValidityPeriod !== undefined) {
      const seconds = Number(string("ValidityPeriod", fields.ValidityPeriod, /^[1-9]\d{0,4}$/));
      if (seconds > 36_000) throw new Refused(400, "21620", "ValidityPeriod");
    }
    return {
      to: fields.To,
      text: fields.Body,
      subject: null,
      sender: fields[sender],
      address: null,
      reference: callback === null ? {} : holdCallback(callback),
      callback,
      once: null,
    };
  },
  accept(taken) {
    const id = `SM${randomBytes(16).toString("hex")}`;
    const body = { sid: id, status: "queued", to: taken.to, error_code: null, error_message: null };
    return { id, status: 201, ...json(body) };
  },
  refuse({ status, code, message }) {
    const more_info = `https://www.twilio.com/docs/errors/${code}`;
    return { status, ...json({ code: Number(code), message, more_info, status }) };
  },
  failures: {
    destination: [400, "21211", "Invalid 'To' Phone Number"],
    throttled: [429, "20429", "Too Many Requests"],
    broken: [503, "20503", "Service Unavailable"],
    account: [401, "20003", "Authenticate"],
  },
};

/**
 * What comes back with every receipt: the query of the address that it is posted to.
 * @param {string} text
 */
function holdCallback(text) {
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url?.hostname === "localhost" || url?.hostname === "127.0.0.1";
  const usable = url && (url.protocol === "https:" || local) && !url.hostname.includes("_");
  if (!usable || url.username || url.hash || url.pathname !== "/v1/receipts/twilio")
    throw new Refused(400, "21609", `StatusCallback ${text}`);
  const reference = Object.fromEntries(url.searchParams);
  only("StatusCallback", reference, ["challenge", "delivery"]);
  string("challenge", reference.challenge, /^ch_[\w-]{22}$/);
  string("delivery", reference.delivery, /^[1-9]\d*$/);
  return reference;
}

/** @param {unknown} body */
const json = (body) => ({
  headers: { "content-type": "application/json;charset=utf-8" },
  body: JSON.stringify(body),
});
