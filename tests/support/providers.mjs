// Providers of mail and SMS, each a server of its own on this machine that speaks its provider's
// HTTP API and takes nothing that the provider would not. A test says what a request meets; the
// checks come first, whatever it meets.
import { createServer } from "node:http";
import { Refused } from "./providers/asked.mjs";
import { resend } from "./providers/resend.mjs";
import { sendgrid } from "./providers/sendgrid.mjs";
import { ses } from "./providers/ses.mjs";
import { sns } from "./providers/sns.mjs";
import { twilio } from "./providers/twilio.mjs";
import { vonage } from "./providers/vonage.mjs";
import { webhook } from "./providers/webhook.mjs";

/**
 * @typedef {import("./providers/asked.mjs").Answer} Answer
 * @typedef {import("./providers/asked.mjs").Asked} Asked
 * @typedef {import("./providers/asked.mjs").Failure} Failure
 * @typedef {import("./providers/asked.mjs").Provider} Provider
 * @typedef {import("./providers/asked.mjs").Settings} Settings
 * @typedef {import("./providers/asked.mjs").Taken} Taken
 *
 * @typedef {object} Fate what a request meets
 * @property {number} [slow] milliseconds until the answer
 * @property {() => Promise<unknown>} [before] the message is taken only after that, though whoever
 *   asked may have gone
 * @property {() => Promise<unknown>} [hold] called once the message is taken; the answer waits for it
 * @property {Failure} [fail] not taken, in the provider's words
 * @property {number} [status] of that failure, instead of its usual one
 * @property {number | string} [retryAfter] its Retry-After
 * @property {"before" | "after" | "reset"} [drop] the connection: closed before or after the message
 *   was taken, or reset after it
 * @property {Answer} [gateway] of a gateway in front of the provider, which has taken the message
 * @property {Answer} [raw] instead of the provider's answer; the message is not taken
 *
 * @typedef {Taken & { id: string, at: number, asked: Asked }} Received
 */

/** @type {Record<string, Provider>} */
const providers = { resend, sendgrid, ses, sns, twilio, vonage, webhook };

/** Who of them carries a channel. */
export const carriers = {
  email: ["ses", "sendgrid", "resend", "webhook"],
  sms: ["twilio", "vonage", "sns", "webhook"],
};

/** @typedef {Awaited<ReturnType<typeof startProvider>>} ProviderServer */

/**
 * Starts a provider, with an account of its own unless the test brings one.
 * @param {string} name
 * @param {Settings} [account] over the provider's test account
 * @param {() => number} [now]
 */
export async function startProvider(name, account = {}, now = Date.now) {
  const provider = providers[name];
  if (!provider) throw new Error(`there is no provider ${name}`);
  const settings = { ...provider.settings, ...account };
  /** @type {Received[]} */
  const received = [];
  /** @type {string[]} */
  const faults = [];
  /** @type {Fate[]} */
  const coming = [];
  /** @type {Fate} */
  let usual = {};
  let asks = 0;
  /** @type {(taken: Taken, fate: Fate) => void} */
  let understood = () => {};
  /** @type {Map<string, { body: string, answer: Answer }>} */
  const answered = new Map();

  /**
   * @param {Asked} asked
   * @param {Fate} fate
   * @returns {Answer | null} null drops the connection
   */
  function meet(asked, fate) {
    const taken = provider.read(asked, settings, now());
    understood(taken, fate);
    if (fate.drop === "before") return null;
    if (fate.raw) return fate.raw;
    if (fate.fail) return failure(provider, fate.fail, fate);
    const before = taken.once === null ? undefined : answered.get(taken.once);
    const body = asked.body.toString("latin1");
    if (before && before.body !== body) {
      throw new Refused(409, "invalid_idempotent_request", "the key is another body's");
    }
    if (before) return before.answer;
    const { id, ...answer } = provider.accept(taken);
    received.push({ ...taken, id, at: now(), asked });
    if (taken.once !== null) answered.set(taken.once, { body, answer });
    if (fate.drop) return null;
    return fate.gateway ?? answer;
  }

  const server = createServer(async (request, response) => {
    asks++;
    const fate = coming.shift() ?? usual;
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // Whoever asked has gone before the request was whole.
    }
    const [path, query = ""] = (request.url ?? "").split(/\?(.*)/s);
    /** @type {[string, string][]} */
    const headers = [];
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      headers.push([request.rawHeaders[index].toLowerCase(), request.rawHeaders[index + 1]]);
    }
    const asked = {
      method: request.method ?? "",
      path,
      query,
      headers,
      body: Buffer.concat(chunks),
    };
    let answer;
    if (fate.before) await fate.before();
    try {
      answer = meet(asked, fate);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      faults.push(`${name}: ${error.message}`);
      answer = provider.refuse(error);
    }
    if (fate.slow) await new Promise((resolve) => setTimeout(resolve, fate.slow).unref());
    if (fate.hold) await fate.hold();
    if (!answer && fate.drop === "reset") return void request.socket.resetAndDestroy();
    if (!answer) return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

  return {
    name,
    origin: `http://127.0.0.1:${port}`,
    settings,
    /** What was taken, oldest first. */
    received,
    /** What the checks refused. A test that sends nothing wrong on purpose finds none. */
    faults,
    /** How many requests came, taken or not. */
    asks: () => asks,
    /** Told of each message that it understands, and what the request meets. @param {typeof understood} told */
    hears: (told) => void (understood = told),
    /** What the next requests meet, one each. @param {Fate[]} fates */
    next: (...fates) => void coming.push(...fates),
    /** What every other request meets. @param {Fate} fate */
    always: (fate) => void (usual = fate),
    stop: () =>
      new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/**
 * @param {Provider} provider
 * @param {Failure} kind
 * @param {Fate} fate
 */
function failure(provider, kind, fate) {
  const [status, code, message] = provider.failures[kind];
  const answer = provider.refuse(new Refused(fate.status ?? status, code, message));
  if (fate.retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, "retry-after": String(fate.retryAfter) } };
}
