// What the issuer gives a merchant: registered origins, a test key, and where events go.
import { Failure } from "./words.js";

const id = "maru-shop";
const path = `/v1/merchants/${id}`;

/**
 * Registers the merchant as the command line says. Key and secret of the last start stay, as long as
 * the Worker knows them.
 * @param {string} worker origin
 * @param {import("./state.js").State} state
 * @param {import("./options.js").Options} options
 */
export async function register(worker, state, { origins, events }) {
  const issuer = caller(worker, state.secrets.ISSUER_KEY);
  await issuer("PUT", path, { name: "●●shop", origins });
  const kept = {
    key: await testKey(worker, issuer, state.kept.key),
    events: await endpoint(issuer, state.kept.events, events),
  };
  state.keep(kept);
  return { ...kept, merchant: id, origins };
}

/**
 * @param {string} worker
 * @param {Call} issuer
 * @param {string} [last]
 * @returns {Promise<string>}
 */
async function testKey(worker, issuer, last) {
  if (last) {
    // A key that is taken learns that there is no such challenge; another is 401.
    const { status } = await caller(worker, last)(
      "GET",
      "/v1/challenges/ch_none",
      undefined,
      [401, 404],
    );
    if (status === 404) return last;
  }
  return (await issuer("POST", `${path}/keys`, { mode: "test" })).body.key;
}

/**
 * @param {Call} issuer
 * @param {import("./state.js").Kept["events"]} last
 * @param {string} [url]
 * @returns {Promise<import("./state.js").Kept["events"]>}
 */
async function endpoint(issuer, last, url) {
  const at = `${path}/test-event-endpoint`;
  const now = await issuer("GET", at, undefined, [404]);
  const registered = now.status === 404 ? undefined : now.body.url;
  if (url === undefined) {
    if (registered !== undefined) await issuer("DELETE", at);
    return undefined;
  }
  if (last?.url === url && registered === url) return last;
  return { url, secret: (await issuer("PUT", at, { url })).body.secret };
}

/**
 * @typedef {ReturnType<typeof caller>} Call
 * @param {string} worker
 * @param {string} key
 */
const caller =
  (worker, key) =>
  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [json]
   * @param {number[]} [expected] statuses beside success
   * @returns {Promise<{ status: number, body: any }>}
   */
  async (method, path, json, expected = []) => {
    const answer = await fetch(worker + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    const text = await answer.text();
    const body = text ? JSON.parse(text) : {};
    if (answer.ok || expected.includes(answer.status)) return { status: answer.status, body };
    throw new Failure(`${method} ${path}: ${body.detail ?? text}`);
  };
