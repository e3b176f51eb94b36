// An issuer that answers what a test wants: its own keys sign what no real issuer would, and its answers
// can be refusals, late or lost.
import { createServer } from "node:http";
import { SignJWT, base64url, exportJWK, generateKeyPair } from "jose";

/**
 * @typedef {object} Asked
 * @property {string} path
 * @property {any} body
 * @property {import("node:http").IncomingHttpHeaders} headers
 *
 * @typedef {{ status: number, body: unknown, headers?: Record<string, string> } | "lost"} Fate
 */

const kid = "a1";

export async function startStandInIssuer() {
  const own = await generateKeyPair("ES256", { extractable: true });
  const other = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(own.publicKey)), kid, alg: "ES256", use: "sig" };
  /** @type {Asked[]} */
  const asked = [];
  /** What becomes of the next calls, in order. @type {Fate[]} */
  const fates = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const answer = (/** @type {number} */ status, /** @type {unknown} */ json, headers = {}) =>
      void response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(json));
    if (path === "/.well-known/jwks.json") return answer(200, { keys: [jwk] });
    const body = JSON.parse(text);
    asked.push({ path, body, headers: request.headers });
    const fate = fates.shift();
    if (fate === "lost") return void request.socket.destroy();
    if (fate) return answer(fate.status, fate.body, fate.headers);
    if (path === "/v1/siteverify") {
      const reference = body.idempotency_key;
      return answer(200, { success: true, reference, amount: 3150, currency: "JPY" });
    }
    const secret = `ch_${"A".repeat(22)}_secret_${asked.length}`;
    answer(201, { id: "ch_1", client_secret: secret, url: `${origin}/challenge/${secret}` });
  });
  await new Promise((resolve) => server.listen(0, "localhost", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://localhost:${port}`;

  /**
   * An attestation, good unless a test changes something of it.
   * @param {string} merchant
   * @param {string} order
   * @param {Attestation} [change]
   */
  async function attest(merchant, order, change = {}) {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: origin, aud: merchant, sub: "ch_1", jti: `jti-${order}`, iat: now, exp: now + 300 },
      ...{ amount: 3150, currency: "JPY", card_last4: "1234", reference: order, channel: "email" },
      ...change.claims?.(now),
    };
    const header = { alg: "ES256", typ: "warifu-attestation+jwt", kid, ...change.header };
    const key = change.stranger ? other.privateKey : own.privateKey;
    const good = await new SignJWT(claims).setProtectedHeader(header).sign(key);
    return change.spoil ? change.spoil(good, jwk) : good;
  }

  return {
    origin,
    asked,
    fates,
    attest,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve(undefined));
      }),
  };
}

/**
 * @typedef {object} Attestation
 * @property {(now: number) => Record<string, unknown>} [claims] over the good ones
 * @property {Record<string, string | undefined>} [header] over the good one
 * @property {boolean} [stranger] whether another key signs it, of the same name
 * @property {(good: string, jwk: import("jose").JWK) => string} [spoil]
 */

/** The same text with another header. @param {string} token @param {Record<string, unknown>} header */
export function reheaded(token, header) {
  const [, claims, signature] = token.split(".");
  return [base64url.encode(JSON.stringify(header)), claims, signature].join(".");
}
