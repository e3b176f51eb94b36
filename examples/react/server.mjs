// A shop in React: npm run build, then WARIFU_URL=… WARIFU_KEY=… npm start. With --dev from Vite.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import express from "express";
import { createChallenge, isVerified } from "../shop/warifu.mjs";

/** @typedef {import("./src/page.js").Page} Page */
/** @typedef {import("../shop/warifu.mjs").Order & { lang: "ja" | "en", paid: boolean }} ShopOrder */

const port = Number(process.env.PORT ?? 3000);
const shop = process.env.SHOP_URL ?? `http://localhost:${port}`;
const issuer = process.env.WARIFU_URL ?? "http://localhost:8787";
const cardholder = process.env.CARDHOLDER ?? "test_verified";
const folder = fileURLToPath(new URL(".", import.meta.url));
/** @type {Map<string, ShopOrder>} */
const orders = new Map();

const app = express();
const server = createServer(app);
const { template, render } = process.argv.includes("--dev") ? await fromVite() : await built();

/** The page's template and renderer as `npm run build` made them. */
async function built() {
  app.use(express.static(`${folder}dist/client`, { index: false }));
  app.use((_, response, next) => {
    response.set(
      "content-security-policy",
      `default-src 'none'; script-src 'self' ${issuer}; frame-src ${issuer}; ` +
        `img-src data:; form-action 'self' ${issuer}; base-uri 'none'; frame-ancestors 'none'`,
    );
    next();
  });
  const html = await readFile(`${folder}dist/client/index.html`, "utf8");
  const name = "./dist/server/entry-server.js";
  const entry = await import(name);
  return { template: async () => html, render: async () => entry.render };
}

/** The same from their sources, reloaded as they change. */
async function fromVite() {
  const { createServer: createVite } = await import("vite");
  const within = { middlewareMode: true, hmr: { server } };
  const vite = await createVite({ root: folder, server: within, appType: "custom" });
  app.use(vite.middlewares);
  return {
    /** @param {string} url */
    template: async (url) =>
      vite.transformIndexHtml(url, await readFile(`${folder}index.html`, "utf8")),
    render: async () => (await vite.ssrLoadModule("/src/entry-server.tsx")).render,
  };
}

/**
 * @param {import("express").Request} request
 * @param {import("express").Response} response
 * @param {Page} page
 */
async function show(request, response, page) {
  const html = await template(request.originalUrl);
  const app = (await render())(page);
  // Nothing in the JSON ends the element that it stands in.
  const json = JSON.stringify(page).replaceAll("<", "\\u003c");
  // Who has the client secret can open the form.
  response.set("cache-control", "no-store").send(
    html
      .replace('<html lang="ja">', `<html lang="${page.lang}">`)
      .replace("<!--app-->", () => app)
      .replace('type="application/json">', (tag) => tag + json),
  );
}

/** @param {import("express").Request} request @returns {"ja" | "en"} */
const language = (request) => (request.acceptsLanguages("ja", "en") === "en" ? "en" : "ja");

app.get("/", (request, response) =>
  show(request, response, { name: "product", lang: language(request) }),
);

app.post("/buy", (request, response) => {
  const order = {
    id: `order-${randomUUID()}`,
    ...{ amount: 3150, currency: "JPY", cardLast4: "1234", paid: false },
    purchasedAt: new Date().toISOString(),
    lang: language(request),
  };
  orders.set(order.id, order);
  response.redirect(303, `/checkout/${order.id}`);
});

app.get("/checkout/:order", async (request, response, next) => {
  const order = orders.get(request.params.order);
  if (!order) return next();
  // Loaded again, the page has the same challenge: it is asked for with the order's key.
  const back = `${shop}/done/${order.id}`;
  const challenge = await createChallenge(order, cardholder, order.lang, back);
  const { client_secret, url } = challenge;
  const page = { order: order.id, lang: order.lang, issuer, challenge: { client_secret, url } };
  await show(request, response, { name: "checkout", ...page });
});

/** @param {string} id @param {unknown} brought */
async function settle(id, brought) {
  const order = orders.get(id);
  if (order && typeof brought === "string" && (await isVerified(order, brought))) order.paid = true;
  return `/orders/${id}`;
}

app.post("/pay/:order", express.urlencoded(), async (request, response) => {
  response.redirect(303, await settle(request.params.order, request.body["warifu-response"]));
});

// Where the form leads back to in a browser without script.
app.get("/done/:order", async (request, response) => {
  response.redirect(303, await settle(request.params.order, request.query["warifu-response"]));
});

app.get("/orders/:order", async (request, response, next) => {
  const order = orders.get(request.params.order);
  if (!order) return next();
  const { id, lang, paid } = order;
  await show(request, response, { name: "order", order: id, lang, paid });
});

server.listen(port, () => console.log(`React: ${shop}`));
