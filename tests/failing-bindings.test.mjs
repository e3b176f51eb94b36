// Rate limits, the queue, the data set and static files that fail or are missing, and the queue's consumer
// and alarms under faults of all: each ends in a clear state, and no event is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAlarmsDue } from "./support/alarms.mjs";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  eventually,
  issuerKey,
  readChallenge,
  registerCardholder,
  verifiedChallenge,
} from "./support/demo.mjs";
import { enrolling } from "./support/faults/enrollment.mjs";
import { ofQueue } from "./support/faults/faults.mjs";
import { administering, issuing } from "./support/faults/issuer.mjs";
import { inTurn, sweep } from "./support/faults/sweep.mjs";
import { browser, startWorld } from "./support/faults/world.mjs";

const world = await startWorld({
  vars: { EVENT_RETRY_SECONDS: "1,1,1,1,1,1,1,1,1" },
  edit: (toml) => `${toml}\n[[env.development.analytics_engine_datasets]]\nbinding = "METRICS"\n`,
});
const { api, doubles, worker } = world;
const key = issuerKey();

/** What tells the issuer what it does. */
const told = [
  ...issuing.filter(
    ({ what }) =>
      !["read a cardholder", "the desk looks at a cardholder's challenges"].includes(what),
  ),
  ...administering,
  ...enrolling.filter(({ what }) => what === "start an enrollment session"),
];

sweep(world, told, ["queue.send"], inTurn(ofQueue));

test("a rate limit that fails lets pass, and the log names it", async () => {
  const challenge = await world.presented();
  await doubles.set({ rows: [{ kind: "limit", times: null, fault: "error" }] });
  assertStatus(await api.present(challenge.secret, browser));
  const { attestation } = assertStatus(await api.verify(challenge.secret, challenge.code)).body;
  await world.redeemedOnce(challenge, attestation);
  world.ended.push([challenge, "challenge.verified"]);
  assertProblem(await api.get("/v1/merchant", { key: "wk_live_made-up" }), 401, "invalid_key");
  assertStatus(await api.present("ch_made-up", browser), 404);
  await doubles.quiet();
  const met = await doubles.set({});
  const names = new Set(met.map(({ on }) => on));
  assert.deepEqual(names, new Set(["FORM_RATE", "MERCHANT_RATE", "FAILURE_RATE", "ADDRESS_RATE"]));
  for (const name of names) await worker.prints(`${name} did not answer`);
});

test("a rate limit that refuses says for how long, and nothing is spent", async () => {
  const challenge = await world.presented();
  await doubles.set({ rows: [{ kind: "limit", times: null, fault: "refuse" }] });
  for (const answer of [
    await api.verify(challenge.secret, challenge.code),
    await api.get(`/v1/challenges/${challenge.id}`, { key: challenge.merchant.key }),
    await api.siteverify({ secret: challenge.merchant.key, response: "x" }),
  ]) {
    assertProblem(answer, 429, "rate_limited");
    assert.equal(answer.headers.get("retry-after"), "60");
  }
  await doubles.set({});
  await world.completes(challenge);
});

test("a data set that takes no point keeps nobody from anything", async () => {
  await doubles.set({ rows: [{ kind: "metrics", times: null, fault: "error" }] });
  const challenge = await world.presented();
  assertProblem(await api.verify(challenge.secret, "12"), 422, "malformed_code");
  await world.completes(challenge);
  await doubles.quiet();
  const met = await doubles.set({});
  assert.ok(met.length >= 3, "a send, a refusal and an end are points");
});

for (const [binding, answers] of /** @type {[string, Record<string, string>][]} */ ([
  ["METRICS", { create: "201", form: "200", redeem: "200" }],
  ["EVENTS", { create: "201", form: "200", redeem: "200" }],
  ["MERCHANTS", { create: "201", form: "200", redeem: "200" }],
  ["FORM_RATE", { create: "201", form: "200", redeem: "200" }],
  ["MERCHANT_RATE", { create: "500 misconfigured", form: "200", redeem: "internal-error" }],
  ["WARIFU", { create: "500 misconfigured", form: "500", redeem: "internal-error" }],
  ["CARDHOLDERS", { create: "500 misconfigured", form: "500", redeem: "internal-error" }],
  ["DESTINATIONS", { create: "201", form: "500", redeem: "200" }],
])) {
  const said = Object.entries(answers).map(([what, answer]) => `${what} ${answer}`);
  test(`without ${binding}: ${said.join(", ")}; and the log names it`, async () => {
    const { merchant, cardholder } = await world.parties();
    const json = challengeBody(cardholder.id);
    const create = () => api.post("/v1/challenges", { key: merchant.key, json });
    const made = assertStatus(await create(), 201).body;
    const verified = await world.verified();
    await doubles.quiet();
    const before = worker.output().length;
    await doubles.set({ missing: [binding] });
    const created = await create();
    const form = await api.present(made.client_secret, browser);
    const redeemed = await world.redeem(verified, verified.attestation);
    await doubles.quiet();
    await doubles.set({});
    const { success, "error-codes": codes } = redeemed.body;
    const code = created.body.code ? ` ${created.body.code}` : "";
    assert.deepEqual(
      {
        create: `${created.status}${code}`,
        form: `${form.status}`,
        redeem: success ? "200" : codes[0],
      },
      answers,
    );
    // A data set is meant to be left out, and one limit to stand in for another.
    const isOptional = ["METRICS", "FORM_RATE", "EVENTS"].includes(binding);
    if (!isOptional)
      assert.match(worker.output().slice(before), new RegExp(`${binding} must be bound`));
    // Nothing is lost by it.
    assertStatus(await api.present(made.client_secret, browser));
    await world.completes({
      id: made.id,
      secret: made.client_secret,
      url: made.url,
      merchant,
      cardholder,
    });
    if (!success) await world.redeemedOnce(verified, verified.attestation);
  });
}

test("without static files, a purchase goes on as without script", async () => {
  const own = await startApi({
    edit: (toml) => toml.replace(/^\[assets\]\n(?:(?!\[).*\n)*/m, ""),
  });
  const script = await fetch(`${own.worker.origin}/v1/warifu.js`);
  assert.equal(script.status, 404);
  assert.equal((await script.json()).code, "not_found");
  const challenge = await verifiedChallenge(own.api);
  const page = assertStatus(await own.api.present(challenge.secret, browser)).text;
  assert.match(page, /data-status="?verified/);
  const body = { secret: challenge.merchant.key, response: challenge.attestation };
  assert.equal(assertStatus(await own.api.siteverify(body)).body.success, true);
});

/**
 * Challenges whose ends nobody has been told of yet: their objects keep the events, which are due in some
 * seconds.
 * @param {number} count
 */
async function untold(count) {
  /** @type {import("./support/demo.mjs").Challenge[]} */
  const challenges = [];
  while (challenges.length < count) challenges.push(await world.created());
  await doubles.set({
    rows: challenges.map(({ merchant }) => ({
      kind: "kv.get",
      on: `events-of:${merchant.id}`,
      fault: "error",
    })),
  });
  const cancels = challenges.map(({ id, merchant }) =>
    api.post(`/v1/challenges/${id}/cancel`, { key: merchant.key }),
  );
  for (const answer of await Promise.all(cancels)) assertStatus(answer);
  await doubles.quiet();
  assert.equal((await doubles.set({})).length, count);
  await api.advance(54);
  // Each object knows the time, and that its event is not due yet.
  for (const { status } of await Promise.all(challenges.map((one) => readChallenge(api, one)))) {
    assert.equal(status, "canceled");
  }
  await doubles.quiet();
  for (const challenge of challenges) assert.deepEqual(world.issuer.about(challenge), []);
  return challenges;
}

/** Lets alarms go off until every challenge is told of to both receivers. @param {import("./support/demo.mjs").Challenge[]} challenges */
const toldByAlarms = (challenges) =>
  eventually(
    async () => {
      await makeAlarmsDue(worker);
      return challenges.filter((one) =>
        [world.shop, world.issuer].some((receiver) => receiver.about(one).length === 0),
      );
    },
    ({ length }) => length === 0,
  );

test("the queue's consumer and alarms: whatever call fails, the event is told, and always the same", async () => {
  /** @typedef {import("./support/doubles/plan.mjs").Row & import("./support/doubles/plan.mjs").Fault} Failing */
  /** @type {((challenge: import("./support/demo.mjs").Challenge) => Failing)[]} */
  const rows = [
    ({ id }) => ({ kind: "kv.get", on: `challenge:${id}`, within: "queue", fault: "error" }),
    ({ merchant }) => ({
      kind: "kv.get",
      on: `events-of:${merchant.id}`,
      within: "queue",
      fault: "error",
    }),
    ...["before", "after"].flatMap((when) =>
      [1, 2].map((nth) => (/** @type {any} */ { cardholder }) => ({
        ...{ kind: /** @type {const} */ ("object"), on: `CARDHOLDERS/${cardholder.id}`, nth },
        ...{
          within: /** @type {const} */ ("queue"),
          fault: "updated",
          when: /** @type {any} */ (when),
        },
      })),
    ),
    ({ cardholder }) => ({
      kind: "storage.put",
      on: `CardholderObject/${cardholder.id}`,
      fault: "reset",
    }),
    ({ cardholder }) => ({
      kind: "storage.get",
      on: `CardholderObject/${cardholder.id}`,
      fault: "reset",
    }),
  ];
  const challenges = await untold(rows.length);
  await doubles.set({ rows: rows.map((row, n) => row(challenges[n])) });
  await toldByAlarms(challenges);
  const met = await doubles.set({});
  for (const [n, row] of rows.entries()) {
    const { kind, on = "" } = row(challenges[n]);
    assert.ok(
      met.some((one) => one.kind === kind && one.on === on),
      `${kind} ${on} was called`,
    );
  }
  for (const challenge of challenges) world.ended.push([challenge, "challenge.canceled"]);
});

test("an alarm whose queue takes nothing tells later, and nothing is lost", async () => {
  const [challenge] = await untold(1);
  await doubles.set({
    rows: [{ kind: "queue.send", within: "object", times: 2, fault: "too_many" }],
  });
  await eventually(
    async () => {
      await makeAlarmsDue(worker);
      return doubles.met();
    },
    ({ length }) => length > 0,
  );
  await worker.prints("event_not_queued");
  world.ended.push([challenge, "challenge.canceled"]);
});

test("a notification whose object or destination fails is told later, once", async () => {
  const cardholder = await registerCardholder(api);
  await doubles.set({
    rows: [
      { kind: "object", on: "DESTINATIONS/", within: "queue", fault: "overloaded" },
      { kind: "object", on: "CARDHOLDERS/", within: "queue", fault: "disconnected" },
    ],
  });
  const email = `new-${cardholder.email}`;
  const json = { email, personal_message: "ハワイ大好き", channel: "email" };
  assertStatus(await api.send("PUT", `/v1/cardholders/${cardholder.id}`, { key, json }));
  await eventually(
    async () => {
      await makeAlarmsDue(worker);
      return doubles.met();
    },
    ({ length }) => length === 2,
  );
  const mails = async () =>
    (await api.outbox()).filter(({ to, code }) => to === cardholder.email && code === null);
  await eventually(
    async () => {
      await api.advance(61);
      await api.get(`/v1/cardholders/${cardholder.id}`, { key });
      await makeAlarmsDue(worker);
      return mails();
    },
    ({ length }) => length > 0,
  );
  assert.equal((await mails()).length, 1);
});

test("merchant and issuer are told of every end, whatever failed", () => world.told());
