// The secrets of the development set-up, which the tests share with `npm start`.
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { paths } from "../../scripts/lib/paths.mjs";

/** @returns {Record<string, string>} all of .dev.vars, by name */
export const devSecrets = () =>
  /** @type {Record<string, string>} */ (parseEnv(readFileSync(paths.devVars, "utf8")));

/**
 * A secret of the development set-up.
 * @param {"MASTER_KEYS" | "ATTESTATION_KEYS" | "APP_KEYS" | "EVENT_KEYS" | "ISSUER_KEY" | "KEY_MAC_KEYS"} name
 */
export function devSecret(name) {
  const value = devSecrets()[name];
  if (!value) throw new Error(`.dev.vars has no ${name}: run \`npm run setup\``);
  return value;
}
