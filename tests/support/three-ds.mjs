// A Worker behind a directory server: valid messages with what a test changes in them, and what came
// of them. The directory server is the simulator of examples/three-ds.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after } from "node:test";
import { cardDigest as digestOf } from "../../examples/card-digests/card-digests.mjs";
import { resultsPath, startDirectoryServer } from "../../examples/three-ds/directory-server.mjs";
import {
  decode,
  encode,
  makeAReq,
  makeCReq,
  plainBrowser,
  publicOrigin,
} from "../../examples/three-ds/messages.mjs";
import { client } from "./api.mjs";
import { issuerKey, registerCardholder } from "./demo.mjs";
import { quietPort, startWorker } from "./worker.mjs";

export { decode, encode, makeCReq, publicOrigin, resultsPath };

/**
 * @typedef {import("../../examples/three-ds/messages.mjs").Message} Message
 * @typedef {import("../../examples/three-ds/messages.mjs").Version} Version
 * @typedef {import("../../examples/three-ds/messages.mjs").Category} Category
 * @typedef {Awaited<ReturnType<typeof startDirectoryServer>>} DirectoryServer
 * @typedef {import("./api.mjs").Api} Api
 * @typedef {import("./demo.mjs").Cardholder} Cardholder
 * @typedef {{ origin: string }} Server
 */

/** @type {Version[]} */
export const versions = ["2.2.0", "2.3.1"];

/** The first key of CARD_KEYS and of AV_KEYS. */
export const cardKey = randomBytes(32);
export const valueKey = randomBytes(32);

/** @param {string} pan */
export const cardDigest = (pan, key = cardKey) => digestOf(key, pan);

/**
 * The authentication value of our own construction.
 * @param {{ dsTransID: string, eci: string }} of an RReq
 * @param {string} pan
 */
export function authenticationValue({ dsTransID, eci }, pan, index = 1) {
  const transaction = Buffer.from(dsTransID.replaceAll("-", ""), "hex");
  const card = Buffer.from(cardDigest(pan), "hex");
  const mac = createHmac("sha256", valueKey)
    .update(parts("warifu/authentication-value/v1", transaction, card, eci))
    .digest();
  return Buffer.concat([Buffer.from([1, index]), mac.subarray(0, 18)]).toString("base64");
}

/** Each with its length before it. @param {...(string | Buffer)} texts */
function parts(...texts) {
  return Buffer.concat(
    texts.map(Buffer.from).flatMap((text) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(text.length));
      return [length, text];
    }),
  );
}

/**
 * A test card that no other test has: 16 digits that begin as Visa's.
 * @returns {string}
 */
export const newCard = () =>
  `4${randomBytes(8).readBigUInt64BE().toString().padStart(20, "0").slice(-15)}`;

/**
 * The settings of a Worker that answers one directory server.
 * @param {{ origin: string, key: string, more?: Record<string, unknown> }} of where the directory server
 *   really listens, its bearer key, and members of DIRECTORY_SERVERS over the usual ones
 */
export const settingsOf = ({ origin, key, more = {} }) => ({
  DIRECTORY_SERVERS: JSON.stringify([
    {
      id: "ds",
      versions,
      results_origins: [publicOrigin],
      development_origin: origin,
      acs_reference_number: "TEST_ACS_0001",
      eci: { authenticated: "05", not_authenticated: "07" },
      authentication_value: "hmac",
      ...more,
    },
  ]),
  DIRECTORY_SERVER_KEYS: `ds:${key}`,
  CARD_KEYS: `c1:${cardKey.toString("base64url")}`,
  AV_KEYS: `1:${valueKey.toString("base64url")}`,
});

/**
 * A Worker and the directory server before it, for a whole test file.
 * @param {import("./worker.mjs").WorkerOptions & { directoryServer?: Record<string, unknown> }} [options]
 *   members of DIRECTORY_SERVERS, beside a Worker's options
 */
export async function startThreeDs({ directoryServer = {}, vars = {}, ...options } = {}) {
  const key = randomBytes(24).toString("hex");
  const port = await quietPort();
  const settings = settingsOf({ origin: `http://127.0.0.1:${port}`, key, more: directoryServer });
  const worker = await startWorker({ ...options, vars: { ...settings, ...vars } });
  after(() => worker.stop());
  const ds = await startDirectoryServer({ acs: worker.origin, key, port });
  after(() => ds.stop());
  const api = client(worker.origin);
  return {
    worker,
    api,
    ds,
    key,
    settings,

    /**
     * A cardholder with a card of their own.
     * @param {Parameters<typeof registerCardholder>[1]} [facts]
     */
    async cardholder(facts) {
      const [cardholder, card] = [await registerCardholder(api, facts), newCard()];
      await addCard(api, cardholder, card);
      return { ...cardholder, card };
    },

    /** @param {unknown} body an object, or text as it is */
    areq: (body) => areq(worker, body, { key }),

    /**
     * Has a challenge opened through the directory server, and holds that it was.
     * @param {Overrides & { version?: Version, category?: Category }} [message]
     */
    async challenge({ version, category, ...overrides } = {}) {
      const asked = { ...areqOf(version, category, overrides) };
      const { status, message: ares } = await ds.ask(asked);
      assert.equal(`${status} ${ares.transStatus}`, "200 C", JSON.stringify(ares));
      return { areq: asked, ares };
    },

    /**
     * Posts a CReq as a browser does, and returns the form's secret.
     * @param {Message} ares
     * @param {CReqPost} [given]
     */
    async request(ares, given) {
      const answer = await postCReq(worker, ares, given);
      assert.equal(answer.status, 303, answer.text);
      return secretOf(answer.headers.get("location") ?? "");
    },
  };
}

/** @param {Api} api @param {{ id: string }} cardholder @param {string} card */
export async function addCard(api, { id }, card) {
  const path = `/v1/cardholders/${id}/cards/${cardDigest(card)}`;
  const { status, text } = await api.send("PUT", path, { key: issuerKey() });
  assert.ok(status === 200 || status === 201 || status === 204, `${status} ${text}`);
}

/**
 * Elements over those of a valid AReq; undefined leaves one out.
 * @typedef {Record<string, unknown>} Overrides
 */

/**
 * A valid AReq as a directory server sends it: what must be there, and no more.
 * @param {Version} [version]
 * @param {Category} [category]
 * @param {Overrides} [overrides]
 * @returns {Message}
 */
export function areqOf(version = "2.2.0", category = "01", overrides = {}) {
  const made = makeAReq({
    version,
    category,
    card: "4111111111111111",
    notificationUrl: "https://shop.example/notification",
    browser: plainBrowser,
    languages: ["ja-JP", "en"],
    merchantName: "●●shop",
    purchase: {
      amount: "3150",
      currency: "392",
      exponent: "0",
      at: new Date("2023-02-12T15:00:00Z"),
    },
  });
  const message = {
    ...made,
    dsTransID: crypto.randomUUID(),
    dsReferenceNumber: "DEMO_DS_0001",
    dsURL: publicOrigin + resultsPath,
    ...overrides,
  };
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined));
}

/**
 * Posts an AReq, or what is taken for one.
 * @param {Server} worker
 * @param {unknown} body an object, or text as it is
 * @param {{ key?: string, type?: string, headers?: Record<string, string> }} [by]
 */
export const areq = (
  worker,
  body,
  { key, type = "application/json; charset=utf-8", headers } = {},
) =>
  post(`${worker.origin}/3ds/areq`, typeof body === "string" ? body : JSON.stringify(body), {
    "content-type": type,
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...headers,
  });

/**
 * @typedef {object} CReqPost
 * @property {string} [size] challengeWindowSize
 * @property {string} [session] threeDSSessionData
 * @property {Overrides} [overrides] of the CReq
 * @property {string} [creq] the field as it is
 * @property {string} [origin] of the requestor's page
 */

/**
 * Posts a CReq as a requestor's page has the browser do.
 * @param {Server} worker
 * @param {Message} ares
 * @param {CReqPost} [given]
 */
export function postCReq(worker, ares, given = {}) {
  const { size = "02", session, overrides = {}, origin = "https://shop.example" } = given;
  const { creq = encode({ ...makeCReq(ares, size), ...overrides }) } = given;
  const fields = new URLSearchParams({ creq });
  if (session !== undefined) fields.set("threeDSSessionData", session);
  return post(`${worker.origin}/3ds/challenge`, fields.toString(), {
    "content-type": "application/x-www-form-urlencoded",
    origin,
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "iframe",
  });
}

/**
 * @param {string} url
 * @param {string} body
 * @param {Record<string, string>} headers
 * @returns {Promise<import("./api.mjs").Answer>}
 */
async function post(url, body, headers) {
  const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual" });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json");
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: isJson ? JSON.parse(text) : null,
  };
}

/** The form's secret in an address. @param {string} address */
export function secretOf(address) {
  const [secret] = /ch_[\w-]{73,}/.exec(address) ?? [];
  assert.ok(secret, `no form's address: ${address}`);
  return secret;
}

/** The challenge's id, as the outbox has it. @param {string} secret */
export const challengeIdOf = (secret) => secret.slice(0, 25);

/**
 * What the final page posts, and where.
 * @param {string} html
 * @returns {{ action: string, fields: Record<string, string>, message: Message }}
 */
export function finalForm(html) {
  const form = /<form[^>]*>[^]*?<\/form>/.exec(html)?.[0];
  assert.ok(form, `no form in ${html}`);
  const tag = /<form[^>]*>/.exec(form)?.[0] ?? "";
  const inputs = [...form.matchAll(/<input[^>]*>/g)].map(([input]) => [
    attribute(input, "name"),
    attribute(input, "value"),
  ]);
  /** @type {Record<string, string>} */
  const fields = Object.fromEntries(inputs);
  const encoded = fields.cres ?? fields.erro;
  assert.ok(encoded, `neither cres nor erro in ${form}`);
  return { action: attribute(tag, "action"), fields, message: decode(encoded) };
}

/** @param {string} tag @param {string} name */
const attribute = (tag, name) =>
  (new RegExp(`\\s${name}="?([^"\\s>]*)`).exec(tag)?.[1] ?? "")
    .replaceAll(/&#(x?)([0-9a-f]+);/gi, (_, hex, digits) =>
      String.fromCodePoint(parseInt(digits, hex ? 16 : 10)),
    )
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
