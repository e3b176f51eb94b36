// The keys of a deployment, as its operator rotates them: a new one in front, the others still read.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { devSecret } from "../support/dev-secrets.mjs";

/** How many keys of each list are kept. As many as an operator keeps while anything made by them lives. */
const most = 20;

/**
 * @param {{ CARD_KEYS: string, AV_KEYS: string }} begun the lists that a Worker began with, beside those of
 *   development
 */
export function rotatingKeys({ CARD_KEYS, AV_KEYS }) {
  let made = 0;
  /** @type {Record<string, string[]>} */
  const lists = {
    ...Object.fromEntries(
      /** @type {const} */ (["MASTER_KEYS", "APP_KEYS", "EVENT_KEYS", "KEY_MAC_KEYS"]).map(
        (name) => [name, devSecret(name).split(",")],
      ),
    ),
    CARD_KEYS: CARD_KEYS.split(","),
    AV_KEYS: AV_KEYS.split(","),
  };
  let attesting = JSON.parse(devSecret("ATTESTATION_KEYS"));

  /** @returns {Record<string, string>} the settings */
  const settings = () => ({
    ...Object.fromEntries(Object.entries(lists).map(([name, keys]) => [name, keys.join(",")])),
    ATTESTATION_KEYS: JSON.stringify(attesting),
  });

  return {
    settings,
    rotations: () => made,
    /** A new key stands in front of each list. The cards' key stays: who registers cards makes digests with it. */
    rotate() {
      made++;
      for (const [name, keys] of Object.entries(lists)) {
        if (name === "CARD_KEYS") continue;
        const id = name === "AV_KEYS" ? String((made % 200) + 2) : `soak${made}`;
        lists[name] = [`${id}:${randomBytes(32).toString("base64url")}`, ...keys].slice(0, most);
      }
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const key = {
        ...privateKey.export({ format: "jwk" }),
        kid: `soak${made}`,
        alg: "ES256",
        use: "sig",
      };
      attesting = [key, ...attesting].slice(0, most);
    },
  };
}
