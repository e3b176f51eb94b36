// A power cut between any two steps of a directory server's challenge: what is durable is told, the same
// each time, and nothing else is.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { eventually } from "./support/demo.mjs";
import { secretOf } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { cresOf } from "./support/three-ds/messages.mjs";
import { posted } from "./support/three-ds/pages.mjs";

const bench = await startThreeDs();
const { worker, api, directory, ask, begin, begun, request, show, enterCode, challenges } = bench;

/** @typedef {import("./support/three-ds/bench.mjs").Transaction} Transaction */

/** @param {Transaction} of */
const results = ({ areq }) => directory.of(areq.dsTransID, "RReq");

/** @param {import("./support/api.mjs").Answer} page @param {Transaction} of */
const assertVerified = (page, of) => assert.deepEqual(posted(page).message, cresOf(of, "Y"));

test("a purchase goes on although the Worker is killed between any two steps", async () => {
  const transaction = await begin();
  await worker.restart();
  assert.deepEqual((await ask(transaction.areq)).body, transaction.ares);
  const first = secretOf((await request(transaction)).headers.get("location") ?? "");
  await worker.restart();
  const shown = await show(transaction);
  assert.equal(shown.secret, first);
  await worker.restart();
  assertVerified(await enterCode(shown), shown);
  await worker.restart();
  assertVerified(await bench.page(shown), shown);
  assert.equal((await bench.told(shown)).transStatus, "Y");
  await bench.pass(3600, shown);
  await bench.told(shown);
});

test("killed after the code was accepted and before the RReq was answered: the same RReq comes again", async () => {
  const shown = await begun();
  directory.behave({ kind: "silent", times: 1 }, shown.areq.dsTransID);
  const cut = enterCode(shown).catch(() => undefined);
  await directory.until(shown.areq.dsTransID, "RReq");
  await worker.kill();
  assert.equal(await cut, undefined);
  await worker.start();
  // The alarm, and nobody else.
  await directory.until(shown.areq.dsTransID, "RReq", 2);
  assert.equal((await bench.told(shown, 2)).transStatus, "Y");
  assertVerified(await bench.page(shown), shown);
});

test("killed when the RReq was answered, before we knew: it comes again and is the same", async () => {
  const shown = await begun();
  directory.behave({ kind: "acknowledges", after: 30 }, shown.areq.dsTransID);
  const cut = enterCode(shown).catch(() => undefined);
  await directory.until(shown.areq.dsTransID, "RReq");
  await worker.kill();
  await cut;
  await worker.start();
  directory.behave({ kind: "errs", code: "312" }, shown.areq.dsTransID);
  await bench.pass(11, shown);
  await directory.until(shown.areq.dsTransID, "RReq", 2);
  await bench.told(shown, 2);
  assertVerified(await bench.page(shown), shown);
});

test("killed at any moment, an outcome is told as it was and nothing else is", async () => {
  for (let life = 0; life < 6; life++) {
    const all = await Promise.all(Array.from({ length: 4 }, () => begun()));
    const wait = randomInt(0, 200);
    const answers = all.map((shown) => enterCode(shown).catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, wait));
    await worker.kill();
    const answered = await Promise.all(answers);
    await worker.start();
    for (const [index, shown] of all.entries()) {
      const [{ status }] = await challenges(shown.cardholder);
      if (answered[index]) assert.equal(status, "verified", `after ${wait} ms`);
      if (status !== "verified") {
        assert.deepEqual(results(shown), [], `after ${wait} ms`);
        assertVerified(await enterCode(shown), shown);
      }
      await bench.pass(11, shown);
      const came = await eventually(
        async () => results(shown),
        ({ length }) => length > 0,
      );
      assert.equal(new Set(came.map(({ text }) => text)).size, 1);
      assert.equal(came[0].message.transStatus, "Y");
      assertVerified(await bench.page(shown), shown);
    }
  }
});

test("what runs out while nothing runs is told when the Worker is back, although nobody asks", async () => {
  const [page, none] = [await begun(), await begin()];
  await bench.pass(26, none);
  await bench.pass(600 - 26 - 4, page);
  assertStatus(await ask(none.areq));
  await worker.kill();
  await new Promise((resolve) => setTimeout(resolve, 5000));
  await worker.start();
  assert.equal((await bench.told(page)).challengeCancel, "04");
  assert.equal((await bench.told(none)).challengeCancel, "05");
  assert.doesNotMatch(worker.output(), /alarm_failed|event_without_record|"fault"/);
});
