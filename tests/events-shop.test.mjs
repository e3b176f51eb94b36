// The example shop hears how a challenge ended of which no browser brings news.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { eventually, newestCode, wrongCode } from "./support/demo.mjs";
import { startShop } from "./support/shop.mjs";

const { api } = await startApi();
const shop = await startShop(api);
after(() => shop.stop());

/** Buys, and opens the form as the browser would that is then closed. */
async function buy() {
  const body = new URLSearchParams({ channel: "email", lang: "ja" });
  const page = await (await fetch(`${shop.origin}/buy`, { method: "POST", body })).text();
  const [secret] = /ch_[\w-]{73,}/.exec(page) ?? [""];
  const [order] = /order-[\da-f-]{36}/.exec(page) ?? [""];
  assertStatus(await api.present(secret));
  assert.equal(await shop.status(order), "open");
  return { secret, order };
}

/** @param {string} order @param {string} expected */
const settles = (order, expected) =>
  eventually(
    () => shop.status(order),
    (status) => status === expected,
  );

test("canceled in a form whose page is gone: the order is canceled", async () => {
  const { secret, order } = await buy();
  assertStatus(await api.cancel(secret));
  await settles(order, "canceled");
});

test("no tries are left: the order is refused", async () => {
  const { secret, order } = await buy();
  const { merchant, cardholders } = shop;
  const challenge = { id: secret.slice(0, 25), secret, url: "", merchant };
  const code = await newestCode(api, { ...challenge, cardholder: cardholders.email });
  for (let n = 1; n <= 5; n++) await api.verify(secret, wrongCode(code, n));
  await settles(order, "refused");
});

test("an event that the issuer did not sign changes nothing", async () => {
  const { order } = await buy();
  const body = JSON.stringify({
    type: "challenge.canceled",
    timestamp: new Date().toISOString(),
    data: { challenge: "ch_x", reference: order },
  });
  const forged = new Webhook(Buffer.alloc(32, 1).toString("base64"));
  const now = new Date();
  for (const signature of ["", "v1,", forged.sign("evt_1", now, body)]) {
    const headers = {
      "webhook-id": "evt_1",
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": signature,
    };
    const answer = await fetch(`${shop.origin}/events`, { method: "POST", headers, body });
    assert.equal(answer.status, 401);
  }
  assert.equal(await shop.status(order), "open");
});
