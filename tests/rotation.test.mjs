// The deployment's own keys are rotated while challenges are open: what the old ones made goes on
// as long as they are listed.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import { decodeProtectedHeader } from "jose";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  presentedChallenge,
  registerCardholder,
  registerMerchant,
  verifiedChallenge,
} from "./support/demo.mjs";
import { devSecret } from "./support/worker.mjs";

const { worker, api } = await startApi();
const oldMaster = devSecret("MASTER_KEYS");
const newMaster = `next:${randomBytes(32).toString("base64url")}`;

test("with a new master key in front, open challenges go on and new ones use it", async () => {
  const before = await presentedChallenge(api);
  await worker.restart({ MASTER_KEYS: `${newMaster},${oldMaster}` });
  const after = await presentedChallenge(api);
  assertStatus(await api.verify(before.secret, before.code));

  await worker.restart({ MASTER_KEYS: newMaster });
  assertStatus(await api.verify(after.secret, after.code));
});

test("a create that is retried after the rotation finds the same challenge", async () => {
  await worker.restart({ MASTER_KEYS: oldMaster });
  const { key } = await registerMerchant(api);
  const headers = { "idempotency-key": "order-1" };
  const json = challengeBody((await registerCardholder(api)).id);
  const create = () => api.post("/v1/challenges", { key, headers, json });
  const made = assertStatus(await create(), 201).body;
  await worker.restart({ MASTER_KEYS: `${newMaster},${oldMaster}` });
  assert.deepEqual(assertStatus(await create(), 201).body, made);
  assertStatus(await api.present(made.client_secret));
});

test("a master key that is gone ends what it opened", async () => {
  await worker.restart({ MASTER_KEYS: `${newMaster},${oldMaster}` });
  const challenge = await presentedChallenge(api);
  await worker.restart({ MASTER_KEYS: oldMaster });
  const refused = await api.verify(challenge.secret, challenge.code);
  assertProblem(refused, 404, "challenge_not_found");
});

test("with a new attestation key in front, both are published and what the old one signed is good", async () => {
  const old = JSON.parse(devSecret("ATTESTATION_KEYS"));
  const before = await verifiedChallenge(api);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const made = { ...privateKey.export({ format: "jwk" }), kid: "next", alg: "ES256", use: "sig" };
  await worker.restart({ ATTESTATION_KEYS: JSON.stringify([made, ...old]) });

  const after = await verifiedChallenge(api, { merchant: before.merchant });
  assert.equal(decodeProtectedHeader(after.attestation).kid, "next");
  const published = (await api.get("/.well-known/jwks.json")).body.keys;
  const kids = published.map((/** @type {{ kid: string }} */ { kid }) => kid);
  assert.deepEqual(kids, ["next", ...old.map((/** @type {{ kid: string }} */ { kid }) => kid)]);
  for (const response of [before.attestation, after.attestation]) {
    const redeemed = await api.siteverify({ secret: before.merchant.key, response });
    assert.equal(redeemed.body.success, true);
  }
});
