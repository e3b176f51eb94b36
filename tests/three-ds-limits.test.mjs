// Limits of a cardholder hold for challenges that directory servers ask for as for merchants': wrong
// codes, locks, and how many are open.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { fillDay } from "./support/locks.mjs";
import { addCard, versions } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { nonPayment, payment } from "./support/three-ds/messages.mjs";
import { posted } from "./support/three-ds/pages.mjs";

const bench = await startThreeDs();
const { api, ask, begin, challenges } = bench;

/** @param {(version: import("./support/three-ds/messages.mjs").Version) => Promise<void>} body */
const inBoth = async (body) => {
  for (const version of versions) await body(version);
};

test("a cardholder who is locked: N/12", async () => {
  const cardholder = await registerCardholder(api);
  await fillDay(api, cardholder);
  await inBoth(async (version) => {
    const areq = payment(version, { acquirerMerchantID: randomUUID().slice(0, 15) });
    await addCard(api, cardholder, areq.acctNumber);
    await bench.answered(areq, "N 12");
  });
});

test("wrong codes keep out at their merchant, whichever directory server asks, and N/04 says so", async () => {
  const merchant = { acquirerMerchantID: randomUUID().slice(0, 15) };
  const cardholder = await registerCardholder(api);
  await bench.useUpTries(await bench.begun({ cardholder, changes: merchant, id: "bare" }));
  await inBoth(async (version) => {
    const areq = payment(version, merchant);
    await addCard(api, cardholder, areq.acctNumber);
    await bench.answered(areq, "N 04");
  });
  const elsewhere = { acquirerMerchantID: randomUUID().slice(0, 15) };
  await begin({ cardholder, changes: elsewhere, id: "bare" });
  // Without an acquirer's merchant the requestor is the merchant.
  const requestor = { threeDSRequestorID: randomUUID().slice(0, 15) };
  const other = await registerCardholder(api);
  await bench.useUpTries(await bench.begun({ cardholder: other, pays: false, changes: requestor }));
  const again = nonPayment("2.2.0", requestor);
  await addCard(api, other, again.acctNumber);
  await bench.answered(again, "N 04");
  await begin({ cardholder: other, pays: false, changes: { threeDSRequestorID: "another" } });
});

/** How many challenges of a cardholder are open at most. */
const mostOpen = 200;

/**
 * Asks for one challenge after the other with one card.
 * @param {number} count
 * @param {(transaction: import("./support/three-ds/bench.mjs").Transaction) => Promise<unknown>} then
 */
async function many(count, then) {
  const first = await begin();
  await then(first);
  const { cardholder, areq } = first;
  for (let asked = 1; asked < count; asked++) {
    const another = payment("2.2.0", { acctNumber: areq.acctNumber });
    const { body: ares, text } = assertStatus(await ask(another));
    assert.equal(ares.transStatus, "C", text);
    await then({ areq: another, ares, cardholder });
  }
  return first;
}

/** @param {{ id: string }} cardholder */
const openOf = async (cardholder) =>
  (await challenges(cardholder)).filter(({ status }) => status === "pending");

test("forms in use are not ended for another: N/04", async () => {
  const { cardholder, areq } = await many(mostOpen, (transaction) => bench.request(transaction));
  await bench.answered(payment("2.2.0", { acctNumber: areq.acctNumber }), "N 04");
  assert.equal((await openOf(cardholder)).length, 20, "all that are listed are open");
});

test("challenges that no browser opened make room, and the directory server hears of it", async () => {
  const first = await many(mostOpen + 1, async () => {});
  const { transStatus } = await bench.told(first);
  assert.ok(transStatus === "N" || transStatus === "U", transStatus);
  const { message } = posted(await bench.request(first));
  assert.ok(message.messageType === "Erro" || message.transStatus === "N");
});
