// Counts what a ledger has, by what Cloudflare charges for.

/** @typedef {import("./wrapped.mjs").Invocation} Invocation */

/**
 * @typedef {object} Tally
 * @property {number} requests to the Worker
 * @property {number} cpu in milliseconds
 * @property {number} kvReads
 * @property {number} kvWrites deletions and listings too
 * @property {number} objectRequests alarms too
 * @property {number} alarms that went off
 * @property {number} rowsRead
 * @property {number} rowsWritten alarms that were set and rows that were deleted too
 * @property {number} puts rows among them that hold a value
 * @property {number} alarmRows rows among them that are alarms
 * @property {number} messages put into a queue
 * @property {number} limits rate limits that were asked
 * @property {number} lines of the log
 * @property {number} lineBytes
 * @property {number} points of data
 * @property {number} posts what was fetched over the network
 * @property {number} kvBytes that were written
 * @property {number} objectBytes that were written
 */

/** @returns {Tally} */
export const nothing = () => ({
  requests: 0,
  cpu: 0,
  kvReads: 0,
  kvWrites: 0,
  objectRequests: 0,
  alarms: 0,
  rowsRead: 0,
  rowsWritten: 0,
  puts: 0,
  alarmRows: 0,
  messages: 0,
  limits: 0,
  lines: 0,
  lineBytes: 0,
  points: 0,
  posts: 0,
  kvBytes: 0,
  objectBytes: 0,
});

/** What each kind of call adds. @type {Record<string, (keyof Tally)[]>} */
const kinds = {
  "kv.get": ["kvReads"],
  "kv.getWithMetadata": ["kvReads"],
  "kv.list": ["kvWrites"],
  "kv.put": ["kvWrites"],
  "kv.delete": ["kvWrites"],
  "storage.get": ["rowsRead"],
  "storage.list": ["rowsRead"],
  "storage.getAlarm": ["rowsRead"],
  "storage.put": ["rowsWritten", "puts"],
  "storage.delete": ["rowsWritten"],
  "storage.deleteAll": ["rowsWritten"],
  "storage.setAlarm": ["rowsWritten", "alarmRows"],
  "storage.deleteAlarm": ["rowsWritten", "alarmRows"],
  "queue.send": ["messages"],
  limit: ["limits"],
  line: ["lines"],
  fetch: ["posts"],
  writeDataPoint: ["points"],
};

/**
 * @param {Invocation[]} invocations
 * @returns {Tally}
 */
export function tally(invocations) {
  const counted = nothing();
  for (const { kind, calls } of invocations) {
    if (kind === "request") counted.requests += 1;
    if (kind === "object" || kind === "alarm") counted.objectRequests += 1;
    if (kind === "alarm") counted.alarms += 1;
    for (const { kind: call, rows = 1, bytes = 0, read = 0, written = 0 } of calls) {
      for (const what of kinds[call] ?? []) counted[what] += rows;
      if (call === "storage.sql") {
        counted.rowsRead += read;
        counted.rowsWritten += written;
      }
      if (call === "storage.put") counted.objectBytes += bytes;
      if (call === "kv.put") counted.kvBytes += bytes;
      if (call === "line") counted.lineBytes += bytes;
    }
  }
  return counted;
}

/**
 * One as often as another says, added to a third.
 * @param {Tally} one
 * @param {Tally} other
 * @param {number} [times]
 * @returns {Tally}
 */
export function plus(one, other, times = 1) {
  const added = nothing();
  for (const what of /** @type {(keyof Tally)[]} */ (Object.keys(added))) {
    added[what] = one[what] + other[what] * times;
  }
  return added;
}

/** @param {Tally} counted @param {number} by */
export const divided = (counted, by) => plus(nothing(), counted, 1 / by);
