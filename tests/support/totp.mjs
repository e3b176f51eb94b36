// An authenticator app: RFC 6238 as every app does it, HMAC-SHA-1 with six digits and steps of
// 30 seconds.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

export const stepSeconds = 30;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 base32 without padding. @param {Uint8Array} bytes */
export function base32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => alphabet[parseInt(group.padEnd(5, "0"), 2)])
    .join("");
}

/** @param {string} text */
export function unbase32(text) {
  const bits = [...text].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"));
  const octets = bits.join("").match(/.{8}/g) ?? [];
  return Buffer.from(octets.map((octet) => parseInt(octet, 2)));
}

/**
 * The code of one time step.
 * @param {Buffer} secret
 * @param {number} step
 * @param {number} [digits]
 */
export function totp(secret, step, digits = 6) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const truncated = mac.readUInt32BE(mac[19] & 0xf) & 0x7fff_ffff;
  return String(truncated % 10 ** digits).padStart(digits, "0");
}

/** @typedef {ReturnType<typeof authenticator>} Authenticator */

/**
 * What an app makes of the link in the QR code; the defaults of the link are this app's only way.
 * @param {string} uri
 */
export function authenticator(uri) {
  const { protocol, host, pathname, searchParams } = new URL(uri);
  assert.equal(`${protocol}//${host}`, "otpauth://totp");
  const { secret: text = "", issuer, ...rest } = Object.fromEntries(searchParams);
  const { algorithm = "SHA1", digits = "6", period = "30", ...unknown } = rest;
  assert.deepEqual({ algorithm, digits, period }, { algorithm: "SHA1", digits: "6", period: "30" });
  assert.deepEqual(unknown, {});
  const label = decodeURIComponent(pathname.replace(/^\//, ""));
  assert.ok(issuer && label.startsWith(`${issuer}:`), `${label} names ${issuer}`);
  assert.match(text, /^[A-Z2-7]{32,}$/);
  const secret = unbase32(text);
  assert.ok(secret.length >= 20, "RFC 4226 wants 160 bits");
  return {
    uri,
    /** In base32, as a person types it. */
    text,
    secret,
    label,
    /** @param {number} step */
    code: (step) => totp(secret, step),
    /**
     * Codes of no step near this one.
     * @param {number} step
     * @param {number} [count]
     */
    wrong(step, count = 1) {
      const near = [-3, -2, -1, 0, 1, 2, 3].map((distance) => totp(secret, step + distance));
      const codes = Array.from({ length: count + near.length }, (_, n) =>
        String((Number(near[0]) + n) % 1_000_000).padStart(6, "0"),
      );
      return codes.filter((code) => !near.includes(code)).slice(0, count);
    },
  };
}
