// What the answers of the form say: to the widget in JSON, and in pages as a person without script reads
// them.
import { decoded } from "../../support/three-ds/messages.mjs";

/**
 * @typedef {import("../../support/api.mjs").Answer} Answer
 * @typedef {import("../books/tries.mjs").Verdict} Verdict
 * @typedef {import("../books/books.mjs").Status} Status
 *
 * @typedef {object} Reading
 * @property {Verdict | null} verdict of a code that was typed; null where the answer says nothing of it
 * @property {Status | null} status of the challenge
 * @property {string} response the attestation, if it was given
 * @property {string | null} transStatus of a directory server's challenge at its last page
 */

/** Sentences of worker/templates/refusal.en.txt and .ja.txt. @type {[RegExp, Verdict][]} */
const sentences = [
  [/Wrong one-time password|ワンタイムパスワードが違います/, "wrong_code"],
  [/Already used|使用済み/, "code_used"],
  [/password has expired\. Press|有効期限が切れています/, "code_expired"],
  [/No one-time password has been sent/, "code_not_sent"],
  [/as 6 digits/, "malformed_code"],
  [/until .* after repeated wrong entries|locked after repeated/, "locked"],
];

/** The name of what is submitted on a page. @param {string} html */
export const attemptIn = (html) => /name="attempt_id" value="([^"]+)"/.exec(html)?.[1];

/** @param {Answer} answer @returns {Reading} */
export function reading(answer) {
  const { status, body, headers, text } = answer;
  const nothing = { verdict: null, status: null, response: "", transStatus: null };
  if (body && !Array.isArray(body)) return ofJson(status, body);
  const location = headers.get("location");
  if (status === 303 && location) {
    const { searchParams } = new URL(location, "https://here.example");
    const response = searchParams.get("warifu-response");
    if (response) return { ...nothing, verdict: "verified", status: "verified", response };
    const ended = /** @type {Status | null} */ (searchParams.get("warifu-status"));
    return { ...nothing, status: ended };
  }
  if (status === 404) return { ...nothing, verdict: "not-found" };
  const creq = /name="?cres"? value="?([\w-]+)/.exec(text)?.[1];
  if (creq) {
    const { transStatus } = decoded(creq);
    return { ...nothing, verdict: transStatus === "Y" ? "verified" : "not-verified", transStatus };
  }
  const stands = /** @type {Status | undefined} */ (/data-status="(\w+)"/.exec(text)?.[1]);
  const response = /data-response="([^"]+)"/.exec(text)?.[1] ?? "";
  const said = /id="error"[^>]*>([^<]*)/.exec(text)?.[1] ?? "";
  const sentence = sentences.find(([pattern]) => pattern.test(said))?.[1] ?? null;
  if (status === 429) return { ...nothing, verdict: "limited", status: stands ?? null };
  const ended = stands && stands !== "pending";
  const byStatus = ended ? /** @type {Verdict} */ (`challenge_${stands}`) : null;
  const verified = status === 200 && stands === "verified" ? "verified" : null;
  const verdict = verified ?? sentence ?? byStatus;
  return { ...nothing, verdict, status: stands ?? null, response };
}

/** @param {number} status @param {any} body @returns {Reading} */
function ofJson(status, body) {
  const nothing = { verdict: null, status: null, response: "", transStatus: null };
  if (status === 200) {
    const stands = /** @type {Status} */ (body.status);
    const verdict = stands === "verified" ? "verified" : null;
    return { ...nothing, verdict, status: stands, response: body.attestation ?? "" };
  }
  if (body.code === "challenge_not_found") return { ...nothing, verdict: "not-found" };
  if (body.code === "cardholder_locked") return { ...nothing, verdict: "locked" };
  if (status === 429) return { ...nothing, verdict: "limited" };
  return { ...nothing, verdict: body.code ?? null };
}
