// A 3-D Secure requestor's site: pages that have the browser post a CReq into a frame of theirs, and the
// page that gets the result.
import { createServer } from "node:http";
import { decode, encode, makeCReq } from "../../examples/three-ds/messages.mjs";

/**
 * @typedef {import("../../examples/three-ds/messages.mjs").Message} Message
 *
 * @typedef {object} Posted what a final page had the browser post
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {Record<string, string>} fields
 * @property {Message} message
 *
 * @typedef {object} Frame
 * @property {string} acs the issuer's origin
 * @property {Message} ares
 * @property {string} [sandbox] without it the frame has none
 * @property {[width: number | string, height: number | string]} [size]
 * @property {string} [session] threeDSSessionData
 *
 * @typedef {Awaited<ReturnType<typeof startRequestor>>} Requestor
 */

/** The four sandboxes that a requestor's frame can have; the first is none. @type {[string, string?][]} */
export const sandboxes = [
  ["no sandbox"],
  ["scripts, forms and the own origin", "allow-scripts allow-forms allow-same-origin"],
  ["scripts and forms, no origin", "allow-scripts allow-forms"],
  ["forms alone", "allow-forms"],
];

/** @param {string} [host] "localhost" and "127.0.0.1" are different sites */
export async function startRequestor(host = "127.0.0.1") {
  /** @type {Map<string, { html: string, headers: Record<string, string> }>} */
  const pages = new Map();
  /** @type {Map<string, string>} */
  const redirects = new Map();
  /** @type {Posted[]} */
  const posted = [];
  /** @type {Set<() => void>} */
  const waiting = new Set();
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    const page = pages.get(path);
    if (page) {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers });
      return void response.end(page.html);
    }
    const elsewhere = redirects.get(path);
    if (request.method === "POST") {
      const fields = Object.fromEntries(new URLSearchParams(await textOf(request)));
      const message = decode(fields.cres ?? fields.erro ?? "e30");
      posted.push({ headers: request.headers, fields, message });
      for (const look of waiting) look();
    }
    if (elsewhere) return void response.writeHead(302, { location: elsewhere }).end();
    const embedder = { "cross-origin-embedder-policy": "require-corp" };
    response.writeHead(200, { "content-type": "text/html", ...embedder }).end(returned);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://${host}:${port}`;
  let made = 0;

  return {
    origin,
    /** Where final pages post to, of one transaction. */
    notificationUrl: () => `${origin}/notification/${++made}`,

    /** One that answers with a redirect. @param {string} to */
    redirectingUrl(to) {
      const path = `/redirecting/${++made}`;
      redirects.set(path, to);
      return origin + path;
    },

    /** @param {string} html @param {Record<string, string>} [headers] */
    show(html, headers = {}) {
      const path = `/page/${++made}`;
      pages.set(path, { html, headers });
      return origin + path;
    },

    /** What final pages posted about a transaction, in order. @param {Message} ares */
    posted: (ares) => of(posted, ares),

    /** Resolves with the first of them. @param {Message} ares @returns {Promise<Posted>} */
    until: (ares) =>
      new Promise((resolve, reject) => {
        const settle = () => {
          clearTimeout(late);
          waiting.delete(look);
        };
        const look = () => {
          const [found] = of(posted, ares);
          if (!found) return;
          settle();
          resolve(found);
        };
        const late = setTimeout(() => {
          settle();
          reject(new Error(`no result came; what came: ${JSON.stringify(posted)}`));
        }, patience);
        waiting.add(look);
        look();
      }),

    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}

/** Only what will never come takes this long. */
const patience = 60_000;

/** @param {Posted[]} posted @param {Message} ares */
const of = (posted, { acsTransID }) =>
  posted.filter(({ message }) => message.acsTransID === acsTransID);

/** What the frame shows at the end; its page hears of it as requestors' pages do. */
const returned = `<!doctype html><title>returned</title><p id="returned">returned</p>
<script>(opener ?? parent).postMessage("returned", "*")</script>`;

/**
 * A page with a frame into which a CReq is posted at once.
 * @param {Frame} frame
 */
export function framingPage({ sandbox, size: [width, height] = [390, 400], ...post }) {
  const boxed = sandbox === undefined ? "" : ` sandbox="${sandbox}"`;
  return `<!doctype html><meta charset="utf-8"><title>checkout</title><link rel="icon" href="data:,">
<style>body { margin: 0 } iframe { display: block; border: 0 }</style>
<iframe name="acs"${boxed} width="${width}" height="${height}"></iframe>
${requesting({ ...post, target: "acs" })}
<script>document.forms[0].submit()</script>`;
}

/**
 * The form that posts a CReq.
 * @param {Pick<Frame, "acs" | "ares" | "session"> & { target?: string }} post
 */
export function requesting({ acs, ares, session, target = "_self" }) {
  const data = session === undefined ? "" : `<input name="threeDSSessionData" value="${session}">`;
  return `<form method="post" action="${acs}/3ds/challenge" target="${target}">
<input type="hidden" name="creq" value="${encode(makeCReq(ares, "02"))}">${data}
<noscript><button id="begin">Continue</button></noscript></form>`;
}

/** @param {import("node:http").IncomingMessage} request */
async function textOf(request) {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += chunk;
  return text;
}
