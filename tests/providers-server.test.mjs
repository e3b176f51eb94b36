// The providers of the tests, themselves tested: over HTTP, what each takes, what each refuses, and
// what a test can let happen.
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, test } from "node:test";
import { carriers, startProvider } from "./support/providers.mjs";
import { mail, name, right, sms, to, wrongFields } from "./support/providers/requests.mjs";

/**
 * @typedef {import("./support/providers.mjs").ProviderServer} Server
 * @typedef {import("./support/providers/requests.mjs").Sent} Sent
 * @typedef {{ status: number, headers: import("node:http").IncomingHttpHeaders, body: string }} Got
 */

/**
 * Sends a request with the headers that are given and no others, as workerd does.
 * @param {Server} server
 * @param {Sent} sent
 * @returns {Promise<Got>}
 */
const post = (server, { method, path, headers, body }) =>
  new Promise((resolve, reject) => {
    const asked = request(server.origin + path, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    asked.on("error", reject).end(body);
  });

/**
 * A provider of one test's own.
 * @param {string} provider
 */
async function started(provider) {
  const server = await startProvider(provider);
  after(() => server.stop());
  return server;
}

for (const provider of Object.keys(right)) {
  test(`${provider} takes a right request and knows what it says`, async () => {
    const server = await started(provider);
    const got = await post(server, right[provider](server));
    assert.ok(got.status >= 200 && got.status < 300, `${got.status} ${got.body} ${server.faults}`);
    const [taken] = server.received;
    // The right request of who carries both channels is of a text message.
    const isMail = !carriers.sms.includes(provider);
    assert.equal(taken.to, isMail ? mail.to : to);
    assert.equal(taken.text, isMail ? mail.text : sms);
    assert.equal(taken.subject, isMail ? mail.subject : null);
    if (isMail || provider === "webhook") assert.equal(taken.sender, name);
    assert.deepEqual([server.faults, server.asks()], [[], 1]);
    if (taken.reference.challenge) assert.match(taken.reference.challenge, /^ch_/);
  });

  test(`${provider} refuses what is not its API, and says why`, async () => {
    const server = await started(provider);
    const good = right[provider](server);
    /** @param {Record<string, string | undefined>} change */
    const headed = (change) => {
      const headers = Object.entries({ ...good.headers, ...change });
      const left = headers.filter(([, value]) => value !== undefined);
      return { ...good, headers: /** @type {Record<string, string>} */ (Object.fromEntries(left)) };
    };
    const key = provider === "webhook" ? "webhook-signature" : "authorization";
    const spoilt = good.headers[key].replace(/.{9}$/, "000000000");
    const wrong = [
      { ...good, method: "PUT" },
      { ...good, path: `${good.path}x` },
      { ...good, path: `${good.path}?to=1` },
      { ...good, body: good.body.slice(1) },
      headed({ "content-type": "text/plain" }),
      headed({ [key]: undefined }),
      headed({ [key]: spoilt }),
      headed({ "x-code": "123456" }),
      ...[...wrongFields[provider], (/** @type {any} */ fields) => (fields.unknown = "1")].map(
        (change) => right[provider](server, change),
      ),
    ];
    for (const sent of wrong) {
      const { status } = await post(server, sent);
      assert.ok(status >= 400 && status < 500, `${status}: ${JSON.stringify(sent)}`);
    }
    assert.equal(server.faults.length, wrong.length);
    assert.deepEqual(server.received, []);
  });

  test(`${provider} fails as it is told, in the provider's own words`, async () => {
    const server = await started(provider);
    const ask = () => post(server, right[provider](server));
    server.next({ fail: "throttled", retryAfter: 7 }, { fail: "broken", status: 502 });
    server.next({ fail: "destination" }, { fail: "account" }, { raw: { status: 200, body: "?" } });
    const throttled = await ask();
    assert.deepEqual([throttled.status, throttled.headers["retry-after"]], [429, "7"]);
    assert.equal((await ask()).status, 502);
    for (const failure of [await ask(), await ask()]) {
      assert.ok(failure.status >= 400 && failure.status < 500 && failure.status !== 429);
      assert.ok(failure.body.length > 0);
    }
    assert.equal((await ask()).body, "?");
    assert.deepEqual([server.received, server.faults, server.asks()], [[], [], 5]);
    assert.ok((await ask()).status < 300);
  });

  test(`${provider} is slow or gone as it is told`, async () => {
    const server = await started(provider);
    server.next({ drop: "before" }, { drop: "after" });
    await assert.rejects(post(server, right[provider](server)), { code: "ECONNRESET" });
    assert.equal(server.received.length, 0);
    await assert.rejects(post(server, right[provider](server)), { code: "ECONNRESET" });
    assert.equal(server.received.length, 1);
    server.always({ slow: 200 });
    const before = performance.now();
    assert.ok((await post(server, right[provider](server))).status < 300);
    assert.ok(performance.now() - before > 190);
  });
}

test("an idempotency key is answered once and again, and not for another message", async () => {
  const server = await started("resend");
  const first = await post(server, right.resend(server));
  const again = await post(server, right.resend(server));
  assert.deepEqual(again.body, first.body);
  const other = await post(
    server,
    right.resend(server, (fields) => (fields.text = "another")),
  );
  assert.equal(other.status, 409);
  assert.equal(server.received.length, 1);
});
