// The secrets of a Worker, made at random. Without a dependency: the set-up of Warifu itself, which runs
// before there are any, makes those of its development server here too.
import { generateKeyPairSync, randomBytes } from "node:crypto";

/** How each is made, by name; docs/issuer/settings.md says what each is for. */
export const secrets = {
  MASTER_KEYS: () => `k1:${random()}`,
  ATTESTATION_KEYS: () => JSON.stringify([attestationKey()]),
  ISSUER_KEY: () => `wk_issuer_${random()}`,
  APP_KEYS: () => `p1:${random()}`,
  EVENT_KEYS: () => `e1:${random()}`,
  KEY_MAC_KEYS: () => `m1:${random()}`,
};

/** @returns {Record<string, string>} all of them, new ones */
export const makeSecrets = () =>
  Object.fromEntries(Object.entries(secrets).map(([name, make]) => [name, make()]));

const random = () => randomBytes(32).toString("base64url");

function attestationKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = `dev-${randomBytes(4).toString("hex")}`;
  return { ...privateKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
}
