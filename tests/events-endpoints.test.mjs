// Where a merchant's events go: what the issuer can say, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { alarms } from "./support/alarms.mjs";
import { assertProblem, assertStatus, client, refuser } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  issuerKey,
  registerMerchant,
  uniqueId,
  verifiedChallenge,
} from "./support/demo.mjs";
import { registerEndpoint, startReceiver, verified } from "./support/events.mjs";
import { filesBelow, holds, kvEntries } from "./support/storage.mjs";
import { devSecret, startWorker, withoutQueues } from "./support/worker.mjs";

const shop = await startReceiver();
const { worker, api } = await startApi();
const refused = refuser(api);
const key = issuerKey();
const url = "https://shop.example/warifu-events";

/** @param {{ id: string }} merchant */
const pathOf = ({ id }) => `/v1/merchants/${id}/event-endpoint`;

test("an endpoint is registered, read, changed and removed; its secret is shown once", async () => {
  const merchant = await registerMerchant(api);
  const path = pathOf(merchant);
  const made = assertStatus(await api.send("PUT", path, { key, json: { url } })).body;
  assert.deepEqual({ ...made, secret: null }, { url, secret: null, former_until: null });
  const shown = { url, former_until: null };
  assert.deepEqual(assertStatus(await api.get(path, { key })).body, shown);

  const turned = assertStatus(await api.post(`${path}/rotate`, { key })).body;
  const { now } = (await api.get("/dev/clock")).body;
  const day = (Date.parse(turned.former_until) - Date.parse(now)) / 1000;
  assert.ok(day > 86_395 && day <= 86_400, `${day} seconds`);
  assert.notEqual(turned.secret, made.secret);

  const again = assertStatus(await api.send("PUT", path, { key, json: { url } })).body;
  assert.equal(again.former_until, null);
  assert.ok(![made.secret, turned.secret].includes(again.secret));

  assertStatus(await api.send("DELETE", path, { key }), 204);
  assertProblem(await api.get(path, { key }), 404, "endpoint_not_found");
});

test("only the issuer may, for a merchant that there is, with an address that may be", async () => {
  const merchant = await registerMerchant(api);
  const path = pathOf(merchant);
  const json = { url };
  for (const [method, at, call] of /** @type {const} */ ([
    ["PUT", path, { json }],
    ["GET", path, {}],
    ["DELETE", path, {}],
    ["POST", `${path}/rotate`, {}],
  ])) {
    await refused(method, at, call, "401 missing_key");
    await refused(method, at, { ...call, key: merchant.key }, "401 invalid_key");
    await refused(method, at.replace(merchant.id, "a:b"), { ...call, key }, "400 invalid_request");
    const nobody = at.replace(merchant.id, uniqueId("shop"));
    const missing = method === "PUT" ? "merchant_not_found" : "endpoint_not_found";
    await refused(method, nobody, { ...call, key }, `404 ${missing}`);
    if (method !== "PUT") await refused(method, at, { ...call, key }, "404 endpoint_not_found");
  }
  await refused("POST", path, { key, json }, "405 method_not_allowed");
  await refused("GET", `${path}/rotate`, { key }, "405 method_not_allowed");
  await refused("PUT", path, { key, form: json }, "415 unsupported_media_type");
  await refused("PUT", path, { key, json: {} }, "400 invalid_request", "url");
  await refused("PUT", path, { key, json: { url, secret: "x" } }, "400 invalid_request", "secret");
  const large = { url: `https://shop.example/${"x".repeat(20_000)}` };
  await refused("PUT", path, { key, json: large }, "413 body_too_large");
  const bad = [
    ...["", "shop.example", "http://shop.example/", "ftp://shop.example/", "javascript:alert(1)"],
    ...[
      "https://localhost/",
      "https://a.localhost/",
      "https://printer.local/",
      "https://intranet/",
    ],
    ...["https://metadata.google.internal/", "https://127.0.0.1/", "https://2130706433/"],
    ...["https://169.254.169.254/latest/", "https://[::1]/", "https://10.1/", "http://10.0.0.1/"],
    ...["https://me:secret@shop.example/", "https://shop.example:8443/", "https://shop.example./"],
    ...["https://nas.lan/", "https://shop.test/", "https://*.shop.example/", `${api.origin}/hooks`],
    `https://shop.example/${"x".repeat(2048)}`,
  ];
  for (const one of bad) {
    await refused("PUT", path, { key, json: { url: one } }, "400 invalid_request", "url");
  }
  const odd = "https://Shop.Example:443/a/../events";
  const made = assertStatus(await api.send("PUT", path, { key, json: { url: odd } })).body;
  assert.equal(made.url, "https://shop.example/events");
});

test("a removed merchant's endpoint goes with it", async () => {
  const merchant = await registerMerchant(api);
  await registerEndpoint(api, merchant, url);
  assertStatus(await api.send("DELETE", `/v1/merchants/${merchant.id}`, { key }), 204);
  assertProblem(await api.get(pathOf(merchant), { key }), 404, "endpoint_not_found");
});

test("no secret of an endpoint is stored", async () => {
  const merchant = await registerMerchant(api);
  const first = await registerEndpoint(api, merchant, shop.url);
  const { secret } = (await api.post(`${pathOf(merchant)}/rotate`, { key })).body;
  const challenge = await createChallenge(api, { merchant });
  assertStatus(await api.cancel(challenge.secret));
  await shop.told(challenge);
  await worker.kill();
  const kv = [...(await kvEntries(worker.state))].join("\n");
  assert.ok(kv.includes(shop.url), "the endpoint is there");
  const bytes = [first, secret].map((text) => Buffer.from(text.slice(6), "base64"));
  for (const [where, content] of [["KV", Buffer.from(kv)], ...(await filesBelow(worker.state))]) {
    for (const text of [
      first.slice(6),
      secret.slice(6),
      ...bytes.map((one) => one.toString("hex")),
    ]) {
      assert.ok(!holds(/** @type {Buffer} */ (content), text), `a secret in ${where}`);
    }
    for (const one of bytes)
      assert.ok(!(/** @type {Buffer} */ (content).includes(one)), `${where}`);
  }
  await worker.start();
});

test("with a newer event key, old secrets sign on, and a rotation changes over with both", async () => {
  const merchant = await registerMerchant(api);
  const old = await registerEndpoint(api, merchant, shop.url);
  const keys = devSecret("EVENT_KEYS");
  const newer = `e2:${Buffer.alloc(32, 9).toString("base64url")}`;
  await worker.restart({ EVENT_KEYS: `${newer},${keys}` });
  const cancel = async () => {
    const challenge = await createChallenge(api, { merchant });
    assertStatus(await api.cancel(challenge.secret));
    return (await shop.told(challenge))[0];
  };
  verified(await cancel(), old);
  const { secret } = assertStatus(await api.post(`${pathOf(merchant)}/rotate`, { key })).body;
  const post = await cancel();
  verified(post, old);
  verified(post, secret);

  // The key of the former secret is gone: the present one signs alone.
  await worker.restart({ EVENT_KEYS: newer });
  assert.equal((await cancel()).headers["webhook-signature"].split(" ").length, 1);
  // And both keys: nothing unsigned is posted, and the log names the setting.
  await worker.restart({ EVENT_KEYS: `e3:${Buffer.alloc(32, 3).toString("base64url")}` });
  const challenge = await createChallenge(api, { merchant });
  assertStatus(await api.cancel(challenge.secret));
  await worker.prints("EVENT_KEYS must keep the keys");
  await worker.prints(`"challenge":"${challenge.id}","type":"challenge.canceled"`);
  assert.deepEqual(shop.about(challenge), []);
  await worker.restart();
});

test("without event keys nobody can register, and all else works", async () => {
  await worker.restart({ EVENT_KEYS: "" });
  const merchant = await registerMerchant(api);
  const call = { key, json: { url } };
  assertProblem(await api.send("PUT", pathOf(merchant), call), 409, "events_not_set_up");
  const bought = await verifiedChallenge(api, { merchant });
  const redeem = { secret: merchant.key, response: bought.attestation };
  assert.equal((await api.siteverify(redeem)).body.success, true);
  await worker.restart();
});

test("without the queue no event is kept, no object is woken to tell one, and all else works", async () => {
  const quiet = await startWorker({ alarms: true, edit: withoutQueues });
  try {
    const silent = client(quiet.origin);
    const merchant = await registerMerchant(silent);
    const call = { key, json: { url } };
    assertProblem(await silent.send("PUT", pathOf(merchant), call), 409, "events_not_set_up");
    const bought = await verifiedChallenge(silent, { merchant });
    const redeem = { secret: merchant.key, response: bought.attestation };
    assert.equal((await silent.siteverify(redeem)).body.success, true);
    const open = await createChallenge(silent, { merchant });
    assert.equal(await alarms(quiet, 2), 0);
    assertStatus(await silent.cancel(open.secret));
    assert.equal(await alarms(quiet, 2), 0);
    assert.doesNotMatch(quiet.output(), /"fault"|_failed|event_/);
    await assert.rejects(
      quiet
        .restart({ ISSUER_EVENTS_URL: url, ISSUER_EVENTS_SECRETS: `whsec_${"A".repeat(32)}` })
        .then(async () => assert.equal((await fetch(`${quiet.origin}/healthz`)).status, 200)),
    );
    await quiet.prints("EVENTS must be bound where ISSUER_EVENTS_URL is set");
  } finally {
    await quiet.stop();
  }
});

for (const vars of /** @type {Record<string, string>[]} */ ([
  { ISSUER_EVENTS_URL: "https://127.0.0.1/" },
  { ISSUER_EVENTS_SECRETS: "whsec_short", ISSUER_EVENTS_URL: url },
  { EVENT_KEYS: "e1:short" },
  { EVENT_RETRY_SECONDS: "5,0" },
])) {
  const [name] = Object.keys(vars);
  test(`a ${name} that cannot be used is refused, and the log names it`, async () => {
    await worker.restart(vars);
    const health = await api.get("/healthz");
    assertProblem(health, 500, "misconfigured");
    await worker.prints(`"why":"${name} must`);
    await worker.restart();
  });
}
