// SendGrid v3: POST /v3/mail/send, one recipient, text only.
import { randomBytes } from "node:crypto";
import {
  Refused,
  bearer,
  header,
  hold,
  holdMailHeaders,
  json,
  line,
  mailAddress,
  object,
  one,
  only,
  string,
} from "./asked.mjs";

/** @type {import("./asked.mjs").Provider} */
export const sendgrid = {
  settings: { apiKey: `SG.${"k".repeat(22)}.${"s".repeat(43)}`, from: "otp@mail.example" },
  read(asked, { apiKey, from }) {
    hold(asked, { method: "POST", path: "/v3/mail/send", type: "application/json" });
    if (bearer(asked) !== apiKey) throw new Refused(401, "401", "authorization grant is invalid");
    if (header(asked, "accept") === null) throw new Refused(406, "406", "Accept is missing");
    const body = json(asked);
    const must = ["personalizations", "from", "subject", "content", "headers"];
    only("body", body, must, ["tracking_settings", "custom_args"]);
    const envelope = object("envelope", one("personalizations", body.personalizations));
    only("envelope", envelope, ["to"], ["custom_args"]);
    const recipient = object("to", one("to", envelope.to));
    only("to", recipient, ["email"]);
    const sender = object("from", body.from);
    only("from", sender, ["email", "name"]);
    if (sender.email !== from) throw new Refused(403, "403", "from is no verified sender");
    const part = object("content", one("content", body.content));
    only("content", part, ["type", "value"]);
    if (part.type !== "text/plain") throw new Refused(400, "400", `content of ${part.type}`);
    holdMailHeaders(body.headers);
    holdNoTracking(body.tracking_settings);
    return {
      to: string("to", recipient.email, mailAddress),
      text: string("content", part.value),
      subject: string("subject", body.subject, line),
      sender: string("from.name", sender.name, line),
      address: sender.email,
      reference: { ...arguments_(body.custom_args), ...arguments_(envelope.custom_args) },
      callback: null,
      once: null,
    };
  },
  accept() {
    const id = randomBytes(16).toString("base64url");
    return { id, status: 202, headers: { "x-message-id": id } };
  },
  refuse({ status, code, message }) {
    // There are no codes, but a field that is at fault is named.
    const field = /^\d+$/.test(code) ? null : code;
    const body = JSON.stringify({ errors: [{ message, field, help: null }] });
    return { status, headers: { "content-type": "application/json" }, body };
  },
  failures: {
    destination: [400, "personalizations.0.to.0.email", "Does not contain a valid address."],
    throttled: [429, "429", "too many requests"],
    broken: [500, "500", "internal server error"],
    account: [401, "401", "The provided authorization grant is invalid, expired, or revoked"],
  },
};

/**
 * A code's mail is not tracked: neither its links are rewritten nor a picture is put into it.
 * @param {unknown} settings
 */
function holdNoTracking(settings) {
  const expected = {
    click_tracking: { enable: false, enable_text: false },
    open_tracking: { enable: false },
  };
  if (settings === undefined) throw new Refused(400, "400", "tracking_settings are missing");
  const given = object("tracking_settings", settings);
  only("tracking_settings", given, ["click_tracking", "open_tracking"]);
  for (const [name, off] of Object.entries(expected)) {
    if (JSON.stringify(given[name]) !== JSON.stringify(off)) {
      throw new Refused(400, "400", `tracking_settings.${name} is on`);
    }
  }
}

/**
 * @param {unknown} given
 * @returns {Record<string, string>}
 */
function arguments_(given) {
  if (given === undefined) return {};
  const named = object("custom_args", given);
  for (const [name, value] of Object.entries(named)) string(`custom_args.${name}`, value);
  return named;
}
