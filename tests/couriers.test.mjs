// Each provider over HTTP: what it takes, and what becomes of a send that it does not take. Every
// provider is a strict server of its own, which refuses what the real one would.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import { eventually, readChallenge, registerMerchant, uniqueId } from "./support/demo.mjs";
import { carriers } from "./support/providers.mjs";

// Names that would be headers, mailboxes, fields, markup or JSON of their own, were they let.
const issuer = `株式会社"わりふ", Ltd. <x@y.example>\r\nBcc: z@y.example\\${"👩‍👩‍👧".repeat(2)}`;
const shown = issuer.replace("\r\n", "");
const shop = `<script>&To=+1"',\\ =?שלום👩‍👩‍👧`;

const vars = { PROVIDER_TIMEOUT_SECONDS: "1", ISSUER_NAME: issuer };

/** @typedef {import("./support/providers.mjs").Fate} Fate */
/** @type {[string, Fate, string][]} */
const silent = [
  ["breaks", { fail: "broken" }, "provider's fault"],
  ["drops the connection", { drop: "before" }, "connection failed"],
  ["is slow", { slow: 20_000 }, "timed out"],
];

/** @type {[string, Fate, string][]} */
const refusing = [
  ["asks too often", { fail: "throttled", retryAfter: 1 }, "too many requests"],
  ["sends elsewhere", { raw: { status: 307, headers: { location: "/" } } }, "redirected"],
  ["answers what nobody knows", { raw: { status: 418, body: "{" } }, "request refused"],
];

// Each Worker has one provider of either channel; the shorter list begins anew.
const { email: mails, sms: texts } = carriers;
for (let n = 0; n < Math.max(mails.length, texts.length); n++) {
  const [mail, text] = [mails[n % mails.length], texts[n % texts.length]];
  const { api, send, providers, worker } = await startCouriers({
    email: [mail],
    sms: [text],
    vars,
  });
  const merchant = await registerMerchant(api, { name: shop });

  for (const [channel, name] of /** @type {const} */ ([
    ["email", mail],
    ["sms", text],
  ])) {
    const provider = providers[name];

    test(`${name} carries ${channel}, whatever the names hold, and its code is right`, async () => {
      const { challenge, cardholder, end, failed } = await send(channel, { merchant });
      assert.deepEqual(provider.faults, []);
      const { event, tried, milliseconds } = end;
      assert.deepEqual([event, end.provider, tried], ["code_sent", name, "1"]);
      assert.match(milliseconds, /^\d+$/);
      assert.deepEqual(failed, []);
      const message = provider.received.at(-1);
      assert.ok(message);
      assert.equal(message.to, channel === "email" ? cardholder.email : cardholder.phone);
      const byName = channel === "email" || name === "webhook";
      if (byName) assert.equal(message.sender, shown);
      if (channel === "email") {
        assert.equal(message.subject, "J/Secureワンタイムパスワード発行のご連絡");
        assert.ok(message.text.includes(`：${shop}`), message.text);
      }
      if (channel === "email" || name === "twilio") {
        assert.deepEqual(message.reference, { challenge: challenge.id, delivery: "1" });
      }
      const agent = message.asked.headers.find(([header]) => header === "user-agent");
      assert.match(agent?.[1] ?? "", /^warifu\/\d/);
      assertStatus(await api.verify(challenge.secret, codeIn(message.text)));
    });

    for (const [what, fate, why] of silent) {
      test(`${name} ${what}: the ${channel} may have been sent, and counts`, async () => {
        provider.next(fate);
        const before = provider.asks();
        const { challenge, end, failed } = await send(channel);
        assert.deepEqual([end.event, end.why, end.tried], ["code_unconfirmed", why, "1"]);
        assert.deepEqual([failed.length, failed[0].provider, failed[0].why], [1, name, why]);
        assert.equal(provider.asks(), before + 1);
        const { sends } = await eventually(
          () => readChallenge(api, challenge),
          ({ delivery }) => delivery === "unconfirmed",
        );
        assert.equal(sends, 1);
      });
    }

    for (const [what, fate, why] of refusing) {
      test(`${name} ${what}: the ${channel} is not sent, and not counted`, async () => {
        provider.next(fate);
        const before = provider.asks();
        const { challenge, end, failed } = await send(channel);
        assert.deepEqual([end.event, end.why, end.tried], ["code_not_sent", why, "1"]);
        assert.deepEqual([failed.length, failed[0].provider, failed[0].why], [1, name, why]);
        assert.equal(provider.asks(), before + 1);
        assert.equal((await notCounted(challenge)).sends, 0);
      });
    }

    test(`${name} does not know our account: the ${channel} is not sent`, async () => {
      provider.next({ fail: "account" });
      const { end } = await send(channel);
      assert.equal(end.event, "code_not_sent");
      assert.match(end.why, /refused$/);
    });

    test(`${name} says that the destination cannot be reached`, async () => {
      provider.next({ fail: "destination" });
      const { challenge, end, failed } = await send(channel);
      assert.deepEqual([end.event, end.why], ["code_not_sent", "bad destination"]);
      assert.deepEqual(failed, []);
      assert.equal((await notCounted(challenge)).sends, 0);
    });
  }

  test(`${mail} carries e-mail to an old carrier's address, between the quotes that it needs`, async () => {
    const email = `${uniqueId("old")}..k.@docomo.ne.jp`;
    const { challenge, end } = await send("email", { email });
    assert.equal(end.event, "code_sent");
    const message = providers[mail].received.at(-1);
    assert.equal(message?.to, email.replace(/^(.*)@/, '"$1"@'));
    assertStatus(await api.verify(challenge.secret, codeIn(message?.text ?? "")));
  });

  /** @param {import("./support/demo.mjs").Challenge} challenge */
  async function notCounted(challenge) {
    return eventually(
      () => readChallenge(api, challenge),
      ({ sends }) => sends === 0,
    );
  }

  after(() => {
    for (const { name, faults } of Object.values(providers)) assert.deepEqual(faults, [], name);
    const printed = worker.output();
    for (const { received } of Object.values(providers)) {
      for (const { to, text } of received) {
        assert.ok(!printed.includes(to), to);
        assert.ok(!printed.includes(codeIn(text)), "a code in the log");
      }
    }
  });
}
