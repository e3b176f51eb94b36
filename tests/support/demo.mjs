// Merchants, cardholders and challenges for tests: each call makes its own, so that no test meets
// another one's tries, sends or locks.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { assertStatus } from "./api.mjs";
import { devSecret } from "./worker.mjs";

/** @typedef {import("./api.mjs").Api} Api */

export const personalMessage = "ハワイ大好き";

/** @param {string} kind */
export const uniqueId = (kind) => `${kind}-${randomBytes(6).toString("hex")}`;

let phones = 0;

export const issuerKey = () => devSecret("ISSUER_KEY");

/**
 * @typedef {{ id: string, key: string, keyId: string, name: string, origins: string[] }} Merchant
 * @param {Api} api
 * @param {{ name?: string, origins?: string[] }} [facts]
 * @returns {Promise<Merchant>}
 */
export async function registerMerchant(
  api,
  { name = "●●shop", origins = ["https://shop.example"] } = {},
) {
  const id = uniqueId("shop");
  const key = issuerKey();
  assertStatus(await api.send("PUT", `/v1/merchants/${id}`, { key, json: { name, origins } }));
  const made = assertStatus(await api.post(`/v1/merchants/${id}/keys`, { key }), 201);
  return { id, name, origins, key: made.body.key, keyId: made.body.id };
}

/**
 * The same merchant, calling with a test key of its own.
 * @param {Api} api
 * @param {Merchant} merchant
 * @returns {Promise<Merchant>}
 */
export async function testing(api, merchant) {
  const call = { key: issuerKey(), json: { mode: "test" } };
  const made = assertStatus(await api.post(`/v1/merchants/${merchant.id}/keys`, call), 201);
  return { ...merchant, key: made.body.key, keyId: made.body.id };
}

/**
 * A test challenge of a merchant that calls with a test key.
 * @param {Api} api
 * @param {Merchant} merchant
 * @param {string} id of the test cardholder
 * @param {Record<string, unknown>} [more]
 * @returns {Promise<Challenge>}
 */
export const createTest = (api, merchant, id, more) =>
  createChallenge(api, {
    merchant,
    cardholder: { id, email: "", phone: "", channel: "email" },
    more,
  });

/**
 * @typedef {{ id: string, email: string, phone: string, channel: "email" | "sms" }} Cardholder
 * @param {Api} api
 * @param {{ id?: string, channel?: "email" | "sms", email?: string, phone?: string, message?: string }} [facts]
 * @returns {Promise<Cardholder>}
 */
export async function registerCardholder(api, facts = {}) {
  const { id = uniqueId("holder") } = facts;
  const {
    channel = "email",
    email = `${id}@mail.jp`,
    phone = `+8190${1000 + ++phones}1234`,
    message = personalMessage,
  } = facts;
  const json = { email, phone, personal_message: message, channel };
  assertStatus(await api.send("PUT", `/v1/cardholders/${id}`, { key: issuerKey(), json }), 201);
  return { id, email, phone, channel };
}

export const transaction = {
  amount: 3150,
  currency: "JPY",
  purchased_at: "2023-02-13T00:00:00+09:00",
  card_last4: "1234",
  reference: "order-1",
};

/**
 * The body that creates a challenge.
 * @param {string} cardholder
 * @param {Record<string, unknown>} [more]
 */
export const challengeBody = (cardholder, more = {}) => ({ cardholder, transaction, ...more });

/**
 * @typedef {{ id: string, secret: string, url: string, merchant: Merchant, cardholder: Cardholder }} Challenge
 * @param {Api} api
 * @param {{ merchant?: Merchant, cardholder?: Cardholder, more?: Record<string, unknown> }} [given]
 * @returns {Promise<Challenge>}
 */
export async function createChallenge(api, given = {}) {
  const merchant = given.merchant ?? (await registerMerchant(api));
  const cardholder = given.cardholder ?? (await registerCardholder(api));
  const json = challengeBody(cardholder.id, given.more);
  const made = assertStatus(await api.post("/v1/challenges", { key: merchant.key, json }), 201);
  const { id, client_secret: secret, url } = made.body;
  return { id, secret, url, merchant, cardholder };
}

/**
 * A challenge whose form has been opened, so that its first code is sent.
 * @param {Api} api
 * @param {Parameters<typeof createChallenge>[1]} [given]
 * @returns {Promise<Challenge & { code: string }>}
 */
export async function presentedChallenge(api, given) {
  const challenge = await createChallenge(api, given);
  assertStatus(await api.present(challenge.secret));
  return { ...challenge, code: await newestCode(api, challenge) };
}

/**
 * A verified challenge and its attestation.
 * @param {Api} api
 * @param {Parameters<typeof createChallenge>[1]} [given]
 */
export async function verifiedChallenge(api, given) {
  const challenge = await presentedChallenge(api, given);
  const verified = assertStatus(await api.verify(challenge.secret, challenge.code));
  return { ...challenge, attestation: /** @type {string} */ (verified.body.attestation) };
}

/**
 * What was delivered for a challenge, newest first. A form is answered before its code is handed
 * over, so this waits until every send that the challenge counts is there.
 * @param {Api} api
 * @param {Challenge} challenge
 */
export async function deliveries(api, challenge) {
  const { sends } = await readChallenge(api, challenge);
  const all = await eventually(
    () => api.outbox(challenge.id),
    (delivered) => delivered.length >= sends,
  );
  assert.equal(all.length, sends);
  return all;
}

/**
 * @param {Api} api
 * @param {Challenge} challenge
 */
export async function newestCode(api, challenge) {
  const [newest] = await deliveries(api, challenge);
  assert.ok(newest, `nothing was sent for ${challenge.id}`);
  return newest.code;
}

/** Only what will never come takes this long, on the slowest machine. */
const patience = 90_000;

/**
 * Reads until what was read will do. It fails when that has not come long after it should have.
 * @template T
 * @param {() => Promise<T>} read
 * @param {(read: T) => unknown} accept
 * @returns {Promise<T>}
 */
export async function eventually(read, accept) {
  for (const deadline = Date.now() + patience; ;) {
    const value = await read();
    if (accept(value)) return value;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * The challenge as its merchant reads it.
 * @param {Api} api
 * @param {Challenge} challenge
 */
export async function readChallenge(api, { id, merchant }) {
  return assertStatus(await api.get(`/v1/challenges/${id}`, { key: merchant.key })).body;
}

/**
 * A code that is not this one; each n is another.
 * @param {string} code
 * @param {number} [n]
 */
export function wrongCode(code, n = 1) {
  return String((Number(code) + n) % 1_000_000).padStart(6, "0");
}
