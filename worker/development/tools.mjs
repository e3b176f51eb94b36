// A development server's outbox and clock: the object that keeps both, and its routes in front of
// the Worker's. Not here: the pages (front.mjs, outbox.mjs). The Worker itself only posts messages to
// the object and asks it for the clock.
import { frontPage } from "./front.mjs";
import { outboxPage } from "./outbox.mjs";

const outboxKey = "outbox";
const offsetKey = "offset_seconds";
/** Enough for a long test run; the outbox is no archive. */
const mostKept = 300;
/** The last time that RFC 3339 can write. */
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const longestAdvance = 10 * 365 * 86_400;
const largestBody = 16 * 1024;

/**
 * @typedef {object} Storage
 * @property {(key: string) => Promise<string | undefined>} get
 * @property {(key: string, value: string) => Promise<void>} put
 *
 * @typedef {{ fetch: (url: string, init?: RequestInit) => Promise<Response> }} Stub
 *
 * @typedef {object} OwnEnv
 * @property {string} WARIFU_ENV
 * @property {{ getByName: (name: string) => Stub }} DEV_TOOLS
 *
 * @typedef {OwnEnv & import("./front.mjs").Places} Env
 *
 * @typedef {import("./outbox.mjs").Delivery} Delivery
 */

/** The one object of a development server. */
export class DevTools {
  #storage;

  /** @param {{ storage: Storage }} state */
  constructor({ storage }) {
    this.#storage = storage;
  }

  /**
   * GET answers all that is kept, newest first. POST takes `{"keep": message}`, `{"advance":
   * seconds}` or `{}`, and answers how many seconds the clock is ahead.
   * @param {Request} request
   */
  async fetch(request) {
    if (request.method === "GET") return Response.json(await this.#outbox());
    const { keep, advance } = JSON.parse(await request.text());
    if (keep) {
      const at = rfc3339(ahead(await this.#offset()));
      const outbox = [{ ...keep, at }, ...(await this.#outbox())].slice(0, mostKept);
      await this.#storage.put(outboxKey, JSON.stringify(outbox));
    }
    if (advance) await this.#storage.put(offsetKey, String((await this.#offset()) + advance));
    return new Response(String(await this.#offset()));
  }

  /** @returns {Promise<Delivery[]>} */
  async #outbox() {
    return JSON.parse((await this.#storage.get(outboxKey)) ?? "[]");
  }

  async #offset() {
    return Number((await this.#storage.get(offsetKey)) ?? 0);
  }
}

/** @typedef {{ request: Request, url: URL, env: Env, tools: Stub, style: string }} Asked */

/** @type {Record<string, Record<string, (asked: Asked) => Promise<Response>>>} */
const routes = {
  "/": { GET: front, HEAD: front },
  "/dev/outbox": { GET: outbox },
  "/dev/clock": { GET: readClock, POST: moveClock },
};

/**
 * The Worker with the routes of development in front of its own.
 * @template {new (...args: any[]) => { env: Env, fetch(request: Request): Promise<Response> }} W
 * @param {W} Worker
 * @param {string} style of the pages
 */
export const withTools = (Worker, style) =>
  class extends Worker {
    /** @override @param {Request} request */
    async fetch(request) {
      const url = new URL(request.url);
      const { env } = this;
      const route = routes[url.pathname];
      if (!route || env.WARIFU_ENV !== "development") return super.fetch(request);
      const isFront = url.pathname === "/";
      // With a language, `/` is the page that production has there.
      const isOther = url.searchParams.has("lang") || !route[request.method];
      if (isFront && isOther) return super.fetch(request);
      // The Worker has a page of its own at `/`, and does not know the other paths. Where it says
      // anything else, its configuration cannot be used or the host is a public one, and there is
      // nothing here either.
      const own = await super.fetch(new Request(url));
      if (own.status !== (isFront ? 200 : 404)) return own;
      const tools = env.DEV_TOOLS.getByName("all");
      const answer = await answered(route, { request, url, env, tools, style });
      // What the Worker's answers have in common, this one has too.
      for (const [name, value] of own.headers) {
        if (!answer.headers.has(name)) answer.headers.set(name, value);
      }
      return answer;
    }
  };

/**
 * @param {Record<string, (asked: Asked) => Promise<Response>>} route
 * @param {Asked} asked
 */
async function answered(route, asked) {
  try {
    const handler = route[asked.request.method];
    if (handler) return await handler(asked);
    throw new Problem("method_not_allowed", { allow: Object.keys(route).join(", ") });
  } catch (problem) {
    if (problem instanceof Problem) return problem.answer(asked.url.origin);
    throw problem;
  }
}

/**
 * What runs, and what to try.
 * @param {Asked} asked
 */
async function front({ env, style }) {
  return frontPage(env, style);
}

/**
 * Every message that would have gone out, newest first.
 * @param {Asked} asked
 */
async function outbox({ url, tools, style }) {
  /** @type {Delivery[]} */
  let deliveries = await (await tools.fetch(objectUrl)).json();
  const challenge = url.searchParams.get("challenge");
  if (challenge !== null) {
    deliveries = deliveries.filter((delivery) => delivery.challenge === challenge);
  }
  if (url.searchParams.get("format") === "json") return Response.json({ deliveries });
  return outboxPage(deliveries, rfc3339(await ask(tools, {})), style);
}

/** @param {Asked} asked */
async function readClock({ tools }) {
  return Response.json({ now: rfc3339(await ask(tools, {})) });
}

/** @param {Asked} asked */
async function moveClock({ request, tools }) {
  const advance = advanceIn(await bodyOf(request));
  return Response.json({ now: rfc3339(await ask(tools, { advance })) });
}

/** The body is the message; the address does not matter. */
const objectUrl = "https://object/";

/**
 * Asks the object, and answers the time of the clock.
 * @param {Stub} tools
 * @param {{ advance?: number }} what
 */
async function ask(tools, what) {
  const answer = await tools.fetch(objectUrl, { method: "POST", body: JSON.stringify(what) });
  return ahead(Number(await answer.text()));
}

/** @param {number} seconds */
const ahead = (seconds) => new Date(Math.min(Date.now() + seconds * 1000, latest));

/** In whole seconds, as the Worker writes it. @param {Date} time */
const rfc3339 = (time) => time.toISOString().replace(/\.\d+Z$/, "Z");

/** @param {Request} request */
async function bodyOf(request) {
  const tooLarge = () => new Problem("body_too_large");
  if (Number(request.headers.get("content-length")) > largestBody) throw tooLarge();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > largestBody) throw tooLarge();
    chunks.push(chunk);
  }
  const [type] = (request.headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") throw new Problem("unsupported_media_type");
  return new Blob(chunks).arrayBuffer();
}

/**
 * The seconds in `{"advance_seconds": seconds}`.
 * @param {ArrayBuffer} body
 * @returns {number}
 */
function advanceIn(body) {
  const noJson = "The body is not JSON; send one JSON object in UTF-8, each name once.";
  let text, asked;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    asked = JSON.parse(text);
  } catch {
    throw new Problem("invalid_request", { detail: noJson });
  }
  if (asked === null || typeof asked !== "object" || Array.isArray(asked)) {
    throw new Problem("invalid_request", { detail: "The body must be a JSON object." });
  }
  const { advance_seconds: seconds, ...others } = asked;
  if ((seconds ?? null) === null) throw field("advance_seconds", "be given");
  if (!Number.isInteger(seconds)) throw field("advance_seconds", "be a whole number");
  for (const name of Object.keys(others)) {
    throw field(name, "be left out; there is no such field");
  }
  // One name and one number: another colon gives the name again, and 1.0 is none of ours.
  const [, number, again] = text.split(":");
  if (again !== undefined) throw new Problem("invalid_request", { detail: noJson });
  if (/[.e]/i.test(number)) throw field("advance_seconds", "be a whole number");
  if (seconds < 0 || seconds > longestAdvance) {
    throw field("advance_seconds", `be from 0 to ${longestAdvance}`);
  }
  return seconds;
}

/** Those problems of the Worker (worker/src/problem) that can be met here, in its words. */
const problems = /** @type {const} */ ({
  invalid_request: [400, "Invalid request", "Correct the request and send it again."],
  unsupported_media_type: [415, "Unsupported media type", "Send the body as application/json."],
  body_too_large: [413, "Body too large", "Send at most 16 KiB."],
  method_not_allowed: [405, "Method not allowed", "Use one of the methods in the Allow header."],
});

class Problem extends Error {
  #code;
  #facts;

  /**
   * @param {keyof typeof problems} code
   * @param {{ detail?: string, field?: string, allow?: string }} [facts]
   */
  constructor(code, facts = {}) {
    super(code);
    this.#code = code;
    this.#facts = facts;
  }

  /** @param {string} origin */
  answer(origin) {
    const [status, title, advice] = problems[this.#code];
    const { detail = advice, field, allow } = this.#facts;
    const type = `${origin}/problems/${this.#code.replaceAll("_", "-")}`;
    const headers = { "Content-Type": "application/problem+json", ...(allow && { Allow: allow }) };
    return Response.json(
      { type, title, status, code: this.#code, detail, field },
      { status, headers },
    );
  }
}

/** @param {string} name @param {string} must */
const field = (name, must) =>
  new Problem("invalid_request", { field: name, detail: `${name} must ${must}.` });
