// The figures of a soak: added up over chunks, as a table and as JSON.

/** @typedef {Record<string, number>} Figures */

/** @param {Figures[]} all @returns {Figures} */
export function added(all) {
  /** @type {Figures} */
  const sum = {};
  for (const figures of all) {
    for (const [name, count] of Object.entries(figures)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

/** What comes first in the table; all else follows by its name. */
const first = [
  "flows",
  "flows in Chromium",
  "unfinished",
  "requests",
  "unanswered",
  "unavailable",
  "challenges",
  "codes that had to be taken",
  "verified",
  "redeemed",
  "failed",
  "canceled",
  "expired",
  "events and audit records",
  "of these repeats",
  "RReqs",
  "of these RReqs repeats",
  "notifications",
  "kills",
  "starts",
  "key rotations",
  "clock steps",
  "repetitions lost with the local queue",
  "seconds",
];

/** @param {Figures} figures @returns {[string, number][]} */
function inOrder(figures) {
  const others = Object.keys(figures).filter((name) => !first.includes(name));
  const names = [...first.filter((name) => name in figures), ...others.sort()];
  return names.map((name) => [name, figures[name]]);
}

/** As Markdown, so that it can stand in a document. @param {Figures} figures */
export const table = (figures) =>
  [
    "| what | how many |",
    "| --- | ---: |",
    ...inOrder(figures).map(([name, count]) => `| ${name} | ${count.toLocaleString("en")} |`),
  ].join("\n");
