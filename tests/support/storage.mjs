// What a stopped Worker left behind: its KV through Miniflare, and the files it all lies in.
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { getPlatformProxy } from "wrangler";

/**
 * @typedef {object} Kv
 * @property {(options?: { prefix?: string }) => Promise<{ keys: { name: string }[] }>} list
 * @property {(key: string) => Promise<string | null>} get
 * @property {(key: string) => Promise<void>} delete
 * @property {(key: string, value: string, options?: { expirationTtl?: number }) => Promise<void>} put
 */

/**
 * Opens the KV namespace of a stopped Worker.
 * @template T
 * @param {string} state
 * @param {(kv: Kv) => Promise<T>} body
 */
export async function withKv(state, body) {
  const proxy = await getPlatformProxy({
    configPath: join(state, "wrangler.toml"),
    environment: "development",
    persist: { path: join(state, "v3") },
  });
  try {
    const { WARIFU } = /** @type {{ WARIFU: Kv }} */ (/** @type {unknown} */ (proxy.env));
    return await body(WARIFU);
  } finally {
    await proxy.dispose();
  }
}

/**
 * Every key and value of the namespace.
 * @param {string} state
 * @returns {Promise<Map<string, string>>}
 */
export function kvEntries(state) {
  return withKv(state, async (kv) => {
    const entries = new Map();
    for (const { name } of (await kv.list()).keys) entries.set(name, (await kv.get(name)) ?? "");
    return entries;
  });
}

/**
 * Every file below a folder, by its path relative to it.
 * @param {string} folder
 * @returns {Promise<Map<string, Buffer>>}
 */
export async function filesBelow(folder) {
  const files = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(relative(folder, file), await readFile(file));
  }
  return files;
}

/**
 * Whether a text is in what was stored: V8, and with it an object's storage, keeps one with Japanese
 * in it as UTF-16.
 * @param {Buffer} bytes
 * @param {string} text
 */
export const holds = (bytes, text) => bytes.includes(text) || bytes.includes(text, 0, "utf16le");

/**
 * What every base64 text has in it that encodes the secret somewhere: for each place that the
 * secret can start at within three bytes, the letters that come of the secret alone.
 * @param {string | Buffer} secret
 */
export function insideBase64(secret) {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(/** @type {any} */ (secret))]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    return /** @type {const} */ (["base64", "base64url"]).map((alphabet) =>
      whole.toString(alphabet).slice(Math.ceil((before * 4) / 3)),
    );
  });
}
