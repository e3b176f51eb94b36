// Holds a response to docs/openapi.yaml: the operation, the status, the headers, the content type
// and the body must all be described there.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { at } from "../../scripts/lib/paths.mjs";
import { kept } from "./kept.mjs";

const require = createRequire(import.meta.url);
/** @type {typeof import("ajv/dist/2020.js")} */
const { Ajv2020 } = require("ajv/dist/2020.js");
/** @type {import("ajv-formats").FormatsPlugin} */
const addFormats = require("ajv-formats");

/** @typedef {Record<string, any>} Json */

/** @type {Json} */
export const openapi = contract();

function contract() {
  const text = readFileSync(at("docs/openapi.yaml"), "utf8");
  return kept(text, () => require("yaml").parse(text));
}

// A test file checks a few answers. So schemas are compiled in the quickest way: each once, and not
// again within those that refer to it; and the code that checks is not made smaller.
const quick = { inlineRefs: false, code: { optimize: false } };
const ajv = new Ajv2020({ strict: false, allErrors: true, ...quick });
addFormats(ajv);
ajv.addSchema(openapi, "openapi");

const methods = ["get", "put", "post", "delete"];
const routes = Object.keys(openapi.paths)
  .map((template) => ({ template, pattern: patternOf(template) }))
  // A literal path before one with a parameter in the same place.
  .sort((a, b) => Number(a.template.includes("{")) - Number(b.template.includes("{")));

/** @param {string} template */
function patternOf(template) {
  const escaped = template.replace(/[.]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${escaped}$`);
}

/**
 * @typedef {object} Received
 * @property {string} method
 * @property {string} path without a query
 * @property {number} status
 * @property {Headers} headers
 * @property {string} text
 */

/**
 * @param {Received} received
 * @returns {Json | null} the body, when it is JSON
 */
export function hold(received) {
  const { method, path, status } = received;
  const where = `${method} ${path} -> ${status}`;
  const pointer = responsePointer(received);
  if (!pointer) throw new Error(`${where}: not described\n${received.text.slice(0, 500)}`);
  const response = resolve(pointer);
  holdHeaders(where, response.node, received);
  return holdBody(where, response, received);
}

/**
 * @param {Received} received
 * @returns {string | undefined}
 */
function responsePointer({ method, path, status }) {
  if (status === 421) return "#/components/responses/MisdirectedRequest";
  const route = routes.find(({ pattern }) => pattern.test(path));
  if (!route) return status === 404 ? "#/components/responses/NotFound" : undefined;
  const operations = openapi.paths[route.template];
  const verb = method.toLowerCase();
  if (!methods.includes(verb) || !(verb in operations)) {
    return status === 405 ? "#/components/responses/MethodNotAllowed" : undefined;
  }
  return operations[verb].responses[status]
    ? `#/paths/${escape(route.template)}/${verb}/responses/${status}`
    : undefined;
}

/**
 * Whether a path is served without the Worker.
 * @param {string} path of a request, or of the contract
 */
export const isFile = (path) =>
  /^\/(v([\d.]+|\{version\})\/(warifu\.(js|d\.ts)|sri\.json)|openapi\.yaml)$/.test(path);

/** Headers of every answer of the Worker, unless a handler gives another value. */
export const everyAnswer = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=31536000",
  "X-Content-Type-Options": "nosniff",
};

/**
 * The headers that an answer must have by its path and media type alone.
 * @param {string} path
 * @param {string} type
 * @returns {Partial<typeof everyAnswer>}
 */
function always(path, type) {
  const { "Cache-Control": cache, "Content-Security-Policy": policy, ...everywhere } = everyAnswer;
  if (isFile(path)) return everywhere;
  if (path.startsWith("/dev/")) {
    // Before the Worker.
    return {
      "Cache-Control": cache,
      "X-Content-Type-Options": everywhere["X-Content-Type-Options"],
    };
  }
  return {
    ...everywhere,
    ...(path !== "/.well-known/jwks.json" && { "Cache-Control": cache }),
    // A page has a policy of its own, which the contract describes.
    ...(!type.startsWith("text/html") && { "Content-Security-Policy": policy }),
  };
}

/**
 * @param {string} where
 * @param {Json} response
 * @param {Received} received
 */
function holdHeaders(where, response, { path, headers }) {
  for (const [name, value] of Object.entries(always(path, headers.get("content-type") ?? ""))) {
    // The last page of a directory server's challenge has a policy of its own.
    if (response.headers?.[name]) continue;
    if (headers.get(name) !== value) throw new Error(`${where}: ${name}: ${headers.get(name)}`);
  }
  for (const [name, header] of Object.entries(response.headers ?? {})) {
    const { required, schema } = header.$ref ? resolve(header.$ref).node : header;
    const value = headers.get(name);
    if (value === null && required) throw new Error(`${where}: header ${name} is missing`);
    if (value !== null && !ajv.validate(schema, value)) {
      throw new Error(`${where}: header ${name}: ${value}`);
    }
  }
}

/**
 * @param {string} where
 * @param {{ pointer: string, node: Json }} response
 * @param {Received} received
 */
function holdBody(where, { pointer, node }, { headers, text }) {
  if (!node.content) {
    if (text !== "") throw new Error(`${where}: a body where none is described: ${text}`);
    return null;
  }
  const type = (headers.get("content-type") ?? "").split(";")[0].trim();
  if (!node.content[type]) throw new Error(`${where}: content type "${type}" is not described`);
  if (!type.endsWith("json")) return null;
  const check = checkOf(`openapi${pointer}/content/${escape(type)}/schema`);
  /** @param {string} json @returns {Json} */
  const held = (json) => {
    const value = JSON.parse(json);
    if (/** @type {boolean} */ (check(value))) return value;
    const reasons = ajv.errorsText(check.errors, { separator: "\n  " });
    throw new Error(`${where}: ${json}\n  ${reasons}`);
  };
  // Newline-delimited: the schema is that of one line.
  if (type.endsWith("ndjson")) return text.replace(/\n$/, "").split("\n").map(held);
  return held(text);
}

/** @type {Map<string, import("ajv").ValidateFunction>} */
const checks = new Map();

/** What checks a value, made once: a soak has a million answers. @param {string} $ref */
function checkOf($ref) {
  const check = checks.get($ref) ?? ajv.compile({ $ref });
  checks.set($ref, check);
  return check;
}

/**
 * Follows references until there is none.
 * @param {string} pointer
 * @returns {{ pointer: string, node: Json }}
 */
function resolve(pointer) {
  const node = pointer
    .slice(2)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((value, part) => value[part], openapi);
  return typeof node.$ref === "string" ? resolve(node.$ref) : { pointer, node };
}

/** @param {string} part */
const escape = (part) => part.replaceAll("~", "~0").replaceAll("/", "~1");

/**
 * Whether a value fits a schema of the contract.
 * @param {string} pointer such as "#/components/schemas/Challenge"
 * @param {unknown} value
 * @returns {string | null} what is wrong
 */
export function misfit(pointer, value) {
  const check = checkOf(`openapi${pointer}`);
  return check(value) ? null : ajv.errorsText(check.errors);
}

/** Every problem code of the contract. */
export const problemCodes = Object.values(openapi.components.schemas)
  .map((schema) => schema.properties?.code?.const)
  .filter((code) => typeof code === "string");
