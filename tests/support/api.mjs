// The HTTP API as a client sees it. Every answer is held to the contract before a test sees it.
import assert from "node:assert/strict";
import { hold } from "./contract.mjs";

/**
 * @typedef {object} Call
 * @property {string} [key] sent as a bearer token
 * @property {unknown} [json]
 * @property {Record<string, string>} [form]
 * @property {BodyInit} [body] as it is; with `type`
 * @property {string} [type]
 * @property {Record<string, string>} [headers]
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {Headers} headers
 * @property {any} body the JSON, null when it is none
 * @property {string} text
 */

/** @typedef {ReturnType<typeof client>} Api */

/**
 * @param {string} origin
 * @param {Record<string, string>} [always] headers of every request
 */
export function client(origin, always = {}) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {Call} [call]
   * @returns {Promise<Answer>}
   */
  async function send(method, path, call = {}) {
    const { body, type } = encode(call);
    const headers = {
      ...(type === undefined ? {} : { "content-type": type }),
      ...(call.key === undefined ? {} : { authorization: `Bearer ${call.key}` }),
      ...always,
      ...call.headers,
    };
    const response = await fetch(origin + path, {
      method,
      headers,
      body,
      redirect: "manual",
      ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
    });
    const text = await response.text();
    const { status, headers: received } = response;
    const [bare] = path.split("?");
    const json = hold({ method, path: bare, status, headers: received, text });
    return { status, headers: received, body: json, text };
  }

  /** @param {string} path @param {Call} [call] */
  const get = (path, call) => send("GET", path, call);
  /** @param {string} path @param {Call} [call] */
  const post = (path, call) => send("POST", path, call);

  return {
    origin,
    send,
    get,
    post,
    /** @param {string} secret @param {string} code @param {string} [attempt_id] */
    verify: (secret, code, attempt_id) =>
      post(`/challenge/${secret}/verify`, { json: { code, attempt_id } }),
    /** @param {string} secret */
    resend: (secret) => post(`/challenge/${secret}/resend`, { json: {} }),
    /** @param {string} secret */
    cancel: (secret) => post(`/challenge/${secret}/cancel`, { json: {} }),
    /** @param {string} secret @param {Record<string, string>} [headers] */
    present: (secret, headers) => get(`/challenge/${secret}`, { headers }),
    /** @param {Record<string, unknown>} body */
    siteverify: (body) => post("/v1/siteverify", { json: body }),
    /** @param {number} seconds */
    async advance(seconds) {
      const moved = await post("/dev/clock", { json: { advance_seconds: seconds } });
      assert.equal(moved.status, 200);
    },
    /** @param {string} [challenge] @returns {Promise<Delivery[]>} newest first */
    async outbox(challenge = "") {
      const filter = challenge ? `&challenge=${challenge}` : "";
      return (await get(`/dev/outbox?format=json${filter}`)).body.deliveries;
    },
  };
}

/**
 * @typedef {object} Delivery
 * @property {"email" | "sms"} channel
 * @property {string} to
 * @property {string | null} subject
 * @property {string} text
 * @property {string} code
 * @property {string} challenge
 * @property {number} send
 * @property {string} at
 */

/**
 * @param {Call} call
 * @returns {{ body?: BodyInit, type?: string }}
 */
function encode({ json, form, body, type }) {
  if (json !== undefined) return { body: JSON.stringify(json), type: type ?? "application/json" };
  if (form !== undefined) {
    const encoded = new URLSearchParams(form).toString();
    return { body: encoded, type: type ?? "application/x-www-form-urlencoded" };
  }
  return { body, type };
}

/**
 * A refusal, by status and code.
 * @param {Answer} answer
 * @param {number} status
 * @param {string} code
 */
export function assertProblem(answer, status, code) {
  assert.equal(`${answer.status} ${answer.body?.code}`, `${status} ${code}`, answer.text);
}

/**
 * @param {Answer} answer
 * @param {number} [status]
 */
export function assertStatus(answer, status = 200) {
  assert.equal(answer.status, status, answer.text);
  return answer;
}

/**
 * A large body whose length is not declared. With a declared one the Worker answers before it reads (see
 * http-problems), and the local server in front of it may fail on what is still on the way.
 * @param {string} text
 */
export const undeclared = (text) => new Blob([text]).stream();

/**
 * Holds a call to be refused, by status and code and, if given, the member at fault.
 * @param {Api} api
 */
export const refuser =
  (api) =>
  /**
   * @param {string} method
   * @param {string} path
   * @param {Call} call
   * @param {string} expected such as "400 invalid_request"
   * @param {string} [field]
   */
  async (method, path, call, expected, field) => {
    const answer = await api.send(method, path, call);
    const [status, code] = expected.split(" ");
    assertProblem(answer, Number(status), code);
    // An item of a list is named with its place: origins[0].
    if (field) assert.equal(answer.body.field?.replace(/\[\d+\]$/, ""), field, answer.text);
    return answer;
  };
