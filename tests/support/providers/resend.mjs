// Resend: POST /emails, one recipient, text only, with an idempotency key.
import { randomUUID } from "node:crypto";
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
import { mailbox } from "./mailbox.mjs";

/** @type {import("./asked.mjs").Provider} */
export const resend = {
  settings: { apiKey: "re_123456789_abcdefghijklmnopqrstu", from: "otp@mail.example" },
  read(asked, { apiKey, from }) {
    const headers = ["idempotency-key"];
    hold(asked, { method: "POST", path: "/emails", type: "application/json", headers });
    if (header(asked, "user-agent") === null) throw new Refused(403, "1010", "no User-Agent");
    const key = bearer(asked);
    if (key === null) throw new Refused(401, "missing_api_key", "Missing API key");
    if (key !== apiKey) throw new Refused(403, "invalid_api_key", "API key is invalid");
    const once = header(asked, "idempotency-key");
    if (once !== null && !/^[^]{1,256}$/.test(once)) {
      throw new Refused(400, "invalid_idempotency_key", "between 1 and 256 characters");
    }
    const body = json(asked);
    only("body", body, ["from", "to", "subject", "text", "headers"], ["tags"]);
    holdMailHeaders(body.headers);
    const sender = mailbox("from", string("from", body.from), { ascii: false });
    if (sender.address !== from) throw new Refused(403, "validation_error", "not verified");
    const to = Array.isArray(body.to) ? one("to", body.to) : body.to;
    return {
      to: string("to", to, mailAddress),
      text: string("text", body.text),
      subject: string("subject", body.subject, line),
      sender: sender.name,
      address: sender.address,
      reference: tags(body.tags ?? []),
      callback: null,
      once,
    };
  },
  accept() {
    const id = randomUUID();
    return { id, status: 200, ...answer({ id }) };
  },
  refuse({ status, code, message }) {
    return { status, ...answer({ statusCode: status, name: code, message }) };
  },
  failures: {
    destination: [422, "validation_error", "Invalid `to` field."],
    throttled: [429, "rate_limit_exceeded", "Too many requests."],
    broken: [500, "application_error", "An unexpected error occurred."],
    account: [403, "invalid_api_key", "API key is invalid"],
  },
};

/** @param {unknown} list */
function tags(list) {
  if (!Array.isArray(list)) throw new Refused(422, "validation_error", "tags is no list");
  const word = /^[A-Za-z0-9_-]{1,256}$/;
  return Object.fromEntries(
    list.map((tag) => {
      only("tags", object("tags", tag), ["name", "value"]);
      return [string("tag's name", tag.name, word), string("tag's value", tag.value, word)];
    }),
  );
}

/** @param {unknown} body */
const answer = (body) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
