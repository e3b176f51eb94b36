// The secrets of a Worker on this machine, made at random at the first set-up: nothing that could
// be copied from here to a production Worker is in the repository.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { secrets } from "../packages/warifu-sandbox/lib/secrets.js";
import { paths } from "./lib/paths.mjs";
import { say } from "./lib/run.mjs";

const random = () => randomBytes(32).toString("base64url");

/** What a Worker with 3-D Secure needs besides: a directory server's key, keys of cards and values. */
export const threeDsSecrets = {
  DIRECTORY_SERVER_KEYS: () => `demo:${random()}`,
  CARD_KEYS: () => `c1:${random()}`,
  AV_KEYS: () => `1:${random()}`,
};

/** Makes those that are missing: a newer Worker may ask for one more. The others stay as they are. */
export function makeDevVars() {
  const kept = existsSync(paths.devVars) ? readFileSync(paths.devVars, "utf8") : "";
  const missing = Object.entries({ ...secrets, ...threeDsSecrets }).filter(
    ([name]) => !new RegExp(`^${name}=`, "m").test(kept),
  );
  if (missing.length === 0) return;
  const lines = missing.map(([name, make]) => `${name}=${quoted(make())}\n`);
  if (kept && !kept.endsWith("\n")) lines.unshift("\n");
  writeFileSync(paths.devVars, lines.join(""), { mode: 0o600, flag: "a" });
  say(
    `▸ Made secrets of the development Worker (.dev.vars): ${missing.map(([name]) => name).join(", ")}`,
  );
}

/** @param {string} value */
const quoted = (value) => (value.includes('"') ? `'${value}'` : `"${value}"`);
