// What the issuer tells this shop's server, whatever became of the buyer's browser. Signed as
// Standard Webhooks says; their libraries do the same in one call.
import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * @typedef {{ type: string, timestamp: string, data: { challenge: string, reference?: string } }} Event
 */
const key = Buffer.from((process.env.WARIFU_EVENTS_SECRET ?? "").replace(/^whsec_/, ""), "base64");

/** How old an event may be, in seconds: an old one could be somebody's who has kept it. */
const oldest = 300;

/**
 * The event, if the issuer signed it just now.
 * @param {import("node:http").IncomingHttpHeaders} headers @param {string} body
 * @returns {Event | undefined}
 */
export function signedEvent(headers, body) {
  const [id, at, signatures] = ["id", "timestamp", "signature"].map((name) =>
    String(headers[`webhook-${name}`] ?? ""),
  );
  const age = Math.abs(Date.now() / 1000 - Number(at));
  if (key.length === 0 || !(age <= oldest)) return undefined;
  const right = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest();
  // Two while a secret is being replaced.
  const signed = signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return given.length === right.length && timingSafeEqual(given, right);
  });
  return signed ? JSON.parse(body) : undefined;
}
