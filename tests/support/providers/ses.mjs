// Amazon SES v2: POST /v2/email/outbound-emails, a simple text mail.
import { randomBytes, randomUUID } from "node:crypto";
import {
  Refused,
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
import { holdSignature } from "./sigv4.mjs";

/** @type {import("./asked.mjs").Provider} */
export const ses = {
  settings: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    region: "ap-northeast-1",
    from: "otp@mail.example",
    configurationSet: "warifu",
  },
  read(asked, settings, now) {
    const path = "/v2/email/outbound-emails";
    const headers = ["x-amz-date", "x-amz-content-sha256"];
    hold(asked, { method: "POST", path, type: "application/json", headers });
    const { accessKeyId, secretAccessKey, region, from, configurationSet } = settings;
    holdSignature(asked, { accessKeyId, secretAccessKey, region, service: "ses" }, now);
    const body = json(asked);
    const must = ["FromEmailAddress", "Destination", "Content"];
    only("body", body, must, ["EmailTags", "ConfigurationSetName"]);
    const sender = mailbox("From", string("From", body.FromEmailAddress), { ascii: true });
    if (sender.address !== from) throw new Refused(400, "MessageRejected", "not verified");
    only("Destination", object("Destination", body.Destination), ["ToAddresses"]);
    const to = string("To", one("ToAddresses", body.Destination.ToAddresses), mailAddress);
    if (/[^\x21-\x7e]/.test(to)) throw new Refused(400, "BadRequestException", "To is not 7 bit");
    only("Content", object("Content", body.Content), ["Simple"]);
    const simple = object("Simple", body.Content.Simple);
    only("Simple", simple, ["Subject", "Body", "Headers"]);
    const { Name, Value, ...more } = object("Headers", one("Headers", simple.Headers));
    only("Headers", more, []);
    holdMailHeaders({ [Name]: Value });
    only("Body", object("Body", simple.Body), ["Text"]);
    if ((body.ConfigurationSetName ?? "") !== configurationSet) {
      throw new Refused(404, "NotFoundException", "no such configuration set");
    }
    return {
      to,
      text: content("Text", simple.Body.Text),
      subject: string("Subject", content("Subject", simple.Subject), line),
      sender: sender.name,
      address: sender.address,
      reference: tags(body.EmailTags ?? []),
      callback: null,
      once: null,
    };
  },
  accept() {
    const id = `0106${randomBytes(6).toString("hex")}-${randomUUID()}-000000`;
    return { id, status: 200, ...answer({ MessageId: id }) };
  },
  refuse({ status, code, message }) {
    const { headers, body } = answer({ message });
    return { status, headers: { ...headers, "x-amzn-errortype": code }, body };
  },
  failures: {
    destination: [400, "BadRequestException", "Local address contains control or whitespace"],
    throttled: [429, "TooManyRequestsException", "Maximum sending rate exceeded."],
    broken: [500, "InternalFailure", "Internal failure"],
    account: [400, "AccountSuspendedException", "Sending is suspended"],
  },
};

/**
 * @param {string} where
 * @param {unknown} value
 */
function content(where, value) {
  const { Data, Charset } = object(where, value);
  only(where, object(where, value), ["Data", "Charset"]);
  if (Charset !== "UTF-8") throw new Refused(400, "BadRequestException", `${where}: ${Charset}`);
  return string(where, Data);
}

/** @param {unknown} list */
function tags(list) {
  if (!Array.isArray(list)) throw new Refused(400, "BadRequestException", "EmailTags is no list");
  const word = /^[A-Za-z0-9_-]{1,256}$/;
  return Object.fromEntries(
    list.map((tag) => {
      only("EmailTags", object("EmailTags", tag), ["Name", "Value"]);
      return [string("tag's Name", tag.Name, word), string("tag's Value", tag.Value, word)];
    }),
  );
}

/** @param {unknown} body */
const answer = (body) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
