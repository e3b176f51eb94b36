// Cards, by which directory servers ask for a cardholder: registered by the issuer, asked for by an AReq,
// moved, taken out and erased; and what a crash in between leaves.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { issuerKey, registerCardholder, uniqueId } from "./support/demo.mjs";
import { putFacts, readCardholder } from "./support/enrollment.mjs";
import { insideBase64, kvEntries, objectValues, withKv } from "./support/storage.mjs";
import { areqOf, cardDigest, newCard, startThreeDs } from "./support/three-ds.mjs";

const { worker, api, areq } = await startThreeDs();
const key = issuerKey();

/** A digest that no other test has. */
const newDigest = () => randomBytes(32).toString("hex");

/** @param {string} method @param {{ id: string }} cardholder @param {string} digest */
const ask = (method, { id }, digest) =>
  api.send(method, `/v1/cardholders/${id}/cards/${digest}`, { key });

/** @param {{ id: string }} cardholder @param {string} digest */
const put = async (cardholder, digest) => assertStatus(await ask("PUT", cardholder, digest), 204);

/** @param {{ id: string }} cardholder @param {string} digest */
const remove = async (cardholder, digest) =>
  assertStatus(await ask("DELETE", cardholder, digest), 204);

/** @param {{ id: string }} cardholder @returns {Promise<string[]>} */
const cardsOf = async (cardholder) => (await readCardholder(api, cardholder)).cards;

/** How a directory server's question for a card is answered: `C`, or `U 08`. @param {string} card */
async function answered(card) {
  const { transStatus, transStatusReason } = assertStatus(
    await areq(areqOf("2.2.0", "01", { acctNumber: card })),
  ).body;
  return [transStatus, transStatusReason].filter(Boolean).join(" ");
}

/** @param {...object} lines */
async function imported(...lines) {
  const body = lines.map((line) => JSON.stringify(line)).join("\n");
  const type = "application/x-ndjson";
  return assertStatus(await api.post("/v1/cardholders", { key, body, type })).body.slice(0, -1);
}

/** Changes KV while no Worker runs. @param {(kv: import("./support/storage.mjs").Kv) => Promise<void>} body */
async function inKv(body) {
  await worker.kill();
  await withKv(worker.state, body);
  await worker.start();
}

/** Whether an object of a stopped Worker has the digest, which stands in base64 there. @param {string} digest */
async function isInAnObject(digest) {
  const inside = insideBase64(Buffer.from(digest, "hex"));
  const objects = [...(await objectValues(worker.state)).values()].flat();
  return objects.some((value) => inside.some((letters) => value.includes(letters)));
}

test("a card is registered once, in either case, and taken out again", async () => {
  const cardholder = await registerCardholder(api);
  assert.deepEqual(await cardsOf(cardholder), []);
  const [first, second] = [newDigest(), newDigest()];
  await put(cardholder, first);
  await put(cardholder, first.toUpperCase());
  await put(cardholder, second);
  assert.deepEqual(await cardsOf(cardholder), [first, second]);
  await remove(cardholder, first.toUpperCase());
  await remove(cardholder, first);
  assert.deepEqual(await cardsOf(cardholder), [second]);
});

test("contacts that are stated again leave the cards", async () => {
  const cardholder = await registerCardholder(api);
  const digest = newDigest();
  await put(cardholder, digest);
  const { email } = cardholder;
  const stated = assertStatus(await putFacts(api, cardholder, { email, channel: "email" }));
  assert.deepEqual(stated.body.cards, [digest]);
});

for (const bad of ["0".repeat(63), "0".repeat(65), "g".repeat(64), "4111111111111111", "%20"]) {
  test(`"${bad}" is no digest`, async () => {
    const cardholder = await registerCardholder(api);
    for (const method of ["PUT", "DELETE"]) {
      const answer = await ask(method, cardholder, bad);
      assertProblem(answer, 400, "invalid_request");
      assert.equal(answer.body.field, "digest");
    }
    assert.deepEqual(await cardsOf(cardholder), []);
  });
}

test("nobody's card is registered", async () => {
  const nobody = { id: uniqueId("nobody") };
  for (const method of ["PUT", "DELETE"]) {
    assertProblem(await ask(method, nobody, newDigest()), 404, "cardholder_not_found");
  }
});

test("a cardholder has at most 50 cards", async () => {
  const cardholder = await registerCardholder(api);
  const digests = Array.from({ length: 50 }, newDigest);
  for (const digest of digests) await put(cardholder, digest);
  assertProblem(await ask("PUT", cardholder, newDigest()), 422, "too_many_cards");
  await put(cardholder, digests[0]);
  assert.deepEqual(await cardsOf(cardholder), digests);
  await remove(cardholder, digests[0]);
  await put(cardholder, newDigest());
});

test("an AReq finds the cardholder by the card, and nobody once it is taken out", async () => {
  const [cardholder, card] = [await registerCardholder(api), newCard()];
  assert.equal(await answered(card), "U 08");
  await put(cardholder, cardDigest(card));
  assert.equal(await answered(card), "C");
  await remove(cardholder, cardDigest(card));
  assert.equal(await answered(card), "U 08");
});

test("a card of another cardholder is not taken out", async () => {
  const [owner, other, card] = [
    await registerCardholder(api),
    await registerCardholder(api),
    newCard(),
  ];
  await put(owner, cardDigest(card));
  await remove(other, cardDigest(card));
  assert.equal(await answered(card), "C");
});

test("a card moves to whom it was registered for last, and the former one can do nothing to it", async () => {
  const [former, owner, card] = [
    await registerCardholder(api),
    await registerCardholder(api, { channel: "sms" }),
    newCard(),
  ];
  const digest = cardDigest(card);
  await put(former, digest);
  await put(owner, digest);
  assert.deepEqual([await cardsOf(former), await cardsOf(owner)], [[], [digest]]);
  await remove(former, digest);
  assertStatus(await api.send("DELETE", `/v1/cardholders/${former.id}`, { key }), 204);
  assert.equal(await answered(card), "C");
  const listed = assertStatus(await api.get(`/v1/cardholders/${owner.id}/challenges`, { key }));
  assert.equal(listed.body.challenges.length, 1, "it is the owner's");
  // Back again.
  const back = await registerCardholder(api);
  await put(back, digest);
  assert.deepEqual([await cardsOf(owner), await cardsOf(back)], [[], [digest]]);
});

test("acts about cards are logged without their digests", async () => {
  const [former, owner] = [await registerCardholder(api), await registerCardholder(api)];
  const digest = newDigest();
  await put(former, digest);
  await put(owner, digest);
  await remove(owner, digest);
  for (const [event, { id }] of /** @type {[string, { id: string }][]} */ ([
    ["card_registered", former],
    ["card_registered", owner],
    ["card_removed", former],
    ["card_removed", owner],
  ])) {
    await worker.prints(`{"event":"${event}","cardholder":"${id}"`);
  }
  assert.ok(!worker.output().includes(digest.slice(0, 8)));
});

test("an import registers cards, and leaves those that it does not list", async () => {
  const [id, other] = [uniqueId("holder"), uniqueId("holder")];
  const [first, second, third, moved] = [newDigest(), newDigest(), newDigest(), newDigest()];
  const facts = { id, email: `${id}@mail.jp`, channel: "email" };
  await imported({ id: other, cards: [moved] });
  const lines = await imported(
    { ...facts, cards: [first.toUpperCase(), first, second] },
    { ...facts, cards: [second, third, moved] },
    { ...facts, cards: null },
    facts,
    { id: other, cards: [] },
  );
  assert.deepEqual(
    lines.map((/** @type {{ status: number }} */ { status }) => status),
    [201, 200, 200, 200, 200],
  );
  assert.deepEqual(await cardsOf({ id }), [first, second, third, moved]);
  assert.deepEqual(await cardsOf({ id: other }), []);
});

test("a card that an import registered is found by an AReq", async () => {
  const [id, card] = [uniqueId("holder"), newCard()];
  await imported({ id, email: `${id}@mail.jp`, channel: "email", cards: [cardDigest(card)] });
  assert.equal(await answered(card), "C");
});

test("a line whose cards cannot be registered changes nothing", async () => {
  const cardholder = await registerCardholder(api);
  const [{ id }, digest] = [cardholder, newDigest()];
  await put(cardholder, digest);
  const facts = { id, email: "other@elsewhere.example", channel: "email" };
  const before = await readCardholder(api, { id });
  const many = Array.from({ length: 50 }, newDigest);
  const unknown = uniqueId("holder");
  const lines = await imported(
    { ...facts, cards: many },
    { ...facts, cards: ["4111111111111111"] },
    { ...facts, cards: [newDigest(), "x"] },
    { ...facts, cards: newDigest() },
    { id: unknown, cards: [...many, newDigest()] },
  );
  const what = lines.map((/** @type {any} */ { status, code, field = "" }) =>
    `${status} ${code} ${field}`.trim(),
  );
  assert.deepEqual(what, [
    "422 too_many_cards",
    "400 invalid_request cards[0]",
    "400 invalid_request cards[1]",
    "400 invalid_request cards",
    "422 too_many_cards",
  ]);
  assert.ok(!JSON.stringify(lines).includes("4111111111111111"));
  assert.deepEqual(await readCardholder(api, { id }), before);
  const answer = await api.get(`/v1/cardholders/${unknown}`, { key });
  assertProblem(answer, 404, "cardholder_not_found");
});

test("after DELETE of the cardholder no card is left, in no object and not in KV", async () => {
  const cardholder = await registerCardholder(api);
  const digests = [newDigest(), newDigest()];
  for (const digest of digests) await put(cardholder, digest);
  await worker.kill();
  const entries = await kvEntries(worker.state);
  for (const digest of digests) {
    assert.equal(entries.get(`card:${digest}`), cardholder.id);
    assert.ok(await isInAnObject(digest));
  }
  await worker.start();
  assertStatus(await api.send("DELETE", `/v1/cardholders/${cardholder.id}`, { key }), 204);
  await worker.kill();
  const left = await kvEntries(worker.state);
  for (const digest of digests) {
    assert.ok(!left.has(`card:${digest}`));
    assert.ok(!(await isInAnObject(digest)));
  }
  await worker.start();
});

test("a crash before the key is written leaves a card unknown until it is registered again", async () => {
  const [cardholder, card] = [await registerCardholder(api), newCard()];
  const digest = cardDigest(card);
  await put(cardholder, digest);
  await inKv((kv) => kv.delete(`card:${digest}`));
  assert.equal(await answered(card), "U 08");
  await put(cardholder, digest);
  assert.equal(await answered(card), "C");
});

test("so does one in an import, which is sent again", async () => {
  const [id, card] = [uniqueId("holder"), newCard()];
  const line = { id, email: `${id}@mail.jp`, channel: "email", cards: [cardDigest(card)] };
  await imported(line);
  await inKv((kv) => kv.delete(`card:${line.cards[0]}`));
  await imported(line);
  assert.equal(await answered(card), "C");
});

test("a crash while a card moved leaves it in the former list, where nothing finds it", async () => {
  const [former, owner, card] = [
    await registerCardholder(api),
    await registerCardholder(api),
    newCard(),
  ];
  const digest = cardDigest(card);
  await put(former, digest);
  // The next owner's list and key are written; the former list is not changed.
  await inKv((kv) => kv.delete(`card:${digest}`));
  await put(owner, digest);
  assert.deepEqual([await cardsOf(former), await cardsOf(owner)], [[digest], [digest]]);
  await remove(former, digest);
  assert.deepEqual([await cardsOf(former), await cardsOf(owner)], [[], [digest]]);
  assert.equal(await answered(card), "C");
});

test("a key that names somebody who has not the card finds nobody", async () => {
  const [other, card] = [await registerCardholder(api), newCard()];
  await inKv((kv) => kv.put(`card:${cardDigest(card)}`, other.id));
  assert.equal(await answered(card), "U 08");
  await inKv((kv) => kv.put(`card:${cardDigest(card)}`, uniqueId("nobody")));
  assert.equal(await answered(card), "U 08");
  await put(other, cardDigest(card));
  assert.equal(await answered(card), "C");
});

test("a crash while a card was taken out leaves it in the list, and the repeat takes it out", async () => {
  const [cardholder, card] = [await registerCardholder(api), newCard()];
  const digest = cardDigest(card);
  await put(cardholder, digest);
  await inKv((kv) => kv.delete(`card:${digest}`));
  assert.deepEqual(await cardsOf(cardholder), [digest]);
  await remove(cardholder, digest);
  assert.deepEqual(await cardsOf(cardholder), []);
});

test("no merchant is registered by an id as directory servers name merchants", async () => {
  const json = { name: "●●shop", origins: ["https://shop.example"] };
  for (const id of ["3ds_", "3ds_shop"]) {
    const answer = await api.send("PUT", `/v1/merchants/${id}`, { key, json });
    assertProblem(answer, 400, "invalid_request");
    assert.equal(answer.body.field, "id");
    assertProblem(await api.get(`/v1/merchants/${id}`, { key }), 404, "merchant_not_found");
  }
  for (const id of [uniqueId("3ds"), uniqueId("shop-3ds_")]) {
    assertStatus(await api.send("PUT", `/v1/merchants/${id}`, { key, json }));
  }
});
