// In which object, and in which row of it, a destination is counted: core/src/destination.rs.
import { createHmac } from "node:crypto";
import { devSecret } from "./dev-secrets.mjs";
import { uniqueId } from "./demo.mjs";

/** @param {string} address in lower case */
function nameOf(address) {
  const [, key] = devSecret("MASTER_KEYS").split(",")[0].split(":");
  const mac = createHmac("sha256", Buffer.from(key, "base64url"));
  for (const field of ["warifu/destination/v1", "email", address]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(field.length));
    mac.update(length).update(field);
  }
  return mac.digest();
}

/** The key of an address's row. @param {string} address in lower case */
export const rowOf = (address) => `destination:${nameOf(address).toString("base64url")}`;

/**
 * A new address that is counted in this bucket.
 * @param {number} bucket its number, below 64
 */
export function addressIn(bucket) {
  for (;;) {
    const address = `${uniqueId("bucket")}@mail.jp`.toLowerCase();
    if (nameOf(address)[0] % 64 === bucket) return address;
  }
}
