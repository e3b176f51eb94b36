// AReqs that are no valid ones: the error codes of the protocol with the names of what is wrong, and
// nothing of what was sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { publicOrigin, versions } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { nonPayment, payment } from "./support/three-ds/messages.mjs";

const { ask, directory, worker } = await startThreeDs();

/** @typedef {import("./support/three-ds/messages.mjs").Message} Message */
/** @typedef {import("./support/three-ds/messages.mjs").Version} Version */

/** @param {string} id @param {boolean} criticalityIndicator */
const extension = (id, criticalityIndicator) => [
  { name: "an extension", id, criticalityIndicator, data: { a: "b" } },
];

/** What is changed, the code and its detail. @type {[string, Message, string][]} */
const changed = [
  ["a type of another component", { messageType: "RReq" }, "101 *"],
  ["an ARes", { messageType: "ARes" }, "101 *"],
  ["a PReq", { messageType: "PReq" }, "101 *"],
  ["no type at all", { messageType: undefined }, "101 *"],
  ["a version nobody speaks", { messageVersion: "2.1.0" }, "102 2.2.0,2.3.1"],
  ["no version", { messageVersion: undefined }, "201 messageVersion"],
  ["no card", { acctNumber: undefined }, "201 acctNumber"],
  ["null", { mcc: null }, "201 mcc"],
  ["nothing in it", { merchantName: "" }, "201 merchantName"],
  ["two missing", { dsURL: undefined, notificationURL: "" }, "201 dsURL,notificationURL"],
  ["a condition that holds", { browserTZ: undefined }, "201 browserTZ"],
  ["no acquirer in a payment", { acquirerBIN: undefined }, "201 acquirerBIN"],
  [
    "a critical extension",
    { messageExtension: extension("A000000004-x", true) },
    "202 A000000004-x",
  ],
  ["letters in the card", { acctNumber: "411111111111111x" }, "203 acctNumber"],
  ["twelve digits", { acctNumber: "4".repeat(12) }, "203 acctNumber"],
  ["a card that is a number", { acctNumber: 4111111111111111 }, "203 acctNumber"],
  ["an id that is no UUID", { dsTransID: "1jpe0dc0-i9t2-4067-bcb1-b08d1690b26e" }, "203 dsTransID"],
  ["a child", { acctInfo: { chAccAgeInd: "99" } }, "203 acctInfo.chAccAgeInd"],
  ["a boolean as a text", { browserJavaEnabled: "true" }, "203 browserJavaEnabled"],
  ["a colour depth nobody has", { browserColorDepth: "7" }, "203 browserColorDepth"],
  ["41 characters", { merchantName: "店".repeat(41) }, "203 merchantName"],
  ["a day that is none", { purchaseDate: "20230230150000" }, "203 purchaseDate"],
  ["a URL that is none", { notificationURL: "shop.example" }, "203 notificationURL"],
  ["a type of transaction nobody has", { transType: "02" }, "203 transType"],
  ["two wrong", { mcc: "1", browserTZ: "x" }, "203 mcc,browserTZ"],
  ["a currency for tests", { purchaseCurrency: "963" }, "304 purchaseCurrency"],
  ["no currency", { purchaseCurrency: "999" }, "304 purchaseCurrency"],
  ["a country of nobody's", { merchantCountryCode: "901" }, "304 merchantCountryCode"],
  ["results to elsewhere", { dsURL: "https://evil.example/results" }, "303 dsURL"],
  ["results to a host that looks alike", { dsURL: `${publicOrigin}.evil.example/` }, "303 dsURL"],
  ["results to another port", { dsURL: `${publicOrigin}:8443/results` }, "303 dsURL"],
  ["results to another user", { dsURL: `${publicOrigin}@evil.example/` }, "303 dsURL"],
];

/**
 * An Erro about an AReq, held to its form.
 * @param {import("./support/api.mjs").Answer} answer
 */
function erro(answer) {
  const { body, text } = assertStatus(answer);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json; *charset=utf-8$/i);
  assert.equal(body.messageType, "Erro", text);
  assert.equal(body.errorComponent, "A");
  assert.match(body.errorCode, /^\d{3}$/);
  assert.ok(versions.includes(body.messageVersion), text);
  for (const name of ["errorDescription", "errorDetail"]) {
    assert.ok(body[name].length > 0 && body[name].length <= 2048, text);
  }
  return body;
}

/** The names of a detail, in whatever order. @param {string} detail */
const names = (detail) => detail.split(",").toSorted();

for (const version of versions) {
  test(`${version}: what is wrong has its code, and names what is wrong`, async () => {
    for (const [what, changes, expected] of changed) {
      const areq = payment(version, changes);
      const body = erro(await ask(areq));
      const [code, detail] = expected.split(" ");
      assert.equal(body.errorCode, code, `${what}: ${body.errorDetail}`);
      if (detail !== "*") assert.deepEqual(names(body.errorDetail), names(detail), what);
      if ("messageType" in changes || "messageVersion" in changes) continue;
      assert.equal(body.errorMessageType, "AReq", what);
      assert.equal(body.messageVersion, version, what);
      for (const id of ["threeDSServerTransID", "dsTransID"]) {
        if (!(id in changes)) assert.equal(body[id], areq[id], what);
      }
    }
    assert.deepEqual(directory.messages, []);
  });

  test(`${version}: what may be there is taken`, async () => {
    for (const changes of [
      { option: "unknown", acctInfo: { unknown: null } },
      { messageExtension: extension("other-0001", false) },
      { merchantName: "店".repeat(40) },
      { purchaseAmount: `${"0".repeat(36)}3150` },
      { dsURL: `${publicOrigin}/other?way=1` },
      { browserJavascriptEnabled: false, browserTZ: undefined, browserJavaEnabled: undefined },
    ]) {
      const { body, text } = assertStatus(await ask(payment(version, changes)));
      assert.equal(`${body.messageType} ${body.transStatusReason}`, "ARes 08", text);
    }
    const { body } = assertStatus(await ask(nonPayment(version)));
    assert.equal(`${body.messageType} ${body.transStatusReason}`, "ARes 08");
  });
}

test("2.3.1 has an array where 2.2.0 has a text, https everywhere, and languages", async () => {
  const cases = /** @type {[Version, Message, string][]} */ ([
    ["2.2.0", { threeDSRequestorChallengeInd: ["01"] }, "203 threeDSRequestorChallengeInd"],
    ["2.3.1", { threeDSRequestorChallengeInd: "01" }, "203 threeDSRequestorChallengeInd"],
    ["2.3.1", { acceptLanguage: undefined }, "201 acceptLanguage"],
    ["2.3.1", { notificationURL: "http://shop.example/" }, "203 notificationURL"],
    ["2.3.1", { threeDSRequestorURL: "http://shop.example/" }, "203 threeDSRequestorURL"],
    ["2.3.1", { deviceChannel: "85" }, "207 deviceChannel"],
  ]);
  for (const [version, changes, expected] of cases) {
    const { errorCode, errorDetail } = erro(await ask(payment(version, changes)));
    assert.equal(`${errorCode} ${errorDetail}`, expected);
  }
  const { errorCode, errorDetail } = erro(await ask(payment("2.3.1"), { id: "bare" }));
  assert.equal(`${errorCode} ${errorDetail}`, "102 2.2.0");
});

test("what is no message is 101, and an element twice is 204 with its name", async () => {
  for (const text of ["", "{", "null", "[]", '"AReq"', "{}", "<html>", "\u0000", "{'a':1}"]) {
    assert.equal(erro(await ask(text)).errorCode, "101", text);
  }
  const text = JSON.stringify(payment("2.2.0"));
  for (const [more, detail] of [
    ['"mcc":"5411"', "mcc"],
    ['"acctNumber":"4111111111111111"', "acctNumber"],
    ['"m\\u0063c":"5411"', "mcc"],
    ['"acctInfo":{"chAccAgeInd":"01","chAccAgeInd":"02"}', "acctInfo.chAccAgeInd"],
  ]) {
    const { errorCode, errorDetail } = erro(await ask(`${text.slice(0, -1)},${more}}`));
    assert.equal(`${errorCode} ${errorDetail}`, `204 ${detail}`, more);
  }
});

test("an error message is never answered with another", async () => {
  const areq = payment("2.2.0");
  const { errorCode: _, ...erroOf } = {
    ...{ messageType: "Erro", messageVersion: "2.2.0", errorComponent: "D", errorCode: "101" },
    ...{ errorDescription: "x", errorDetail: "x", dsTransID: areq.dsTransID },
  };
  for (const message of [erroOf, { messageType: "Erro" }]) {
    const answer = await ask(message);
    assert.ok(answer.status < 500);
    assert.doesNotMatch(answer.text, /"Erro"/);
  }
});

test("whatever an element holds, there is an answer, and nothing of it in there", async () => {
  const marker = "zqmarker\u{1f4a5}'\"><script>";
  const values = [
    marker,
    `${marker}${"q".repeat(3000)}`,
    [marker],
    { [marker]: marker },
    -1,
    null,
    "",
  ];
  for (const version of versions) {
    for (const name of Object.keys(payment(version))) {
      const answers = await Promise.all(
        values.map((value) => ask(payment(version, { [name]: value }))),
      );
      for (const answer of answers) {
        assertStatus(answer);
        assert.match(answer.body.messageType, /^(ARes|Erro)$/);
        assert.doesNotMatch(answer.text, /zqmarker|<script|qqqq/, `${version} ${name}`);
      }
    }
  }
  assert.doesNotMatch(worker.output(), /zqmarker|qqqq|"fault"/);
});
