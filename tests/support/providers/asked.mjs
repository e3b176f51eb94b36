// What the checks of every provider share: a request as it came, and reading it strictly.

/**
 * @typedef {object} Asked one request, whole
 * @property {string} method
 * @property {string} path as sent, still encoded
 * @property {string} query as sent, without the question mark
 * @property {[string, string][]} headers in the order they came, names in lower case
 * @property {Buffer} body
 *
 * @typedef {Record<string, string>} Settings the account that a provider knows
 *
 * @typedef {object} Taken a message as its provider understood it
 * @property {string} to
 * @property {string} text
 * @property {string | null} subject
 * @property {string} sender what the recipient sees: a mailbox's name, or the sender of an SMS
 * @property {string | null} address the sender's address, for mail
 * @property {Record<string, string>} reference what comes back with every receipt
 * @property {string | null} callback where receipts go, if the request says so
 * @property {string | null} once the idempotency key
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 *
 * @typedef {"destination" | "throttled" | "broken" | "account"} Failure a number or address that
 *   cannot be reached; too many requests; the provider's own fault; an account that may not send
 *
 * @typedef {object} Provider
 * @property {Settings} settings an account to test with
 * @property {(asked: Asked, settings: Settings, now: number) => Taken} read throws Refused
 * @property {(taken: Taken) => Answer & { id: string }} accept
 * @property {(refused: Refused) => Answer} refuse
 * @property {Record<Failure, [status: number, code: string, message: string]>} failures
 */

/** The provider says no. `status` and `code` are its own. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * A header that may come once.
 * @param {Asked} asked
 * @param {string} name in lower case
 */
export function header(asked, name) {
  const found = asked.headers.filter(([known]) => known === name);
  if (found.length > 1) throw new Refused(400, "400", `header ${name} comes ${found.length} times`);
  return found[0]?.[1] ?? null;
}

/** Headers that a client library may add, and those that workerd adds. */
const ordinary = new Set([
  ...["host", "content-type", "content-length", "transfer-encoding", "connection"],
  ...["accept", "accept-encoding", "accept-language", "user-agent", "authorization"],
]);

/**
 * Method, path, query, content type, and no header that does not belong there.
 * @param {Asked} asked
 * @param {{ method: string, path: string, type: string, headers?: string[] }} expected
 */
export function hold(asked, { method, path, type, headers = [] }) {
  if (asked.path !== path) throw new Refused(404, "404", `${asked.path} is not ${path}`);
  if (asked.method !== method) throw new Refused(405, "405", `${asked.method} is not ${method}`);
  if (asked.query !== "") throw new Refused(400, "400", `query ${asked.query}`);
  for (const [name] of asked.headers) {
    const known = ordinary.has(name) || headers.includes(name) || name.startsWith("cf-");
    if (!known) throw new Refused(400, "400", `header ${name} is unknown`);
  }
  const given = header(asked, "content-type") ?? "";
  if (given.toLowerCase().replace(/; ?charset=utf-8$/, "") !== type) {
    throw new Refused(415, "415", `content type ${given} is not ${type}`);
  }
}

/**
 * The body as text: UTF-8 and nothing else.
 * @param {Asked} asked
 */
export function text(asked) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(asked.body);
  } catch {
    throw new Refused(400, "400", "the body is not UTF-8");
  }
}

/**
 * A form's fields, each once.
 * @param {Asked} asked
 * @returns {Record<string, string>}
 */
export function form(asked) {
  const body = text(asked);
  // As the standard writes it: nothing but its own alphabet, and every escape whole.
  if (!/^(?:[\w.*+&=-]|%[0-9A-F]{2}|~|!|'|\(|\))*$/i.test(body)) {
    throw new Refused(400, "400", "the body is not form-encoded");
  }
  const fields = [...new URLSearchParams(body)];
  const names = fields.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Refused(400, "400", `${twice} comes twice`);
  return Object.fromEntries(fields);
}

/**
 * A JSON object.
 * @param {Asked} asked
 * @returns {Record<string, any>}
 */
export function json(asked) {
  let value;
  try {
    value = JSON.parse(text(asked));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(400, "400", "the body is not JSON");
  }
  return object("the body", value);
}

/**
 * @param {string} where
 * @param {unknown} value
 * @returns {Record<string, any>}
 */
export function object(where, value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refused(400, "400", `${where} is no object`);
  }
  return value;
}

/**
 * Fields that must be there, fields that may be, and none besides.
 * @param {string} where
 * @param {Record<string, unknown>} fields
 * @param {string[]} must
 * @param {string[]} [may]
 */
export function only(where, fields, must, may = []) {
  for (const name of Object.keys(fields)) {
    if (![...must, ...may].includes(name)) {
      throw new Refused(400, "400", `${where}: ${name} is unknown`);
    }
  }
  for (const name of must) {
    if (fields[name] === undefined) throw new Refused(400, "400", `${where}: ${name} is missing`);
  }
}

/**
 * @param {string} where
 * @param {unknown} value
 * @param {RegExp} [form]
 * @returns {string}
 */
export function string(where, value, form = /^[^]+$/) {
  if (typeof value !== "string" || !form.test(value)) {
    throw new Refused(400, "400", `${where} is ${JSON.stringify(value)}`);
  }
  return value;
}

/**
 * The headers of a mail: it says that no person wrote it (RFC 3834), and nothing else.
 * @param {unknown} given
 */
export function holdMailHeaders(given) {
  const headers = object("headers", given);
  only("headers", headers, ["Auto-Submitted"]);
  string("Auto-Submitted", headers["Auto-Submitted"], /^auto-generated$/);
}

/**
 * The one item of a list.
 * @param {string} where
 * @param {unknown} value
 */
export function one(where, value) {
  if (!Array.isArray(value) || value.length !== 1) {
    throw new Refused(400, "400", `${where} is no list of one`);
  }
  return value[0];
}

/**
 * The user and password of `Authorization: Basic`.
 * @param {Asked} asked
 */
export function basic(asked) {
  const given = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header(asked, "authorization") ?? "");
  const pair = given ? Buffer.from(given[1], "base64").toString("utf8") : "";
  return {
    user: pair.slice(0, Math.max(0, pair.indexOf(":"))),
    password: pair.replace(/^[^:]*:?/, ""),
  };
}

/** @param {Asked} asked */
export function bearer(asked) {
  return /^Bearer (\S+)$/.exec(header(asked, "authorization") ?? "")?.[1] ?? null;
}

/** E.164: what every SMS provider takes, with or without the plus. */
export const e164 = /^\+[1-9]\d{7,14}$/;

/** One line: no control character, so nothing that could begin a header of its own. */
export const line = /^[^\p{Cc}\u2028\u2029]+$/u;

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";

/**
 * An address of mail, without name or brackets (RFC 5321 §4.1.2). Its local part is a dot-string, or
 * a quoted string that cannot be written as a dot-string: quotes that an address does not need are
 * refused, because a server that does not know the quoted form would refuse them.
 */
export const mailAddress = new RegExp(
  `^(?:${atom}(?:\\.${atom})*|"(?!${atom}(?:\\.${atom})*"@)(?:[ !#-[\\]-~]|\\\\["\\\\])+")` +
    "@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+$",
);
