/**
 * Everything a merchant writes to use Warifu: create a challenge, embed it, check the result.
 *
 * @typedef {{ id: string, amount: number, currency: string, purchasedAt: string, cardLast4: string }} Order
 * @typedef {{ id: string, client_secret: string, url: string }} Challenge
 */
const warifu = process.env.WARIFU_URL ?? "http://localhost:8787";
const key = process.env.WARIFU_KEY ?? "";

/** The API said no; the message is its own explanation. */
export class Refused extends Error {}

/**
 * @param {Order} order @param {string} cardholder @param {string} locale @param {string} returnUrl
 * @returns {Promise<Challenge>}
 */
export async function createChallenge(order, cardholder, locale, returnUrl) {
  const response = await fetch(`${warifu}/v1/challenges`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      // Asking again for the same order gives the same challenge.
      "idempotency-key": order.id,
    },
    body: JSON.stringify({
      cardholder,
      transaction: {
        amount: order.amount,
        currency: order.currency,
        purchased_at: order.purchasedAt,
        card_last4: order.cardLast4,
        reference: order.id,
      },
      locale,
      return_url: returnUrl,
    }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer.detail ?? answer.title);
  return answer;
}

/**
 * Paid is what the issuer tells our server, and only for this very order.
 * @param {Order} order @param {string} response what the browser brought
 */
export async function isVerified(order, response) {
  const answer = await fetch(`${warifu}/v1/siteverify`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ secret: key, response, idempotency_key: order.id }),
  }).then((reply) => reply.json());
  return (
    answer.success === true &&
    answer.reference === order.id &&
    answer.amount === order.amount &&
    answer.currency === order.currency
  );
}

/** What the page may do: run scripts of our own nonce and frame the issuer. @param {string} nonce */
export const contentSecurityPolicy = (nonce, forms = "'self'") =>
  `default-src 'none'; script-src 'nonce-${nonce}'; frame-src ${warifu}; style-src 'self'; ` +
  `img-src 'self'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`;

/** For the page whose form is answered by a redirect to the issuer. */
export const formsThatLeave = `'self' ${warifu}`;

export const scriptUrl = `${warifu}/v1/warifu.js`;
