// A Worker that directory servers ask, and whoever takes part: a directory server, cardholders with
// cards, and a browser without script.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after } from "node:test";
import { startDirectoryServer } from "../../../examples/three-ds/directory-server.mjs";
import { assertStatus, client } from "../api.mjs";
import { eventually, issuerKey, registerCardholder, wrongCode } from "../demo.mjs";
import {
  addCard,
  areq as postAReq,
  encode,
  makeCReq,
  postCReq,
  secretOf,
  settingsOf,
} from "../three-ds.mjs";
import { quietPort, startWorker } from "../worker.mjs";
import { aresOf, nonPayment, payment } from "./messages.mjs";
import { isFinal } from "./pages.mjs";

/**
 * @typedef {import("../api.mjs").Answer} Answer
 * @typedef {import("../demo.mjs").Cardholder} Cardholder
 * @typedef {import("./messages.mjs").Message} Message
 * @typedef {import("./messages.mjs").Version} Version
 *
 * @typedef {object} Transaction one that was answered with a challenge
 * @property {Message} areq
 * @property {Message} ares
 * @property {Cardholder} cardholder
 *
 * @typedef {Transaction & { secret: string, form: Answer, code: string }} Shown one whose form is shown
 * @typedef {Awaited<ReturnType<typeof startThreeDs>>} Bench
 */

/** The fingerprint of the certificate that the directory server `scheme` shows. */
export const fingerprint = "acf77cf37b4156a2708e34c4eb755f9b5dbbe5ebb55adfec8f11493438d19e6a";

/** Members of DIRECTORY_SERVERS, by id: one with everything that can be said, and one with the least. */
const scheme = {
  reference_numbers: ["DEMO_DS_0001"],
  certificates: [fingerprint],
  acs_operator_id: "TEST_OPERATOR_1",
  challenge_mandated: true,
};
const bare = {
  versions: ["2.2.0"],
  acs_reference_number: "TEST_ACS_0002",
  eci: {},
  authentication_value: "none",
};

/**
 * @param {object} [given]
 * @param {Record<string, Message>} [given.more] further directory servers by id, with what is not usual
 *   of them
 * @param {import("../worker.mjs").WorkerOptions} [given.options]
 */
export async function startThreeDs({ more = {}, options } = {}) {
  const all = /** @type {Record<string, Message>} */ ({ scheme, bare, ...more });
  const ids = Object.keys(all);
  const keys = Object.fromEntries(ids.map((id) => [id, randomBytes(24).toString("hex")]));
  const port = await quietPort();
  const origin = `http://127.0.0.1:${port}`;
  const each = ids.map((id) => settingsOf({ origin, key: keys[id], more: { id, ...all[id] } }));
  const settings = {
    ...each[0],
    DIRECTORY_SERVERS: JSON.stringify(
      each.flatMap(({ DIRECTORY_SERVERS: one }) => JSON.parse(one)),
    ),
    DIRECTORY_SERVER_KEYS: ids.map((id) => `${id}:${keys[id]}`).join(","),
  };
  const worker = await startWorker({ ...options, vars: { ...settings, ...options?.vars } });
  after(() => worker.stop());
  const directory = await startDirectoryServer({ acs: worker.origin, key: keys.scheme, port });
  after(() => directory.stop());
  const api = client(worker.origin);

  /**
   * Posts a message, or any other body, as a directory server does.
   * @param {Message | string} message
   * @param {object} [by]
   * @param {string} [by.id] of the directory server
   * @param {string | null} [by.key]
   * @param {string} [by.type]
   * @param {Record<string, string>} [by.headers]
   */
  const ask = (message, { id = "scheme", key = keys[id], type, headers } = {}) =>
    postAReq(worker, message, { key: key ?? undefined, type, headers });

  /**
   * An AReq for a card that is registered, and its ARes, which asks for a challenge.
   * @param {object} [given]
   * @param {Version} [given.version]
   * @param {boolean} [given.pays]
   * @param {Cardholder} [given.cardholder]
   * @param {"email" | "sms"} [given.channel]
   * @param {Message} [given.changes]
   * @param {string} [given.id] of the directory server
   * @returns {Promise<Transaction>}
   */
  async function begin(given = {}) {
    const { version = "2.2.0", pays = true, channel, changes, id } = given;
    const areq = (pays ? payment : nonPayment)(version, changes);
    const cardholder = given.cardholder ?? (await registerCardholder(api, { channel }));
    await addCard(api, cardholder, areq.acctNumber);
    const { body: ares, text } = assertStatus(await ask(areq, { id }));
    assert.equal(ares.transStatus, "C", text);
    return { areq, ares, cardholder };
  }

  /**
   * Posts a transaction's CReq as a browser does.
   * @param {Transaction} transaction
   * @param {object} [given]
   * @param {Message} [given.changes] an element that is undefined is left out
   * @param {string} [given.session] threeDSSessionData
   */
  const request = ({ ares }, { changes = {}, session } = {}) =>
    postCReq(worker, ares, { creq: encode({ ...makeCReq(ares, "02"), ...changes }), session });

  /** What was sent to a cardholder, newest first. @param {Cardholder} cardholder */
  const sent = async ({ email, phone }) =>
    (await api.outbox()).filter(({ to, code }) => code && [email, phone].includes(to));

  /**
   * A transaction whose form is shown, and the code that was sent.
   * @param {Transaction} transaction
   * @param {Parameters<typeof request>[1]} [given]
   * @returns {Promise<Shown>}
   */
  async function show(transaction, given) {
    const before = (await sent(transaction.cardholder)).length;
    const answer = assertStatus(await request(transaction, given), 303);
    const secret = secretOf(answer.headers.get("location") ?? "");
    const form = assertStatus(await page({ secret }));
    const [{ code }] = await eventually(
      () => sent(transaction.cardholder),
      ({ length }) => length > before,
    );
    return { ...transaction, secret, form, code };
  }

  /**
   * The page at the form's address, or below it.
   * @param {{ secret: string }} shown
   * @param {string} [path]
   */
  const page = ({ secret }, path = "") => api.get(`/challenge/${secret}${path}`);

  /**
   * Posts the form as a browser without script does.
   * @param {{ secret: string }} shown
   * @param {"verify" | "resend" | "cancel"} action
   * @param {Record<string, string>} [form]
   * @param {Record<string, string>} [headers]
   */
  const submit = ({ secret }, action, form = {}, headers = {}) =>
    api.post(`/challenge/${secret}/${action}`, { form, headers });

  /**
   * The challenges of a cardholder as the issuer sees them, newest first.
   * @param {{ id: string }} cardholder
   * @returns {Promise<any[]>}
   */
  async function challenges({ id }) {
    const path = `/v1/cardholders/${id}/challenges`;
    return assertStatus(await api.get(path, { key: issuerKey() })).body.challenges;
  }

  /**
   * Types a code as the form's script does.
   * @param {{ secret: string }} shown
   * @param {string} code
   * @param {Record<string, string>} [headers]
   */
  const verify = ({ secret }, code, headers) =>
    api.post(`/challenge/${secret}/verify`, { json: { code }, headers });

  return {
    ...{
      worker,
      api,
      directory,
      settings,
      keys,
      ask,
      begin,
      request,
      sent,
      show,
      page,
      submit,
      verify,
      challenges,
    },

    /** @param {Parameters<typeof begin>[0]} [given] */
    begun: async (given) => show(await begin(given)),

    /**
     * Holds that an AReq is answered without a challenge, and that nothing is said but why.
     * @param {Message} areq
     * @param {string} said status and reason
     * @param {Message} [more]
     */
    async answered(areq, said, more = {}) {
      const { body, text } = assertStatus(await ask(areq));
      const [transStatus, transStatusReason] = said.split(" ");
      const reason = transStatusReason ? { transStatusReason } : {};
      assert.deepEqual(body, { ...aresOf(areq, body), transStatus, ...reason, ...more }, text);
    },

    /** @param {{ secret: string, code: string }} shown */
    enterCode: (shown) => submit(shown, "verify", { code: shown.code }),

    /** Types wrong codes until the challenge ends; the last answer. @param {Shown} shown */
    async useUpTries(shown) {
      for (let n = 1; n <= 10; n++) {
        const answer = await submit(shown, "verify", { code: wrongCode(shown.code, n) });
        if (isFinal(answer)) return answer;
      }
      throw new Error("ten wrong codes did not end the challenge");
    },

    /**
     * Waits until a transaction has so many results, and holds that these are all so far, and the same
     * to the byte.
     * @param {{ areq: Message }} transaction
     * @param {number} [count]
     */
    async told({ areq: { dsTransID } }, count = 1) {
      await directory.until(dsTransID, "RReq", count);
      const came = directory.of(dsTransID, "RReq").map(({ text }) => text);
      assert.equal(came.length, count, came.join("\n"));
      assert.deepEqual(new Set(came), new Set(came.slice(0, 1)));
      return /** @type {Message} */ (JSON.parse(came[0]));
    },

    /**
     * Moves the clock. Objects that are asked get to know it, and hand out what is due.
     * @param {number} seconds
     * @param {...{ cardholder: Cardholder }} transactions whose objects are asked
     */
    async pass(seconds, ...transactions) {
      await api.advance(seconds);
      for (const { cardholder } of transactions) await challenges(cardholder);
    },
  };
}
