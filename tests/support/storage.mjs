// What a stopped Worker left behind: its KV through Miniflare, and the files it all lies in.
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { getPlatformProxy } from "wrangler";

/**
 * @typedef {object} Kv
 * @property {(options?: { prefix?: string }) => Promise<{ keys: { name: string }[] }>} list
 * @property {(key: string) => Promise<string | null>} get
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
