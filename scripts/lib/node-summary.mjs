// A reporter for Node's test runner: one line of JSON for each test file, and a last one for all.
/**
 * @typedef {object} Summary
 * @property {string} [file] none in the last one
 * @property {{ passed: number, failed: number, cancelled: number }} counts
 * @property {number} duration_ms
 */

/** @param {AsyncIterable<{ type: string, data: unknown }>} events */
export default async function* summaries(events) {
  for await (const { type, data } of events) {
    if (type === "test:summary") yield `${JSON.stringify(data)}\n`;
  }
}
