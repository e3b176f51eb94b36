// The example shop as a process of its own, for a merchant registered with its origin.
import { assertStatus } from "./api.mjs";
import { issuerKey, registerCardholder, registerMerchant } from "./demo.mjs";
import { startProcess } from "./example.mjs";
import { quietPort } from "./worker.mjs";

/**
 * @typedef {object} Shop
 * @property {string} origin
 * @property {import("./demo.mjs").Merchant} merchant
 * @property {Record<"email" | "sms", import("./demo.mjs").Cardholder>} cardholders
 * @property {(page: import("playwright-core").Page) => Promise<import("./demo.mjs").Challenge>} challengeIn
 *   the page, which is the shop's checkout or the form itself
 * @property {(order: string) => Promise<string>} status of an order, as its server knows it
 * @property {() => Promise<void>} stop
 */

/**
 * @param {import("./api.mjs").Api} api
 * @returns {Promise<Shop>}
 */
export async function startShop(api) {
  const port = await quietPort();
  const origin = `http://localhost:${port}`;
  const merchant = await registerMerchant(api, { origins: [origin] });
  const endpoint = `/v1/merchants/${merchant.id}/event-endpoint`;
  const json = { url: `${origin}/events` };
  const { secret } = assertStatus(await api.send("PUT", endpoint, { key: issuerKey(), json })).body;
  const cardholders = {
    email: await registerCardholder(api, { channel: "email" }),
    sms: await registerCardholder(api, { channel: "sms" }),
  };
  const stop = await startProcess("examples/shop/server.mjs", {
    PORT: String(port),
    SHOP_URL: origin,
    WARIFU_URL: api.origin,
    WARIFU_KEY: merchant.key,
    WARIFU_EVENTS_SECRET: secret,
    OUTBOX_URL: `${api.origin}/dev/outbox`,
    CARDHOLDER: cardholders.email.id,
    SMS_CARDHOLDER: cardholders.sms.id,
  });
  return {
    origin,
    merchant,
    cardholders,
    async challengeIn(page) {
      const here = page.url();
      const address = here.startsWith(api.origin)
        ? here
        : await page.getAttribute(".warifu-challenge", "data-client-secret");
      const secret = /ch_[\w-]{73,}/.exec(address ?? "")?.[0] ?? "";
      const { email: cardholder } = cardholders;
      return { id: secret.slice(0, 25), secret, url: here, merchant, cardholder };
    },
    status: async (order) => (await (await fetch(`${origin}/orders/${order}.json`)).json()).status,
    stop,
  };
}
