// What a directory server is told of each end of a challenge: one RReq, with every element that its
// version has for it and no other.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { settingsOf } from "./support/couriers.mjs";
import { eventually, registerCardholder, wrongCode } from "./support/demo.mjs";
import { enrollApp, laterStep } from "./support/enrollment.mjs";
import { fillDay } from "./support/locks.mjs";
import { startProvider } from "./support/providers.mjs";
import { authenticationValue, secretOf, versions } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { cresOf, rreqOf } from "./support/three-ds/messages.mjs";
import { posted } from "./support/three-ds/pages.mjs";

const bench = await startThreeDs();
const { api, begin, begun, request, submit, enterCode } = bench;

/** @typedef {import("./support/three-ds/bench.mjs").Transaction} Transaction */
/** @typedef {import("./support/three-ds/messages.mjs").Message} Message */

/**
 * Holds that this is the one RReq of a transaction, and that no other comes.
 * @param {Transaction} transaction
 * @param {Message} said
 * @param {string} [method]
 */
async function assertTold(transaction, said, method) {
  assert.deepEqual(await bench.told(transaction), rreqOf(transaction, said, method));
  told.push(transaction);
}

/** All that was told here. @type {Transaction[]} */
const told = [];

/**
 * What is said of a payment that was verified.
 * @param {Transaction} transaction
 * @param {string} counter
 * @param {number} [key] the number of the value's key
 */
const verified = ({ areq: { dsTransID, acctNumber } }, counter, key) => ({
  transStatus: "Y",
  interactionCounter: counter,
  eci: "05",
  authenticationValue: authenticationValue({ dsTransID, eci: "05" }, acctNumber, key),
});

for (const version of versions) {
  test(`${version}: a right code is Y, with the value that an authorisation host computes`, async () => {
    for (const [channel, method] of /** @type {const} */ ([
      ["email", "05"],
      ["sms", "02"],
    ])) {
      const shown = await begun({ version, channel });
      await enterCode(shown);
      const value = verified(shown, "01").authenticationValue;
      assert.equal(value.length, 28);
      await assertTold(shown, verified(shown, "01"), method);
    }
  });

  test(`${version}: an app's code is said as an app's`, async () => {
    const cardholder = await registerCardholder(api);
    const app = await enrollApp(api, cardholder);
    const transaction = await begin({ version, cardholder });
    const secret = secretOf((await request(transaction)).headers.get("location") ?? "");
    assertStatus(await bench.page({ secret }));
    const code = app.code(await laterStep(api, 3));
    assert.equal(posted(await submit({ secret }, "verify", { code })).message.transStatus, "Y");
    await assertTold(transaction, verified(transaction, "01"), "04");
  });

  test(`${version}: the counter is how many codes were compared`, async () => {
    const shown = await begun({ version });
    for (const code of [wrongCode(shown.code), wrongCode(shown.code, 2), "12", "letters", ""]) {
      await submit(shown, "verify", { code });
    }
    await enterCode(shown);
    await assertTold(shown, verified(shown, "03"));
  });

  test(`${version}: without a payment there is no value`, async () => {
    const shown = await begun({ version, pays: false });
    await enterCode(shown);
    await assertTold(shown, { transStatus: "Y", interactionCounter: "01", eci: "05" });
  });

  test(`${version}: tries used up`, async () => {
    const shown = await begun({ version });
    await bench.useUpTries(shown);
    const said = { transStatus: "N", transStatusReason: "19", interactionCounter: "05", eci: "07" };
    await assertTold(shown, said);
  });

  test(`${version}: canceled, before and after a wrong code`, async () => {
    for (const tries of [0, 1]) {
      const shown = await begun({ version });
      if (tries) await submit(shown, "verify", { code: wrongCode(shown.code) });
      await submit(shown, "cancel");
      const canceled = { transStatusReason: "01", challengeCancel: "01" };
      await assertTold(shown, { transStatus: "N", ...canceled, interactionCounter: `0${tries}` });
    }
  });

  test(`${version}: ten minutes after a page, and without any CReq`, async () => {
    const [page, typed, none] = [
      await begun({ version }),
      await begun({ version }),
      await begin({ version }),
    ];
    await submit(typed, "verify", { code: wrongCode(typed.code) });
    await bench.pass(600, page, typed, none);
    const timedOut = { transStatus: "N", transStatusReason: "14" };
    const late = { ...timedOut, challengeCancel: "04" };
    await assertTold(page, { ...late, interactionCounter: "00" });
    await assertTold(typed, { ...late, interactionCounter: "01" });
    await assertTold(none, { ...timedOut, challengeCancel: "05", interactionCounter: "00" });
  });

  test(`${version}: an invalid CReq, before the form was shown and after`, async () => {
    const error = { transStatus: "U", transStatusReason: "22", challengeCancel: "06" };
    const [first, second] = [await begin({ version }), await begun({ version })];
    await submit(second, "verify", { code: wrongCode(second.code) });
    for (const [counter, transaction] of Object.entries([first, second])) {
      await request(transaction, { changes: { challengeWindowSize: "6" } });
      await assertTold(transaction, { ...error, interactionCounter: `0${counter}` });
    }
  });
}

test("a cardholder who is locked meanwhile, by wrong codes elsewhere: tries used up", async () => {
  const cardholder = await registerCardholder(api);
  const [canceled, left] = [await begin({ cardholder }), await begin({ cardholder })];
  const [form] = [await request(canceled), await request(left)];
  await fillDay(api, cardholder);
  await submit({ secret: secretOf(form.headers.get("location") ?? "") }, "cancel");
  const said = { transStatus: "N", transStatusReason: "19", interactionCounter: "00", eci: "07" };
  await assertTold(canceled, said);
  await bench.pass(600, left);
  await assertTold(left, said);
});

test("a directory server without indicators and values is told none", async () => {
  const shown = await begun({ id: "bare" });
  await enterCode(shown);
  await assertTold(shown, { transStatus: "Y", interactionCounter: "01" });
  const failed = await begun({ id: "bare" });
  await bench.useUpTries(failed);
  const said = { transStatus: "N", transStatusReason: "19", interactionCounter: "05" };
  await assertTold(failed, said);
});

test("who got no code and gives up was not authenticated for our reason, not for theirs", async () => {
  const provider = await startProvider("webhook");
  after(() => provider.stop());
  provider.always({ fail: "destination" });
  const own = await startThreeDs({
    options: { vars: { ...settingsOf([provider]), SMS_COURIER: "webhook" } },
  });
  const transaction = await own.begin({ channel: "sms" });
  const secret = secretOf((await own.request(transaction)).headers.get("location") ?? "");
  assertStatus(await own.page({ secret }));
  await eventually(
    async () => own.worker.output(),
    (output) => output.includes("code_not_sent"),
  );
  const end = posted(await own.submit({ secret }, "cancel"));
  assert.deepEqual(end.message, cresOf(transaction, "N"));
  const error = { transStatus: "U", transStatusReason: "22", challengeCancel: "06" };
  const said = rreqOf(transaction, { ...error, interactionCounter: "00" }, "02");
  assert.deepEqual(await own.told(transaction), said);
});

test("a challenge keeps the key of its value that it was opened with", async () => {
  const before = await begun();
  const { AV_KEYS: key } = bench.settings;
  await bench.worker.restart({ AV_KEYS: `${key.replace(/^1:/, "2:")},${key}` });
  const repeated = assertStatus(await bench.ask(before.areq));
  assert.deepEqual(repeated.body, before.ares, "a repeat after the rotation is a repeat");
  const since = await begun();
  for (const [index, shown] of [before, since].entries()) {
    await enterCode(shown);
    await assertTold(shown, verified(shown, "01", index + 1));
  }
});

test("whatever is asked later, each was told once", async () => {
  await bench.pass(7200, ...told);
  for (const transaction of told) await request(transaction);
  // Something that is told now, after all of these would have been.
  const fence = await begun();
  await enterCode(fence);
  await bench.told(fence);
  for (const transaction of told) await bench.told(transaction);
  assert.ok(told.length > 20);
  assert.doesNotMatch(bench.worker.output(), /result_not_told|"fault"/);
});
