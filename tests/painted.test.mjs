// Delivery never delays the form: its HTML is answered whole, and painted, before a provider that
// takes 5 seconds has answered.
import assert from "node:assert/strict";
import { get } from "node:http";
import { after, test } from "node:test";
import { startBrowser } from "./support/bench.mjs";
import { enhanced, until, withPage } from "./support/browser.mjs";
import { startCouriers } from "./support/couriers.mjs";
import { createChallenge, eventually, readChallenge, registerCardholder } from "./support/demo.mjs";

const slow = 5_000;

const { api, providers } = await startCouriers({
  email: ["ses"],
  sms: ["twilio"],
  vars: { PROVIDER_TIMEOUT_SECONDS: "10" },
});
const browser = await startBrowser();
after(() => {
  for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
});

/** Lets the provider's next answer take its time; when it was asked and when it answered. */
function delay(/** @type {import("./support/providers.mjs").ProviderServer} */ provider) {
  const times = { asked: 0, answered: 0 };
  provider.next({
    hold: async () => {
      times.asked = Date.now();
      await new Promise((resolve) => setTimeout(resolve, slow));
      times.answered = Date.now();
    },
  });
  return times;
}

/** When an answer's head came, and its last byte. @param {string} url */
function fetched(url) {
  return new Promise((resolve, reject) => {
    const begun = Date.now();
    const request = get(url, { headers: { accept: "text/html" } }, (response) => {
      const head = Date.now();
      let html = "";
      response.setEncoding("utf8").on("data", (part) => (html += part));
      response.on("end", () => resolve({ begun, head, whole: Date.now(), html }));
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
  test(`${channel}: the whole HTML is answered before the provider is`, async (context) => {
    const cardholder = await registerCardholder(api, { channel });
    const challenge = await createChallenge(api, { cardholder });
    const provider = delay(providers[name]);
    const { begun, whole, html } = await fetched(challenge.url);
    assert.equal(provider.answered, 0, "the provider has not answered");
    assert.match(html, /送信しています。[^]*<\/html>/);
    await isSent(challenge);
    const [took, later] = [whole - begun, provider.answered - begun];
    context.diagnostic(`HTML whole after ${took} ms, the provider answered after ${later} ms`);
    assert.ok(later >= slow && took < slow / 2, `${took} of ${later} ms`);
  });

  test(`${channel}: the form is painted before, and says later what became of it`, (context) =>
    withPage(browser, {}, async (page) => {
      const cardholder = await registerCardholder(api, { channel });
      const challenge = await createChallenge(api, { cardholder });
      const provider = delay(providers[name]);
      const begun = Date.now();
      let loads = 0;
      await page.goto(challenge.url);
      page.on("framenavigated", () => loads++);
      await enhanced(page);
      assert.match((await page.textContent("#sent")) ?? "", /送信しています。/);
      const painted = await page.evaluate(() => {
        const [paint] = performance.getEntriesByName("first-contentful-paint");
        return performance.timeOrigin + paint.startTime;
      });
      assert.equal(provider.answered, 0, "the provider has not answered");
      await until(page, () =>
        /送信しました。/.test(document.getElementById("sent")?.textContent ?? ""),
      );
      const told = Date.now();
      assert.ok(painted < provider.answered && provider.answered <= told);
      assert.equal(loads, 0);
      const after = [painted, provider.answered, told].map((time) => Math.round(time - begun));
      context.diagnostic(
        `painted after ${after[0]} ms, the provider answered after ${after[1]} ms, told after ${after[2]} ms`,
      );
    }));
}
