// Requestors' own clients from npm in a shop of https, and a Worker of https that it shows. What they
// call at home is not reached.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { after } from "node:test";
import { setDefaultCACertificates, getCACertificates } from "node:tls";
import { at } from "../../scripts/lib/paths.mjs";
import { esbuild } from "./packages.mjs";
import { quietPort } from "./ports.mjs";
import { formIn } from "./three-ds-frames.mjs";
import { decode, encode, makeCReq, startThreeDs } from "./three-ds.mjs";
import { makeCertificate } from "./three-ds/certificates.mjs";

/**
 * @typedef {import("./three-ds.mjs").Message} Message
 * @typedef {import("playwright-core").Page} Page
 * @typedef {{ key: string, cert: string }} Certificate
 */

const folder = "tests/three-ds-clients";

/** Each by its script in tests/three-ds-clients/pages/, with a selector of the frame that it makes. */
export const clients = {
  "basis-theory": "#challengeIframe",
  adyen: 'iframe[name="threeDSIframe"]',
  "global-payments": 'iframe[id^="GlobalPayments-3DSecure-"]',
};

/** The page that Basis Theory's servers have, as its package has it. */
const nesting = "@basis-theory/web-threeds/dist/pages/challenge.html";

/** A certificate for these tests alone. The browser takes it by `ignoreHTTPSErrors`. */
async function certificateOf(/** @type {string} */ host) {
  const certificate = await makeCertificate(host);
  setDefaultCACertificates([...getCACertificates("default"), certificate.cert]);
  return certificate;
}

/** A Worker that only https reaches, and the shop of each client. */
export async function startClients() {
  const bench = await startThreeDs({ tls: await certificateOf("localhost") });
  const shop = await startShop(await certificateOf("shop.localhost"));
  return { ...bench, shop };
}

/** @param {Certificate} certificate */
async function startShop(certificate) {
  const scripts = Object.fromEntries(
    await Promise.all(
      Object.keys(clients).map(async (name) => [`/${name}.js`, await bundle(name)]),
    ),
  );
  const nestingPage = readFileSync(at(folder, "node_modules", nesting), "utf8");
  /** What the gateway of a client would answer. */
  let answer = {};
  /** What browsers brought to notificationURL. @type {Message[]} */
  const notified = [];
  const server = createServer(certificate, async (request, response) => {
    const [path, name = ""] = (request.url ?? "").split("?");
    if (path in scripts) {
      response.setHeader("content-type", "text/javascript; charset=utf-8");
      return void response.end(scripts[path]);
    }
    if (path === "/authentication") {
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify(answer));
    }
    response.setHeader("content-type", "text/html; charset=utf-8");
    if (path === "/pages/challenge.html") return void response.end(nestingPage);
    if (path !== "/notification") return void response.end(page(name, ""));
    let body = "";
    for await (const chunk of request) body += chunk;
    const cres = decode(new URLSearchParams(body).get("cres") ?? "");
    notified.push(cres);
    response.end(page(name, `notify(${JSON.stringify({ cres })})`));
  });
  const port = await quietPort();
  await new Promise((resolve) => server.listen(port, "localhost", () => resolve(undefined)));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const origin = `https://shop.localhost:${port}`;
  return {
    origin,

    /** Where a client's shop has the browser take the CRes. @param {string} name */
    notificationUrl: (name) => `${origin}/notification?${name}`,

    /** What was brought of a transaction. @param {Message} ares */
    notified: ({ acsTransID }) => notified.filter((cres) => cres.acsTransID === acsTransID),

    /**
     * Has a client open a challenge, and returns the issuer's form and what the client will say.
     * @param {Page} page
     * @param {string} name
     * @param {Message} ares
     * @param {string} size
     */
    async open(page, name, ares, size) {
      answer = {
        status: "CHALLENGE_REQUIRED",
        challenge: {
          requestUrl: ares.acsURL,
          encodedChallengeRequest: encode(makeCReq(ares, size)),
        },
      };
      const servers = `https://client.localhost:${port}`;
      await keepAtHome(page, [origin, servers, new URL(ares.acsURL).origin]);
      await page.goto(`${origin}/?${name}`);
      const result = page.evaluate((given) => /** @type {any} */ (window).begin(given), {
        ...{ ares, size, servers },
      });
      // Whoever opens it awaits the result; until then it may fail with what is awaited first.
      result.catch(() => undefined);
      const frame = await page.waitForSelector(clients[/** @type {keyof typeof clients} */ (name)]);
      const form = await formIn(page);
      const made = await frame.evaluate((element) => {
        const { offsetWidth: width, offsetHeight: height } = /** @type {HTMLElement} */ (element);
        return `${width}×${height}`;
      });
      return { form, result, made };
    },
  };
}

/** A client's page. @param {string} name @param {string} script that runs after the client's */
const page = (name, script) => `<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>お支払い</title>
<h1>お支払い</h1>
<div id="challenge"></div>
<script src="/${name}.js"></script>
<script>${script}</script>
</html>`;

/** @param {string} name */
async function bundle(name) {
  const { outputFiles } = await esbuild().build({
    entryPoints: [at(folder, "pages", `${name}.js`)],
    ...{ bundle: true, write: false, format: "iife", logLevel: "warning" },
  });
  return outputFiles[0].text;
}

/**
 * Lets a page reach these origins and no other.
 * @param {Page} page
 * @param {string[]} origins
 */
const keepAtHome = (page, origins) =>
  page.route("**", (route) =>
    origins.includes(new URL(route.request().url()).origin) ? route.continue() : route.abort(),
  );
