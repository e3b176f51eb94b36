// What the shop of every language holds, against the Worker and against an issuer that signs and answers
// what no real one would.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { assertStatus } from "./api.mjs";
import { startApi, startBrowser } from "./bench.mjs";
import { formFrame, withPage } from "./browser.mjs";
import {
  eventually,
  issuerKey,
  newestCode,
  readChallenge,
  registerCardholder,
  registerMerchant,
  testing,
  uniqueId,
} from "./demo.mjs";
import { buyer, startSnippet } from "./snippets.mjs";
import { reheaded, startStandInIssuer } from "./stand-in-issuer.mjs";
import { quietPort } from "./worker.mjs";

/** @typedef {import("./stand-in-issuer.mjs").Attestation} Attestation */

const merchantId = "maru-shop";
const eventsSecret = `whsec_${Buffer.from("a secret of thirty-two bytes.....").toString("base64")}`;

/** Attestations that a shop takes. @type {[string, Attestation][]} */
const good = [
  ["as it is", {}],
  ["whose aud is a list", { claims: () => ({ aud: [merchantId] }) }],
  ["of a clock that is 25 seconds ahead", { claims: (now) => ({ iat: now + 25, exp: now + 325 }) }],
  ["that ended 20 seconds ago", { claims: (now) => ({ iat: now - 320, exp: now - 20 }) }],
];

/** And those that it refuses. @type {[string, Attestation][]} */
const bad = [
  ["of another merchant", { claims: () => ({ aud: "another" }) }],
  ["whose aud is a list of others", { claims: () => ({ aud: ["another", "shop"] }) }],
  ["of another issuer", { claims: () => ({ iss: "https://otp.example" }) }],
  ["of another type", { header: { typ: "JWT" } }],
  ["of a test key's type", { header: { typ: "warifu-test-attestation+jwt" } }],
  ["for a test key", { claims: () => ({ aud: `test/${merchantId}` }) }],
  ["without a type", { header: { typ: undefined } }],
  ["that ended a minute ago", { claims: (now) => ({ iat: now - 360, exp: now - 60 }) }],
  ["without an end", { claims: () => ({ exp: undefined }) }],
  ["without an id", { claims: () => ({ jti: undefined }) }],
  ["of another key of the same name", { stranger: true }],
  ["of a key that the issuer has not", { header: { kid: "a2" } }],
  ["about another amount", { claims: () => ({ amount: 315 }) }],
  ["about another currency", { claims: () => ({ currency: "USD" }) }],
  ["about another order", { claims: () => ({ reference: "another" }) }],
  [
    "without a signature",
    {
      spoil: (token) =>
        reheaded(token, { alg: "none", typ: "warifu-attestation+jwt", kid: "a1" }).replace(
          /[^.]*$/,
          "",
        ),
    },
  ],
  [
    "that the public key signs as a secret",
    {
      spoil(token, jwk) {
        const header = { alg: "HS256", typ: "warifu-attestation+jwt", kid: "a1" };
        const text = reheaded(token, header).replace(/\.[^.]*$/, "");
        const mac = createHmac("sha256", JSON.stringify(jwk)).update(text);
        return `${text}.${mac.digest("base64url")}`;
      },
    },
  ],
  ["with a signature that is cut", { spoil: (token) => token.slice(0, -4) }],
  ["with changed claims", { spoil: (token) => token.replace(/\.e/, ".f") }],
  ["that is no JWS", { spoil: () => "garbage" }],
  ["that is empty", { spoil: () => "" }],
];

/** A Worker, a browser and an issuer of the test's own, for the shops of any language. */
export async function startShops() {
  const { worker, api } = await startApi();
  const browser = await startBrowser();
  const issuer = await startStandInIssuer();
  after(() => issuer.stop());
  return { worker, api, browser, issuer };
}

/**
 * @param {string} language
 * @param {Awaited<ReturnType<typeof startShops>>} bench
 */
export function holdSnippet(language, { worker, api, browser, issuer }) {
  /** A shop that is a merchant of the Worker. */
  async function startReal() {
    const port = await quietPort();
    const merchant = await registerMerchant(api, { origins: [`http://localhost:${port}`] });
    const endpoint = `/v1/merchants/${merchant.id}/event-endpoint`;
    const json = { url: `http://localhost:${port}/events` };
    const { secret } = assertStatus(
      await api.send("PUT", endpoint, { key: issuerKey(), json }),
    ).body;
    const cardholder = await registerCardholder(api);
    const shop = await startSnippet(language, {
      ...{ port, issuer: worker.origin, key: merchant.key, merchant: merchant.id, secret },
      cardholder: cardholder.id,
    });
    const challengeOf = (/** @type {string} */ secret) => ({
      ...{ id: secret.slice(0, secret.indexOf("_secret_")), secret, url: "", merchant, cardholder },
    });
    return { shop, challengeOf, ...buyer(shop.origin) };
  }

  test(`${language}: a purchase against the Worker`, async (t) => {
    const { shop, challengeOf, buy, pay, said } = await startReal();
    try {
      await t.test("is paid when it is verified in the page", () =>
        withPage(browser, {}, async (page) => {
          await page.goto(shop.origin);
          await page.click("button");
          const secret = await page.getAttribute(".warifu-challenge", "data-client-secret");
          const form = await formFrame(page);
          await form.fill("#code", await newestCode(api, challengeOf(secret ?? "")));
          await form.click("#send");
          await page.waitForURL("**/order?*");
          assert.equal((await page.innerText("body")).trim(), "Paid.");
        }),
      );

      await t.test("is paid when it is verified without script, once, for its order", async () => {
        const order = uniqueId("order");
        const bought = await buy(order);
        const challenge = challengeOf(bought.secret);
        assertStatus(await api.present(bought.secret));
        const form = { code: await newestCode(api, challenge) };
        const path = `/challenge/${bought.secret}/verify`;
        const back = assertStatus(await api.post(path, { form }), 303).headers.get("location");
        const response = new URL(back ?? "").searchParams.get("warifu-response") ?? "";

        const other = uniqueId("order");
        await buy(other);
        assert.equal((await pay(other, response)).said, "Not paid: open.");

        const seen = await fetch(back ?? "");
        assert.equal(seen.url, `${shop.origin}/order?order=${order}`);
        assert.equal((await seen.text()).trim(), "Paid.");
        assert.equal((await readChallenge(api, challenge)).redeemed, true);
      });

      await t.test(
        "is not paid when the cardholder gives it up, and the event says so",
        async () => {
          const order = uniqueId("order");
          const { secret } = await buy(order);
          assertStatus(await api.cancel(secret));
          assert.equal((await pay(order, "")).said.startsWith("Not paid"), true);
          await eventually(
            () => said(order),
            (text) => text === "Not paid: canceled.",
          );
        },
      );

      await t.test("has one challenge, however often the buyer presses", async () => {
        const order = uniqueId("order");
        const first = await buy(order);
        assert.equal(first.status, 200, first.text);
        assert.equal((await buy(order)).secret, first.secret);
        assert.notEqual((await buy(uniqueId("order"))).secret, first.secret);
      });
    } catch (error) {
      console.error(shop.output());
      throw error;
    } finally {
      await shop.stop();
    }
  });

  test(`${language}: a purchase with a test key, whose cardholder nobody has to name`, async () => {
    const port = await quietPort();
    const origins = [`http://localhost:${port}`];
    const { key, id } = await testing(api, await registerMerchant(api, { origins }));
    const settings = { port, issuer: worker.origin, key, merchant: id, secret: eventsSecret };
    const shop = await startSnippet(language, settings);
    try {
      await withPage(browser, {}, async (page) => {
        await page.goto(shop.origin);
        await page.click("button");
        const form = await formFrame(page);
        await form.fill("#code", "123456");
        await form.click("#send");
        await page.waitForURL("**/order?*");
        assert.equal((await page.innerText("body")).trim(), "Paid.", shop.output());
      });
    } finally {
      await shop.stop();
    }
  });

  test(`${language}: what no real issuer does`, async (t) => {
    const shop = await startSnippet(language, {
      port: await quietPort(),
      issuer: issuer.origin,
      ...{ key: "wk_live_key", merchant: merchantId, secret: eventsSecret },
    });
    const { buy, pay, said } = buyer(shop.origin);

    /** Buys, pays with an attestation, and says what came of it. @param {Attestation} change */
    const paid = async (change) => {
      const order = uniqueId("order");
      await buy(order);
      const response = await issuer.attest(merchantId, order, change);
      issuer.asked.length = 0;
      const outcome = await pay(order, response);
      return { ...outcome, asked: issuer.asked.map(({ path }) => path) };
    };

    for (const [what, change] of good) {
      await t.test(`an attestation ${what} is taken, and redeemed`, async () => {
        const { said, asked } = await paid(change);
        assert.deepEqual([said, asked], ["Paid.", ["/v1/siteverify"]], shop.output());
      });
    }
    for (const [what, change] of bad) {
      await t.test(`an attestation ${what} is refused without a call`, async () => {
        const { status, said, asked } = await paid(change);
        assert.deepEqual([said, asked], ["Not paid: open.", []], shop.output());
        assert.equal(status, 303, shop.output());
      });
    }

    const busy = {
      status: 503,
      headers: { "retry-after": "1", "content-type": "application/problem+json" },
      body: { code: "unavailable", detail: "Try again in a moment." },
    };
    for (const [what, fate] of /** @type {const} */ ([
      ["whose answer is lost", "lost"],
      ["that is unavailable", busy],
    ])) {
      await t.test(`a create ${what} is asked again, in the same words`, async () => {
        issuer.asked.length = 0;
        issuer.fates.push(fate, fate);
        const order = uniqueId("order");
        const { status, secret } = await buy(order);
        assert.deepEqual([status, secret.slice(0, 3)], [200, "ch_"], shop.output());
        assert.equal(issuer.asked.length, 3);
        for (const { path, body, headers } of issuer.asked) {
          assert.equal(path, "/v1/challenges");
          assert.equal(headers["idempotency-key"], order);
          assert.equal(headers.authorization, "Bearer wk_live_key");
          assert.deepEqual(body, issuer.asked[0].body);
        }
      });
    }

    await t.test("a siteverify that is unavailable pays nothing, and pays later", async () => {
      const order = uniqueId("order");
      await buy(order);
      const response = await issuer.attest(merchantId, order);
      issuer.fates.push(busy, busy, busy);
      const { status, said } = await pay(order, response);
      assert.deepEqual([status, said], [502, "Not paid: open."], shop.output());
      assert.equal((await pay(order, response)).said, "Paid.");
    });

    await t.test("a response that siteverify does not take pays nothing", async () => {
      for (const answer of [
        { success: false, "error-codes": ["timeout-or-duplicate"] },
        { success: true, reference: "another", amount: 3150, currency: "JPY" },
      ]) {
        const order = uniqueId("order");
        await buy(order);
        issuer.fates.push({ status: 200, body: answer });
        const { said } = await pay(order, await issuer.attest(merchantId, order));
        assert.equal(said, "Not paid: open.", shop.output());
      }
    });

    for (const [code, status, told] of /** @type {const} */ ([
      ["not_enrolled", 422, "another way"],
      ["unknown_cardholder", 422, "another way"],
      ["too_many_unknown_cardholders", 429, "another way"],
      ["invalid_request", 400, "try again"],
      ["invalid_key", 401, "try again"],
    ])) {
      await t.test(
        `a create that is refused with ${code} is asked once, and the buyer is told`,
        async () => {
          issuer.asked.length = 0;
          const headers = { "content-type": "application/problem+json", "retry-after": "1800" };
          issuer.fates.push({ status, headers, body: { code, detail: `Why ${code}.` } });
          const bought = await buy(uniqueId("order"));
          assert.equal(bought.status, told === "another way" ? 200 : 502, shop.output());
          assert.ok(bought.text.includes(told), bought.text);
          assert.ok(!bought.text.includes("Why"), "that is for the developer");
          assert.ok(shop.output().includes(`${code}: Why ${code}.`), shop.output());
          assert.equal(issuer.asked.length, 1);
        },
      );
    }

    /**
     * Tells the shop that the challenge of an order ended, and says what came of it.
     * @param {{ status?: string, age?: number, secret?: string, id?: string, order?: string, headers?: (signed: Record<string, string>) => Record<string, string>, body?: (text: string) => string }} [change]
     */
    const told = async (change = {}) => {
      const { status = "canceled", age = 0, secret = eventsSecret } = change;
      const { order = uniqueId("order"), id = uniqueId("evt") } = change;
      await buy(order);
      const at = new Date(Date.now() - age * 1000);
      const data = { challenge: "ch_1", status, reference: order, amount: 3150, currency: "JPY" };
      const text = JSON.stringify({
        type: `challenge.${status}`,
        timestamp: at.toISOString(),
        data,
      });
      const headers = {
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(secret).sign(id, at, text),
      };
      const response = await fetch(`${shop.origin}/events`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(change.headers?.(headers) ?? headers) },
        body: change.body?.(text) ?? text,
      });
      return [response.status, await said(order)];
    };

    await t.test("an event is taken once", async () => {
      const [order, id] = [uniqueId("order"), uniqueId("evt")];
      assert.deepEqual(await told({ order, id }), [204, "Not paid: canceled."], shop.output());
      const again = await told({ order, id, status: "failed" });
      assert.deepEqual(again, [204, "Not paid: canceled."]);
    });

    await t.test("an event with two signatures is taken by either", async () => {
      const other = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
      for (const both of [
        (/** @type {string} */ right) => `${right} ${other}`,
        (/** @type {string} */ right) => `${other} ${right}`,
      ]) {
        const headers = (/** @type {Record<string, string>} */ signed) => ({
          ...signed,
          "webhook-signature": both(signed["webhook-signature"]),
        });
        assert.deepEqual(await told({ headers }), [204, "Not paid: canceled."], shop.output());
      }
    });

    await t.test("an event pays nothing", async () => {
      assert.deepEqual(await told({ status: "verified" }), [204, "Not paid: open."], shop.output());
    });

    /** @type {[string, Parameters<typeof told>[0]][]} */
    const forged = [
      ["with a changed body", { body: (text) => text.replace("canceled", "failed") }],
      ["of ten minutes ago", { age: 600 }],
      ["of ten minutes from now", { age: -600 }],
      ["of another secret", { secret: `whsec_${Buffer.alloc(32).toString("base64")}` }],
      ["of another id", { headers: (signed) => ({ ...signed, "webhook-id": "evt_other" }) }],
      ["without a signature", { headers: ({ "webhook-signature": _, ...others }) => others }],
      ["without any header", { headers: () => ({}) }],
    ];
    for (const [what, change] of forged) {
      await t.test(`an event ${what} is refused`, async () => {
        assert.deepEqual(await told(change), [400, "Not paid: open."], shop.output());
      });
    }

    await shop.stop();
  });
}
