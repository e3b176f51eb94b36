// Warifu as production runs it, from a checkout that is built: its wrangler.toml, worker/ and
// dist/assets/. Codes go to the gateway by the courier `webhook`, after the answer that shows the form.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { modulesOf } from "../../scripts/lib/modules.mjs";
import { paths, root } from "../../scripts/lib/paths.mjs";
import { gatewayUrl, makeGateway } from "../lib/gateway.mjs";
import { expectStatus, send } from "../lib/http.mjs";
import { startWorker } from "../lib/workerd.mjs";
import { CODE } from "./system.mjs";

/** What every build shares. @type {Record<string, string>} */
export const settings = {
  .../** @type {Record<string, string>} */ (parseEnv(readFileSync(paths.devVars, "utf8"))),
  EMAIL_COURIER: "webhook",
  COURIER_WEBHOOK_URL: gatewayUrl,
  COURIER_WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString("base64")}`,
  // Each cardholder is new to the merchant. With the default of 20, the 21st create of those that are
  // under way at once is refused.
  UNKNOWN_CARDHOLDERS_PER_HOUR: "1000",
};

/** The merchant at whom all buy. */
const MERCHANT = "/v1/merchants/shop";

/**
 * @param {import("./system.mjs").StartOptions} [options]
 * @returns {Promise<import("./system.mjs").System>}
 */
export async function start({ name, folder = root, events = true, wrap } = {}) {
  const gateway = makeGateway();
  const options = optionsOf(resolve(folder), events);
  const worker = await startWorker({ options, outbound: gateway.outbound, wrap });
  const { origin } = worker;
  const issuer = bearer(settings.ISSUER_KEY);

  /** @param {string} method @param {string} path @param {object} [json] */
  const register = async (method, path, json) => {
    const answer = await send(origin, method, path, { headers: issuer, json });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text);
  };
  await register("PUT", MERCHANT, { name: "●●shop", origins: ["https://shop.example"] });
  if (events) {
    await register("PUT", `${MERCHANT}/event-endpoint`, { url: "https://shop.example/events" });
  }
  const { key } = await register("POST", `${MERCHANT}/keys`);

  let cardholders = 0;
  return {
    name: name ?? (events ? "Warifu" : "Warifu without events"),
    worker,
    steps: ["create", "show", CODE, "verify", "redeem"],
    health: "/healthz",
    async newcomer() {
      const id = `holder-${++cardholders}`;
      const json = { email: `${id}@mail.jp`, personal_message: "ハワイ大好き", channel: "email" };
      await register("PUT", `/v1/cardholders/${id}`, json);
      return id;
    },
    begin: async (who) => begin({ origin, key, gateway }, who),
    register,
    enroll: (who) => enroll(origin, who, register),
  };
}

/**
 * @param {{ origin: string, key: string, gateway: import("../lib/gateway.mjs").Gateway }} shop
 * @param {string} cardholder
 * @returns {import("./system.mjs").Flow}
 */
function begin({ origin, key, gateway }, cardholder) {
  let code = gateway.nextCode(`${cardholder}@mail.jp`);
  let form = "";
  /** @type {import("./system.mjs").Attempt | undefined} */
  let attempt;

  /** @param {string} attestation */
  const redeem = async (attestation) => {
    const json = { secret: key, response: attestation };
    const call = { headers: host, json };
    const answer = expectStatus(await send(origin, "POST", "/v1/siteverify", call));
    return JSON.parse(answer.text).success === true;
  };
  /** @param {string} code @returns {Promise<import("./system.mjs").Attempt>} */
  const submit = async (code) => {
    const call = { headers: host, json: { code } };
    const { status, text } = await send(origin, "POST", `${form}/verify`, call);
    const body = JSON.parse(text);
    if (status === 200) return { outcome: "right", redeem: () => redeem(body.attestation) };
    const outcome = body.code === "wrong_code" ? "wrong" : "refused";
    return { outcome, redeem: async () => false };
  };
  return {
    run: {
      async create() {
        const json = { cardholder, transaction };
        const call = { headers: bearer(key), json };
        const answer = expectStatus(await send(origin, "POST", "/v1/challenges", call), 201);
        form = `/challenge/${JSON.parse(answer.text).client_secret}`;
      },
      async show() {
        expectStatus(await send(origin, "GET", form, { headers: host }));
      },
      async [CODE]() {
        await code();
      },
      async verify() {
        attempt = await submit(await code());
        if (attempt.outcome !== "right") throw new Error("the code was refused");
      },
      async redeem() {
        if (!(await attempt?.redeem())) throw new Error("the attestation was refused");
      },
    },
    code: () => code(),
    submit,
    async resend() {
      code = gateway.nextCode(`${cardholder}@mail.jp`);
      expectStatus(await send(origin, "POST", `${form}/resend`, { headers: host, json: {} }));
      await code();
    },
    async look() {
      expectStatus(await send(origin, "GET", `${form}/delivery`, { headers: host }));
    },
  };
}

/**
 * An enrollment on its pages: the session, both pages, the change, and the last page.
 * @param {string} origin
 * @param {string} cardholder
 * @param {(method: string, path: string, json?: object) => Promise<any>} register
 */
async function enroll(origin, cardholder, register) {
  const session = await register("POST", `/v1/cardholders/${cardholder}/enrollment-sessions`);
  const { pathname } = new URL(session.url);
  const show = (/** @type {string} */ page) =>
    send(origin, "GET", pathname + page, { headers: host });
  expectStatus(await show(""));
  const { text } = expectStatus(await show("/confirm?channel=email"));
  const [, terms = ""] = /name="terms" value="([^"]*)"/.exec(text) ?? [];
  const headers = { ...host, origin: "null", "sec-fetch-site": "same-origin" };
  const form = { channel: "email", terms };
  expectStatus(await send(origin, "POST", `${pathname}/change`, { headers, form }), 303);
  expectStatus(await show("/done"));
}

/** The host of PUBLIC_ORIGIN in wrangler.toml: a deployment answers under no other. */
export const host = { host: "otp.example" };

/** What is bought. */
const transaction = {
  amount: 3150,
  currency: "JPY",
  purchased_at: "2026-02-13T00:00:00+09:00",
  card_last4: "1234",
  reference: "order-1",
};

/** @param {string} key */
const bearer = (key) => ({ authorization: `Bearer ${key}`, ...host });

/**
 * What wrangler makes of the production environment of a checkout.
 * @param {string} folder
 * @param {boolean} events
 * @returns {import("../lib/workerd.mjs").WorkerOptions}
 */
export function optionsOf(folder, events) {
  const config = unstable_readConfig({ config: join(folder, "wrangler.toml"), env: "" });
  const { workerOptions, main = "" } = unstable_getMiniflareWorkerOptions(config, "");
  const { modulesRules: _, bindings, ...others } = workerOptions;
  // All flows come from one address and to one merchant. The limits are asked, and refuse nobody.
  for (const { simple } of Object.values(others.ratelimits ?? {})) simple.limit = 1_000_000;
  const queues = events ? {} : { queueProducers: undefined, queueConsumers: undefined };
  return {
    rootPath: folder,
    ...others,
    ...queues,
    name: config.name,
    bindings: { .../** @type {object} */ (bindings), ...settings },
    modules: modulesOf(main, config.rules),
    modulesRoot: dirname(main),
  };
}
