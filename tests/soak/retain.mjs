// After retention: what nobody may know any more is in no object and in no record of KV, and the rest is
// back to its level.
import { everyObject, makeAlarmsDue } from "../support/alarms.mjs";
import { issuerKey } from "../support/demo.mjs";
import { objectValues, withKv } from "../support/storage.mjs";

/**
 * @typedef {import("./world.mjs").World} World
 * @typedef {import("./books/books.mjs").Cardholder} Cardholder
 */

/** A challenge's life, its retention and the time that an alarm may take, in seconds. */
const retention = 1_800 + 86_400 + 4_200;
/** A notification waits for two days, and whom a merchant knows is forgotten after 30. */
const passing = [retention, retention, 31 * 86_400];

/** How long an object rests before the platform takes it out of memory, in milliseconds, and a little. */
const rest = 13_000;
/**
 * By how much the Worker's memory may be more than before, in bytes, and for each object. Its heap keeps what
 * all of them took that were woken at once. Woken again and again it grows to some 200 KB for each, and then
 * no more: in twelve rounds over 422 objects 343 MB became 532, and 518 in the last.
 */
const mostMemory = { always: 64 * 2 ** 20, each: 2 ** 19 };

/**
 * @param {World} world
 * @param {(line: string) => void} note
 * @returns {Promise<{ before: number, after: number }>} the Worker's resident memory in bytes, each time once every
 *   object was in it and has rested
 */
export async function retain(world, note) {
  const { books, worker, api } = world;
  const { length: objects } = await everyObject(worker);
  const before = await rested(world);
  // Who has bought something is registered for certain.
  const certain = new Set([...books.ledgers.values()].map(({ cardholder }) => cardholder));
  const key = issuerKey();
  // Half of those who are registered leave for good.
  const everybody = [...books.cardholders.values()];
  const gone = everybody.filter(({ erased }, n) => erased || n % 2 === 0);
  for (const cardholder of gone) {
    const { id, erased } = cardholder;
    if (erased) continue;
    const { status, text } = await api.send("DELETE", `/v1/cardholders/${id}`, { key });
    if (status === 204 || (status === 404 && !certain.has(cardholder))) continue;
    books.found({ flow: null, rule: "stored", text: `${id} is not erased: ${status} ${text}` });
  }
  /** @type {string[]} */
  let left = [];
  for (const seconds of passing) {
    await world.move(seconds);
    await makeAlarmsDue(worker, world.ahead());
    left = await settled(world);
    note(`${seconds} s later ${left.length} alarms are set: ${left.slice(0, 3).join("; ")}`);
  }
  if (left.length > 0) {
    const text = `objects are still to be woken: ${left.slice(0, 5).join("; ")}`;
    books.found({ flow: null, rule: "stored", text });
  }
  await looksAtObjects(world);
  const after = await rested(world);
  if (after > before + mostMemory.always + objects * mostMemory.each) {
    const text = `${after} bytes after retention, ${before} before, with ${objects} objects`;
    books.found({ flow: null, rule: "memory", text });
  }
  await worker.kill();
  await world.sabotage.stopped(world);
  await looksAtBytes(world, new Set(gone.map(({ id }) => id)));
  await looksAtKv(world);
  return { before, after };
}

/** The Worker's memory once its objects have rested. @param {World} world */
async function rested(world) {
  await new Promise((resolve) => setTimeout(resolve, rest));
  return world.memory();
}

/**
 * Waits until the alarms that were due have gone off.
 * @param {World} world
 * @returns {Promise<string[]>} what the objects keep whose alarms are set
 */
async function settled({ worker }) {
  /** @type {string[]} */
  let set = [];
  for (let n = 0; n < 40; n++) {
    const objects = await everyObject(worker);
    const due = objects.filter(({ at }) => at !== null && at <= Date.now() + 1_000);
    set = objects.flatMap(({ at, keys }) =>
      at === null ? [] : [`${at - Date.now()} ms ${keys.join()}`],
    );
    if (due.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return set;
}

/** Names of what an object may keep for ever. The first is in every object of a development server. */
const lasting = /^(seconds_ahead|cardholder|id:.+)$/;

/** @param {World} world */
async function looksAtObjects({ books, worker }) {
  const objects = await everyObject(worker);
  const rows = objects.flatMap(({ keys }) => keys);
  const left = rows.filter((key) => !lasting.test(key));
  if (left.length > 0) {
    const text = `${left.length} rows are left after retention, such as ${left.slice(0, 5).join()}`;
    books.found({ flow: null, rule: "stored", text });
  }
}

/** @param {World} world @param {Set<string>} gone */
async function looksAtBytes({ books, worker }, gone) {
  const challenges = new Map([...books.ledgers.values()].map((ledger) => [ledger.id, ledger]));
  for (const [file, values] of await objectValues(worker.state)) {
    // The local platform writes an object's own name beside what the object stores.
    const stored = values.filter(
      (value) => !/^holder-[0-9a-f]{12}$/.test(value.toString("latin1")),
    );
    for (const name of namesIn(Buffer.concat(stored))) {
      const flow = challenges.get(name)?.flow ?? null;
      if (flow === null && !gone.has(name)) continue;
      books.found({ flow, rule: "stored", text: `${name} is in ${file} after retention` });
    }
  }
}

/**
 * The ids of challenges and cardholders in what an object stored: as they are, and in the base64url in
 * which it stores its state.
 * @param {Buffer} bytes
 */
function namesIn(bytes) {
  const text = bytes.toString("latin1");
  const encoded = text.match(/[\w-]{24,}/g) ?? [];
  // What stands before a text in a database can look like its first letters.
  const decoded = encoded.flatMap((run) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), "base64url").toString("latin1")),
  );
  const all = [text, ...decoded].flatMap(
    (one) => one.match(/ch_[\w-]{22}|holder-[0-9a-f]{12}/g) ?? [],
  );
  return new Set(all);
}

/** @param {World} world */
async function looksAtKv({ books, worker }) {
  await withKv(worker.state, async (kv) => {
    const { keys } = await kv.list();
    // The platform forgets these by itself, by its own clock, which nobody moves.
    const latest = Date.now() / 1000 + retention;
    for (const { name, expiration } of keys) {
      if (!/challenge:/.test(name)) continue;
      if (expiration !== undefined && expiration < latest + 400_000) continue;
      const text = `${name} is in KV ${expiration ? `until ${expiration}` : "for ever"}`;
      books.found({ flow: null, rule: "stored", text });
    }
  });
}
