// Where wrong codes keep a shop's AReqs out, two marks let the owner's in: the network from which they
// verified before, and the amount that they named at the member site.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { launch, withPage } from "./support/browser.mjs";
import { issuerKey, presentedChallenge, registerCardholder, wrongCode } from "./support/demo.mjs";
import { fillDay } from "./support/locks.mjs";
import { startMemberSite } from "./support/member-site.mjs";
import { filesBelow, kvEntries, objectValues } from "./support/storage.mjs";
import { addCard, versions } from "./support/three-ds.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { nonPayment, payment } from "./support/three-ds/messages.mjs";

/** @typedef {import("./support/demo.mjs").Cardholder} Cardholder */
/** @typedef {import("./support/three-ds/messages.mjs").Message} Message */

const bench = await startThreeDs();
const { api, ask, begun, verify, worker } = bench;
const site = await startMemberSite(api);
after(() => site.stop());
await worker.restart({ MEMBER_SITE_URL: site.origin });
const browser = await launch();
after(() => browser.close());

const [home, shared, proxy] = ["203.0.113.7", "203.0.113.8", "198.51.100.9"];

const newShop = () => ({ acquirerMerchantID: randomUUID().slice(0, 15) });

/** @param {string} address */
const seenAt = (address) => ({ "cf-connecting-ip": address });

/**
 * A cardholder who has a card, and a shop at which a stranger's wrong codes keep AReqs out.
 * @param {Cardholder} [known]
 */
async function attacked(known) {
  const shop = newShop();
  const cardholder = known ?? (await registerCardholder(api));
  const guessed = await begun({ cardholder, changes: shop });
  await bench.useUpTries(guessed);
  return { shop, cardholder, card: guessed.areq.acctNumber };
}

/** A cardholder who verified by 3-D Secure. @param {string} said by the shop @param {string} seen by us */
async function bought(said, seen) {
  const cardholder = await registerCardholder(api);
  const shown = await begun({ cardholder, changes: { browserIP: said } });
  assertStatus(await verify(shown, shown.code, seenAt(seen)));
  return cardholder;
}

/** An AReq of the same shop that pays nothing. @param {Message} changes */
const payingNothing = (changes) =>
  nonPayment("2.2.0", { acquirerBIN: payment("2.2.0").acquirerBIN, ...changes });

/** @param {Message} areq */
const statusOf = async (areq) => (await ask(areq)).body.transStatus;

/** @param {Cardholder} cardholder @param {unknown} json @param {string} [key] */
const expect = ({ id }, json, key = issuerKey()) =>
  api.send("PUT", `/v1/cardholders/${id}/expected-purchase`, { json, key });

/** @param {Cardholder} cardholder */
const read = async ({ id }) =>
  assertStatus(await api.get(`/v1/cardholders/${id}`, { key: issuerKey() })).body;

test("what the shop shows of a refusal says where to sign in, in the buyer's language and each version's form", async () => {
  const { shop, card } = await attacked();
  const host = new URL(site.origin).hostname;
  for (const version of versions)
    for (const [language, says] of /** @type {const} */ ([
      ["ja-JP", /会員サイト\(.*\)にログインして購入金額を登録/],
      ["en-GB", /Sign in at .*, enter the amount, then order again\.$/],
    ])) {
      const languages =
        version === "2.2.0" ? { browserLanguage: language } : { acceptLanguage: [language] };
      const { body } = assertStatus(
        await ask(payment(version, { ...shop, acctNumber: card, ...languages })),
      );
      assert.equal(`${body.transStatus} ${body.transStatusReason}`, "N 04");
      const said = version === "2.2.0" ? body.cardholderInfo : body.cardholderInfo.text;
      assert.match(said, says);
      assert.ok(said.includes(host) && [...said].length <= 128, said);
    }
  // Nothing is paid, so no amount could be named.
  await bench.answered(payingNothing({ ...shop, acctNumber: card }), "N 04");
});

test("a cardholder who is locked is told it too, and one whose card is unknown is not", async () => {
  const cardholder = await registerCardholder(api);
  await fillDay(api, cardholder);
  const areq = payment("2.2.0", newShop());
  await addCard(api, cardholder, areq.acctNumber);
  const { body } = assertStatus(await ask(areq));
  assert.equal(`${body.transStatus} ${body.transStatusReason}`, "N 12");
  assert.match(body.cardholderInfo, /会員サイト/);
  await bench.answered(payment("2.2.0"), "U 08");
});

for (const [said, next] of [
  [home, home],
  ["2001:db8:1:2::7", "2001:0DB8:1:2:ffff::1"],
]) {
  test(`a network from which the cardholder verified is let in: ${said}`, async () => {
    const { shop, card } = await attacked(await bought(said, said));
    const from = (/** @type {string | undefined} */ browserIP) =>
      payment("2.2.0", { ...shop, acctNumber: card, browserIP });
    assert.equal(await statusOf(from(undefined)), "N");
    assert.equal(await statusOf(from(shared)), "N");
    assert.equal(await statusOf(from(next)), "C");
  });
}

test("a shop that names another address than we see teaches nothing, and neither does a wrong code", async () => {
  const { shop, cardholder, card } = await attacked(await bought(proxy, home));
  const from = (/** @type {string} */ browserIP) =>
    payment("2.2.0", { ...shop, acctNumber: card, browserIP });
  assert.equal(await statusOf(from(proxy)), "N");
  assert.equal(await statusOf(from(home)), "N");
  const shown = await begun({ cardholder, changes: { ...newShop(), browserIP: home } });
  assertProblem(await verify(shown, wrongCode(shown.code), seenAt(home)), 422, "wrong_code");
  assert.equal(await statusOf(from(home)), "N");
});

test("a merchant's form teaches the network that we see", async () => {
  const { shop, cardholder, card } = await attacked();
  const challenge = await presentedChallenge(api, { cardholder });
  const path = `/challenge/${challenge.secret}/verify`;
  assertStatus(await api.post(path, { json: { code: challenge.code }, headers: seenAt(home) }));
  const areq = payment("2.2.0", { ...shop, acctNumber: card, browserIP: home });
  assert.equal(await statusOf(areq), "C");
});

test("an expected purchase is let in once, by its amount", async () => {
  const { shop, cardholder, card } = await attacked();
  const of = (/** @type {Message} */ changes) =>
    payment("2.2.0", { ...shop, acctNumber: card, ...changes });
  const { amount, currency, expires_at } = assertStatus(
    await expect(cardholder, { amount: 9800, currency: "JPY" }),
  ).body;
  assert.deepEqual({ amount, currency }, { amount: 9800, currency: "JPY" });
  const left = (Date.parse(expires_at) - Date.now()) / 60_000;
  assert.ok(left > 28 && left <= 30, `${left} minutes`);
  assert.deepEqual((await read(cardholder)).expected_purchase, { amount, currency, expires_at });
  assert.equal(await statusOf(of({ purchaseAmount: "9801" })), "N");
  const dollars = { purchaseAmount: "9800", purchaseCurrency: "840", purchaseExponent: "2" };
  assert.equal(await statusOf(of(dollars)), "N");
  assert.equal(await statusOf(payingNothing({ ...shop, acctNumber: card })), "N");
  const mine = of({ purchaseAmount: "9800" });
  const { body: ares } = assertStatus(await ask(mine));
  assert.equal(ares.transStatus, "C");
  assert.equal((await read(cardholder)).expected_purchase, null);
  assert.equal(await statusOf(mine), "C", "the same message again");
  assert.equal(await statusOf(of({ purchaseAmount: "9800" })), "N", "another one");
  const shown = await bench.show({ areq: mine, ares, cardholder });
  const wrong = await verify(shown, wrongCode(shown.code));
  assertProblem(wrong, 422, "wrong_code");
  assert.equal(wrong.body.tries_left, 4);
  assertStatus(await verify(shown, shown.code));
  // A success at the shop forgets what was wrong there.
  assert.equal(await statusOf(of({ purchaseAmount: "1" })), "C");
});

test("an expectation is taken back, replaced, and over after half an hour", async () => {
  const { shop, cardholder, card } = await attacked();
  const of = (/** @type {string} */ purchaseAmount) =>
    payment("2.2.0", { ...shop, acctNumber: card, purchaseAmount });
  assertStatus(await expect(cardholder, { amount: 500, currency: "JPY" }));
  assertStatus(await expect(cardholder, { amount: 600, currency: "JPY" }));
  assert.equal(await statusOf(of("500")), "N");
  const path = `/v1/cardholders/${cardholder.id}/expected-purchase`;
  assertStatus(await api.send("DELETE", path, { key: issuerKey() }), 204);
  assertStatus(await api.send("DELETE", path, { key: issuerKey() }), 204);
  assert.equal(await statusOf(of("600")), "N");
  assert.equal((await read(cardholder)).expected_purchase, null);
  // The wait of five wrong codes is a quarter of an hour: ten keep the shop closed for the day.
  await api.advance(900);
  await bench.useUpTries(await begun({ cardholder, changes: shop }));
  assertStatus(await expect(cardholder, { amount: 700, currency: "JPY" }));
  await api.advance(1800);
  assert.equal(await statusOf(of("700")), "N");
});

test("only the issuer's support expects a purchase, of a cardholder who is there and an amount that is one", async () => {
  const cardholder = await registerCardholder(api);
  const good = { amount: 3150, currency: "JPY" };
  assertProblem(await expect({ ...cardholder, id: "nobody" }, good), 404, "cardholder_not_found");
  assertProblem(await expect(cardholder, good, "wk_issuer_no_such_key"), 401, "invalid_key");
  for (const [bad, field] of /** @type {const} */ ([
    [{ ...good, amount: 0 }, "amount"],
    [{ ...good, amount: 1e12 }, "amount"],
    [{ ...good, currency: "YEN" }, "currency"],
    [{ amount: 3150 }, "currency"],
    [{ currency: "JPY" }, "amount"],
    [{ ...good, merchant: "maru-shop" }, "merchant"],
  ])) {
    const answer = await expect(cardholder, bad);
    assertProblem(answer, 400, "invalid_request");
    assert.equal(answer.body.field, field);
  }
  assert.equal((await read(cardholder)).expected_purchase, null);
});

for (const [lang, words] of /** @type {const} */ ([
  [
    "ja",
    {
      open: "購入金額を登録する",
      typed: "９，８００円",
      send: "この金額を登録する",
      back: "登録を取り消す",
    },
  ],
  [
    "en",
    { open: "Enter an amount", typed: "9,800", send: "This is what I pay", back: "Take it back" },
  ],
])) {
  test(`a member names an amount at the member site, and takes it back, ${lang}`, () =>
    withPage(browser, {}, async (page) => {
      const { shop, cardholder, card } = await attacked();
      const order = () =>
        statusOf(payment("2.2.0", { ...shop, acctNumber: card, purchaseAmount: "9800" }));
      assert.equal(await order(), "N");
      await page.goto(site.home(cardholder, lang));
      await page.getByRole("link", { name: words.open }).click();
      await page.fill("#amount", words.typed);
      await page.getByRole("button", { name: words.send }).click();
      assert.match(await page.locator("#expected").innerText(), /9,800/);
      await page.getByRole("button", { name: words.back }).click();
      await page.waitForSelector("#unexpected");
      assert.equal(await page.locator("#expected").count(), 0);
      assert.equal(await order(), "N");
      await page.fill("#amount", "0");
      await page.getByRole("button", { name: words.send }).click();
      await page.waitForSelector("#problem");
      await page.goBack();
      await page.fill("#amount", words.typed);
      await page.getByRole("button", { name: words.send }).click();
      await page.waitForSelector("#expected");
      assert.equal(await order(), "C");
      await page.reload();
      assert.equal(await page.locator("#expected").count(), 0, "it was taken");
    }));
}

test("another site cannot name an amount for a member", async () => {
  const cardholder = await registerCardholder(api);
  const query = new URLSearchParams({ member: cardholder.id, lang: "ja" });
  for (const path of ["expect", "expect-nothing"]) {
    const headers = { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
    const body = new URLSearchParams({ amount: "9800" });
    const answer = await fetch(`${site.origin}/${path}?${query}`, {
      method: "POST",
      headers,
      body,
    });
    assert.equal(answer.status, 403, path);
  }
  assert.equal((await read(cardholder)).expected_purchase, null);
});

/** The ways in which bytes can be written where others stand around them. @param {Buffer} bytes */
const spellings = (bytes) => [
  bytes,
  Buffer.from(bytes.toString("hex")),
  ...[0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64url");
    return Buffer.from(
      text.slice(before && before + 1, Math.floor(((before + bytes.length) * 8) / 6)),
    );
  }),
];

test("no address of a buyer is printed or stored", async () => {
  const address = "2001:db8:77:7:1234:5678:9abc:def0";
  const network = Buffer.from("20010db800770007", "hex");
  const cardholder = await bought(address, address);
  const { shop, card } = await attacked(cardholder);
  const areq = payment("2.2.0", { ...shop, acctNumber: card, browserIP: address });
  assert.equal(await statusOf(areq), "C", "the network is known");
  await worker.kill();
  /** @type {Buffer[]} */
  const places = [Buffer.from(worker.output())];
  for (const [name, value] of await kvEntries(worker.state)) places.push(Buffer.from(name + value));
  for (const values of (await objectValues(worker.state)).values()) places.push(...values);
  places.push(...(await filesBelow(`${worker.state}/v3`)).values());
  const all = Buffer.concat(places);
  assert.ok(all.includes(cardholder.id), "this is where it would be");
  for (const bytes of [Buffer.from("2001:db8:77:7"), network])
    for (const spelled of spellings(bytes)) assert.ok(!all.includes(spelled), String(spelled));
  const sample = Buffer.concat([Buffer.from("x"), network, Buffer.from("y")]);
  assert.ok(
    sample.toString("base64url").includes(String(spellings(network)[3])),
    "the search finds",
  );
});
