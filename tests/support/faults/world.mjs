// A Worker whose bindings fail as planned, and whoever takes part: merchants and issuer with receivers of
// events, cardholders, a directory server. What a step begins with is made here, and what a purchase comes
// to is held here.
import assert from "node:assert/strict";
import { assertProblem, assertStatus } from "../api.mjs";
import {
  createChallenge,
  eventually,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  uniqueId,
} from "../demo.mjs";
import { doublesOf } from "../doubles.mjs";
import { confirmed, createSession } from "../enrollment.mjs";
import { registerEndpoint, startReceiver } from "../events.mjs";
import { startThreeDs } from "../three-ds/bench.mjs";

/**
 * @typedef {Awaited<ReturnType<typeof startWorld>>} World
 * @typedef {import("../api.mjs").Answer} Answer
 * @typedef {import("../demo.mjs").Challenge} Challenge
 */

/** @param {import("../worker.mjs").WorkerOptions} [options] */
export async function startWorld(options = {}) {
  const [issuer, shop] = [await startReceiver(), await startReceiver()];
  const bench = await startThreeDs({
    options: {
      doubles: {},
      alarms: true,
      ...options,
      vars: {
        ISSUER_EVENTS_URL: issuer.url,
        ISSUER_EVENTS_SECRETS: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
        ...options.vars,
      },
    },
  });
  const { api, worker } = bench;
  const doubles = doublesOf(worker.origin);
  /** Challenges that ended, and with which event. @type {[Challenge, string][]} */
  const ended = [];

  /** A merchant with a receiver. */
  async function merchant() {
    const registered = await registerMerchant(api);
    await registerEndpoint(api, registered, shop.url);
    return registered;
  }
  const parties = async () => ({
    merchant: await merchant(),
    cardholder: await registerCardholder(api),
  });
  const presented = async () => presentedChallenge(api, await parties());

  /**
   * Redeems a verified challenge, and holds that it can be done once.
   * @param {Challenge} challenge
   * @param {string} response
   * @param {string} [idempotency_key] under which it may have been redeemed before
   */
  async function redeemedOnce({ id, merchant: { key: secret } }, response, idempotency_key) {
    const body = { secret, response, idempotency_key };
    const redeemed = assertStatus(await api.siteverify(body)).body;
    assert.deepEqual([redeemed.success, redeemed.challenge], [true, id], JSON.stringify(redeemed));
    const again = await api.siteverify({ ...body, idempotency_key: uniqueId("another") });
    assert.deepEqual(again.body["error-codes"], ["timeout-or-duplicate"]);
  }

  return {
    ...{ api, worker, doubles, bench, issuer, shop, ended },
    ...{ parties, merchant, presented, redeemedOnce },
    created: async () => createChallenge(api, await parties()),
    /** @param {Challenge} challenge @param {string} response */
    redeem: ({ merchant: { key: secret } }, response) => api.siteverify({ secret, response }),

    async verified() {
      const challenge = await presented();
      const answer = assertStatus(await api.verify(challenge.secret, challenge.code));
      ended.push([challenge, "challenge.verified"]);
      return { ...challenge, attestation: /** @type {string} */ (answer.body.attestation) };
    },

    /** A session of a cardholder, at the step that says what would change. */
    async session() {
      const cardholder = await registerCardholder(api);
      const session = await createSession(api, cardholder);
      const { form } = await confirmed(api, session, "sms");
      return { cardholder, session, form };
    },

    /**
     * Holds that a challenge whose form was shown can be verified and redeemed, once.
     * @param {Challenge & { answerLost?: boolean }} challenge where the object ordered a send and its
     *   answer was lost, nobody carried the message: another one is asked for
     * @param {number} [wrong] how many wrong codes were compared
     */
    async completes(challenge, wrong = 0) {
      const { sends, tries } = await readChallenge(api, challenge);
      assert.equal(tries, wrong, "no try is counted twice, and none is given back");
      let sent = await api.outbox(challenge.id);
      if (challenge.answerLost && sent.length === sends - 1) {
        await api.advance(31);
        assertStatus(await api.resend(challenge.secret));
        await doubles.quiet();
        sent = await api.outbox(challenge.id);
      } else {
        assert.equal(sent.length, sends, "each send is carried once");
      }
      const verified = assertStatus(await api.verify(challenge.secret, sent[0].code));
      ended.push([challenge, "challenge.verified"]);
      await redeemedOnce(challenge, verified.body.attestation);
      assert.equal((await readChallenge(api, challenge)).tries, wrong + 1);
    },

    /**
     * Holds that a challenge has ended so, and notes it for `told`.
     * @param {Challenge} challenge
     * @param {"canceled" | "verified"} status
     */
    async isEnded(challenge, status) {
      assert.equal((await readChallenge(api, challenge)).status, status);
      assertProblem(await api.verify(challenge.secret, "000000"), 409, `challenge_${status}`);
      ended.push([challenge, `challenge.${status}`]);
    },

    /** Holds that merchant and issuer were told of every end: once, or again with the same id and body. */
    async told() {
      // What was handed out and not told is handed out again a minute later.
      await api.advance(61);
      for (const [challenge] of ended) await readChallenge(api, challenge);
      for (const [challenge, type] of ended) {
        for (const receiver of [shop, issuer]) {
          const of = () => receiver.about(challenge).filter(({ event }) => event.type === type);
          const posts = await eventually(
            async () => of(),
            ({ length }) => length > 0,
          );
          const said = new Set(posts.map(({ headers, body }) => headers["webhook-id"] + body));
          assert.equal(said.size, 1, [...said].join("\n"));
          const others = receiver.about(challenge).map(({ event }) => event.type);
          assert.deepEqual(
            others.filter(
              (other) => /\.(verified|failed|expired|canceled)$/.test(other) && other !== type,
            ),
            [],
          );
        }
      }
    },
  };
}

/** The headers of a browser that opens a page. */
export const browser = { accept: "text/html", "accept-language": "en" };
