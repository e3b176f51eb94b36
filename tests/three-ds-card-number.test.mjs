// A card number is nowhere once its AReq was read: not in what the Worker prints, stores, queues, sends
// or answers, in whatever way a number can be written.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { issuerKey, registerMerchant, uniqueId, wrongCode } from "./support/demo.mjs";
import { startReceiver } from "./support/events.mjs";
import { filesBelow, kvEntries, objectValues } from "./support/storage.mjs";
import { newCard, versions } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { payment } from "./support/three-ds/messages.mjs";
import { findings, spellings } from "./support/three-ds/card-numbers.mjs";

const issuer = await startReceiver();
const bench = await startThreeDs({
  options: {
    invocations: true,
    vars: {
      ISSUER_EVENTS_URL: issuer.url,
      ISSUER_EVENTS_SECRETS: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
    },
  },
});
const { api, worker, directory, ask, begin, begun, request, submit, enterCode } = bench;

/** Every card that was in an AReq. @type {Set<string>} */
const cards = new Set();
/** A number that is in the Worker's state on purpose. */
const planted = newCard();
/** All that went out. @type {string[]} */
const answers = [];
/** Where to look, by what it is. @type {Map<string, Buffer>} */
const places = new Map();

/** @param {import("./support/api.mjs").Answer} answer */
function keep(answer) {
  answers.push(answer.text, JSON.stringify([...answer.headers]));
  return answer;
}

/**
 * Challenges that end in every way.
 * @param {import("./support/three-ds/messages.mjs").Version} version
 */
async function whole(version) {
  const session = "c2Vzc2lvbg";
  for (const pays of [true, false]) {
    const shown = await begun({ version, pays });
    cards.add(shown.areq.acctNumber);
    directory.behave({ kind: "fails", times: 1 }, shown.areq.dsTransID);
    answers.push(JSON.stringify(shown.ares), shown.form.text);
    keep(await submit(shown, "verify", { code: wrongCode(shown.code) }));
    keep(await enterCode(shown));
    keep(await ask(shown.areq));
    keep(await ask({ ...shown.areq, merchantName: "another" }));
    await bench.pass(10, shown);
    await bench.told(shown, 2);
  }
  const [canceled, invalid, never] = [
    await begun({ version }),
    await begin({ version }),
    await begin(),
  ];
  for (const { areq } of [canceled, invalid, never]) cards.add(areq.acctNumber);
  keep(await submit(canceled, "cancel"));
  keep(await request(invalid, { changes: { challengeWindowSize: "9" }, session }));
  await bench.pass(40, never);
  await bench.told(never);
}

/**
 * AReqs that are refused with a card number in every place where somebody may put it.
 * @param {import("./support/three-ds/messages.mjs").Version} version
 */
async function refused(version) {
  const number = newCard();
  cards.add(number);
  const valid = payment(version, { acctNumber: number });
  const text = JSON.stringify(valid);
  const extension = { name: "x", id: number, criticalityIndicator: true, data: {} };
  for (const body of [
    valid,
    { ...valid, acctNumber: `${number}x` },
    { ...valid, acctNumber: ` ${number}` },
    { ...valid, acctNumber: Number(number) },
    { ...valid, acctNumber: [number] },
    { ...valid, mcc: number },
    { ...valid, dsTransID: number },
    { ...valid, messageVersion: number },
    { ...valid, messageType: number },
    { ...valid, dsURL: `https://evil.example/${number}` },
    { ...valid, notificationURL: number },
    { ...valid, acctInfo: { chAccAgeInd: number } },
    { ...valid, [number]: number },
    { ...valid, acctInfo: { [number]: number, chAccAgeInd: "9" } },
    { ...valid, messageExtension: [extension] },
    { ...valid, messageExtension: number },
    { messageType: "Erro", errorDetail: number },
    { messageType: "CReq", acctNumber: number },
    text.slice(0, -5),
    `${text.slice(0, -1)},"acctNumber":"${number}"}`,
    `${text.slice(0, -1)},"${number}":1,"${number}":2}`,
    text.replace(number, [...number].map((digit) => `\\u003${digit}`).join("")),
    number,
    `"${number}"`,
  ]) {
    assertStatus(keep(await ask(body)));
  }
  assertStatus(keep(await ask(text, { key: null })), 401);
  assertStatus(keep(await ask(text, { key: "x".repeat(40) })), 401);
  assertStatus(keep(await ask(text, { type: "text/plain" })), 415);
  assertStatus(keep(await ask({ ...valid, option: number.repeat(200_000) })), 413);
}

before(async () => {
  for (const version of versions) {
    await whole(version);
    await refused(version);
  }
  // In KV by its record, in the objects by a cardholder, in the log by an answer.
  await registerMerchant(api, { name: planted });
  const path = `/v1/cardholders/${uniqueId("holder")}`;
  const json = { email: `${planted}@mail.jp`, personal_message: planted, channel: "email" };
  assertStatus(await api.send("PUT", path, { key: issuerKey(), json }), 201);
  const listed = await bench.challenges((await begin()).cardholder);
  await worker.prints(listed[0].id);
  await worker.invocations.until("/3ds/areq");
  places.set("outbox", Buffer.from(JSON.stringify(await api.outbox())));
  await worker.kill();
  places.set("what was printed", Buffer.from(worker.output()));
  places.set("invocations", Buffer.from(worker.invocations.all()));
  places.set("answers", Buffer.from(answers.join("\n")));
  const posts = [...issuer.posts, ...issuer.audits].map(({ body }) => body);
  places.set("what the issuer was told", Buffer.from(posts.join("\n")));
  const results = directory.messages.filter(({ direction }) => direction === "from ACS");
  places.set(
    "what the directory server was told",
    Buffer.from(results.map(({ text }) => text).join("\n")),
  );
  for (const [name, value] of await kvEntries(worker.state)) {
    places.set(`KV ${name}`, Buffer.from(`${name}\n${value}`));
  }
  for (const [file, values] of await objectValues(worker.state)) {
    places.set(`object ${file}`, Buffer.concat(values));
  }
  for (const [file, bytes] of await filesBelow(`${worker.state}/v3`)) {
    places.set(`file ${file}`, bytes);
  }
});

test("the search finds a number in every spelling, and one that is in the Worker's state", () => {
  const number = newCard();
  for (const [what, spelled] of spellings(number)) {
    const around = Buffer.concat([Buffer.from("{before "), spelled, Buffer.from(" after}")]);
    assert.ok(findings(new Map([["here", around]]), [number]).length > 0, what);
  }
  assert.deepEqual(findings(new Map([["here", Buffer.from("411111 1234")]]), [number]), []);
  const found = findings(places, [planted]).join("\n");
  for (const place of [/^KV /m, /^object /m, /^file /m]) assert.match(found, place);
});

test("no card number of an AReq is anywhere", () => {
  assert.ok(cards.size >= 10 && places.size > 20 && answers.length > 50);
  assert.deepEqual(findings(places, [...cards]), []);
});

test("what was looked through is what there is", () => {
  const kinds = new Set([...places.keys()].map((name) => name.split(" ")[0]));
  assert.deepEqual(
    kinds,
    new Set(["outbox", "what", "invocations", "answers", "KV", "object", "file"]),
  );
  for (const [name, bytes] of places) {
    if (!/^(KV|file|object)/.test(name)) assert.ok(bytes.length > 100, name);
  }
  const printed = String(places.get("what was printed"));
  for (const event of [
    "areq_answered",
    "three_ds_message_refused",
    "result_told",
    "result_not_told",
  ]) {
    assert.ok(printed.includes(event), event);
  }
  assert.doesNotMatch(printed, /"fault"/);
});
