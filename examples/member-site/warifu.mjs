/**
 * Everything an issuer's member site writes to use Warifu: read what is registered, open the page on
 * which the member changes it, let a purchase in that the member says is theirs, and expect one that no
 * shop could open.
 *
 * @typedef {object} Cardholder destinations are masked
 * @property {string | null} email
 * @property {string | null} phone
 * @property {"email" | "sms" | "app" | null} channel
 * @property {{ version: string, accepted_at: string } | null} terms
 * @property {{ amount: number, currency: string, expires_at: string } | null} expected_purchase
 *
 * @typedef {object} Purchase one that wrong codes keep out
 * @property {string} id of its challenge
 * @property {string} merchant_name
 * @property {{ amount: number, currency: string, purchased_at: string }} transaction
 */
const warifu = process.env.WARIFU_URL ?? "http://localhost:8787";
const key = process.env.ISSUER_KEY ?? "";

/** The API said no; its code says why. */
export class Refused extends Error {
  /** @param {number} status @param {{ code: string, detail?: string, title?: string }} problem */
  constructor(status, { code, detail, title }) {
    super(`${code}: ${detail ?? title}`);
    this.status = status;
    this.code = code;
  }
}

/** @param {string} id @returns {Promise<Cardholder>} */
export const readCardholder = (id) => call("GET", `/v1/cardholders/${encodeURIComponent(id)}`);

/**
 * The purchases whose forms wait for the member: kept out, or named by the form's link because no code
 * could be sent. Where the link named one that waits, that one alone. In its first seconds a challenge
 * says no merchant.
 * @param {string} id @param {string | null} named @returns {Promise<Purchase[]>}
 */
export async function waitingPurchases(id, named) {
  const { challenges } = await call("GET", `/v1/cardholders/${encodeURIComponent(id)}/challenges`);
  const waiting = challenges.filter(
    (/** @type {any} */ { status, shown, locked_until, sign_in_needed, ...one }) => {
      const unsent = one.id === named && one.sends === 0 && one.channel !== "app";
      const waits = locked_until || sign_in_needed || unsent;
      return status === "pending" && shown && one.transaction && waits;
    },
  );
  const asked = waiting.filter((/** @type {Purchase} */ { id }) => id === named);
  return asked.length > 0 ? asked : waiting;
}

/** The member says that the purchase is theirs. @param {string} id @param {string} challenge */
export async function release(id, challenge) {
  const ids = [id, challenge].map(encodeURIComponent);
  await call("POST", `/v1/cardholders/${ids[0]}/challenges/${ids[1]}/release`);
}

/**
 * The member is about to pay so many yen. One purchase of that amount is let in within half an hour, at
 * whatever shop with 3-D Secure.
 * @param {string} id @param {number} amount
 */
export const expect = (id, amount) => call("PUT", expectedPath(id), { amount, currency: "JPY" });

/** The member is about to pay nothing any more. @param {string} id */
export const expectNothing = (id) => call("DELETE", expectedPath(id));

/** @param {string} id */
const expectedPath = (id) => `/v1/cardholders/${encodeURIComponent(id)}/expected-purchase`;

/**
 * Where to send the member's browser, once and soon: the address is the leave to change.
 * @param {string} id @param {"ja" | "en"} locale @param {string} returnUrl @returns {Promise<string>}
 */
export async function enrollmentUrl(id, locale, returnUrl) {
  const path = `/v1/cardholders/${encodeURIComponent(id)}/enrollment-sessions`;
  return (await call("POST", path, { locale, return_url: returnUrl })).url;
}

/** @param {string} method @param {string} path @param {object} [body] */
async function call(method, path, body) {
  const response = await fetch(warifu + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

/** Warifu is in form-action because our form is answered by a redirect to it. */
export const contentSecurityPolicy =
  `default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ${warifu}; ` +
  `base-uri 'none'; frame-ancestors 'none'`;
