// How an issuer computes the digest by which a card is registered: docs/three-ds.md has the construction.
import { createHmac } from "node:crypto";

const label = "warifu/card/v1";

/** @param {string} card its number @param {string} key 32 bytes in base64url */
export const cardDigest = (card, key) =>
  createHmac("sha256", Buffer.from(key, "base64url"))
    .update(Buffer.concat([label, card].flatMap((text) => [length(text), Buffer.from(text)])))
    .digest("hex");

/** In bytes, as eight of them. @param {string} text */
function length(text) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(Buffer.byteLength(text)));
  return bytes;
}
