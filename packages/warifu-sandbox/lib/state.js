// What is kept between two starts: the secrets, the merchant's key, and the Worker's own state.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { makeSecrets } from "./secrets.js";
import { Failure } from "./words.js";

/**
 * @typedef {object} Kept what the Worker shows once
 * @property {string} [key] the merchant's test key
 * @property {{ url: string, secret: string }} [events] where events go, and what signs them
 *
 * @typedef {object} State
 * @property {string} folder
 * @property {string} objects the folder of what the Worker stores
 * @property {Record<string, string>} secrets
 * @property {Kept} kept
 * @property {(kept: Kept) => void} keep
 */

/**
 * Opens the folder, and makes it with its secrets where there is none yet. A newer sandbox adds the
 * secrets that an older one did not have.
 * @param {string} path
 * @returns {State}
 */
export function openState(path) {
  const folder = resolve(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Nothing in it is for a repository.
    writeFileSync(join(folder, ".gitignore"), "*\n");
  } catch (error) {
    throw new Failure(`--state: ${error instanceof Error ? error.message : error}`);
  }
  const file = {
    secrets: join(folder, "secrets.json"),
    merchant: join(folder, "merchant.json"),
  };
  const secrets = { ...makeSecrets(), ...read(file.secrets) };
  write(file.secrets, secrets);
  return {
    ...{ folder, secrets, objects: join(folder, "v3"), kept: read(file.merchant) },
    keep: (kept) => write(file.merchant, kept),
  };
}

/** @param {string} file */
function read(file) {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new Failure(`${file} is not JSON: remove it, and start again.`);
  }
}

/** @param {string} file @param {object} content */
const write = (file, content) =>
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
