// A merchant's page on its own origin, under any Content-Security-Policy.
import { createServer } from "node:http";

/**
 * @typedef {object} Served
 * @property {string} html
 * @property {string} [csp]
 * @property {string} [location] where it sends the browser instead
 * @property {string} [type] the media type, when it is no HTML
 * @property {(query: string) => unknown} [asked] told the query of each request; the answer waits for it
 *
 * @typedef {{ origin: string, show: (page: Served) => string, stop: () => Promise<void> }} MerchantSite
 */

/**
 * @param {string} [host] "localhost" and "127.0.0.1" are different sites
 * @returns {Promise<MerchantSite>}
 */
export async function startMerchantSite(host = "localhost") {
  /** @type {Map<string, Served>} */
  const pages = new Map();
  const server = createServer(async (request, response) => {
    const [path, query = ""] = (request.url ?? "").split("?");
    const page = pages.get(path);
    if (!page) return void response.writeHead(404).end();
    await page.asked?.(decodeURIComponent(query));
    response.setHeader("content-type", `${page.type ?? "text/html"}; charset=utf-8`);
    if (page.location) return void response.writeHead(302, { location: page.location }).end();
    if (page.csp) response.setHeader("content-security-policy", page.csp);
    response.end(page.html);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://${host}:${port}`;
  return {
    origin,
    show(page) {
      const path = `/page-${pages.size}`;
      pages.set(path, page);
      return origin + path;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/**
 * What a page may have where the form goes: its name, and its HTML for a client secret.
 * @type {[string, (secret: string) => string][]}
 */
export const containers = [
  ["div", (secret) => `<div class="warifu-challenge" data-client-secret="${secret}"></div>`],
  ["element", (secret) => `<warifu-challenge client-secret="${secret}"></warifu-challenge>`],
];

/**
 * A page with the script tag, as the documentation gives it.
 * @param {object} page
 * @param {string} page.worker the issuer's origin
 * @param {string} [page.secret]
 * @param {string} [page.attributes] further attributes of the container
 * @param {string} [page.query] of the loader, such as "?render=explicit"
 * @param {string} [page.nonce]
 * @param {string} [page.lang]
 * @param {string} [page.script] a script of the merchant's own, before the loader
 * @param {"async" | "defer" | ""} [page.loading] how the loader's tag is loaded
 * @param {string} [page.body] instead of the form with the container
 */
export function embeddingPage({
  worker,
  secret = "",
  attributes = "",
  query = "",
  nonce,
  lang = "ja",
  script = "",
  loading = "async",
  body,
}) {
  const nonced = nonce ? ` nonce="${nonce}"` : "";
  const form = `<form action="/pay" method="post">
  <div class="warifu-challenge" data-client-secret="${secret}" ${attributes}></div>
</form>`;
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>お支払い</title>
<link rel="icon" href="data:,">
${script ? `<script${nonced}>${script}</script>` : ""}
<script src="${worker}/v1/warifu.js${query}" ${loading}${nonced}></script>
</head>
<body>
<h1>お支払い</h1>
${body ?? form}
</body>
</html>`;
}
