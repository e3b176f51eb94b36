// A challenge that wrong codes keep out: the owner signs in at the member site, says that the purchase
// is theirs, and the form goes on.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startEmbedding } from "./support/bench.mjs";
import { formFrame, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  deliveries,
  issuerKey,
  newestCode,
  presentedChallenge,
  registerCardholder,
  registerMerchant,
  verifiedChallenge,
} from "./support/demo.mjs";
import { ended } from "./support/form.mjs";
import { spendTries } from "./support/locks.mjs";
import { startMemberSite } from "./support/member-site.mjs";

/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const { worker, api, browser, site: shop, open, prove } = await startEmbedding();
const site = await startMemberSite(api);
after(() => site.stop());
await worker.restart({ MEMBER_SITE_URL: site.origin });
const merchant = await registerMerchant(api, { name: "夕凪書店", origins: [shop.origin] });

/** @param {{ more?: Record<string, unknown> }} [given] */
async function keptOut({ more } = {}) {
  const cardholder = await registerCardholder(api);
  await spendTries(api, await presentedChallenge(api, { merchant, cardholder }));
  return createChallenge(api, { merchant, cardholder, more });
}

/** @param {Challenge} challenge @param {{ as?: string, of?: string }} [given] */
const release = ({ id, cardholder }, { as = issuerKey(), of = cardholder.id } = {}) =>
  api.post(`/v1/cardholders/${of}/challenges/${id}/release`, { key: as });

test("a challenge that its owner lets in sends when it is shown again", async () => {
  const challenge = await keptOut();
  assert.match((await api.present(challenge.secret)).text, /data-error="locked"/);
  const released = assertStatus(await release(challenge)).body;
  const { id, status, merchant_name, locked_until, sign_in_needed } = released;
  assert.deepEqual(
    { id, status, merchant_name, locked_until, sign_in_needed },
    {
      ...{ id: challenge.id, status: "pending", merchant_name: "夕凪書店" },
      ...{ locked_until: null, sign_in_needed: false },
    },
  );
  assert.deepEqual(await deliveries(api, challenge), []);
  assert.doesNotMatch((await api.present(challenge.secret)).text, /data-error=/);
  assertStatus(await api.verify(challenge.secret, await newestCode(api, challenge)));
  // An owner who says it twice hears that it has ended.
  assertProblem(await release(challenge), 409, "challenge_verified");
});

test("one challenge is let in, not the next; its wrong codes do not make others wait", async () => {
  const challenge = await keptOut();
  const { cardholder } = challenge;
  assertStatus(await release(challenge));
  assertStatus(await api.present(challenge.secret));
  const code = await newestCode(api, challenge);
  assert.equal(await spendTries(api, { ...challenge, code }), 5);
  const next = await createChallenge(api, { merchant, cardholder });
  assertProblem(await api.resend(next.secret), 403, "cardholder_locked");
  await presentedChallenge(api, { cardholder });
});

test("only the issuer lets in, and only a challenge of the cardholder whom it names", async () => {
  const challenge = await keptOut();
  const other = await registerCardholder(api);
  assertProblem(await release(challenge, { of: other.id }), 404, "challenge_not_found");
  assertProblem(await release(challenge, { of: "nobody" }), 404, "challenge_not_found");
  assertProblem(await release({ ...challenge, id: "ch_none" }), 404, "challenge_not_found");
  assertProblem(await release(challenge, { as: merchant.key }), 401, "invalid_key");
  const path = `/v1/cardholders/${challenge.cardholder.id}/challenges/${challenge.id}/release`;
  assertProblem(await api.post(path), 401, "missing_key");
  assertProblem(await api.resend(challenge.secret), 403, "cardholder_locked");
});

for (const [locale, words] of /** @type {const} */ ([
  [
    "ja",
    {
      open: "会員サイトを開く",
      again: "確認が済んだので続ける",
      ask: "このご購入はご自身のものですか",
      release: "自分の購入です",
      said: /お店の画面/,
    },
  ],
  [
    "en",
    {
      open: "Open the member site",
      again: "I have confirmed it",
      ask: "Is this purchase yours?",
      release: "It is mine",
      said: /shop’s page/,
    },
  ],
])) {
  for (const javaScriptEnabled of [true, false]) {
    test(`from the form to the member site and back, ${locale}, ${javaScriptEnabled ? "with" : "without"} script`, () =>
      withPage(browser, { javaScriptEnabled }, async (page, context) => {
        const challenge = await keptOut({ more: { locale } });
        // From then on the list has what the record says.
        await api.advance(10);
        await page.goto(challenge.url);
        assert.equal((await page.locator("#sent").innerText()).trim(), "", "nothing would be sent");
        const link = page.getByRole("link", { name: words.open });
        const home = `${site.origin}/?warifu-challenge=${challenge.id}`;
        assert.equal(await link.getAttribute("href"), home);
        const opened = context.waitForEvent("page");
        await link.click();
        const member = await opened;
        // The demonstration lets one choose who is signed in.
        await member.goto(site.home(challenge.cardholder, locale));
        const asks = member.locator("section", { hasText: words.ask });
        assert.match(await asks.innerText(), /夕凪書店[^]*3,150/);
        await asks.getByRole("button", { name: words.release }).click();
        await member.waitForSelector("#released");
        assert.match(await member.locator("#released").innerText(), words.said);
        assert.equal(await member.getByText(words.ask).count(), 0);

        await page.getByRole("link", { name: words.again }).click();
        await page.waitForSelector("#release", { state: "detached" });
        await page.fill("#code", await newestCode(api, challenge));
        await page.click("#send");
        await ended(page, "verified");
      }));
  }
}

test("guessed at while its form is open in a frame, a purchase goes on there once its owner let it in", () =>
  withPage(browser, {}, async (page) => {
    const given = { merchant, cardholder: await registerCardholder(api) };
    const challenge = await createChallenge(api, given);
    const seen = await open(page, { secret: challenge.secret });
    await seen.until("ready");
    await newestCode(api, challenge);
    await spendTries(api, await presentedChallenge(api, given));
    await prove(page, challenge);
    assert.equal((await seen.until("error")).code, "locked");
    const form = await formFrame(page);
    await form.waitForSelector("#release");
    assert.match(await form.locator("#error").innerText(), /まで本人確認を停止しています。/);
    assert.deepEqual(seen.of("complete"), []);

    assertStatus(await release(challenge));
    await form.getByRole("link", { name: "確認が済んだので続ける" }).click();
    await form.waitForSelector("#release", { state: "detached" });
    await prove(page, challenge);
    const { response } = await seen.until("complete");
    assert.equal((await api.siteverify({ secret: merchant.key, response })).body.success, true);
  }));

test("the member site asks only about purchases that are kept out, and lets no other site answer", async () => {
  const { cardholder, id, secret } = await keptOut();
  await api.present(secret);
  // A stranger may create what nobody is shown.
  await createChallenge(api, { merchant, cardholder });
  await presentedChallenge(api, { cardholder });
  await verifiedChallenge(api, { cardholder });
  await api.advance(10);
  const page = await (await fetch(site.home(cardholder))).text();
  const forms = page.match(/<form action="\/release[^"]*"/g) ?? [];
  assert.equal(forms.length, 1, page);
  assert.ok(forms[0].includes(id));

  const post = (/** @type {HeadersInit} */ headers, which = id) => {
    const query = new URLSearchParams({ member: cardholder.id, lang: "ja", challenge: which });
    return fetch(`${site.origin}/release?${query}`, {
      ...{ method: "POST", headers, redirect: "manual" },
    });
  };
  const foreign = { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
  assert.equal((await post(foreign)).status, 403);
  assertProblem(await api.resend(secret), 403, "cardholder_locked");
  const own = { origin: site.origin, "sec-fetch-site": "same-origin" };
  assert.equal((await post(own, "ch_none")).status, 404);
  assert.equal((await post(own)).status, 303);
  assertStatus(await api.resend(secret));
});
