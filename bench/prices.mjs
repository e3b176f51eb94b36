// What Cloudflare charges for on the plan Workers Paid, at list prices, beyond what the plan includes.
// Each price has its page and the day it was read; a page that was read as a stored copy is as old as
// the copy. Not here: what providers of mail and text messages charge.

/**
 * @typedef {object} Price
 * @property {number} dollars for so many units
 * @property {number} per
 * @property {string} unit
 * @property {string} source
 * @property {string} read
 */

const docs = "https://developers.cloudflare.com";
const read = "2026-11-30";
const million = 1_000_000;

/** @satisfies {Record<string, Price>} */
export const prices = {
  /** Requests to the Worker. Static files, service bindings and what a Worker asks cost nothing. */
  requests: {
    dollars: 0.3,
    per: million,
    unit: "requests",
    source: `${docs}/workers/platform/pricing/#workers`,
    read,
  },
  cpu: {
    dollars: 0.02,
    per: million,
    unit: "ms of CPU time",
    source: `${docs}/workers/platform/pricing/#workers`,
    read,
  },
  kvReads: {
    dollars: 0.5,
    per: million,
    unit: "reads, also of what is not there",
    source: `${docs}/kv/platform/pricing/`,
    read,
  },
  kvWrites: {
    dollars: 5,
    per: million,
    unit: "writes, deletions or listings",
    source: `${docs}/kv/platform/pricing/`,
    read,
  },
  kvStorage: {
    dollars: 0.5,
    per: 1,
    unit: "GB-month",
    source: `${docs}/kv/platform/pricing/`,
    read,
  },
  /** Alarms are requests too. */
  objectRequests: {
    dollars: 0.15,
    per: million,
    unit: "requests, calls and alarms",
    source: `${docs}/durable-objects/platform/pricing/#compute-billing`,
    read,
  },
  /** While something is asked; an idle object that may hibernate costs nothing. */
  objectDuration: {
    dollars: 12.5,
    per: million,
    unit: "GB-s, of 128 MB each",
    source: `${docs}/durable-objects/platform/pricing/#compute-billing`,
    read,
  },
  rowsRead: {
    dollars: 0.001,
    per: million,
    unit: "rows of SQLite",
    source: `${docs}/durable-objects/platform/pricing/#sqlite-storage-backend`,
    read,
  },
  /** Deletions are rows that are written, and so is an alarm that is set. */
  rowsWritten: {
    dollars: 1,
    per: million,
    unit: "rows of SQLite",
    source: `${docs}/durable-objects/platform/pricing/#sqlite-storage-backend`,
    read,
  },
  objectStorage: {
    dollars: 0.2,
    per: 1,
    unit: "GB-month",
    source: `${docs}/durable-objects/platform/pricing/#sqlite-storage-backend`,
    read,
  },
  /** A message is one written, one read and one deleted. */
  queueOperations: {
    dollars: 0.4,
    per: million,
    unit: "operations of at most 64 KB",
    source: `${docs}/queues/platform/pricing/`,
    read,
  },
  /**
   * Lines of the log, from 2026-12-01 on: their bytes with what the platform adds to each. Until then
   * a million of them were 0.6 dollars.
   */
  logged: {
    dollars: 0.25,
    per: 1,
    unit: "GB of lines that are taken in",
    source: `${docs}/observability/pricing/`,
    read,
  },
  /** Announced; nothing was billed for it when this was read. */
  points: {
    dollars: 0.25,
    per: million,
    unit: "data points of Analytics Engine",
    source: `${docs}/analytics/analytics-engine/pricing/`,
    read,
  },
};

/** What is taken for granted, because a machine cannot measure it. */
export const assumed = {
  /** How long an object is awake for a request: it reads, decides, and its write is confirmed. */
  awakeMs: 20,
  objectGB: 0.128,
  /** What the platform adds to each line, in bytes. */
  addedToLine: 1000,
};

/**
 * The cost of a million of what was counted once, in dollars, by what is paid for.
 * @param {import("./lib/tally.mjs").Tally} counted
 * @returns {Record<string, number>}
 */
export function costOfMillion(counted) {
  const duration = (counted.objectRequests * assumed.awakeMs * assumed.objectGB) / 1000;
  const units = {
    requests: counted.requests,
    cpu: counted.cpu,
    kvReads: counted.kvReads,
    kvWrites: counted.kvWrites,
    objectRequests: counted.objectRequests,
    objectDuration: duration,
    rowsRead: counted.rowsRead,
    rowsWritten: counted.rowsWritten,
    queueOperations: counted.messages * 3,
    logged: (counted.lineBytes + counted.lines * assumed.addedToLine) / 1e9,
    points: counted.points,
  };
  return Object.fromEntries(
    Object.entries(units).map(([what, count]) => {
      const { dollars, per } = prices[/** @type {keyof typeof units} */ (what)];
      return [what, (count * million * dollars) / per];
    }),
  );
}

/** @param {Record<string, number>} costs */
export const sum = (costs) => Object.values(costs).reduce((all, one) => all + one, 0);
