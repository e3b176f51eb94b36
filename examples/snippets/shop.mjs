// A shop that asks the card's issuer to confirm the buyer: npm install jose standardwebhooks; node shop.mjs
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { Webhook } from "standardwebhooks";

const { WARIFU, WARIFU_KEY = "", WARIFU_MERCHANT = "", WARIFU_EVENTS_SECRET = "" } = process.env;
const { PORT = "3000", SHOP_URL = `http://localhost:${PORT}` } = process.env;
/** Who buys: the issuer's id of the cardholder. A real shop knows it from the buyer's login or card. */
const { CARDHOLDER = "test_verified" } = process.env;
/** What attestations are, and for whom: a test key's have names of their own. */
const [TYPE, AUDIENCE] = WARIFU_KEY.startsWith("wk_test_")
  ? ["warifu-test-attestation+jwt", `test/${WARIFU_MERCHANT}`]
  : ["warifu-attestation+jwt", WARIFU_MERCHANT];

/** A real shop keeps these two in its database. @type {Map<string, any>} */
const orders = new Map();
const seen = new Set();

/** The issuer said no. `code` says why, for this program; `message` says it for its developer. */
class Refused extends Error {
  /** @param {{ code?: string, detail?: string }} problem */
  constructor({ code = "internal", detail }) {
    super(detail);
    this.code = code;
  }
}

/** Posts, up to three times: a lost answer, 429 and 5xx can be asked for again with the same body.
 * @param {string} path @param {object} body @param {Record<string, string>} [headers] */
async function post(path, body, headers = {}) {
  for (let tries = 1; ; tries++) {
    const response = await fetch(WARIFU + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    }).catch(() => undefined);
    const answer = /** @type {any} */ (await response?.json().catch(() => ({})));
    if (response?.ok) return answer;
    const seconds = Number(response?.headers.get("retry-after") ?? 1);
    const passes = !response || response.status === 429 || response.status >= 500;
    if (!passes || tries === 3 || seconds > 5) throw new Refused(answer ?? { code: "unavailable" });
    await wait(seconds * 1000);
  }
}

/** 1. The same order has the same Idempotency-Key, and so the same challenge, however often it is asked.
 * @param {any} order @returns {Promise<{ id: string, client_secret: string, url: string }>} */
const createChallenge = (order) =>
  post(
    "/v1/challenges",
    {
      cardholder: CARDHOLDER,
      transaction: {
        amount: order.amount,
        currency: order.currency,
        purchased_at: order.purchasedAt,
        card_last4: "1234",
        reference: order.id,
      },
      locale: "ja",
      return_url: `${SHOP_URL}/done?order=${order.id}`,
    },
    { authorization: `Bearer ${WARIFU_KEY}`, "idempotency-key": order.id },
  );

/** 2. The script tag, and where the form goes; 3. without script, a link.
 * Order ids, secrets and addresses need no escaping: they are of letters, digits and `-_:/.` alone.
 * @param {any} order @param {{ client_secret: string, url: string }} challenge */
const checkoutPage = (order, { client_secret, url }) => `
<form id="pay" action="/pay" method="post">
  <input type="hidden" name="order" value="${order.id}">
  <div class="warifu-challenge" data-client-secret="${client_secret}"></div>
  <noscript><a href="${url}">Confirm your purchase</a></noscript>
</form>
<script>pay.addEventListener("warifu:complete", () => pay.submit())</script>
<script src="${WARIFU}/v1/warifu.js" async></script>`;

/** Whether what the issuer says is about this very order. @param {any} order @param {any} said */
const isOf = (order, said) =>
  said.reference === order.id && said.amount === order.amount && said.currency === order.currency;

/** 4. The browser brings a response; siteverify spends it and says what it is worth.
 * @param {any} order @param {string} response */
async function isVerified(order, response) {
  const body = { secret: WARIFU_KEY, response, idempotency_key: order.id };
  const said = await post("/v1/siteverify", body);
  return said.success === true && isOf(order, said);
}

const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", WARIFU));

/** 5. The same without asking: throws unless the issuer signed `response` for this merchant and it is
 * not too old. It spends nothing: whoever relies on this alone remembers every `jti`.
 * @param {string} response */
async function claimsOf(response) {
  const { payload } = await jwtVerify(response, keys, {
    issuer: WARIFU,
    audience: AUDIENCE,
    algorithms: ["ES256"],
    typ: TYPE,
    requiredClaims: ["sub", "jti", "iat", "exp", "amount", "currency"],
    clockTolerance: 30, // seconds between the issuer's clock and this one
  });
  return payload;
}

/** @param {any} order @param {string} response */
async function settle(order, response) {
  const claims = await claimsOf(response).catch((error) => console.error(`refused: ${error}`));
  if (claims && isOf(order, claims) && (await isVerified(order, response))) order.status = "paid";
}

/** 6. The issuer tells how a challenge ended, whatever became of the browser. Throws unless the issuer
 * signed it within five minutes. @param {Record<string, any>} headers @param {string} body */
function hear(headers, body) {
  const event = /** @type {any} */ (new Webhook(WARIFU_EVENTS_SECRET).verify(body, headers));
  if (seen.has(headers["webhook-id"])) return;
  seen.add(headers["webhook-id"]);
  const { reference, status } = event.data;
  const order = orders.get(reference);
  // No event pays: that is siteverify's alone.
  if (order?.status === "open" && /^(failed|expired|canceled)$/.test(status)) order.status = status;
}

/** What the buyer is told when there is no challenge. @param {unknown} error */
function explain(error) {
  if (!(error instanceof Refused)) throw error;
  console.error(`${error.code}: ${error.message}`);
  const withoutPassword = ["unknown_cardholder", "not_enrolled", "too_many_unknown_cardholders"];
  return withoutPassword.includes(error.code)
    ? { status: 200, html: "Please confirm your purchase another way." }
    : { status: 502, html: "Please try again in a while." };
}

/** @param {string} route @param {URLSearchParams} fields @param {Record<string, any>} headers
 * @param {string} body @returns {Promise<{ status?: number, location?: string, html?: string }>} */
async function answer(route, fields, headers, body) {
  const id = fields.get("order") ?? "";
  const order = orders.get(id);
  switch (route) {
    case "GET /":
      return {
        html: `<form action="/buy" method="post"><input type="hidden" name="order" value="${randomUUID()}">
          <button>Buy for &yen;3,150</button></form>`,
      };
    case "POST /buy": {
      if (!/^[\w-]{1,64}$/.test(id)) return { status: 400, html: "No order." };
      const purchasedAt = new Date().toISOString();
      const bought = order ?? { id, amount: 3150, currency: "JPY", purchasedAt, status: "open" };
      orders.set(id, bought);
      return createChallenge(bought).then(
        (challenge) => ({ html: checkoutPage(bought, challenge) }),
        explain,
      );
    }
    case "POST /pay":
    case "GET /done":
      if (!order) return { status: 404, html: "No such order." };
      try {
        await settle(order, fields.get("warifu-response") ?? "");
      } catch (error) {
        return explain(error);
      }
      return { status: 303, location: `/order?order=${id}` };
    case "GET /order":
      if (!order) return { status: 404, html: "No such order." };
      return { html: order.status === "paid" ? "Paid." : `Not paid: ${order.status}.` };
    case "POST /events":
      try {
        hear(headers, body);
        return { status: 204 };
      } catch (error) {
        return { status: 400, html: "Not an event of the issuer." };
      }
    default:
      return { status: 404, html: "Nothing here." };
  }
}

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", SHOP_URL);
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const fields = request.method === "POST" ? new URLSearchParams(body) : searchParams;
  const route = `${request.method} ${pathname}`;
  const { status, location, html } = await answer(route, fields, request.headers, body);
  const headers = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  response.writeHead(status ?? 200, location ? { ...headers, location } : headers).end(html);
}).listen(Number(PORT), () => console.log(`The shop: ${SHOP_URL}`));
