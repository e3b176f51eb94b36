// A shop that asks the card's issuer to confirm the buyer: node server.mjs
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { signedEvent } from "./events.mjs";
import { checkoutPage, orderPage, problemPage, productPage } from "./views.mjs";
import {
  contentSecurityPolicy,
  createChallenge,
  formsThatLeave,
  isVerified,
  Refused,
} from "./warifu.mjs";
import { words } from "./words.mjs";

/**
 * @typedef {import("./warifu.mjs").Order & { status: "open" | "paid" | "refused" | "canceled", lang: "ja" | "en" }} ShopOrder
 * @typedef {{ status?: number, location?: string, type?: string, forms?: string, body?: string | Buffer }} Reply
 * @typedef {{ url: URL, nonce: string, headers: import("node:http").IncomingHttpHeaders, text: () => Promise<string>, form: () => Promise<URLSearchParams> }} Ask
 */
const port = Number(process.env.PORT ?? 8788);
const shop = process.env.SHOP_URL ?? `http://localhost:${port}`;
/** How this demonstration chooses where the one-time password goes. @type {Record<string, string>} */
const cardholders = {
  email: process.env.CARDHOLDER ?? "taro",
  sms: process.env.SMS_CARDHOLDER ?? "hanako",
};
/** @type {Map<string, ShopOrder>} */
const orders = new Map();

/** @param {Ask} ask @returns {Promise<Reply>} */
async function buy({ form, nonce }) {
  const chosen = await form();
  /** @type {ShopOrder} */
  const order = {
    id: `order-${randomUUID()}`,
    amount: 3150,
    currency: "JPY",
    purchasedAt: new Date().toISOString(),
    cardLast4: "1234",
    status: "open",
    lang: language(chosen),
  };
  orders.set(order.id, order);
  const cardholder = cardholders[chosen.get("channel") ?? "email"] ?? cardholders.email;
  const challenge = await createChallenge(
    order,
    cardholder,
    order.lang,
    `${shop}/done/${order.id}`,
  );
  if (chosen.get("flow") === "redirect") return { status: 303, location: challenge.url };
  return { body: checkoutPage(order, challenge, nonce) };
}

/** The browser brings a response; whether it is worth anything, only the issuer says.
 * @param {string | null} id @param {string | null} response @returns {Promise<Reply>} */
async function settle(id, response) {
  const order = orders.get(id ?? "");
  if (!order) return missing("ja");
  if (response !== null && (await isVerified(order, response))) order.status = "paid";
  else if (order.status === "open") order.status = "refused";
  return { status: 303, location: `/orders/${order.id}` };
}

/** @param {string} id @returns {Reply} */
function cancel(id) {
  const order = orders.get(id);
  if (!order) return missing("ja");
  if (order.status === "open") order.status = "canceled";
  return { status: 303, location: `/orders/${id}` };
}

/** How a challenge ended of which no browser brings news. What is paid stays paid, and only
 * `isVerified` says that. @param {Ask} ask @returns {Promise<Reply>} */
async function hear({ headers, text }) {
  const event = signedEvent(headers, await text());
  if (!event) return { status: 401 };
  const order = orders.get(event.data.reference ?? "");
  console.log(`${event.type}: ${order?.id ?? "?"}`);
  if (order?.status === "open") {
    if (event.type === "challenge.canceled") order.status = "canceled";
    if (["challenge.failed", "challenge.expired"].includes(event.type)) order.status = "refused";
  }
  return { status: 204 };
}

/** @param {string} name @returns {Reply} */
function show(name) {
  const order = orders.get(name.replace(/\.json$/, ""));
  if (!order) return missing("ja");
  if (!name.endsWith(".json")) return { body: orderPage(order) };
  const body = JSON.stringify({ order: order.id, status: order.status });
  return { type: "application/json", body };
}

/** @param {Ask} ask @returns {Promise<Reply>} */
async function route(ask, method = "GET") {
  const { pathname, searchParams } = ask.url;
  const [, first = "", second = ""] = pathname.split("/");
  switch (`${method} /${first}`) {
    case "GET /":
      return { body: productPage(language(searchParams)), forms: formsThatLeave };
    case "POST /buy":
      return buy(ask);
    case "POST /pay": {
      const form = await ask.form();
      return settle(form.get("order"), form.get("warifu-response"));
    }
    case "GET /done":
      if (searchParams.get("warifu-status") === "canceled") return cancel(second);
      return settle(second, searchParams.get("warifu-response"));
    case "POST /cancel":
      return cancel(second);
    case "POST /events":
      return hear(ask);
    case "GET /orders":
      return show(second);
    case "GET /style.css":
    case "GET /icon.svg":
    case "GET /picture.svg":
      return {
        type: first.endsWith(".css") ? "text/css" : "image/svg+xml",
        body: await readFile(new URL(first, import.meta.url)),
      };
    default:
      return missing(language(searchParams));
  }
}

/** @param {URLSearchParams} from @returns {"ja" | "en"} */
const language = (from) => (from.get("lang") === "en" ? "en" : "ja");

/** @param {"ja" | "en"} lang @returns {Reply} */
const missing = (lang) => ({ status: 404, body: problemPage(lang, words[lang].missing) });

createServer(async (request, response) => {
  const nonce = randomBytes(16).toString("base64");
  const text = async () => {
    let body = "";
    request.setEncoding("utf8");
    for await (const chunk of request) if ((body += chunk).length > 16_384) throw new RangeError();
    return body;
  };
  const form = async () => new URLSearchParams(await text());
  /** @type {Reply} */
  let reply;
  try {
    const url = new URL(request.url ?? "/", shop);
    reply = await route({ url, nonce, headers: request.headers, text, form }, request.method);
  } catch (error) {
    const lang = /[?&]lang=en/.test(request.headers.referer ?? "") ? "en" : "ja";
    const said = error instanceof Refused ? error.message : "";
    if (!said) console.error(error);
    reply = { status: 502, body: problemPage(lang, words[lang].trouble, said) };
  }
  response.writeHead(reply.status ?? 200, {
    "content-type": `${reply.type ?? "text/html"}; charset=utf-8`,
    "content-security-policy": contentSecurityPolicy(nonce, reply.forms),
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    ...(reply.location ? { location: reply.location } : {}),
  });
  response.end(reply.body);
}).listen(port, () => console.log(`${words.ja.name}: ${shop}`));
