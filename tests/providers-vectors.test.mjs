// The providers of the tests, themselves tested: their signatures against published vectors.
import assert from "node:assert/strict";
import { X509Certificate, createPublicKey, verify } from "node:crypto";
import { after, test } from "node:test";
import { Refused, mailAddress } from "./support/providers/asked.mjs";
import { mailbox } from "./support/providers/mailbox.mjs";
import {
  sendgridWebhook,
  sesEvent,
  snsStringToSign,
  startSnsTopic,
  twilioReceipt,
  twilioSignature,
} from "./support/providers/receipts.mjs";
import { holdSignature } from "./support/providers/sigv4.mjs";
import { holdWebhook, sign } from "./support/providers/standard-webhooks.mjs";

/** @typedef {import("./support/providers/asked.mjs").Asked} Asked */

/**
 * @param {string} method
 * @param {string} target
 * @param {Record<string, string>} headers
 * @param {string} [body]
 * @returns {Asked}
 */
function asked(method, target, headers, body = "") {
  const [path, query = ""] = target.split("?");
  return { method, path, query, headers: Object.entries(headers), body: Buffer.from(body) };
}

// The suite of AWS (aws-c-auth, tests/aws-signing-test-suite/v4).
const suite = { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" };
const token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
const formHash = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e";
const formed = { ...suite, "content-length": "13", "x-amz-content-sha256": formHash };
const urlencoded = "application/x-www-form-urlencoded";
/** @type {{ name: string, target?: string, headers: Record<string, string>, body?: string, signature: string }[]} */
const vectors = [
  {
    name: "get-vanilla",
    headers: suite,
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  {
    name: "get-vanilla-query-order-key-case",
    target: "/?Param2=value2&Param1=value1",
    headers: suite,
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  {
    name: "get-vanilla-with-session-token",
    headers: { ...suite, "x-amz-security-token": token },
    signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
  },
  {
    name: "get-header-value-trim",
    headers: { ...suite, "my-header1": " value1", "my-header2": ' "a   b   c"' },
    signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  },
  {
    name: "post-vanilla",
    headers: suite,
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  {
    name: "post-x-www-form-urlencoded",
    headers: { ...formed, "content-type": urlencoded },
    body: "Param1=value1",
    signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
  },
  {
    name: "post-x-www-form-urlencoded-parameters",
    headers: { ...formed, "content-type": `${urlencoded}; charset=utf-8` },
    body: "Param1=value1",
    signature: "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
  },
];
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const scope = { accessKeyId: "AKIDEXAMPLE", secretAccessKey, region: "us-east-1" };
const then = Date.UTC(2015, 7, 30, 12, 36);

for (const { name, target = "/", headers, body = "", signature } of vectors) {
  const method = name.startsWith("get") ? "GET" : "POST";
  const signed = Object.keys(headers).sort().join(";");
  const credential = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=${signature}`;
  const whole = asked(method, target, { ...headers, authorization }, body);

  test(`Signature Version 4: ${name} is right as published, and wrong when anything is changed`, () => {
    const held = (/** @type {Partial<Asked>} */ change, over = {}, now = then) =>
      holdSignature({ ...whole, ...change }, { ...scope, service: "service", ...over }, now);
    held({});
    held({}, {}, then + 299_000);
    const late = [then + 301_000, then - 301_000];
    for (const now of late) assert.throws(() => held({}, {}, now), Refused);
    for (const change of [
      { method: "PUT" },
      { path: "/x" },
      { body: Buffer.from("Param1=value2") },
    ]) {
      assert.throws(() => held(change), Refused, JSON.stringify(change));
    }
    for (const over of [{ service: "ses" }, { region: "eu-west-1" }, { secretAccessKey: "x" }]) {
      assert.throws(() => held({}, over), Refused, JSON.stringify(over));
    }
    const [first, ...others] = whole.headers;
    assert.throws(() => held({ headers: [[first[0], "other.example"], ...others] }), Refused);
    assert.throws(() => held({ headers: [["x-amz-unsigned", "1"], ...whole.headers] }), Refused);
  });
}

test("Twilio's signature is that of its documentation and of its library's tests", () => {
  const url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  const fields = { CallSid: "CA1234567890ABCDE", Digits: "1234", To: "+18005551212" };
  const documented = { ...fields, Caller: "+12349013030", From: "+12349013030" };
  assert.equal(twilioSignature("12345", url, documented), "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
  const tested = { ...fields, Caller: "+14158675309", From: "+14158675309" };
  assert.equal(twilioSignature("12345", url, tested), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
  const account = { authToken: "12345", accountSid: "AC0" };
  const message = { id: "SM0", status: "delivered", to: "+819012341234", from: "+15005550006" };
  const receipt = twilioReceipt(account, url, message);
  const sent = Object.fromEntries(new URLSearchParams(receipt.body));
  assert.equal(receipt.headers["x-twilio-signature"], twilioSignature("12345", url, sent));
});

test("Standard Webhooks: the published signature, and nothing but it", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const [id, at, body] = ["msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'];
  const right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  assert.equal(sign(secret, id, at, body), right);
  const held = (/** @type {Record<string, string>} */ over = {}, now = at) => {
    const headers = { "webhook-id": id, "webhook-timestamp": `${at}`, "webhook-signature": right };
    return holdWebhook(asked("POST", "/", { ...headers, ...over }, body), [secret], now * 1000);
  };
  assert.deepEqual(held(), { id, timestamp: at });
  held({ "webhook-signature": `${sign("whsec_AAAA", id, at, body)} ${right}` });
  /** @type {Record<string, string>[]} */
  const wrong = [
    { "webhook-id": "msg_other" },
    { "webhook-timestamp": `${at + 1}` },
    { "webhook-signature": right.replace("g0", "g1") },
    { "webhook-signature": right.slice(3) },
  ];
  for (const over of wrong) assert.throws(() => held(over), Refused, JSON.stringify(over));
  assert.throws(() => held({}, at + 301), Refused);
});

test("SendGrid's events are signed as its own library verifies them", () => {
  // The vector of @sendgrid/eventwebhook: what is signed is the time and the bytes as posted.
  const published = {
    key: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
    signature:
      "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
    signed:
      '1600112502[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
  };
  const verified = (/** @type {typeof published} */ { key, signature, signed }) => {
    const spki = { key: Buffer.from(key, "base64"), format: "der", type: "spki" };
    const publicKey = createPublicKey(/** @type {import("node:crypto").PublicKeyInput} */ (spki));
    return verify("sha256", Buffer.from(signed), publicKey, Buffer.from(signature, "base64"));
  };
  assert.ok(verified(published));
  const ours = sendgridWebhook();
  const { headers, body } = ours.receipt([{ event: "delivered" }, { event: "bounce" }], 1600112502);
  const signature = headers["x-twilio-email-event-webhook-signature"];
  assert.ok(verified({ key: ours.publicKey, signature, signed: `1600112502${body}` }));
  assert.ok(!verified({ key: ours.publicKey, signature, signed: `1600112503${body}` }));
  assert.equal(JSON.parse(body).length, 2);
});

test("a topic's messages are signed by the key of the certificate that it publishes", async () => {
  const topic = await startSnsTopic();
  after(() => topic.stop());
  const event = sesEvent("Bounce", { id: "1", to: "taro@mail.jp", tags: { delivery: "1" } });
  for (const version of /** @type {const} */ (["1", "2"])) {
    for (const receipt of [
      topic.notification(event, { version }),
      topic.confirmation({ version }),
    ]) {
      const message = JSON.parse(receipt.body);
      const { pathname } = new URL(message.SigningCertURL);
      const pem = await (await fetch(topic.origin + pathname)).text();
      const { publicKey } = new X509Certificate(pem);
      const signed = Buffer.from(snsStringToSign(message));
      const signature = Buffer.from(message.Signature, "base64");
      assert.ok(verify(version === "1" ? "sha1" : "sha256", signed, publicKey, signature));
      assert.ok(!verify("sha256", Buffer.concat([signed, signed]), publicKey, signature));
      assert.match(
        message.SigningCertURL,
        /^https:\/\/sns\.ap-northeast-1\.amazonaws\.com\/.*\.pem$/,
      );
    }
  }
  // The order that Amazon documents, a line for each name and each value.
  const bare = {
    Type: "Notification",
    MessageId: "m",
    TopicArn: "t",
    Message: "x",
    Timestamp: "z",
  };
  const text = "Message\nx\nMessageId\nm\nTimestamp\nz\nTopicArn\nt\nType\nNotification\n";
  assert.equal(snsStringToSign(bare), text);
  const url = new URL(JSON.parse(topic.confirmation().body).SubscribeURL);
  assert.equal((await fetch(topic.origin + url.pathname + url.search)).status, 200);
  assert.equal(topic.confirmations(), 1);
});

test("a sender's name is read as mail writes it, and refused when it is written wrong", () => {
  const read = (/** @type {string} */ text, ascii = false) => mailbox("from", text, { ascii });
  const address = "otp@mail.example";
  const encoded = `=?UTF-8?B?${Buffer.from("株式会社わりふ").toString("base64")}?=`;
  assert.deepEqual(read(address), { name: "", address });
  assert.deepEqual(read(`株式会社わりふ <${address}>`), { name: "株式会社わりふ", address });
  assert.deepEqual(read(`${encoded} <${address}>`, true), { name: "株式会社わりふ", address });
  assert.deepEqual(read(`"Co., \\"Ltd\\"" <${address}>`, true), { name: 'Co., "Ltd"', address });
  for (const [text, ascii] of /** @type {[string, boolean][]} */ ([
    [`Co., Ltd. <${address}>`, false],
    [`株式会社わりふ <${address}>`, true],
    [`Warifu\r\nBcc: a@b.example <${address}>`, false],
    [`=?UTF-8?B?${Buffer.from("あ").subarray(0, 2).toString("base64")}?= <${address}>`, true],
    [`=?UTF-8?B?${"QUFB".repeat(20)}?= <${address}>`, true],
    [`${encoded}<${address}>`, true],
    ["Warifu <otp>", false],
  ])) {
    assert.throws(() => read(text, ascii), Refused, text);
  }
});

test("a recipient has the quotes that it needs and no others", () => {
  for (const good of [
    "sample.name@docomo.ne.jp",
    '"sample..name"@docomo.ne.jp',
    '"sample."@ezweb.ne.jp',
    '".taro"@docomo.ne.jp',
    '"a b\\"\\\\"@mail.jp',
  ]) {
    assert.match(good, mailAddress);
  }
  for (const bad of [
    "sample..name@docomo.ne.jp",
    "sample.@ezweb.ne.jp",
    ".taro@docomo.ne.jp",
    '"sample.name"@docomo.ne.jp',
    '"a\\b"@mail.jp',
    '"a"b"@mail.jp',
    "a b@mail.jp",
    "<taro@mail.jp>",
  ]) {
    assert.doesNotMatch(bad, mailAddress);
  }
});
