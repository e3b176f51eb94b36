// What the demonstration needs to be there: a merchant with a key and two cardholders, registered
// the way an issuer would, over HTTP. Running it again changes nothing, least of all what a
// cardholder has chosen meanwhile.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cardDigest, readKey } from "../examples/card-digests/card-digests.mjs";
import { paths } from "./lib/paths.mjs";
import { Failure } from "./lib/run.mjs";

const merchantId = "maru-shop";

/** @type {Record<string, object>} */
const cardholders = {
  taro: {
    email: "taro@mail.jp",
    phone: "+819012341234",
    personal_message: "ハワイ大好き",
    channel: "email",
  },
  hanako: {
    email: "hanako@mail.jp",
    phone: "+819012341234",
    personal_message: "海がすき",
    channel: "sms",
  },
};

/** Their cards at the shop with 3-D Secure: test numbers, which no real card has. */
const cards = { taro: "4111111111111111", hanako: "4012888888881881" };

/**
 * @typedef {object} Demo what a script or a test needs to know about what was seeded
 * @property {string} worker origin
 * @property {string} shop origin
 * @property {string} [memberSite] origin, where there is one
 * @property {string} [threeDs] origin of the shop with 3-D Secure, where there is one
 * @property {string} issuerKey
 * @property {string} merchantKey the live one
 * @property {string} testKey
 * @property {string} merchantId
 * @property {string} eventsSecret what the shop checks events with; a new one every time
 * @property {string} cardholderId gets codes by mail
 * @property {string} smsCardholderId gets codes by SMS
 * @property {string} card of the one who gets codes by mail
 * @property {string} smsCard of the other one
 */

/**
 * @param {string} worker origin
 * @param {string} shop origin
 * @returns {Promise<Demo>}
 */
export async function seed(worker, shop) {
  const issuerKey = devVar("ISSUER_KEY");
  const issuer = (
    /** @type {string} */ method,
    /** @type {string} */ path,
    /** @type {object | undefined} */ body = undefined,
  ) => call(worker, issuerKey, method, path, body);

  await issuer("PUT", `/v1/merchants/${merchantId}`, { name: "●●shop", origins: [shop] });
  const endpoint = `/v1/merchants/${merchantId}/event-endpoint`;
  const { secret } = /** @type {{ secret: string }} */ (
    await issuer("PUT", endpoint, { url: `${shop}/events` })
  );
  for (const [id, facts] of Object.entries(cardholders)) {
    const path = `/v1/cardholders/${id}`;
    if (!(await exists(worker, issuerKey, path))) await issuer("PUT", path, facts);
  }
  const [newest] = devVar("CARD_KEYS").split(",");
  const cardKey = readKey(newest);
  for (const [id, card] of Object.entries(cards)) {
    const digest = cardDigest(cardKey, card);
    await issuer("PUT", `/v1/cardholders/${id}/cards/${digest}`);
  }
  const keyOf = async (/** @type {"merchantKey" | "testKey"} */ name, /** @type {string} */ mode) =>
    (await usableKey(worker, name, mode)) ??
    /** @type {{ key: string }} */ (
      await issuer("POST", `/v1/merchants/${merchantId}/keys`, { mode })
    ).key;
  const merchantKey = await keyOf("merchantKey", "live");
  const testKey = await keyOf("testKey", "test");
  return {
    worker,
    shop,
    issuerKey,
    merchantKey,
    testKey,
    merchantId,
    eventsSecret: secret,
    cardholderId: "taro",
    smsCardholderId: "hanako",
    card: cards.taro,
    smsCard: cards.hanako,
  };
}

/** @param {Demo} demo */
export function writeDemo(demo) {
  writeFileSync(paths.demo, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
}

/**
 * The merchant's key of last time, when this Worker still knows it. A live key of before there were
 * test keys begins as these do.
 * @param {string} worker
 * @param {"merchantKey" | "testKey"} name
 * @param {string} mode
 */
async function usableKey(worker, name, mode) {
  if (!existsSync(paths.demo)) return undefined;
  /** @type {Partial<Demo>} */
  const { [name]: key } = JSON.parse(readFileSync(paths.demo, "utf8"));
  if (!key?.startsWith(`wk_${mode}_`)) return undefined;
  const { status } = await request(worker, key, "GET", "/v1/challenges/ch_none");
  return status === 404 ? key : undefined;
}

/**
 * @param {string} worker
 * @param {string} key
 * @param {string} path
 */
async function exists(worker, key, path) {
  const answer = await request(worker, key, "GET", path);
  if (answer.ok || answer.status === 404) return answer.ok;
  throw await refused("GET", path, answer);
}

/**
 * @param {string} worker
 * @param {string} key
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<unknown>}
 */
async function call(worker, key, method, path, body) {
  const answer = await request(worker, key, method, path, body);
  if (answer.ok) return answer.status === 204 ? undefined : answer.json();
  throw await refused(method, path, answer);
}

/**
 * @param {string} worker
 * @param {string} key
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
const request = (worker, key, method, path, body) =>
  fetch(worker + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

/**
 * @param {string} method
 * @param {string} path
 * @param {Response} answer
 */
const refused = async (method, path, answer) =>
  new Failure(`Seeding failed: ${method} ${path} answered ${answer.status} ${await answer.text()}`);

/** A secret of the development Worker. @param {string} name */
export function devVar(name) {
  const found = new RegExp(`^${name}="(.*)"$`, "m").exec(readFileSync(paths.devVars, "utf8"));
  if (!found) throw new Failure(`.dev.vars has no ${name}: remove the file, and start again.`);
  return found[1];
}
