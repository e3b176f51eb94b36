// What a directory server gets for an AReq: an ARes that asks for a challenge, or says why there is
// none; that of its first message for a repeat; and who may ask.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { assertProblem, assertStatus, undeclared } from "./support/api.mjs";
import { issuerKey, registerCardholder } from "./support/demo.mjs";
import { enrollApp, putFacts, registerFacts } from "./support/enrollment.mjs";
import { addCard, cardDigest, versions } from "./support/three-ds.mjs";
import { fingerprint, startThreeDs } from "./support/three-ds/bench.mjs";
import { aresOf, payment } from "./support/three-ds/messages.mjs";

const bench = await startThreeDs();
const { api, keys, ask, begin, challenges } = bench;

/** @typedef {import("./support/three-ds/messages.mjs").Message} Message */

// Who asks

/** A client certificate as Cloudflare shows it to a Worker. @param {Record<string, string>} changes */
const certificate = (changes) => ({
  tlsClientAuth: {
    certPresented: "1",
    certVerified: "SUCCESS",
    certRevoked: "0",
    certFingerprintSHA256: fingerprint,
    ...changes,
  },
});

/** Miniflare makes `request.cf` of it. @param {object} cf */
const shownAs = (cf) => ({ key: null, headers: { "mf-cf-blob": JSON.stringify(cf) } });

test("a directory server that proves itself by nothing is refused, and nothing is read", async () => {
  for (const [what, by] of /** @type {[string, Parameters<typeof ask>[1]][]} */ ([
    ["no key", { key: null }],
    ["a wrong key", { key: "x".repeat(40) }],
    ["a key's beginning", { key: keys.scheme.slice(0, -1) }],
    ["the issuer's key", { key: issuerKey() }],
    ["a key without its scheme", { key: null, headers: { authorization: keys.scheme } }],
    ["no certificate", shownAs(certificate({ certPresented: "0", certVerified: "NONE" }))],
    ["nothing said of certificates", shownAs({})],
    [
      "a certificate that is not pinned",
      shownAs(certificate({ certFingerprintSHA256: "0".repeat(64) })),
    ],
    ["one without a fingerprint", shownAs(certificate({ certFingerprintSHA256: "" }))],
    ["one that was revoked", shownAs(certificate({ certRevoked: "1" }))],
    [
      "one of an unknown authority",
      shownAs(certificate({ certVerified: "FAILED:self signed certificate" })),
    ],
    ["one that failed", shownAs(certificate({ certVerified: "FAILED" }))],
    ["one that ran out", shownAs(certificate({ certVerified: "FAILED:certificate has expired" }))],
    ["one that is not verified", shownAs(certificate({ certVerified: "NONE" }))],
  ])) {
    for (const body of [payment("2.2.0"), "{"]) {
      const answer = await ask(body, by);
      assert.equal(answer.status, 401, what);
      assert.doesNotMatch(answer.text, /Erro|ARes/, what);
    }
  }
});

test("a verified and pinned certificate proves it, and so does a key behind a gateway", async () => {
  for (const by of /** @type {Parameters<typeof ask>[1][]} */ ([
    shownAs(certificate({})),
    shownAs(certificate({ certFingerprintSHA256: fingerprint.toUpperCase() })),
    { id: "scheme" },
    { id: "bare" },
  ])) {
    const { body } = assertStatus(await ask(payment("2.2.0"), by));
    assert.equal(body.messageType, "ARes");
    assert.equal(body.acsReferenceNumber, by?.id === "bare" ? "TEST_ACS_0002" : "TEST_ACS_0001");
  }
});

test("method, media type and size are HTTP's own affair", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) {
    const answer = await api.send(method, "/3ds/areq", { key: keys.scheme });
    assertProblem(answer, 405, "method_not_allowed");
    assert.equal(answer.headers.get("allow"), "POST");
  }
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
    assertProblem(await ask(payment("2.2.0"), { type }), 415, "unsupported_media_type");
  }
  for (const type of ["application/json", 'Application/JSON;Charset="UTF-8"']) {
    assert.equal(assertStatus(await ask(payment("2.2.0"), { type })).body.messageType, "ARes");
  }
  const large = JSON.stringify(payment("2.2.0", { option: "x".repeat(1024 * 1024) }));
  const call = { key: keys.scheme, body: undeclared(large), type: "application/json" };
  assertProblem(await api.post("/3ds/areq", call), 413, "body_too_large");
});

// ARes

for (const version of versions) {
  for (const pays of [true, false]) {
    test(`${version}: an ARes asks for a challenge ${pays ? "of a payment" : "without one"}`, async () => {
      for (const channel of /** @type {const} */ (["email", "sms"])) {
        const { areq, ares } = await begin({ version, pays, channel });
        const method = channel === "sms" ? "02" : "05";
        assert.deepEqual(ares, {
          ...aresOf(areq, ares),
          transStatus: "C",
          acsChallengeMandated: "Y",
          acsURL: `${api.origin}/3ds/challenge`,
          ...(version === "2.2.0"
            ? { authenticationType: "02" }
            : { authenticationMethod: [method] }),
        });
        assert.match(ares.acsTransID, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      }
    });
  }
}

test("the answer is JSON in UTF-8, and what a directory server does not want is not said", async () => {
  const { areq, cardholder } = await begin({ id: "bare" });
  const answer = await ask(areq, { id: "bare" });
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json; *charset=utf-8$/i);
  assert.equal(answer.body.acsChallengeMandated, "N");
  assert.ok(!("acsOperatorID" in answer.body));
  assert.equal((await challenges(cardholder)).length, 1);
});

test("an app is said as an app", async () => {
  const cardholder = await registerCardholder(api);
  await enrollApp(api, cardholder);
  const { ares } = await begin({ version: "2.3.1", cardholder });
  assert.deepEqual(ares.authenticationMethod, ["04"]);
});

/** @param {(version: import("./support/three-ds/messages.mjs").Version) => Promise<void>} body */
const inBoth = async (body) => {
  for (const version of versions) await body(version);
};

test("what the message decides alone: app, requestor-initiated, data share, an amount of zero", () =>
  inBoth(async (version) => {
    const cardholder = await registerCardholder(api);
    const share = version === "2.2.0" ? "06" : ["06"];
    const sdkTransID = randomUUID();
    for (const [changes, said, more] of /** @type {[Message, string, Message?][]} */ ([
      [{ deviceChannel: "01", sdkTransID }, "U 03", { sdkTransID }],
      [{ deviceChannel: "03" }, "U 21"],
      [{ threeDSRequestorChallengeInd: share }, "I"],
      [{ purchaseAmount: "0" }, "U 07"],
      [{ purchaseAmount: "000000000000000" }, "U 07"],
      [{ purchaseAmount: "1".repeat(13) }, "U 07"],
    ])) {
      const areq = payment(version, changes);
      await addCard(api, cardholder, areq.acctNumber);
      await bench.answered(areq, said, more);
    }
    assert.deepEqual(await challenges(cardholder), []);
  }));

test("a card that nobody registered, that was removed or whose cardholder was erased: U/08", () =>
  inBoth(async (version) => {
    const key = issuerKey();
    await bench.answered(payment(version), "U 08");
    const [removed, erased] = [payment(version), payment(version)];
    for (const areq of [removed, erased]) {
      const { id } = await registerCardholder(api);
      await addCard(api, { id }, areq.acctNumber);
      const card = `/cards/${cardDigest(areq.acctNumber)}`;
      const path = `/v1/cardholders/${id}${areq === removed ? card : ""}`;
      assertStatus(await api.send("DELETE", path, { key }), 204);
      await bench.answered(areq, "U 08");
    }
  }));

test("a cardholder who cannot be sent a code: U/13", () =>
  inBoth(async (version) => {
    const never = await registerFacts(api, {});
    const noMore = await registerCardholder(api);
    assertStatus(await putFacts(api, noMore, {}));
    for (const cardholder of [never, noMore]) {
      const areq = payment(version);
      await addCard(api, cardholder, areq.acctNumber);
      await bench.answered(areq, "U 13");
    }
  }));

// Repeats

test("a repeat gets the same ARes, byte for byte, and opens no second challenge", () =>
  inBoth(async (version) => {
    const areq = payment(version);
    const cardholder = await registerCardholder(api);
    await addCard(api, cardholder, areq.acctNumber);
    const all = await Promise.all(Array.from({ length: 10 }, () => ask(areq)));
    all.push(await ask(Object.fromEntries(Object.entries(areq).toReversed())));
    const [{ text, body: ares }] = all;
    assert.equal(ares.transStatus, "C", text);
    const shown = await bench.show({ areq, ares, cardholder });
    all.push(await ask(areq));
    assertStatus(await bench.enterCode(shown));
    all.push(await ask(areq));
    assert.deepEqual(new Set(all.map((answer) => answer.text)), new Set([text]));
    assert.equal((await challenges(cardholder)).length, 1);
  }));

test("another message with the ids of the first is 301, whatever changed in it", () =>
  inBoth(async (version) => {
    const { areq, cardholder } = await begin({ version });
    const other = payment(version).acctNumber;
    await addCard(api, cardholder, other);
    for (const changes of [
      { purchaseAmount: "3151" },
      { purchaseCurrency: "840", purchaseExponent: "2" },
      { acctNumber: other },
      { merchantName: "べつのショップ" },
      { acquirerMerchantID: "merchant-2" },
      { notificationURL: "https://shop.example/elsewhere" },
      { messageCategory: "02" },
    ]) {
      const { body, text } = assertStatus(await ask({ ...areq, ...changes }));
      assert.equal(`${body.messageType} ${body.errorCode}`, "Erro 301", text);
      for (const value of Object.values(changes)) assert.ok(!body.errorDetail.includes(value));
    }
    // It is no transaction of another directory server's.
    if (version === "2.2.0") {
      assert.equal(
        (await ask({ ...areq, purchaseAmount: "1" }, { id: "bare" })).body.messageType,
        "ARes",
      );
    }
    assert.equal((await ask(areq)).body.transStatus, "C");
  }));
