// A shop that takes cards with EMV 3-D Secure, its 3DS Server and a directory server, in one process so
// that all their messages can be seen: node server.mjs
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { directoryServer, resultsPath } from "./directory-server.mjs";
import { windowSizes } from "./messages.mjs";
import { requestor } from "./requestor.mjs";
import { challengePage, checkoutPage, notifiedPage, orderPage, problemPage } from "./views.mjs";
import { words } from "./words.mjs";

/**
 * @typedef {{ status?: number, location?: string, type?: string, body?: string | Buffer }} Reply
 * @typedef {{ url: URL, nonce: string, address?: string, headers: import("node:http").IncomingHttpHeaders, form: () => Promise<URLSearchParams> }} Ask
 */
const port = Number(process.env.PORT ?? 8791);
const shop = process.env.SHOP_URL ?? `http://localhost:${port}`;
const warifu = process.env.WARIFU_URL ?? "http://localhost:8787";

/** What can be tried with which card. A real card number is refused: this is no place for one. */
const cards = {
  email: process.env.CARD ?? "4111111111111111",
  sms: process.env.SMS_CARD ?? "4012888888881881",
  unknown: "4242424242424242",
};

const ds = directoryServer({ acs: warifu, key: process.env.DIRECTORY_SERVER_KEY ?? "" });
const { ask, challengeFields, exchanged, notify, order, status } = requestor({
  ...{ shop, shopName: words.ja.name, directoryServer: ds },
});

/** @param {Ask} asked @returns {Promise<Reply>} */
async function pay({ form, headers, address, nonce }) {
  const fields = await form();
  const lang = language(fields);
  const card = (fields.get("card") ?? "").replaceAll(/\D/g, "");
  if (!Object.values(cards).includes(card)) {
    return { status: 400, body: checkoutPage(lang, cards, nonce, words[lang].testCards) };
  }
  const paid = await ask({
    ...{ card, lang },
    version: fields.get("version") === "2.3.1" ? "2.3.1" : "2.2.0",
    category: fields.get("category") === "02" ? "02" : "01",
    size: (fields.get("size") ?? "") in windowSizes ? String(fields.get("size")) : "02",
    expiry: "3012",
    browser: { ...browserOf(fields, headers), ...(address && { browserIP: address }) },
  });
  if (!paid.creq) return { status: 303, location: `/orders/${paid.id}` };
  return { body: challengePage(paid, challengeFields(paid), nonce) };
}

/** The colour depths that the protocol knows. */
const colorDepths = [48, 32, 24, 16, 15, 8, 4, 1];

/** What the browser says of itself, by its headers and by the page's script where that ran.
 * @param {URLSearchParams} fields @param {import("node:http").IncomingHttpHeaders} headers */
function browserOf(fields, headers) {
  const plain = {
    browserAcceptHeader: headers.accept ?? "*/*",
    browserUserAgent: (headers["user-agent"] ?? "unknown").slice(0, 2048),
  };
  const depth = Number(fields.get("browserColorDepth"));
  if (!depth) return { ...plain, browserJavascriptEnabled: false };
  return {
    ...plain,
    browserJavascriptEnabled: true,
    browserJavaEnabled: false,
    browserColorDepth: String(colorDepths.find((known) => known <= depth) ?? 1),
    browserScreenHeight: fields.get("browserScreenHeight") ?? "",
    browserScreenWidth: fields.get("browserScreenWidth") ?? "",
    browserTZ: fields.get("browserTZ") ?? "",
  };
}

/** @param {Ask} asked @returns {Promise<Reply>} */
async function hear({ form, nonce }) {
  const notified = notify(await form());
  return notified ? { body: notifiedPage(notified, nonce) } : missing("ja");
}

/** @param {string} id @returns {Reply} */
function show(id) {
  const shown = order(id);
  if (!shown) return missing("ja");
  return { body: orderPage(shown, status(shown), exchanged(shown)) };
}

/** @param {Ask} asked @returns {Promise<Reply>} */
async function route(asked, method = "GET") {
  const { pathname, searchParams } = asked.url;
  const [, first = "", second = ""] = pathname.split("/");
  switch (`${method} /${first}`) {
    case "GET /":
      return { body: checkoutPage(language(searchParams), cards, asked.nonce) };
    case "POST /pay":
      return pay(asked);
    case "POST /notification":
      return hear(asked);
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

/** The page frames the ACS, and its own notification page. @param {string} nonce */
const contentSecurityPolicy = (nonce) =>
  `default-src 'none'; script-src 'nonce-${nonce}'; frame-src 'self' ${warifu}; style-src 'self'; ` +
  `img-src 'self'; form-action 'self' ${warifu}; base-uri 'none'; frame-ancestors 'self'`;

createServer(async (request, response) => {
  if (request.method === "POST" && request.url === resultsPath) {
    ds.take(request, response).catch(() => response.destroy());
    return;
  }
  const nonce = randomBytes(16).toString("base64");
  const form = async () => {
    let body = "";
    request.setEncoding("utf8");
    for await (const chunk of request) if ((body += chunk).length > 16_384) throw new RangeError();
    return new URLSearchParams(body);
  };
  /** @type {Reply} */
  let reply;
  try {
    const url = new URL(request.url ?? "/", shop);
    const { headers, method, socket } = request;
    reply = await route({ url, nonce, address: socket.remoteAddress, headers, form }, method);
  } catch (error) {
    console.error(error);
    reply = { status: 502, body: problemPage("ja", words.ja.trouble) };
  }
  response.writeHead(reply.status ?? 200, {
    "content-type": `${reply.type ?? "text/html"}; charset=utf-8`,
    "content-security-policy": contentSecurityPolicy(nonce),
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    ...(reply.location ? { location: reply.location } : {}),
  });
  response.end(reply.body);
}).listen(port, () => console.log(`${words.ja.name}: ${shop}`));
