// The pages that a requestor's frame shows, as a browser without script reads them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { decoded } from "./messages.mjs";

/** @typedef {import("../api.mjs").Answer} Answer */

const named = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The text that an attribute's value stands for. @param {string} html */
const unescaped = (html) =>
  html.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (_, decimal, hex, name) => {
    if (name) return named[/** @type {keyof typeof named} */ (name)];
    return String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex, 16));
  });

/** @param {string} tag @param {string} name */
function attribute(tag, name) {
  const found = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>"']+))`, "i").exec(tag);
  return found ? unescaped(found[1] ?? found[2] ?? found[3]) : undefined;
}

/**
 * @typedef {object} FinalPage
 * @property {string} action where it posts to
 * @property {Map<string, string>} fields what it posts, in order
 * @property {string} policy its Content-Security-Policy
 */

/** Whether a page is the last one. @param {Answer} answer */
export const isFinal = ({ text }) => /<form\b[^>]*\saction="?https?:/.test(text);

/**
 * The last page of a challenge.
 * @param {Answer} answer
 * @returns {FinalPage}
 */
export function finalPage(answer) {
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html; *charset=utf-8$/i);
  const forms = [...answer.text.matchAll(/<form\b[^>]*>/g)];
  assert.equal(forms.length, 1, answer.text);
  const [[form]] = forms;
  assert.equal(attribute(form, "method")?.toLowerCase(), "post");
  const inputs = [...answer.text.matchAll(/<input\b[^>]*>/g)].map(([input]) => input);
  const fields = inputs.map((input) => {
    assert.equal(attribute(input, "type"), "hidden");
    return /** @type {const} */ ([attribute(input, "name") ?? "", attribute(input, "value") ?? ""]);
  });
  assert.equal(new Map(fields).size, fields.length, "a field twice");
  return {
    action: attribute(form, "action") ?? "",
    fields: new Map(fields),
    policy: answer.headers.get("content-security-policy") ?? "",
  };
}

/**
 * The message that the last page posts, and in which field.
 * @param {Answer} answer
 * @returns {{ field: string, message: import("./messages.mjs").Message }}
 */
export function posted(answer) {
  const { fields } = finalPage(answer);
  const [field] = [...fields.keys()].filter((name) => name !== "threeDSSessionData");
  return { field, message: decoded(fields.get(field)) };
}

/** The parts of a policy by their names. @param {string} policy */
export const directives = (policy) =>
  Object.fromEntries(
    policy
      .split(";")
      .map((part) => part.trim())
      .filter((part) => part !== "")
      .map((part) => {
        const [name, ...values] = part.split(/ +/);
        return [name, values.join(" ")];
      }),
  );

/** The hashes of a page's own scripts, as its policy has to list them. @param {string} html */
export const scriptHashes = (html) =>
  [...html.matchAll(/<script\b[^>]*>([^]*?)<\/script>/g)].map(
    ([, script]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
