// A plug-in for a shop that renders its pages on the server, as a router of Express. It sends the
// buyer to the issuer's form and takes what they come back with; no page needs a script.
import { Router } from "express";

/**
 * @typedef {object} Order
 * @property {string} id
 * @property {number} attempt 1, and one more after each attempt that confirmed nothing
 * @property {number} amount in the currency's minor unit
 * @property {string} currency
 * @property {string} purchasedAt RFC 3339
 * @property {string} cardLast4
 * @property {string} cardholder the issuer's id of the cardholder
 * @property {"ja" | "en"} lang
 *
 * @typedef {"verified" | "canceled" | "failed" | "expired" | "unverified"} Outcome only `verified` is
 *   the issuer's word; the others are what the browser says
 *
 * @typedef {object} Settings
 * @property {string} issuer the issuer's origin
 * @property {string} key the merchant key
 * @property {string} address where the router is, as browsers see it, on an origin that the issuer
 *   registered: `https://shop.example/confirm`
 * @property {(id: string, request: import("express").Request) => Order | undefined} find the order, if
 *   it waits for a confirmation by this buyer
 * @property {(order: Order, outcome: Outcome) => string} settle keeps the outcome, and says where the
 *   buyer goes
 */

/** What the issuer answered instead of a challenge; `code` says what to do. */
export class Refused extends Error {
  /** @param {{ code?: string, detail?: string }} problem */
  constructor({ code = "internal", detail = "The issuer gave no reason." }) {
    super(detail);
    this.code = code;
  }
}

/**
 * `POST {address}/{order}` leads to the issuer's form, and the form back to `GET {address}/{order}`.
 * @param {Settings} settings
 */
export function warifu({ issuer, key, address, find, settle }) {
  const router = Router();

  router.post("/:order", async (request, response, next) => {
    const order = find(request.params.order, request);
    if (!order) return next();
    response.redirect(303, await formOf(order));
  });

  router.get("/:order", async (request, response, next) => {
    const order = find(request.params.order, request);
    if (!order) return next();
    const { "warifu-response": brought, "warifu-status": status } = request.query;
    const verified = typeof brought === "string" && (await isVerified(order, brought));
    const said = ["canceled", "failed", "expired"].find((one) => one === status);
    const outcome = /** @type {Outcome} */ (verified ? "verified" : (said ?? "unverified"));
    // The address has the response in it, so the buyer does not stay there.
    response.redirect(303, settle(order, outcome));
  });

  /** @param {string} path @param {object} body @param {Record<string, string>} [headers] */
  const post = async (path, body, headers = {}) => {
    const answer = await fetch(issuer + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Refused(json);
    return json;
  };

  /** The address of the form. Asked again for the same attempt, it is the same. @param {Order} order */
  async function formOf(order) {
    const { amount, currency, purchasedAt, cardLast4, id } = order;
    const body = {
      cardholder: order.cardholder,
      transaction: {
        ...{ amount, currency, reference: id },
        ...{ purchased_at: purchasedAt, card_last4: cardLast4 },
      },
      locale: order.lang,
      return_url: `${address}/${encodeURIComponent(id)}`,
    };
    const headers = {
      authorization: `Bearer ${key}`,
      "idempotency-key": `${id}/${order.attempt}`,
    };
    return (await post("/v1/challenges", body, headers)).url;
  }

  /** Only what the issuer says counts, and only of this order. @param {Order} order @param {string} response */
  async function isVerified(order, response) {
    // A response is redeemed once; with the same key, a page that is loaded again hears the same.
    const idempotency_key = `${order.id}/${order.attempt}`;
    const said = await post("/v1/siteverify", { secret: key, response, idempotency_key });
    return (
      said.success === true &&
      said.reference === order.id &&
      said.amount === order.amount &&
      said.currency === order.currency
    );
  }

  return router;
}
