// Limits of a cardholder hold for challenges that directory servers ask for as for merchants': wrong
// codes, locks, and how many are open.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { fillDay } from "./support/locks.mjs";
import { addCard, secretOf, versions } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { nonPayment, payment } from "./support/three-ds/messages.mjs";

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

/** How many open forms of a cardholder one merchant has at most. */
const mostOfAMerchant = 5;

/**
 * Has as many challenges of one card opened as a merchant may have.
 * @param {{ acquirerMerchantID: string }} merchant
 */
async function openAll(merchant) {
  const first = await begin({ changes: merchant });
  const all = [first];
  while (all.length < mostOfAMerchant) {
    const areq = again(first, merchant);
    const { body: ares, text } = assertStatus(await ask(areq));
    assert.equal(ares.transStatus, "C", text);
    all.push({ ...first, areq, ares });
  }
  return all;
}

/**
 * Another purchase by the same card.
 * @param {import("./support/three-ds/bench.mjs").Transaction} of
 * @param {{ acquirerMerchantID: string }} merchant
 */
const again = ({ areq: { acctNumber } }, merchant) => payment("2.2.0", { acctNumber, ...merchant });

const newMerchant = () => ({ acquirerMerchantID: randomUUID().slice(0, 15) });

test("forms in use are not ended for another: N/04 at their merchant, and elsewhere it goes on", async () => {
  const merchant = newMerchant();
  const all = await openAll(merchant);
  const secrets = [];
  for (const transaction of all) {
    const { headers } = assertStatus(await bench.request(transaction), 303);
    secrets.push(secretOf(headers.get("location") ?? ""));
  }
  const [first] = all;
  await bench.answered(again(first, merchant), "N 04");
  const open = (await challenges(first.cardholder)).filter(({ status }) => status === "pending");
  assert.equal(open.length, mostOfAMerchant);
  assert.equal((await ask(again(first, newMerchant()))).body.transStatus, "C");
  assertStatus(await api.present(secrets[2]));
  await bench.submit({ secret: secrets[2] }, "cancel");
  assert.equal((await bench.told(all[2])).transStatus, "N");
  assert.equal((await ask(again(first, merchant))).body.transStatus, "C");
});

// As in a scheme's test runs: one card, one merchant, message after message.
test("challenges that no browser opened keep nobody out, and are told as such after 30 seconds", async () => {
  const merchant = newMerchant();
  const all = await openAll(merchant);
  const [first] = all;
  for (let count = 0; count < 10; count++) {
    assert.equal((await ask(again(first, merchant))).body.transStatus, "C");
  }
  await bench.pass(30, first);
  for (const transaction of all) {
    assert.equal((await bench.told(transaction)).challengeCancel, "05");
  }
});
