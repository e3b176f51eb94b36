// What a stopped Worker left behind: its KV through Miniflare, its objects' databases, and the files
// it all lies in.
import { cp, mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { wrangler } from "./packages.mjs";

/**
 * @typedef {object} Kv
 * @property {(options?: { prefix?: string }) => Promise<{ keys: { name: string, expiration?: number }[] }>} list
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
  const proxy = await wrangler().getPlatformProxy({
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

/** The path of every file below a folder. @param {string} folder */
async function pathsBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What a file holds; nothing where it is gone. @param {string} path */
const readIfThere = (path) =>
  readFile(path).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });

/**
 * Every file below a folder, by its path relative to it. A Worker that runs may remove one while
 * they are read, as SQLite does with what lies beside a database that it closes: that one is left out.
 * @param {string} folder
 * @returns {Promise<Map<string, Buffer>>}
 */
export async function filesBelow(folder) {
  const files = new Map();
  for (const path of await pathsBelow(folder)) {
    const bytes = await readIfThere(path);
    if (bytes) files.set(relative(folder, path), bytes);
  }
  return files;
}

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

/**
 * Whether a text is in what was stored: as it is, as UTF-16, or within base64, which is how an
 * object keeps its state.
 * @param {Buffer} bytes
 * @param {string} text
 */
export const holds = (bytes, text) =>
  [text, Buffer.from(text, "utf16le"), ...insideBase64(text)].some((one) => bytes.includes(one));

/** The databases of cardholders with their index, destinations and merchants; the development object's are none of them. */
const ours = /(Cardholder(Index)?|Destination|Merchant)Object.*\.sqlite$/;

/**
 * Every value in the databases of cardholders with their index, destinations and merchants, by the file of each. A file alone
 * would not do: its pages cut values in two.
 * @param {string} state
 * @returns {Promise<Map<string, Buffer[]>>}
 */
export async function objectValues(state) {
  const values = new Map();
  const folder = join(state, "v3/do");
  for (const path of await pathsBelow(folder)) {
    const file = relative(folder, path);
    if (!ours.test(file) || basename(file) === "metadata.sqlite") continue;
    values.set(file, await databaseValues(path));
  }
  return values;
}

/**
 * All that each object of a cardholder, a destination, a merchant or the index has stored.
 * @param {string} state
 */
export const objectBytes = async (state) =>
  [...(await objectValues(state)).values()].map((values) => Buffer.concat(values));

/** @param {string} file */
async function databaseValues(file) {
  const values = (await databaseRows(file)).flatMap((row) => Object.values(row));
  return values.map((value) => Buffer.from(bytesOf(value)));
}

/**
 * Copies a database and its log, of which either may be missing, as they are at one moment: a Worker
 * that runs may write to them in between, and then they do not belong together.
 * @param {string} file
 * @param {string} copy
 */
async function snapshot(file, copy) {
  const written = async () =>
    (
      await Promise.all(
        [file, `${file}-wal`].map((path) => stat(path, { bigint: true }).catch(() => null)),
      )
    )
      .map((found) => found && `${found.ino} ${found.size} ${found.mtimeNs}`)
      .join();
  let before;
  let now = await written();
  do {
    before = now;
    for (const end of ["", "-wal"]) {
      await rm(copy + end, { force: true });
      await cp(file + end, copy + end).catch(() => {});
    }
    now = await written();
  } while (now !== before);
}

/** Reads a copy: a reader would write to the original. @param {string} file */
async function databaseRows(file) {
  const folder = await mkdtemp(join(tmpdir(), "warifu-database-"));
  try {
    const copy = join(folder, "copy.sqlite");
    await snapshot(file, copy);
    const database = new DatabaseSync(copy);
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const rows = tables.flatMap(({ name }) => {
      const all = database.prepare(`SELECT * FROM "${name}"`);
      all.setReadBigInts(true); // some of the platform's own numbers are no safe integers
      return all.all();
    });
    database.close();
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {unknown} value */
const bytesOf = (value) => (value instanceof Uint8Array ? value : Buffer.from(String(value)));
