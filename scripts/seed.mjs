// What the demonstration needs to be there: a merchant with a key and two cardholders, registered
// the way an issuer would, over HTTP. Running it again changes nothing.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { paths } from "./lib/paths.mjs";
import { Failure } from "./lib/run.mjs";

export const merchantId = "maru-shop";

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

/**
 * @typedef {object} Demo what a script or a test needs to know about what was seeded
 * @property {string} worker origin
 * @property {string} shop origin
 * @property {string} issuerKey
 * @property {string} merchantKey
 * @property {string} merchantId
 * @property {string} cardholderId gets codes by mail
 * @property {string} smsCardholderId gets codes by SMS
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
    /** @type {object} */ body,
  ) => call(worker, issuerKey, method, path, body);

  await issuer("PUT", `/v1/merchants/${merchantId}`, { name: "●●shop", origins: [shop] });
  for (const [id, facts] of Object.entries(cardholders)) {
    await issuer("PUT", `/v1/cardholders/${id}`, facts);
  }
  const merchantKey =
    (await usableKey(worker)) ??
    /** @type {{ key: string }} */ (await issuer("POST", `/v1/merchants/${merchantId}/keys`, {}))
      .key;
  return {
    worker,
    shop,
    issuerKey,
    merchantKey,
    merchantId,
    cardholderId: "taro",
    smsCardholderId: "hanako",
  };
}

/** @param {Demo} demo */
export function writeDemo(demo) {
  writeFileSync(paths.demo, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
}

/**
 * The merchant's key of last time, when this Worker still knows it.
 * @param {string} worker
 */
async function usableKey(worker) {
  if (!existsSync(paths.demo)) return undefined;
  /** @type {Partial<Demo>} */
  const { merchantKey } = JSON.parse(readFileSync(paths.demo, "utf8"));
  if (!merchantKey) return undefined;
  const answer = await fetch(`${worker}/v1/challenges/ch_none`, {
    headers: { authorization: `Bearer ${merchantKey}` },
  });
  return answer.status === 404 ? merchantKey : undefined;
}

/**
 * @param {string} worker
 * @param {string} key
 * @param {string} method
 * @param {string} path
 * @param {object} body
 * @returns {Promise<unknown>}
 */
async function call(worker, key, method, path, body) {
  const answer = await fetch(worker + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.ok) return answer.json();
  throw new Failure(
    `Seeding failed: ${method} ${path} answered ${answer.status} ${await answer.text()}`,
  );
}

/** @param {string} name */
function devVar(name) {
  const found = new RegExp(`^${name}="(.*)"$`, "m").exec(readFileSync(paths.devVars, "utf8"));
  if (!found) throw new Failure(`.dev.vars has no ${name}: remove the file, and start again.`);
  return found[1];
}
