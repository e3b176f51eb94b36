// Standard Webhooks 1.0, both sides: `v1` signatures with secrets of the form `whsec_…`.
import { createHmac, timingSafeEqual } from "node:crypto";
import { Refused, header } from "./asked.mjs";

/** @typedef {import("./asked.mjs").Asked} Asked */

/** How old a message may be, and how far ahead. */
const TOLERANCE_SECONDS = 300;

/**
 * @param {string} secret
 * @param {string} id
 * @param {number} timestamp in seconds
 * @param {string | Buffer} body
 */
export function sign(secret, id, timestamp, body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), Buffer.from(body)]);
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}

/**
 * Holds a request to be signed with one of the secrets, and lately.
 * @param {Asked} asked
 * @param {string[]} secrets
 * @param {number} now in milliseconds
 * @returns {{ id: string, timestamp: number }}
 */
export function holdWebhook(asked, secrets, now) {
  const id = header(asked, "webhook-id") ?? "";
  const time = header(asked, "webhook-timestamp") ?? "";
  if (!/^[^.\s]{1,256}$/.test(id)) throw new Refused(401, "webhook", `webhook-id ${id}`);
  if (!/^[1-9]\d{0,15}$/.test(time)) throw new Refused(401, "webhook", `webhook-timestamp ${time}`);
  const timestamp = Number(time);
  if (Math.abs(now / 1000 - timestamp) > TOLERANCE_SECONDS) {
    throw new Refused(401, "webhook", `webhook-timestamp ${time} is not now`);
  }
  const given = (header(asked, "webhook-signature") ?? "").split(" ");
  if (!given.every((signature) => /^v1a?,[A-Za-z0-9+/]+={0,2}$/.test(signature))) {
    throw new Refused(401, "webhook", "webhook-signature is malformed");
  }
  const known = secrets.map((secret) => Buffer.from(sign(secret, id, timestamp, asked.body)));
  const right = given.some((signature) => known.some((one) => same(one, Buffer.from(signature))));
  if (!right) throw new Refused(401, "webhook", "webhook-signature is none of this body");
  return { id, timestamp };
}

/**
 * @param {Buffer} a
 * @param {Buffer} b
 */
const same = (a, b) => a.length === b.length && timingSafeEqual(a, b);
