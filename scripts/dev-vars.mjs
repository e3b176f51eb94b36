// The secrets of a Worker on this machine, made at random at the first set-up: nothing that could
// be copied from here to a production Worker is in the repository.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { paths } from "./lib/paths.mjs";
import { say } from "./lib/run.mjs";

/** @type {Record<string, () => string>} */
const secrets = {
  MASTER_KEYS: () => `"k1:${random()}"`,
  ATTESTATION_KEYS: () => `'${JSON.stringify([attestationKey()])}'`,
  ISSUER_KEY: () => `"wk_issuer_${random()}"`,
  APP_KEYS: () => `"p1:${random()}"`,
  EVENT_KEYS: () => `"e1:${random()}"`,
  KEY_MAC_KEYS: () => `"m1:${random()}"`,
};

/** Makes those that are missing: a newer Worker may ask for one more. The others stay as they are. */
export function makeDevVars() {
  const kept = existsSync(paths.devVars) ? readFileSync(paths.devVars, "utf8") : "";
  const missing = Object.keys(secrets).filter((name) => !new RegExp(`^${name}=`, "m").test(kept));
  if (missing.length === 0) return;
  const lines = missing.map((name) => `${name}=${secrets[name]()}\n`);
  if (kept && !kept.endsWith("\n")) lines.unshift("\n");
  writeFileSync(paths.devVars, lines.join(""), { mode: 0o600, flag: "a" });
  say(`▸ Made secrets of the development Worker (.dev.vars): ${missing.join(", ")}`);
}

const random = () => randomBytes(32).toString("base64url");

function attestationKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = `dev-${randomBytes(4).toString("hex")}`;
  return { ...privateKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
}
