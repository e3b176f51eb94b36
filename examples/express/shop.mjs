// A shop of pages alone, with the plug-in: WARIFU_URL=… WARIFU_KEY=… node shop.mjs
import { randomUUID } from "node:crypto";
import express from "express";
import { Refused, warifu } from "./warifu.mjs";
import { words } from "./words.mjs";

/** @typedef {import("./warifu.mjs").Order & { status: "open" | "paid" | "canceled" | "failed" }} ShopOrder */

const port = Number(process.env.PORT ?? 3000);
const shop = process.env.SHOP_URL ?? `http://localhost:${port}`;
const issuer = process.env.WARIFU_URL ?? "http://localhost:8787";
/** @type {Map<string, ShopOrder>} */
const orders = new Map();

/** @param {import("express").Request} request @returns {"ja" | "en"} */
const language = (request) => (request.acceptsLanguages("ja", "en") === "en" ? "en" : "ja");

/** @param {"ja" | "en"} lang @param {string} heading @param {string} body HTML */
const page = (lang, heading, body) => `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${heading} | ${words[lang].shop}</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>${heading}</h1>
${body}
</main>
</body>
</html>
`;

/** @param {ShopOrder} order */
function orderPage({ id, lang, status }) {
  const w = words[lang];
  const confirm = `<form action="/confirm/${id}" method="post"><button id="confirm">${w.confirm}</button></form>`;
  const next = status === "paid" ? `<p><a href="/">${w.back}</a></p>` : confirm;
  return page(lang, w.order, `<p id="${status}">${w[status]}</p>\n<p>${w.product}</p>\n${next}`);
}

const app = express();

app.use((_, response, next) => {
  response.set({
    // The button of an order is answered by a redirect to the issuer.
    "content-security-policy": `default-src 'none'; img-src data:; form-action 'self' ${issuer}; base-uri 'none'; frame-ancestors 'none'`,
    "cache-control": "no-store",
  });
  next();
});

app.use(
  "/confirm",
  warifu({
    issuer,
    key: process.env.WARIFU_KEY ?? "",
    address: `${shop}/confirm`,
    find(id) {
      const order = orders.get(id);
      return order?.status === "paid" ? undefined : order;
    },
    settle(order, outcome) {
      const kept = /** @type {ShopOrder} */ (order);
      if (outcome === "verified") kept.status = "paid";
      else kept.status = outcome === "canceled" ? "canceled" : "failed";
      if (outcome !== "verified") kept.attempt += 1;
      return `/orders/${kept.id}`;
    },
  }),
);

app.get("/", (request, response) => {
  const lang = language(request);
  const w = words[lang];
  const buy = `<form action="/buy" method="post"><button id="buy">${w.buy}</button></form>`;
  response.send(page(lang, w.shop, `<p>${w.product}</p>\n${buy}`));
});

app.post("/buy", (request, response) => {
  /** @type {ShopOrder} */
  const order = {
    ...{ id: `order-${randomUUID()}`, attempt: 1, status: "open" },
    ...{ amount: 3150, currency: "JPY", cardLast4: "1234" },
    purchasedAt: new Date().toISOString(),
    cardholder: process.env.CARDHOLDER ?? "test_verified",
    lang: language(request),
  };
  orders.set(order.id, order);
  response.redirect(303, `/orders/${order.id}`);
});

app.get("/orders/:order", (request, response, next) => {
  const order = orders.get(request.params.order);
  if (!order) return next();
  response.send(orderPage(order));
});

app.use((request, response) => {
  const lang = language(request);
  const w = words[lang];
  response
    .status(404)
    .send(page(lang, w.shop, `<p>${w.missing}</p><p><a href="/">${w.back}</a></p>`));
});

/** @type {import("express").ErrorRequestHandler} */
const trouble = (error, request, response, _next) => {
  console.error(error);
  const lang = language(request);
  const w = words[lang];
  const never = ["unknown_cardholder", "not_enrolled"];
  const said = error instanceof Refused && never.includes(error.code) ? "refused" : "trouble";
  const body = `<p id="${said}">${w[said]}</p><p><a href="/">${w.back}</a></p>`;
  response.status(502).send(page(lang, w.order, body));
};
app.use(trouble);

app.listen(port, () => console.log(`Express: ${shop}`));
