// Delivery never delays the form: its HTML is answered whole, and painted, before the provider has
// answered, however long that takes.
import assert from "node:assert/strict";
import { get } from "node:http";
import { after, test } from "node:test";
import { startBrowser } from "./support/bench.mjs";
import { enhanced, until, withPage } from "./support/browser.mjs";
import { startCouriers } from "./support/couriers.mjs";
import { createChallenge, eventually, readChallenge, registerCardholder } from "./support/demo.mjs";

const { api, providers } = await startCouriers({
  email: ["ses"],
  sms: ["twilio"],
  vars: { PROVIDER_TIMEOUT_SECONDS: "10" },
});
const browser = await startBrowser();
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});

/**
 * Lets the provider's next answer wait until it is let go.
 * @param {import("./support/providers.mjs").ProviderServer} provider
 */
function delay(provider) {
  const { promise: gone, resolve: go } = Promise.withResolvers();
  const times = { answered: 0 };
  provider.next({
    hold: async () => {
      await gone;
      times.answered = Date.now();
    },
  });
  return { times, go: () => go(undefined) };
}

/** An answer, once its last byte has come. @param {string} url */
function fetched(url) {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { accept: "text/html" } }, (response) => {
      let html = "";
      response.setEncoding("utf8").on("data", (part) => (html += part));
      response.on("end", () => resolve(html));
    });
    request.on("error", reject);
  });
}

/** @param {import("./support/demo.mjs").Challenge} challenge */
const isSent = (challenge) =>
  eventually(
    () => readChallenge(api, challenge),
    ({ delivery }) => delivery === "sent",
  );

for (const [channel, name] of /** @type {const} */ ([
  ["email", "ses"],
  ["sms", "twilio"],
])) {
  test(`${channel}: the whole HTML is answered before the provider is`, async () => {
    const cardholder = await registerCardholder(api, { channel });
    const challenge = await createChallenge(api, { cardholder });
    const { times, go } = delay(providers[name]);
    const html = await fetched(challenge.url);
    assert.equal(times.answered, 0, "the provider has not answered");
    assert.match(html, /送信しています。[^]*<\/html>/);
    go();
    await isSent(challenge);
  });

  test(`${channel}: the form is painted before, and says later what became of it`, () =>
    withPage(browser, {}, async (page) => {
      const cardholder = await registerCardholder(api, { channel });
      const challenge = await createChallenge(api, { cardholder });
      const { times, go } = delay(providers[name]);
      let loads = 0;
      await page.goto(challenge.url);
      page.on("framenavigated", () => loads++);
      await enhanced(page);
      assert.match((await page.textContent("#sent")) ?? "", /送信しています。/);
      const painted = await page.evaluate(() => {
        const [paint] = performance.getEntriesByName("first-contentful-paint");
        return performance.timeOrigin + paint.startTime;
      });
      assert.equal(times.answered, 0, "the provider has not answered");
      go();
      await until(page, () =>
        /送信しました。/.test(document.getElementById("sent")?.textContent ?? ""),
      );
      assert.ok(painted < times.answered && times.answered <= Date.now());
      assert.equal(loads, 0);
    }));
}
