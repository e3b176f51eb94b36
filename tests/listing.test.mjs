// Lists by cursor: merchants and cardholders for the issuer, its own challenges for a merchant; and what
// a merchant's key reads of its registration.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  createChallenge,
  createTest,
  eventually,
  issuerKey,
  registerCardholder,
  registerMerchant,
  testing,
  uniqueId,
} from "./support/demo.mjs";
import { objectValues, withKv } from "./support/storage.mjs";

const { worker, api } = await startApi();
const key = issuerKey();

/**
 * Looks at the KV of the stopped Worker, or changes it, and starts it again.
 * @template T
 * @param {(kv: import("./support/storage.mjs").Kv) => Promise<T>} body
 */
async function stopped(body) {
  await worker.kill();
  const result = await withKv(worker.state, body);
  await worker.start();
  return result;
}

/** @param {{ id: string }[]} entries */
const ids = (entries) => entries.map(({ id }) => id);

/**
 * All pages of a list.
 * @param {string} path
 * @param {string} member
 * @param {number} limit
 * @param {string} [by]
 */
async function pages(path, member, limit, by = key) {
  /** @type {any[][]} */
  const all = [];
  let cursor = "";
  do {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }) });
    const { body } = assertStatus(await api.get(`${path}?${query}`, { key: by }));
    all.push(body[member]);
    cursor = body.next_cursor;
  } while (cursor);
  return all;
}

/** Cardholders of an import, by their ids. @param {string[]} lines */
async function imported(lines) {
  const body = lines.map((id) => JSON.stringify({ id, email: `${id}@mail.jp` })).join("\n");
  const headers = { "content-type": "application/x-ndjson" };
  const answer = await api.send("POST", "/v1/cardholders", { key, headers, body });
  assert.ok(answer.text.includes('"done":true'), answer.text);
}

test("cardholders are listed in the order of their ids, each once, whatever the page's length", async () => {
  const prefix = uniqueId("list");
  const wanted = Array.from({ length: 25 }, (_, n) => `${prefix}-${String(n).padStart(3, "0")}`);
  await imported(wanted.slice(0, 20).toReversed());
  for (const id of wanted.slice(20)) {
    const json = { email: "taro@mail.jp" };
    assertStatus(await api.send("PUT", `/v1/cardholders/${id}`, { key, json }), 201);
  }
  for (const limit of [1, 7, 1000]) {
    const all = await pages("/v1/cardholders", "cardholders", limit);
    assert.ok(all.every((page) => page.length <= limit));
    const listed = ids(all.flat());
    assert.deepEqual(listed, listed.toSorted(), `${limit}`);
    assert.deepEqual(
      listed.filter((id) => id.startsWith(prefix)),
      wanted,
    );
  }
  // The index has the ids, and nothing else of anybody.
  await worker.kill();
  const values = [...(await objectValues(worker.state))];
  await worker.start();
  const [index, ...others] = values.filter(([file]) => file.includes("CardholderIndexObject"));
  assert.equal(others.length, 0);
  const stored = Buffer.concat(index[1]).toString();
  for (const id of wanted) assert.ok(stored.includes(`id:${id}`), id);
  assert.ok(!stored.includes("mail.jp"), stored);
});

test("an erased cardholder leaves the index, and one who is registered again is in it again", async () => {
  const cardholder = await registerCardholder(api);
  const path = `/v1/cardholders/${cardholder.id}`;
  const listed = async () =>
    ids((await pages("/v1/cardholders", "cardholders", 1000)).flat()).includes(cardholder.id);
  assert.equal(await listed(), true);
  assertStatus(await api.send("DELETE", path, { key }), 204);
  assert.equal(await listed(), false);
  assertStatus(await api.send("PUT", path, { key, json: { email: "taro@mail.jp" } }), 201);
  assert.equal(await listed(), true);
});

test("merchants are listed with their names, also those that a version before the list registered", async () => {
  const prefix = uniqueId("shop");
  const wanted = ["a", "b", "c"].map((letter) => ({
    id: `${prefix}-${letter}`,
    name: `●${letter}`,
  }));
  for (const { id, name } of wanted) {
    const json = { name, origins: ["https://shop.example"] };
    assertStatus(await api.send("PUT", `/v1/merchants/${id}`, { key, json }));
  }
  // Without metadata, as it was written.
  await stopped(async (kv) => {
    const name = `merchant:${wanted[1].id}`;
    await kv.put(name, (await kv.get(name)) ?? "");
  });
  for (const limit of [1, 2, 100]) {
    const listed = (await pages("/v1/merchants", "merchants", limit)).flat();
    assert.deepEqual(
      listed.filter(({ id }) => id.startsWith(prefix)),
      wanted,
    );
  }
  assertStatus(await api.send("DELETE", `/v1/merchants/${wanted[0].id}`, { key }), 204);
  const left = ids((await pages("/v1/merchants", "merchants", 100)).flat());
  assert.ok(!left.includes(wanted[0].id) && left.includes(wanted[1].id));
});

test("a merchant's key reads its own registration", async () => {
  const name = "●●shop";
  const origins = ["https://shop.example", "https://www.shop.example"];
  const merchant = await registerMerchant(api, { name, origins });
  const own = assertStatus(await api.get("/v1/merchant", { key: merchant.key })).body;
  assert.deepEqual(own, { id: merchant.id, name, origins, mode: "live" });
  assertProblem(await api.get("/v1/merchant", { key }), 401, "invalid_key");
  assertProblem(await api.get("/v1/merchant"), 401, "missing_key");
});

test("a merchant's key lists its newest challenges, newest first, and nobody else's", async () => {
  const [merchant, other] = [await registerMerchant(api), await registerMerchant(api)];
  const cardholder = await registerCardholder(api);
  const made = [];
  for (let n = 0; n < 5; n++) {
    made.unshift(await createChallenge(api, { merchant, cardholder }));
    await api.advance(2);
  }
  await createChallenge(api, { merchant: other, cardholder });
  // A young one is not read: KV would remember that its record was missing.
  const [, , ...old] = ids(made);
  const young = assertStatus(await api.get("/v1/challenges", { key: merchant.key })).body;
  assert.ok(young.challenges.length < 5, "a challenge of less than 10 seconds is listed");
  assert.ok(
    ids(young.challenges).every((id) => old.includes(id)),
    `${ids(young.challenges)}`,
  );
  await api.advance(11);
  for (const limit of [1, 2, 50]) {
    const all = await pages("/v1/challenges", "challenges", limit, merchant.key);
    assert.deepEqual(ids(all.flat()), ids(made), `${limit}`);
  }
  const read = assertStatus(await api.get(`/v1/challenges/${made[0].id}`, { key: merchant.key }));
  const [first] = assertStatus(await api.get("/v1/challenges", { key: merchant.key })).body
    .challenges;
  assert.deepEqual(first, read.body);
});

test("a test key lists its tests at once, and no live challenge", async () => {
  const live = await registerMerchant(api);
  const tester = await testing(api, live);
  await createChallenge(api, { merchant: live });
  const tested = await createTest(api, tester, "test_verified");
  // It is noted after the answer.
  const { challenges } = await eventually(
    async () => assertStatus(await api.get("/v1/challenges", { key: tester.key })).body,
    (body) => body.challenges.length > 0,
  );
  assert.deepEqual(ids(challenges), [tested.id]);
  assert.equal(challenges[0].test, true);
});

test("an erased cardholder's challenges leave the merchant's list, and the others stay", async () => {
  const merchant = await registerMerchant(api);
  const [gone, stays] = [await registerCardholder(api), await registerCardholder(api)];
  await createChallenge(api, { merchant, cardholder: gone });
  await api.advance(2);
  const kept = await createChallenge(api, { merchant, cardholder: stays });
  assertStatus(await api.send("DELETE", `/v1/cardholders/${gone.id}`, { key }), 204);
  await api.advance(11);
  const { body } = assertStatus(await api.get("/v1/challenges", { key: merchant.key }));
  assert.deepEqual(ids(body.challenges), [kept.id]);
});

test("what is no cursor of this list, and a length out of bounds, is refused by its name", async () => {
  const merchant = await registerMerchant(api);
  const lists = /** @type {const} */ ([
    ["/v1/merchants", key, 100],
    ["/v1/cardholders", key, 1000],
    ["/v1/challenges", merchant.key, 50],
  ]);
  await registerCardholder(api);
  await registerCardholder(api);
  const first = assertStatus(await api.get("/v1/cardholders?limit=1", { key })).body;
  for (const [path, by, most] of lists) {
    for (const limit of ["0", "-1", "1.5", "a", "", String(most + 1)]) {
      const refused = await api.get(`${path}?limit=${limit}`, { key: by });
      assertProblem(refused, 400, "invalid_request");
      assert.equal(refused.body.field, "limit", limit);
      assert.ok(refused.body.detail.includes(`from 1 to ${most}`), refused.body.detail);
    }
    const foreign = path === "/v1/cardholders" ? [] : [first.next_cursor];
    for (const cursor of ["", "a", "maru-shop", "A".repeat(40), ...foreign]) {
      const refused = await api.get(`${path}?cursor=${cursor}`, { key: by });
      assertProblem(refused, 400, "invalid_request");
      assert.equal(refused.body.field, "cursor", cursor);
    }
  }
});

test("a return address elsewhere is refused with what is registered", async () => {
  const origins = ["https://shop.example", "https://www.shop.example"];
  const merchant = await registerMerchant(api, { origins });
  const { id } = await registerCardholder(api);
  const json = { ...challengeBody(id), return_url: "https://shop.example.com/done" };
  const refused = await api.post("/v1/challenges", { key: merchant.key, json });
  assertProblem(refused, 400, "invalid_request");
  assert.equal(refused.body.field, "return_url");
  for (const origin of origins)
    assert.ok(refused.body.detail.includes(origin), refused.body.detail);
});
