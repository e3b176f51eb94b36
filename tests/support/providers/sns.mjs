// Amazon SNS: POST / with Action=Publish as a form, to a phone number.
import { randomUUID } from "node:crypto";
import { Refused, e164, form, hold, only, string } from "./asked.mjs";
import { holdSignature } from "./sigv4.mjs";

/** @type {import("./asked.mjs").Provider} */
export const sns = {
  settings: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    region: "ap-northeast-1",
    senderId: "WARIFU",
  },
  read(asked, settings, now) {
    const headers = ["x-amz-date", "x-amz-content-sha256"];
    hold(asked, { method: "POST", path: "/", type: "application/x-www-form-urlencoded", headers });
    const { accessKeyId, secretAccessKey, region, senderId } = settings;
    holdSignature(asked, { accessKeyId, secretAccessKey, region, service: "sns" }, now);
    const { attributes, fields } = attributesOf(form(asked));
    only("form", fields, ["Action", "Version", "PhoneNumber", "Message"]);
    if (fields.Action !== "Publish" || fields.Version !== "2010-03-31") {
      throw new Refused(400, "InvalidAction", `${fields.Action} of ${fields.Version}`);
    }
    string("PhoneNumber", fields.PhoneNumber, e164);
    if (string("Message", fields.Message).length > 1600) {
      throw new Refused(400, "InvalidParameter", "Message too long");
    }
    only("attributes", attributes, ["AWS.SNS.SMS.SMSType"], ["AWS.SNS.SMS.SenderID"]);
    if (attributes["AWS.SNS.SMS.SMSType"] !== "Transactional") {
      throw new Refused(400, "InvalidParameter", "a code is Transactional");
    }
    const sender = attributes["AWS.SNS.SMS.SenderID"] ?? "";
    if (sender !== senderId) throw new Refused(400, "InvalidParameter", `SenderID ${sender}`);
    return {
      to: fields.PhoneNumber,
      text: fields.Message,
      subject: null,
      sender,
      address: null,
      reference: {},
      callback: null,
      once: null,
    };
  },
  accept() {
    const id = randomUUID();
    const result = `<PublishResult><MessageId>${id}</MessageId></PublishResult>`;
    return { id, status: 200, ...xml("PublishResponse", result) };
  },
  refuse({ status, code, message }) {
    const type = status < 500 ? "Sender" : "Receiver";
    const error = `<Error><Type>${type}</Type><Code>${code}</Code><Message>${escape(message)}</Message></Error>`;
    return { status, ...xml("ErrorResponse", error) };
  },
  failures: {
    destination: [400, "InvalidParameter", "Invalid parameter: PhoneNumber"],
    throttled: [429, "Throttled", "Rate exceeded"],
    broken: [500, "InternalError", "Internal error"],
    account: [403, "AuthorizationError", "Not authorized to perform: SNS:Publish"],
  },
};

/**
 * Takes MessageAttributes.entry.N.Name, .Value.DataType and .Value.StringValue apart.
 * @param {Record<string, string>} form
 */
function attributesOf(form) {
  /** @type {Record<string, string>} */
  const attributes = {};
  const fields = { ...form };
  for (let entry = 1; `MessageAttributes.entry.${entry}.Name` in fields; entry++) {
    const prefix = `MessageAttributes.entry.${entry}`;
    const take = (/** @type {string} */ part) => {
      const value = string(`${prefix}.${part}`, fields[`${prefix}.${part}`]);
      delete fields[`${prefix}.${part}`];
      return value;
    };
    if (take("Value.DataType") !== "String") {
      throw new Refused(400, "InvalidParameterValue", `${prefix} is no String`);
    }
    attributes[take("Name")] = take("Value.StringValue");
  }
  return { attributes, fields };
}

/**
 * @param {string} name
 * @param {string} content
 */
const xml = (name, content) => ({
  headers: { "content-type": "text/xml" },
  body: `<${name} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${content}<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${name}>`,
});

/** @param {string} text */
const escape = (text) => text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
