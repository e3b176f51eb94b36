// Somebody who is told of events: a server on this machine that notes what comes and answers what
// the test says, and the independent reader of its signatures.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after } from "node:test";
import { Webhook } from "standardwebhooks";
import { assertStatus } from "./api.mjs";
import { misfit } from "./contract.mjs";
import { eventually, issuerKey } from "./demo.mjs";

/**
 * @typedef {import("./api.mjs").Api} Api
 * @typedef {import("./demo.mjs").Merchant} Merchant
 *
 * @typedef {object} Fate what a post meets
 * @property {number} [status] default 204
 * @property {Record<string, string>} [headers]
 * @property {number} [slow] milliseconds until the answer
 * @property {boolean} [drop] no answer
 * @property {boolean} [unheard] no answer, and it is not noted: as if it had never been posted
 *
 * @typedef {object} Post
 * @property {number} at when it came
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} body
 * @property {any} event the body, read but not verified
 */

/** @typedef {Awaited<ReturnType<typeof startReceiver>>} Receiver */

/** Starts a receiver, which ends with the test file. */
export async function startReceiver() {
  /** @type {Post[]} */
  const posts = [];
  /** What is told of acts, and audit records. They meet no fate but their own. @type {Post[]} */
  const audits = [];
  /** @type {(post: Post) => Fate | undefined} */
  let fate = () => undefined;
  /** @type {typeof fate} */
  let auditFate = () => undefined;
  const server = createServer(async (request, response) => {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // Whoever asked has gone before the request was whole.
    }
    const body = Buffer.concat(chunks).toString();
    const post = {
      at: Date.now(),
      method: request.method ?? "",
      path: request.url ?? "",
      headers: /** @type {Record<string, string>} */ (request.headers),
      body,
      event: JSON.parse(body),
    };
    const isAudit = post.event.type?.startsWith("audit.");
    const met = (isAudit ? auditFate : fate)(post) ?? {};
    const { status = 204, headers = {}, slow, drop, unheard } = met;
    if (unheard) return;
    (isAudit ? audits : posts).push(post);
    if (slow) await new Promise((resolve) => setTimeout(resolve, slow).unref());
    if (drop) return void request.socket.destroy();
    response.writeHead(status, headers).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** What came about a challenge, in order. @param {{ id: string }} challenge */
  const about = ({ id }) => posts.filter(({ event }) => event.data.challenge === id);

  return {
    url: `http://127.0.0.1:${port}/events`,
    posts,
    audits,
    about,
    /** What every post from now on meets. @param {typeof fate} next */
    answers: (next) => void (fate = next),
    /** What every audit from now on meets. @param {typeof fate} next */
    answersAudits: (next) => void (auditFate = next),

    /**
     * Waits until as many audits have come that a test looks for.
     * @param {(post: Post) => boolean} wanted
     * @param {number} [count]
     */
    async audited(wanted, count = 1) {
      const came = await eventually(
        async () => audits.filter(wanted),
        ({ length }) => length >= count,
      );
      assert.equal(came.length, count, came.map(({ body }) => body).join("\n"));
      return came;
    },

    /**
     * Waits until as many posts about a challenge have come, in whatever order.
     * @param {{ id: string }} challenge
     * @param {number} [count]
     */
    async told(challenge, count = 1) {
      const came = await eventually(
        async () => about(challenge),
        ({ length }) => length >= count,
      );
      assert.equal(came.length, count, came.map(({ body }) => body).join("\n"));
      return came;
    },
  };
}

/**
 * The event of a post, if its signature is right and it is what the contract describes.
 * @param {Post} post
 * @param {string} secret
 */
export function verified({ method, headers, body }, secret) {
  assert.equal(method, "POST");
  assert.equal(headers["content-type"], "application/json");
  assert.match(headers["user-agent"], /^warifu\/\d/);
  assert.match(headers["webhook-id"], /^evt_[0-9a-f]{32}$/);
  const event = /** @type {any} */ (new Webhook(secret).verify(body, headers));
  assert.equal(misfit("#/components/schemas/Event", event), null, body);
  return event;
}

/**
 * Has a merchant told at a receiver, or at another address; answers the secret.
 * @param {Api} api
 * @param {Merchant} merchant
 * @param {string} url
 * @returns {Promise<string>}
 */
export async function registerEndpoint(api, { id }, url) {
  const call = { key: issuerKey(), json: { url } };
  return assertStatus(await api.send("PUT", `/v1/merchants/${id}/event-endpoint`, call)).body
    .secret;
}
