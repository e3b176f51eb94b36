// Everything leaves a trace: lines of the log that say who did what about whom, the issuer's acts as
// events, the audit record of a challenge. What a line says is held in worker/src/log/event/tests.rs.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  eventually,
  issuerKey,
  newestCode,
  personalMessage,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  transaction,
  uniqueId,
  wrongCode,
} from "./support/demo.mjs";
import { registerEndpoint, startReceiver, verified } from "./support/events.mjs";

const secret = `whsec_${randomBytes(24).toString("base64")}`;
const issuer = await startReceiver();
const shop = await startReceiver();
const { worker, api } = await startApi({
  vars: {
    ...{ ISSUER_EVENTS_URL: issuer.url, ISSUER_EVENTS_SECRETS: secret },
    EVENT_RETRY_SECONDS: "1,2,3",
  },
  // Bound, as data points are written with everything that happens below.
  edit: (toml) => `${toml}\n[[env.development.analytics_engine_datasets]]\nbinding = "METRICS"\n`,
});
const merchant = await registerMerchant(api);
const key = issuerKey();

/** The lines with this in them, once there are as many. @param {string} text */
const lines = (text, count = 1) =>
  eventually(
    async () =>
      worker
        .output()
        .split("\n")
        .filter((line) => line.startsWith("{") && line.includes(text))
        .map((line) => /** @type {Record<string, string>} */ (JSON.parse(line))),
    ({ length }) => length >= count,
  );

/** The lines of the request that was answered so. @param {import("./support/api.mjs").Answer} answer */
async function linesOf({ headers }, count = 1) {
  const id = headers.get("request-id") ?? "";
  assert.match(id, /^[0-9a-f]{32}$/);
  const found = (await lines(`"request":"${id}"`, count)).map(({ request, ...line }) => line);
  assert.equal(found.length, count, JSON.stringify(found));
  return found;
}

test("each act of the issuer is a line and an event, with who, what, about whom and in which request", async () => {
  const [shopId, cardholder] = [uniqueId("shop"), uniqueId("holder")];
  const [merchants, cardholders] = [`/v1/merchants/${shopId}`, `/v1/cardholders/${cardholder}`];
  const [first, second] = ["a", "b"].map((name) => `${name}@mail.example`);
  const endpoint = `${merchants}/event-endpoint`;
  const name = { name: "●●shop", origins: ["https://shop.example"] };
  const type = "application/x-ndjson";
  const moved = `${JSON.stringify({ id: cardholder, email: first })}\n`;
  const body = `${JSON.stringify({ id: cardholder, email: second })}\n{}\n`;
  const [ofShop, of] = [{ merchant: shopId }, { cardholder }];
  let made = "";
  /** @type {(method: string, path: string, call?: import("./support/api.mjs").Call) => Act["call"]} */
  const call = (method, path, more) => () => api.send(method, path, { key, ...more });
  /** @typedef {{ call: () => Promise<import("./support/api.mjs").Answer>, about: object }} Act */
  /** @type {Record<string, Act>} */
  const acts = {
    "merchant.registered": { call: call("PUT", merchants, { json: name }), about: ofShop },
    "key.created": { call: call("POST", `${merchants}/keys`), about: { ...ofShop, key: "key_" } },
    "key.revoked": {
      call: () => call("DELETE", `${merchants}/keys/${made}`)(),
      about: { ...ofShop, key: "key_" },
    },
    "endpoint.registered": {
      call: call("PUT", endpoint, { json: { url: shop.url } }),
      about: ofShop,
    },
    "endpoint.rotated": { call: call("POST", `${endpoint}/rotate`), about: ofShop },
    "endpoint.removed": { call: call("DELETE", endpoint), about: ofShop },
    "merchant.removed": { call: call("DELETE", merchants), about: ofShop },
    "cardholder.registered": {
      call: call("PUT", cardholders, { json: { email: first, channel: "email" } }),
      about: of,
    },
    "cardholder.changed": {
      call: call("PUT", cardholders, { json: { email: second, channel: "email" } }),
      about: { ...of, replaced: "email", changed: "email" },
    },
    "enrollment.started": {
      call: call("POST", `${cardholders}/enrollment-sessions`, { json: {} }),
      about: { ...of, session: "es_" },
    },
    "challenge.released": {
      call: async () => {
        const who = /** @type {any} */ ({ id: cardholder });
        const { id } = await createChallenge(api, { merchant, cardholder: who });
        return call("POST", `${cardholders}/challenges/${id}/release`)();
      },
      about: { ...of, challenge: "ch_" },
    },
    "cardholder.unlocked": { call: call("POST", `${cardholders}/unlock`), about: of },
    "import.applied": {
      call: call("POST", "/v1/cardholders", { body: moved, type }),
      about: { cardholders_registered: "", cardholders_changed: cardholder },
    },
    "import.finished": {
      call: call("POST", "/v1/cardholders", { body, type }),
      about: { lines: 2, imported: 1, refused: 1 },
    },
    "cardholder.erased": { call: call("DELETE", cardholders), about: of },
  };
  for (const [act, { call, about }] of Object.entries(acts)) {
    const answer = await call();
    assert.ok(answer.status < 300, answer.text);
    if (act === "key.created") made = answer.body.id;
    const request = answer.headers.get("request-id");
    const [post] = await issuer.audited(
      ({ event }) => event.data.request === request && event.type === `audit.${act}`,
    );
    const event = verified(post, secret);
    for (const [name, value] of Object.entries(about)) {
      const told = event.data[name];
      assert.ok(told === value || `${told}`.startsWith(`${value}`), `${act}: ${name}: ${told}`);
    }
    const found = await lines(`"request":"${request}"`);
    const line = found.find(({ event }) => event === act.replace(".", "_"));
    assert.ok(line, `${act}: ${JSON.stringify(found)}`);
    assert.equal(`${line.by} ${line.issuer_key}`, "issuer issuer");
    assert.match(line.call, /^(PUT|POST|DELETE) \/v1\//);
    assert.ok(!line.call.includes(shopId), line.call);
    for (const [name, value] of Object.entries(event.data)) {
      assert.equal(line[name], `${value}`, `${act}: ${name}`);
    }
    for (const word of [first, second, key, shop.url]) assert.ok(!post.body.includes(word), word);
  }
  assert.equal(shop.audits.length, 0, "a merchant is told of no act");
  // What is refused is no act.
  const refused = await api.send("DELETE", cardholders, { key });
  assertProblem(refused, 404, "cardholder_not_found");
  const [line] = await linesOf(refused);
  assert.deepEqual(
    [line.event, line.problem, line.cardholder],
    ["call_refused", "cardholder_not_found", cardholder],
  );
  const request = refused.headers.get("request-id");
  assert.ok(!issuer.audits.some(({ event }) => event.data.request === request));
});

test("a refused key, a refused call and a form's refusals say who, and no secret", async () => {
  const wrong = `${key}x`;
  const call = { key: wrong, json: { email: "a@mail.example" } };
  const byKey = await api.send("PUT", `/v1/cardholders/${uniqueId("holder")}`, call);
  assertProblem(byKey, 401, "invalid_key");
  const [refusedKey] = await linesOf(byKey);
  assert.equal(`${refusedKey.event} ${refusedKey.door}`, "key_refused issuer");
  assert.equal(refusedKey.call, "PUT /v1/cardholders/{id}");
  assert.match(refusedKey.address, /^(127\.0\.0\.1|0:0:0:0)$/);
  const verify = await api.siteverify({ secret: wrong, response: "x" });
  assert.equal((await linesOf(verify))[0].door, "siteverify");

  const json = { cardholder: uniqueId("nobody"), transaction };
  const unknown = await api.post("/v1/challenges", { key: merchant.key, json });
  const [line] = await linesOf(unknown);
  const { event, problem, by, merchant: who, cardholder } = line;
  assert.match(line.key, /^key_/);
  assert.deepEqual(
    { event, problem, by, who, cardholder },
    {
      ...{ event: "call_refused", problem: "unknown_cardholder", by: "merchant" },
      ...{ who: merchant.id, cardholder: json.cardholder },
    },
  );

  const challenge = await presentedChallenge(api, { merchant });
  const resend = await api.resend(challenge.secret);
  assertProblem(resend, 429, "resend_too_soon");
  const about = {
    ...{ challenge: challenge.id, merchant: merchant.id, cardholder: challenge.cardholder.id },
    by: "cardholder",
  };
  const path = "/challenge/{client_secret}";
  assert.deepEqual(await linesOf(resend), [
    { event: "form_refused", ...about, problem: "resend_too_soon", call: `POST ${path}/resend` },
  ]);
  const tried = await api.verify(challenge.secret, wrongCode(challenge.code));
  const refused = {
    event: "code_refused",
    problem: "wrong_code",
    channel: "email",
    tries_left: "4",
  };
  assert.deepEqual(await linesOf(tried), [{ ...refused, ...about, call: `POST ${path}/verify` }]);
  const right = await api.verify(challenge.secret, challenge.code);
  const accepted = { event: "code_accepted", channel: "email", tries: "2" };
  assert.deepEqual(await linesOf(right), [{ ...accepted, ...about, call: `POST ${path}/verify` }]);
  for (const word of [wrong, challenge.secret]) assert.ok(!worker.output().includes(word), word);
});

test("a wait that wrong codes begin has one line, of the object, in the request that caused it", async () => {
  const cardholder = await registerCardholder(api);
  const challenge = await presentedChallenge(api, { merchant, cardholder });
  let last;
  for (let n = 1; n <= 5; n++)
    last = await api.verify(challenge.secret, wrongCode(challenge.code, n));
  assert.ok(last);
  assertProblem(last, 422, "wrong_code");
  const found = await linesOf(last, 2);
  const waits = found.find(({ event }) => event === "merchant_waits");
  assert.ok(waits, JSON.stringify(found));
  const { locked_until, ...about } = waits;
  const expected = { challenge: challenge.id, cardholder: cardholder.id };
  assert.deepEqual(about, { event: "merchant_waits", ...expected });
  assert.ok(
    found.some(({ event, problem }) => `${event} ${problem}` === "code_refused wrong_code"),
  );
  const next = await createChallenge(api, { merchant, cardholder });
  const shown = assertStatus(await api.present(next.secret));
  const [refused] = await linesOf(shown);
  assert.equal(`${refused.event} ${refused.problem}`, "form_refused cardholder_locked");
  assert.equal(refused.locked_until, locked_until);
  assert.equal((await lines(`"merchant_waits","challenge":"${challenge.id}"`)).length, 1);
});

test("each challenge that ended has one audit record, with its times, for the issuer alone", async () => {
  await registerEndpoint(api, merchant, shop.url);
  const challenge = await presentedChallenge(api, { merchant });
  await api.verify(challenge.secret, wrongCode(challenge.code));
  await api.advance(31);
  assertStatus(await api.resend(challenge.secret));
  assertStatus(await api.verify(challenge.secret, await newestCode(api, challenge)));
  const of = (/** @type {import("./support/events.mjs").Post} */ { event }) =>
    event.data.challenge === challenge.id;
  const [post] = await issuer.audited(of);
  const record = verified(post, secret);
  const [end] = await issuer.told(challenge);
  assert.notEqual(post.headers["webhook-id"], end.headers["webhook-id"]);
  const { ended_at } = await readChallenge(api, challenge);
  const { sends, tried_at, created_at, shown_at, refused_at, ...data } = record.data;
  const { purchased_at, ...bought } = transaction;
  assert.deepEqual(data, {
    ...{ challenge: challenge.id, cardholder: challenge.cardholder.id, status: "verified" },
    ...{ ...bought, merchant: merchant.id, merchant_name: "●●shop", channel: "email" },
    ...{ purchased_at: new Date(purchased_at).toISOString().replace(".000", "") },
    ...{ destination: sends[0].destination, hostname: null, deliveries: 2, resends: 1, tries: 2 },
    ...{ superseded: false, refused_by: "wrong_code", ended_at },
  });
  assert.match(data.destination, /^\*\*\*@/);
  assert.equal(`${record.type} ${record.timestamp}`, `audit.challenge ${ended_at}`);
  assert.deepEqual([sends[0].at, refused_at, tried_at[1]], [shown_at, tried_at[0], ended_at]);
  assert.ok(created_at <= shown_at && Date.parse(sends[1].at) - Date.parse(shown_at) >= 30_000);
  for (const word of [challenge.secret, challenge.cardholder.email, personalMessage]) {
    assert.ok(!post.body.includes(word), word);
  }
  await shop.told(challenge);
  assert.equal(shop.audits.length, 0);
});

test("an audit record that was not taken comes again by itself, and so does an act", async () => {
  const failed = new Set();
  issuer.answersAudits(({ headers }) => {
    const id = headers["webhook-id"];
    return failed.has(id) ? undefined : (failed.add(id), { status: 500 });
  });
  const challenge = await createChallenge(api, { merchant });
  assertStatus(await api.cancel(challenge.secret));
  const answer = assertStatus(
    await api.send("PUT", `/v1/cardholders/${challenge.cardholder.id}`, {
      key,
      json: { email: "b@mail.example" },
    }),
  );
  const request = answer.headers.get("request-id");
  for (const of of [
    (/** @type {any} */ data) => data.challenge === challenge.id,
    (/** @type {any} */ data) => data.request === request,
  ]) {
    const [first, second] = await issuer.audited(({ event }) => of(event.data), 2);
    assert.equal(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert.deepEqual(verified(first, secret), verified(second, secret));
    const [line] = await lines(`"webhook_id":"${first.headers["webhook-id"]}"`);
    assert.equal(
      `${line.event} ${line.type} ${line.to} ${line.attempt}`,
      `event_not_received ${first.event.type} issuer 1`,
    );
  }
  issuer.answersAudits(() => undefined);
  await issuer.told(challenge);
});

test("killed as soon as a challenge has ended, its record still arrives; off, there is none", async () => {
  const challenge = await createChallenge(api, { merchant });
  issuer.answersAudits(() => ({ unheard: true }));
  assertStatus(await api.cancel(challenge.secret));
  await worker.kill();
  issuer.answersAudits(() => undefined);
  await worker.start();
  // A minute later the object hands it out again.
  await api.advance(61);
  await readChallenge(api, challenge);
  const [post] = await issuer.audited(({ event }) => event.data.challenge === challenge.id);
  assert.equal(verified(post, secret).data.status, "canceled");

  await worker.restart({ AUDIT_CHALLENGES: "off" });
  const silent = await createChallenge(api, { merchant });
  assertStatus(await api.cancel(silent.secret));
  await issuer.told(silent);
  const answer = assertStatus(
    await api.send("PUT", `/v1/cardholders/${silent.cardholder.id}`, { key, json: {} }),
  );
  const request = answer.headers.get("request-id");
  await issuer.audited(({ event }) => event.data.request === request);
  assert.ok(!issuer.audits.some(({ event }) => event.data.challenge === silent.id));
});
