// A Worker whose messages go to providers on this machine, and what it notes of each.
import assert from "node:assert/strict";
import { after } from "node:test";
import { assertStatus, client } from "./api.mjs";
import { createChallenge, eventually, registerCardholder } from "./demo.mjs";
import { startProvider } from "./providers.mjs";
import { startWorker } from "./worker.mjs";

/**
 * @typedef {import("./api.mjs").Api} Api
 * @typedef {import("./demo.mjs").Challenge} Challenge
 * @typedef {import("./providers.mjs").ProviderServer} Server
 * @typedef {Record<string, string>} Vars
 */

/** The Worker's settings for an account of each provider. @type {Record<string, (server: Server) => Vars>} */
const accounts = {
  twilio: ({ settings }) => ({
    TWILIO_ACCOUNT_SID: settings.accountSid,
    TWILIO_AUTH_TOKEN: settings.authToken,
    TWILIO_FROM: settings.from,
  }),
  vonage: ({ settings }) => ({
    VONAGE_API_KEY: settings.apiKey,
    VONAGE_API_SECRET: settings.apiSecret,
    VONAGE_FROM: settings.from,
  }),
  sns: (server) => ({ ...aws(server), SNS_SENDER_ID: server.settings.senderId }),
  ses: (server) => ({ ...aws(server), SES_CONFIGURATION_SET: server.settings.configurationSet }),
  sendgrid: ({ settings }) => ({ SENDGRID_API_KEY: settings.apiKey }),
  resend: ({ settings }) => ({ RESEND_API_KEY: settings.apiKey }),
  webhook: ({ origin, settings }) => ({
    COURIER_WEBHOOK_URL: origin + settings.path,
    COURIER_WEBHOOK_SECRETS: settings.secrets,
  }),
};

/** @param {Server} server @returns {Vars} */
const aws = ({ settings }) => ({
  AWS_REGION: settings.region,
  AWS_ACCESS_KEY_ID: settings.accessKeyId,
  AWS_SECRET_ACCESS_KEY: settings.secretAccessKey,
});

/**
 * @param {Server[]} servers
 * @param {{ name: string, origin: string }[]} [others] that stand for somebody of a provider
 * @returns {Vars}
 */
export function settingsOf(servers, others = []) {
  const placed = [...servers.filter(({ name }) => name !== "webhook"), ...others];
  const origins = placed.map(({ name, origin }) => `${name}=${origin}`).join();
  const vars = Object.assign({}, ...servers.map((server) => accounts[server.name](server)));
  return origins === "" ? vars : { ...vars, PROVIDER_ORIGINS: origins };
}

/**
 * Starts the providers of both lists and a Worker that knows them; all end with the test file.
 * @param {object} given
 * @param {string[]} [given.email]
 * @param {string[]} [given.sms]
 * @param {Vars} [given.vars]
 * @param {{ name: string, origin: string }[]} [given.others] that stand for somebody of a provider
 * @param {(toml: string) => string} [given.edit] of wrangler.toml
 * @param {boolean} [given.alarms] see startWorker
 */
export async function startCouriers(given) {
  const { email = [], sms = [], vars = {}, others = [], edit, alarms } = given;
  const names = [...new Set([...email, ...sms])].filter((name) => name !== "cloudflare");
  const servers = await Promise.all(names.map((name) => startProvider(name)));
  after(() => Promise.all(servers.map((server) => server.stop())));
  const lists = { EMAIL_COURIER: email.join() || "none", SMS_COURIER: sms.join() || "none" };
  const settings = { ...lists, ...settingsOf(servers, others), ...vars };
  const worker = await startWorker({ edit, alarms, vars: settings });
  after(() => worker.stop());
  const providers = Object.fromEntries(servers.map((server) => [server.name, server]));
  return { worker, providers, ...bench(worker) };
}

/** @param {import("./worker.mjs").TestWorker} worker */
export function bench(worker) {
  const api = client(worker.origin);

  /** Lines of the log about a challenge. @param {string} challenge */
  const lines = (challenge) =>
    worker
      .output()
      .split("\n")
      .filter((line) => line.includes(`"challenge":"${challenge}"`))
      .map((line) => /** @type {Vars} */ (JSON.parse(line.slice(line.indexOf("{")))));

  /**
   * The line that says what became of the n-th delivery, and those of the attempts before it.
   * @param {Challenge} challenge
   * @param {number} [delivery]
   */
  async function outcome({ id }, delivery = 1) {
    const isEnd = (/** @type {Vars} */ { event }) =>
      /^code_(sent|not_sent|unconfirmed)$/.test(event);
    const all = await eventually(
      async () => lines(id).filter((line) => line.delivery === String(delivery)),
      (noted) => noted.some(isEnd),
    );
    const [end] = all.filter(isEnd);
    const failed = all.filter(({ event }) => event === "provider_failed");
    return { end, failed };
  }

  return {
    api,
    lines,
    outcome,
    /**
     * Opens the form of a new challenge, and says what became of its first code.
     * @param {"email" | "sms"} channel
     * @param {{ merchant?: import("./demo.mjs").Merchant, email?: string }} [given]
     */
    async send(channel, { merchant, ...facts } = {}) {
      const cardholder = await registerCardholder(api, { channel, ...facts });
      const challenge = await createChallenge(api, { merchant, cardholder });
      assertStatus(await api.present(challenge.secret));
      return { challenge, cardholder, ...(await outcome(challenge)) };
    },
  };
}

/**
 * The code that a message carries.
 * @param {string} text
 */
export function codeIn(text) {
  const codes = text.match(/(?<!\d)\d{6}(?!\d)/g) ?? [];
  assert.equal(codes.length, 1, text);
  return codes[0] ?? "";
}
