// Authentication values that the issuer's own service makes: asked once, kept, and never replaced; where
// there is none, nobody was authenticated.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { versions } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { cresOf, rreqOf } from "./support/three-ds/messages.mjs";
import { posted } from "./support/three-ds/pages.mjs";

/**
 * @typedef {object} Made what the service answers
 * @property {string} [value]
 * @property {number} [status]
 * @property {number} [slow] milliseconds until the answer
 * @property {boolean} [drop]
 */

/** What was asked, by `dsTransID`. @type {Map<string, any[]>} */
const asked = new Map();
/** @type {Made} */
let made = {};
const service = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const question = JSON.parse(body);
  assert.equal(`${request.method} ${request.headers["content-type"]}`, "POST application/json");
  asked.set(question.dsTransId, [...(asked.get(question.dsTransId) ?? []), question]);
  const { value = "", status = 200, slow, drop } = made;
  if (slow) await new Promise((resolve) => setTimeout(resolve, slow).unref());
  if (drop) return void request.socket.destroy();
  response.writeHead(status, { "content-type": "text/plain" }).end(value);
});
await new Promise((resolve) => service.listen(0, "127.0.0.1", () => resolve(undefined)));
after(() => {
  service.closeAllConnections();
  service.close();
});
const { port } = /** @type {import("node:net").AddressInfo} */ (service.address());

const bench = await startThreeDs({
  more: {
    serviced: { authentication_value: { service: `http://127.0.0.1:${port}/values` } },
  },
});
const { directory, begun, enterCode, submit } = bench;
const id = "serviced";

/** @typedef {import("./support/three-ds/bench.mjs").Transaction} Transaction */

/** @param {Transaction} of */
const questions = ({ areq }) => asked.get(areq.dsTransID) ?? [];

const twenty = Buffer.alloc(20, 9).toString("base64");
const twentyOne = Buffer.alloc(21, 9).toString("base64");

for (const version of versions) {
  test(`${version}: the service's value is told, and the service knows of what`, async () => {
    for (const value of [twenty, twentyOne, `${twenty}\n`]) {
      made = { value };
      const shown = await begun({ version, id });
      assert.deepEqual(posted(await enterCode(shown)).message, cresOf(shown, "Y"));
      const said = { transStatus: "Y", interactionCounter: "01", eci: "05" };
      const told = rreqOf(shown, { ...said, authenticationValue: value.trim() });
      assert.deepEqual(await bench.told(shown), told);
      assert.deepEqual(questions(shown), [
        {
          cardholder: shown.cardholder.id,
          directoryServer: id,
          acsTransId: shown.ares.acsTransID,
          dsTransId: shown.areq.dsTransID,
          amount: 3150,
          currency: "JPY",
          eci: "05",
        },
      ]);
    }
  });
}

test("a longer value is 2.3.1's alone", async () => {
  made = { value: "QUJD".repeat(1000) };
  const newer = await begun({ version: "2.3.1", id });
  assert.equal(posted(await enterCode(newer)).message.transStatus, "Y");
  assert.equal((await bench.told(newer)).authenticationValue, made.value);
  const older = await begun({ id });
  assert.equal(posted(await enterCode(older)).message.transStatus, "N");
});

/** What is told where there is no value. */
const none = {
  transStatus: "U",
  transStatusReason: "22",
  challengeCancel: "06",
  interactionCounter: "01",
};

for (const [what, fate] of /** @type {[string, Made][]} */ ([
  ["answers 500", { status: 500, value: twenty }],
  ["answers nothing", { value: "" }],
  ["answers what is no value", { value: '{"value":"x"}' }],
  ["answers 19 bytes", { value: Buffer.alloc(19).toString("base64") }],
  ["breaks off", { drop: true }],
  ["takes longer than two seconds", { slow: 3500, value: twenty }],
])) {
  test(`where it ${what} nobody was authenticated, however often it is told`, async () => {
    made = fate;
    const shown = await begun({ id });
    directory.behave({ kind: "fails", times: 1 }, shown.areq.dsTransID);
    const start = performance.now();
    assert.deepEqual(posted(await enterCode(shown)).message, cresOf(shown, "N"));
    assert.ok(performance.now() - start < 5500);
    // Although the service is well again.
    made = { value: twenty };
    await bench.pass(10, shown);
    assert.deepEqual(await bench.told(shown, 2), rreqOf(shown, none));
    assert.equal(posted(await bench.request(shown)).message.transStatus, "N");
    assert.equal(questions(shown).length, 1);
  });
}

test("a slow service and a silent directory server are waited for 5 seconds together", async () => {
  made = { value: twenty, slow: 1900 };
  const shown = await begun({ id });
  directory.behave({ kind: "silent", times: 1 }, shown.areq.dsTransID);
  const start = performance.now();
  assert.deepEqual(posted(await enterCode(shown)).message, cresOf(shown, "Y"));
  const waited = performance.now() - start;
  assert.ok(waited > 4500 && waited < 6000, `${waited}`);
  await bench.pass(10, shown);
  assert.equal((await bench.told(shown, 2)).authenticationValue, twenty);
});

test("what is told again has the value that was made first", async () => {
  made = { value: twenty };
  const shown = await begun({ id });
  directory.behave({ kind: "fails", times: 1 }, shown.areq.dsTransID);
  await enterCode(shown);
  made = { value: twentyOne };
  await bench.pass(10, shown);
  assert.equal((await bench.told(shown, 2)).authenticationValue, twenty);
  assert.equal(questions(shown).length, 1);
});

test("killed before the value was kept, one value is told and no other", async () => {
  made = { value: twenty, slow: 60_000 };
  const shown = await begun({ id });
  const cut = enterCode(shown).catch(() => undefined);
  for (const end = Date.now() + 10_000; questions(shown).length === 0 && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await bench.worker.kill();
  await cut;
  await bench.worker.start();
  made = { value: twentyOne };
  await bench.pass(11, shown);
  assert.equal((await bench.told(shown)).authenticationValue, twentyOne);
  assert.equal(posted(await bench.request(shown)).message.transStatus, "Y");
});

// Of 50 the last could come on a slow machine when the service's two seconds are over. That many at once are
// in three-ds-telling.
test("10 right codes at once have one value", async () => {
  made = { value: twenty, slow: 300 };
  const shown = await begun({ id });
  const pages = await Promise.all(Array.from({ length: 10 }, () => enterCode(shown)));
  for (const page of pages) {
    assert.deepEqual(posted({ ...page, status: 200 }).message, cresOf(shown, "Y"));
  }
  assert.equal((await bench.told(shown)).authenticationValue, twenty);
});

test("it is asked of nothing but payments that were verified", async () => {
  made = { value: twenty };
  const [wallet, canceled] = [await begun({ pays: false, id }), await begun({ id })];
  await enterCode(wallet);
  await submit(canceled, "cancel");
  const said = { transStatus: "Y", interactionCounter: "01", eci: "05" };
  assert.deepEqual(await bench.told(wallet), rreqOf(wallet, said));
  assert.equal((await bench.told(canceled)).transStatus, "N");
  for (const shown of [wallet, canceled]) assert.deepEqual(questions(shown), []);
});
