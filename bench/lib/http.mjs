// HTTP as a client of the measured Workers speaks it: connections are kept, redirects are not
// followed, and cookies are the caller's. It costs this process less than fetch does.
import { Agent, request } from "node:http";

/** A connection that nobody used for three seconds is closed here, before workerd closes it. */
const agent = new Agent({ keepAlive: true, maxSockets: Infinity, timeout: 3000 });

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {string} text
 *
 * @typedef {object} Call
 * @property {Record<string, string>} [headers]
 * @property {object} [json]
 * @property {Record<string, string>} [form]
 */

/**
 * @param {string} origin
 * @param {string} method
 * @param {string} path
 * @param {Call} [call]
 * @returns {Promise<Answer>}
 */
export function send(origin, method, path, { headers = {}, json, form } = {}) {
  const body = json ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : "";
  const type = json ? "application/json" : "application/x-www-form-urlencoded";
  const described = json || form ? { "content-type": type } : {};
  const length = method === "GET" ? {} : { "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: { ...described, ...length, ...headers } };
    const call = request(origin + path, options, (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (part) => (text += part));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
      );
      answer.on("error", reject);
    });
    call.on("error", reject);
    call.end(body);
  });
}

/**
 * The answer, if it has the status that is expected.
 * @param {Answer} answer
 * @param {number} [status]
 */
export function expectStatus(answer, status = 200) {
  if (answer.status === status) return answer;
  throw new Error(`${answer.status} and not ${status}: ${answer.text.slice(0, 300)}`);
}

/** The cookies of one browser. */
export class Cookies {
  /** @type {Map<string, string>} */
  #kept = new Map();

  /** Keeps what an answer sets. @param {Answer} answer */
  keep(answer) {
    for (const cookie of answer.headers["set-cookie"] ?? []) {
      const [pair = ""] = cookie.split(";");
      const [name = "", ...value] = pair.split("=");
      this.#kept.set(name, value.join("="));
    }
    return answer;
  }

  /** The header that sends them. */
  get header() {
    return { cookie: [...this.#kept].map(([name, value]) => `${name}=${value}`).join("; ") };
  }
}
