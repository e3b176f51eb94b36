// The secrets of a Worker on this machine, made at random at the first set-up: nothing that could
// be copied from here to a production Worker is in the repository.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { paths } from "./lib/paths.mjs";
import { say } from "./lib/run.mjs";

export function makeDevVars() {
  if (existsSync(paths.devVars)) return;
  const lines = [
    `MASTER_KEYS="k1:${randomBytes(32).toString("base64url")}"`,
    `ATTESTATION_KEYS='${JSON.stringify([attestationKey()])}'`,
    `ISSUER_KEY="wk_issuer_${randomBytes(32).toString("base64url")}"`,
  ];
  writeFileSync(paths.devVars, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  say("▸ Made the secrets of the development Worker (.dev.vars)");
}

function attestationKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = `dev-${randomBytes(4).toString("hex")}`;
  return { ...privateKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
}
