// When the directory server is told: after the outcome is durable and before the browser knows it, and
// again, the same to the byte, until it has it.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { eventually, issuerKey } from "./support/demo.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { cresOf, rreqOf } from "./support/three-ds/messages.mjs";
import { isFinal, posted } from "./support/three-ds/pages.mjs";

const bench = await startThreeDs();
const { api, directory, begin, begun, submit, enterCode, challenges } = bench;

/** @typedef {import("./support/three-ds/bench.mjs").Transaction} Transaction */
/** @typedef {import("../examples/three-ds/directory-server.mjs").Behaviour} Behaviour */

/** @param {Behaviour} behaviour @param {Transaction} of */
const behave = (behaviour, { areq }) => directory.behave(behaviour, areq.dsTransID);

/** What came about a transaction. @param {Transaction} of @param {string} type */
const came = ({ areq }, type) =>
  directory.of(areq.dsTransID, type).filter(({ direction }) => direction === "from ACS");

/** How long something takes, in milliseconds. @param {() => Promise<unknown>} body */
async function lasts(body) {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

/** Until whatever is being told was told: a whole challenge that is told after it. */
async function fence() {
  const other = await begun();
  await enterCode(other);
  await bench.told(other);
}

/** @param {import("./support/api.mjs").Answer} page @param {Transaction} of */
const assertVerified = (page, of) => assert.deepEqual(posted(page).message, cresOf(of, "Y"));

test("the outcome is durable before it is told, and told before the browser knows it", async () => {
  const shown = await begun();
  behave({ kind: "acknowledges", after: 1500 }, shown);
  /** @type {string[]} */
  const order = [];
  const page = enterCode(shown).then((answer) => {
    order.push("page");
    return answer;
  });
  await directory.until(shown.areq.dsTransID, "RReq");
  assert.equal((await challenges(shown.cardholder))[0].status, "verified");
  order.push("durable");
  await directory.until(shown.areq.dsTransID, "RRes");
  order.push("acknowledged");
  assertVerified(await page, shown);
  assert.deepEqual(order, ["durable", "acknowledged", "page"]);
  await bench.told(shown);
});

test("of 50 right codes at once one is told, and all see the same end", async () => {
  const shown = await begun();
  behave({ kind: "acknowledges", after: 700 }, shown);
  const pages = await Promise.all(Array.from({ length: 50 }, () => enterCode(shown)));
  for (const page of pages) assertVerified({ ...page, status: 200 }, shown);
  await bench.told(shown);
  await bench.pass(7200, shown);
  await fence();
  await bench.told(shown);
});

test("a directory server that is slow is waited for 5 seconds in all, and told that it was", async () => {
  const [form, script, left] = [await begun(), await begun(), await begun()];
  for (const shown of [form, script, left]) behave({ kind: "silent", times: 1 }, shown);
  const waits = await Promise.all([
    lasts(async () => assertVerified(await enterCode(form), form)),
    lasts(async () => {
      assertStatus(await bench.verify(script, script.code));
      assertVerified(await bench.page(script, "/end"), script);
    }),
    // A second browser comes while the first waits.
    lasts(async () => {
      void enterCode(left);
      await directory.until(left.areq.dsTransID, "RReq");
      assertVerified(await bench.page(left), left);
    }),
  ]);
  assert.ok(Math.min(...waits) > 4500, `${waits}`);
  assert.ok(Math.max(...waits) < 6500, `${waits}`);
  const again = await lasts(async () => assertVerified(await bench.page(form), form));
  assert.ok(again < 2000, `who comes back has waited before: ${again}`);
  const [{ message: erro }] = await directory.until(form.areq.dsTransID, "Erro");
  assert.deepEqual(
    [erro.errorCode, erro.errorComponent, erro.acsTransID, erro.messageVersion],
    ["402", "A", form.ares.acsTransID, "2.2.0"],
  );
  await bench.pass(10, form, script, left);
  for (const shown of [form, script, left]) await bench.told(shown, 2);
});

test("one that is away is tried twice at once, and told 10 and 20 seconds later out of the queue", async () => {
  const shown = await begun();
  await directory.goesAway();
  let refused = 0;
  const closed = createServer((socket) => {
    refused++;
    socket.resetAndDestroy();
  });
  const port = Number(new URL(directory.origin).port);
  await new Promise((resolve) => closed.listen(port, "127.0.0.1", () => resolve(undefined)));
  const waited = await lasts(async () => assertVerified(await enterCode(shown), shown));
  assert.ok(refused >= 2, `${refused} tries`);
  assert.ok(waited < 5500, `${waited}`);
  await new Promise((resolve) => closed.close(resolve));
  await directory.comesBack();
  behave({ kind: "fails", times: 1 }, shown);
  const start = Date.now();
  // Nobody asks: the alarm has it told.
  const [first] = await directory.until(shown.areq.dsTransID, "RReq", 1);
  assert.ok(first.at - start > 8000 && first.at - start < 16_000, `${first.at - start}`);
  await bench.pass(17, shown);
  assert.equal(came(shown, "RReq").length, 1);
  await directory.until(shown.areq.dsTransID, "RReq", 2);
  await bench.told(shown, 2);
  await bench.pass(7200, shown);
  await fence();
  await bench.told(shown, 2);
});

for (const [what, behaviour, erro] of /** @type {[string, Behaviour, string?][]} */ ([
  ["answers 500", { kind: "fails" }],
  ["answers 302", { kind: "fails", status: 302 }],
  ["breaks off", { kind: "resets" }],
  ["answers broken JSON", { kind: "babbles" }, "101"],
  ["answers another transaction's ids", { kind: "mistakes ids" }, "301"],
])) {
  test(`one that ${what} is told again, and the end is the same`, async () => {
    const shown = await begun({ version: "2.3.1" });
    behave({ ...behaviour, times: 2 }, shown);
    assertVerified(await enterCode(shown), shown);
    const atOnce = behaviour.kind === "resets" ? 2 : 1;
    await bench.told(shown, atOnce);
    if (erro) {
      const [{ message }] = await directory.until(shown.areq.dsTransID, "Erro");
      assert.equal(`${message.errorCode} ${message.errorMessageType}`, `${erro} RRes`);
      if (erro === "301") assert.equal(message.errorDetail, "acsTransID");
    }
    await bench.pass(10, shown);
    await bench.told(shown, atOnce + 1);
    if (atOnce === 1) {
      await bench.pass(20, shown);
      await bench.told(shown, 3);
    }
    await bench.pass(7200, shown);
    await fence();
    const before = came(shown, "RReq").length;
    assert.equal(before, 3);
    assertVerified(await bench.page(shown), shown);
  });
}

test("the waits double from 10 seconds to an hour, and end with the acknowledgement", async () => {
  const shown = await begun();
  behave({ kind: "fails" }, shown);
  await enterCode(shown);
  for (const [index, wait] of [10, 20, 40, 80, 160, 320].entries()) {
    await bench.told(shown, index + 1);
    // Whoever tells has the object know that it failed only by the next question.
    await bench.pass(wait - 5, shown);
    await fence();
    await bench.told(shown, index + 1);
    await bench.pass(5, shown);
  }
  await bench.told(shown, 7);
  behave({ kind: "acknowledges" }, shown);
  await bench.pass(3600, shown);
  await bench.told(shown, 8);
  await bench.pass(86_000, shown);
  await fence();
  await bench.told(shown, 8);
});

test("an error message ends it; that it was told before counts as told", async () => {
  for (const code of ["301", "312", "403"]) {
    const shown = await begun();
    behave({ kind: "errs", code }, shown);
    assertVerified(await enterCode(shown), shown);
    await bench.pass(7200, shown);
    await fence();
    await bench.told(shown, 1);
    // No error message is answered with another.
    assert.deepEqual(came(shown, "Erro"), []);
  }
});

test("an end by alarm is told while nobody asks, and one that nobody saw is told too", async () => {
  const [none, page] = [await begin(), await begun()];
  await bench.pass(28, none);
  assert.equal((await bench.told(none)).challengeCancel, "05");
  await bench.pass(600 - 28 - 3, page);
  assert.deepEqual(came(page, "RReq"), []);
  assert.equal((await bench.told(page)).challengeCancel, "04");
});

test("who is erased takes no result along: a form in use ends as after an error, and is told", async () => {
  const shown = await begun();
  const { id } = shown.cardholder;
  const erased = await api.send("DELETE", `/v1/cardholders/${id}`, { key: issuerKey() });
  assertStatus(erased, 204);
  const error = { transStatus: "U", transStatusReason: "22", challengeCancel: "06" };
  const said = rreqOf(shown, { ...error, interactionCounter: "00" });
  assert.deepEqual(await bench.told(shown), said);
});

test("a directory server that is silent keeps nobody from canceling, nor from another purchase", async () => {
  const shown = await begun();
  behave({ kind: "silent", times: 1 }, shown);
  const canceling = submit(shown, "cancel");
  await directory.until(shown.areq.dsTransID, "RReq");
  const { cardholder } = shown;
  const other = await begun({ cardholder });
  assertVerified(await enterCode(other), other);
  const page = await canceling;
  assert.ok(isFinal(page));
  assert.deepEqual(posted(page).message, cresOf(shown, "N"));
  await bench.pass(10, shown);
  await eventually(
    async () => came(shown, "RReq").length,
    (count) => count === 2,
  );
});
