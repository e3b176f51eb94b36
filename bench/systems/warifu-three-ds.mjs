// Warifu as an access control server of EMV 3-D Secure: a directory server asks, a browser comes with a
// CReq, and the directory server is told the result before the browser has its last page.
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { Response } from "miniflare";
import {
  encode,
  makeAReq,
  makeCReq,
  makeRRes,
  plainBrowser,
} from "../../examples/three-ds/messages.mjs";
import { makeGateway } from "../lib/gateway.mjs";
import { expectStatus, send } from "../lib/http.mjs";
import { root } from "../../scripts/lib/paths.mjs";
import { startWorker } from "../lib/workerd.mjs";
import { CODE } from "./system.mjs";
import { host, optionsOf, settings } from "./warifu.mjs";

const results = "https://ds.example/results";
const cardKey = randomBytes(32);
const directoryServerKey = randomBytes(24).toString("hex");

const threeDs = {
  DIRECTORY_SERVERS: JSON.stringify([
    {
      id: "ds",
      versions: ["2.2.0"],
      results_origins: [new URL(results).origin],
      acs_reference_number: "BENCH_ACS_0001",
      eci: { authenticated: "05" },
      authentication_value: "hmac",
    },
  ]),
  DIRECTORY_SERVER_KEYS: `ds:${directoryServerKey}`,
  CARD_KEYS: `c1:${cardKey.toString("base64url")}`,
  AV_KEYS: `1:${randomBytes(32).toString("base64url")}`,
};

/**
 * @param {import("./system.mjs").StartOptions} [options]
 * @returns {Promise<import("./system.mjs").System>}
 */
export async function start({ folder = root, wrap } = {}) {
  const gateway = makeGateway();
  const options = optionsOf(resolve(folder), true);
  const worker = await startWorker({
    options: { ...options, bindings: { ...options.bindings, ...threeDs } },
    async outbound(request) {
      if (request.url !== results) return gateway.outbound(request);
      return Response.json(makeRRes(JSON.parse(await request.text())));
    },
    wrap,
  });
  const { origin } = worker;
  const issuer = { authorization: `Bearer ${settings.ISSUER_KEY}`, ...host };

  let cardholders = 0;
  return {
    name: "Warifu behind a directory server",
    worker,
    steps: ["areq", "creq", "show", CODE, "verify", "end"],
    health: "/healthz",
    async newcomer() {
      const card = cardOf(++cardholders);
      const path = `/v1/cardholders/${card}`;
      const json = { email: `${card}@mail.jp`, personal_message: "ハワイ大好き", channel: "email" };
      expectStatus(await send(origin, "PUT", path, { headers: issuer, json }), 201);
      const registered = `${path}/cards/${digestOf(card)}`;
      expectStatus(await send(origin, "PUT", registered, { headers: issuer }), 204);
      return card;
    },
    begin: async (card) => begin({ origin, gateway }, card),
  };
}

/** @param {number} number */
const cardOf = (number) => `4${String(number).padStart(15, "0")}`;

/** As docs/three-ds.md has it. @param {string} card */
function digestOf(card) {
  const mac = createHmac("sha256", cardKey);
  for (const part of ["warifu/card/v1", card]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    mac.update(length).update(part);
  }
  return mac.digest("hex");
}

/**
 * @param {{ origin: string, gateway: import("../lib/gateway.mjs").Gateway }} at
 * @param {string} card
 * @returns {import("./system.mjs").Flow}
 */
function begin({ origin, gateway }, card) {
  const code = gateway.nextCode(`${card}@mail.jp`);
  /** @type {Record<string, any>} */
  let ares = {};
  let form = "";

  /** @param {string} code @returns {Promise<import("./system.mjs").Attempt>} */
  const submit = async (code) => {
    const call = { headers: host, json: { code } };
    const { status, text } = await send(origin, "POST", `${form}/verify`, call);
    if (status === 200) return { outcome: "right", redeem: async () => true };
    const outcome = JSON.parse(text).code === "wrong_code" ? "wrong" : "refused";
    return { outcome, redeem: async () => false };
  };
  return {
    run: {
      async areq() {
        const headers = { authorization: `Bearer ${directoryServerKey}`, ...host };
        const answer = await send(origin, "POST", "/3ds/areq", { headers, json: areqOf(card) });
        ares = JSON.parse(expectStatus(answer).text);
        if (ares.transStatus !== "C") throw new Error(`no challenge: ${answer.text}`);
      },
      async creq() {
        const call = { headers: host, form: { creq: encode(makeCReq(ares, "02")) } };
        const answer = expectStatus(await send(origin, "POST", "/3ds/challenge", call), 303);
        form = String(answer.headers.location);
      },
      async show() {
        expectStatus(await send(origin, "GET", form, { headers: host }));
      },
      async [CODE]() {
        await code();
      },
      async verify() {
        const { outcome } = await submit(await code());
        if (outcome !== "right") throw new Error("the code was refused");
      },
      async end() {
        const { text } = expectStatus(await send(origin, "GET", `${form}/end`, { headers: host }));
        if (!/name="?cres"?/.test(text)) throw new Error("this is no last page");
      },
    },
    code,
    submit,
  };
}

/** What a directory server makes of a 3DS Server's message. @param {string} card */
const areqOf = (card) => ({
  ...makeAReq({
    version: "2.2.0",
    category: "01",
    card,
    notificationUrl: "https://shop.example/notify",
    browser: plainBrowser,
    languages: ["ja"],
    merchantName: "●●shop",
    purchase: { amount: "3150", currency: "392", exponent: "0", at: new Date() },
  }),
  dsTransID: randomUUID(),
  dsReferenceNumber: "BENCH_DS_0001",
  dsURL: results,
});
