// A challenge in the browser that a requestor's page sends: the CReq, and how the form without script
// comes to its end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus, undeclared } from "./support/api.mjs";
import { wrongCode } from "./support/demo.mjs";
import { encode, makeCReq, postCReq, secretOf, versions } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { cresOf } from "./support/three-ds/messages.mjs";
import { finalPage, isFinal, posted } from "./support/three-ds/pages.mjs";

const bench = await startThreeDs();
const { worker, api, begin, begun, request, page, submit, enterCode, challenges } = bench;

/** @typedef {import("./support/three-ds/bench.mjs").Transaction} Transaction */

// The CReq

/** A CReq with letters of which the two alphabets write some differently. @param {Transaction} of */
const creqOf = ({ ares }) => ({ ...makeCReq(ares, "05"), option: "??>>~~ÿÿ店" });

/** How requestors write a CReq. @type {[string, (creq: object) => string][]} */
const spellings = [
  ["as the rule says", (creq) => encode(creq)],
  ["padded", (creq) => padded(encode(creq))],
  ["in the standard alphabet", (creq) => base64(creq)],
  ["in the standard alphabet without padding", (creq) => base64(creq).replaceAll("=", "")],
  ["indented", (creq) => Buffer.from(JSON.stringify(creq, null, 4)).toString("base64")],
  ["with CRLF", (creq) => Buffer.from(JSON.stringify(creq, null, "\r\n\t")).toString("base64")],
  ["in lines of 76", (creq) => base64(creq).replaceAll(/.{76}/g, "$&\r\n")],
  ["with a space at its end", (creq) => `${encode(creq)} `],
];

/**
 * Posts anything to where CReqs go.
 * @param {string | URLSearchParams} body
 * @param {string} [type]
 */
const postForm = (body, type = "application/x-www-form-urlencoded") =>
  api.post("/3ds/challenge", {
    body: undeclared(`${body}`),
    type,
    headers: { accept: "text/html" },
  });

/** @param {object} creq */
const base64 = (creq) => Buffer.from(JSON.stringify(creq)).toString("base64");

/** @param {string} text */
const padded = (text) => text.padEnd(Math.ceil(text.length / 4) * 4, "=");

test("a CReq is taken however requestors write it, and leads to one form", async () => {
  const transaction = await begin();
  const creq = creqOf(transaction);
  assert.match(base64(creq), /\+/);
  assert.match(base64(creq), /\//);
  const secrets = new Set();
  for (const [what, spelled] of spellings) {
    const answer = await postCReq(worker, transaction.ares, { creq: spelled(creq) });
    assert.equal(answer.status, 303, what);
    assert.match(answer.headers.get("location") ?? "", /^\/challenge\/ch_[^/]+$/);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    secrets.add(secretOf(answer.headers.get("location") ?? ""));
  }
  assert.equal(secrets.size, 1);
  assert.equal((await challenges(transaction.cardholder))[0].status, "pending");
});

test("fields and elements that nobody knows are ignored, and so is their order", async () => {
  const transaction = await begin();
  const creq = encode({
    dsTransID: transaction.areq.dsTransID,
    ...Object.fromEntries(Object.entries(creqOf(transaction)).toReversed()),
    sdkTransID: null,
  });
  const body = new URLSearchParams({ extra: "1", creq, dsTransID: "x", "": "y" });
  const answer = await postForm(body);
  secretOf(answer.headers.get("location") ?? "");
});

test("a refresh of the CReq shows the same form and sends no second code", async () => {
  const shown = await begun();
  const again = assertStatus(await request(shown), 303);
  assert.equal(secretOf(again.headers.get("location") ?? ""), shown.secret);
  const form = assertStatus(await page(shown));
  assert.match(form.text, /data-status="pending"/);
  assert.equal((await bench.sent(shown.cardholder)).length, 1);
  assert.equal(posted(await enterCode(shown)).message.transStatus, "Y");
});

test("who posts no CReq, one of no transaction, or asks otherwise gets a page, and nothing else", async () => {
  const [one, other] = [await begin(), await begin()];
  const creq = makeCReq(one.ares, "02");
  const unknown = { ...creq, acsTransID: "f25084f0-5b16-4c0a-ae5d-b24808a95e4b" };
  const form = (/** @type {Record<string, string>} */ fields) => new URLSearchParams(fields);
  for (const [
    what,
    body,
    status,
    type,
  ] of /** @type {[string, string | URLSearchParams, number, string?][]} */ ([
    ["nothing", form({}), 400],
    ["an empty field", form({ creq: "" }), 400],
    ["another field", form({ cres: encode(creq) }), 400],
    ["two", new URLSearchParams("creq=YQ&creq=YQ"), 400],
    ["no base64", form({ creq: "*" }), 404],
    ["no JSON", form({ creq: "YWJj" }), 404],
    ["an unknown id", form({ creq: encode(unknown) }), 404],
    ["JSON", JSON.stringify(makeCReq(other.ares, "02")), 415, "application/json"],
    ["too much", form({ creq: "x".repeat(1024 * 1024) }), 413],
  ])) {
    const answer = await postForm(body, type);
    assert.equal(answer.status, status, what);
    const kind = type ? /^application\/problem\+json/ : /^text\/html/;
    assert.match(answer.headers.get("content-type") ?? "", kind, what);
    assert.ok(!isFinal(answer) && !answer.headers.has("location"), what);
  }
  assertProblem(await api.get("/3ds/challenge"), 405, "method_not_allowed");
  for (const { cardholder } of [one, other]) {
    assert.equal((await challenges(cardholder))[0].status, "pending");
  }
});

// Ends

for (const version of versions) {
  test(`${version}: right, wrong and then right, five wrong, canceled`, async () => {
    const right = await begun({ version });
    assert.deepEqual(posted(await enterCode(right)), {
      field: "cres",
      message: cresOf(right, "Y"),
    });

    const late = await begun({ version, pays: false });
    const wrong = await submit(late, "verify", { code: wrongCode(late.code) });
    assert.ok(!isFinal(wrong), wrong.text);
    assert.match(wrong.text, /data-status="pending"/);
    assert.deepEqual(posted(await enterCode(late)).message, cresOf(late, "Y"));

    const failed = await begun({ version });
    assert.deepEqual(posted(await bench.useUpTries(failed)).message, cresOf(failed, "N"));

    const canceled = await begun({ version });
    assert.deepEqual(posted(await submit(canceled, "cancel")).message, cresOf(canceled, "N"));

    // However it is asked for again, the end is the same.
    for (const [ended, status] of /** @type {const} */ ([
      [right, "Y"],
      [failed, "N"],
      [canceled, "N"],
    ])) {
      for (const again of [
        await page(ended),
        await page(ended, "/end"),
        await request(ended),
        await enterCode(ended),
        await submit(ended, "cancel"),
        await submit(ended, "resend"),
      ]) {
        assert.deepEqual(posted({ ...again, status: 200 }).message, cresOf(ended, status));
      }
    }
  });
}

test("the script's answers lead to the last page; before the end it leads to the form", async () => {
  const shown = await begun();
  const early = assertStatus(await page(shown, "/end"), 303);
  assert.equal(early.headers.get("location"), `/challenge/${shown.secret}`);
  const wrong = await bench.verify(shown, wrongCode(shown.code));
  assertProblem(wrong, 422, "wrong_code");
  const { body } = assertStatus(await bench.verify(shown, shown.code));
  assert.equal(body.attestation ?? null, null);
  assert.equal(new URL(body.return_to, api.origin).pathname, `/challenge/${shown.secret}/end`);
  assert.deepEqual(posted(await page(shown, "/end")).message, cresOf(shown, "Y"));
});

test("ten minutes after a page was shown it is over, and each page that is shown begins anew", async () => {
  const [left, used] = [await begun(), await begun()];
  await api.advance(590);
  assert.ok(!isFinal(await page(used)));
  await api.advance(10);
  assert.deepEqual(posted(await page(left)).message, cresOf(left, "N"));
  await api.advance(580);
  const wrong = await submit(used, "verify", { code: wrongCode(used.code) });
  assert.ok(!isFinal(wrong), "a page was shown 590 seconds ago");
  await api.advance(590);
  assertStatus(await request(used), 303);
  await api.advance(590);
  assert.ok(!isFinal(await submit(used, "resend")));
  await api.advance(600);
  const over = await submit(used, "verify", { code: used.code });
  assert.deepEqual(posted({ ...over, status: 200 }).message, cresOf(used, "N"));
});

test("without script a page that nobody touches asks for the end by itself", async () => {
  const { form } = await begun();
  const [, seconds] = /<meta http-equiv="?refresh"? content="?(\d+)"?/i.exec(form.text) ?? [];
  assert.ok(Number(seconds) > 600 && Number(seconds) < 660, seconds);
});

test("without a CReq in 30 seconds it is over, by alarm; a later one is Erro 402", async () => {
  const transaction = await begin();
  await bench.pass(27, transaction);
  assert.equal((await challenges(transaction.cardholder))[0].status, "pending");
  // Nobody asks: the alarm goes off.
  await bench.told(transaction);
  const answer = await request(transaction, { session: "c2Vzc2lvbg" });
  const { field, message } = posted(answer);
  assert.equal(field, "erro");
  assert.equal(finalPage(answer).action, transaction.areq.notificationURL);
  assert.equal(finalPage(answer).fields.get("threeDSSessionData"), "c2Vzc2lvbg");
  assert.deepEqual(
    [message.messageType, message.errorCode, message.errorComponent, message.errorMessageType],
    ["Erro", "402", "A", "CReq"],
  );
  assert.equal((await challenges(transaction.cardholder))[0].status, "expired");
  assert.deepEqual(await bench.sent(transaction.cardholder), []);
});

for (const [what, changes, code, detail] of /** @type {[string, any, string, string][]} */ ([
  ["without its size", { challengeWindowSize: undefined }, "201", "challengeWindowSize"],
  ["of a size that nobody has", { challengeWindowSize: "06" }, "203", "challengeWindowSize"],
  ["of another version", { messageVersion: "2.3.1" }, "203", "messageVersion"],
  ["of a version nobody speaks", { messageVersion: "2.1.0" }, "102", "2.2.0,2.3.1"],
  [
    "of another 3DS Server's transaction",
    { threeDSServerTransID: "f25084f0-5b16-4c0a-ae5d-b24808a95e4b" },
    "301",
    "threeDSServerTransID",
  ],
])) {
  test(`a CReq ${what}: Erro ${code} to the requestor, and the challenge is over`, async () => {
    for (const transaction of [await begin(), await begun()]) {
      const answer = await request(transaction, { changes, session: "abc" });
      const { field, message } = posted(answer);
      assert.equal(field, "erro");
      assert.equal(finalPage(answer).action, transaction.areq.notificationURL);
      assert.equal(finalPage(answer).fields.get("threeDSSessionData"), "abc");
      assert.equal(message.messageType, "Erro");
      assert.equal(`${message.errorCode} ${message.errorDetail}`, `${code} ${detail}`);
      assert.equal(message.acsTransID, transaction.ares.acsTransID);
      assert.equal((await bench.told(transaction)).transStatus, "U");
      // The right one does not open it again.
      const { field: again, message: over } = posted(await request(transaction));
      assert.deepEqual([again, over.messageType, over.errorCode], ["erro", "Erro", "305"]);
    }
  });
}

test("an invalid CReq for a challenge that has ended changes nothing of its end", async () => {
  const shown = await begun();
  assert.equal(posted(await enterCode(shown)).message.transStatus, "Y");
  const { message } = posted(await request(shown, { changes: { challengeWindowSize: "06" } }));
  assert.ok(message.messageType === "Erro" || message.transStatus === "Y", JSON.stringify(message));
  assert.equal((await bench.told(shown)).transStatus, "Y");
});
