// The tables for the auditor are whole: every pitfall and every requirement has its row, what is met
// names the tests that show it, and what is not says why. That those tests are there is held by
// tests/documents.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { namedTests, read } from "./support/sources.mjs";

/**
 * The cells of all rows of the tables below a heading, without their own headings.
 * @param {string} document
 * @param {string} heading with its marks
 */
function rows(document, heading) {
  const [marks] = heading.split(" ");
  const [, part] = read(document).split(`\n${heading}\n`);
  assert.ok(part, `${document}: ${heading}`);
  const chapter = part.split(new RegExp(`^#{1,${marks.length}} `, "m"))[0];
  return chapter
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\|[ -]+\|[ |-]*$/.test(line))
    .map((line) => line.slice(2, -2).split(" | "));
}

test("each of the 20 pitfalls has an answer, and a test that shows it", () => {
  const [, ...pitfalls] = rows("SECURITY.md", "## Pitfalls of one-time passwords");
  assert.deepEqual(
    pitfalls.map(([number]) => Number(number)),
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
  for (const [number, broke, here, held, ...more] of pitfalls) {
    assert.deepEqual(more, [], number);
    assert.ok(broke.length > 10 && here.length > 20, number);
    assert.ok(namedTests(held).length > 0, number);
  }
});

const page = "docs/compliance.md";

/** The standards, with the requirements that must have a row; several may share one, as `a–b`. */
const standards = {
  "## PCI DSS 4.0.1": [
    ...["3.2.1", "3.3.1", "3.4.1", "3.5.1", "3.6.1.2", "3.7.1", "3.7.4", "3.7.5", "4.2.1", "4.2.2"],
    ...["6.2.4", "6.3.2", "6.4.3", "6.5.3", "6.5.6", "7.2.5", "7.3.3", "8.2.1", "8.3.2", "8.6.2"],
    ...["10.2.1.2", "10.2.1.4", "10.2.1.5", "10.2.1.7", "10.2.2", "10.3.2", "10.5.1", "10.6.1"],
    ...["11.6.1", "12.3.3", "12.8.5"],
  ],
  "## NIST SP 800-63B-4": [
    ...["3.1.3.1", "3.1.3.2", "3.1.3.3", "3.1.4.1", "3.1.4.2", "3.2.2", "3.2.5", "3.2.7", "3.2.9"],
    ...["4.1", "4.1.2.1", "4.2", "4.3", "4.5", "4.6"],
  ],
  "## OWASP ASVS 5.0": [
    ...numbered("6", [3, 12, 8, 6, 8, 4, 2, 4]),
    ...["16.3.1", "16.3.2", "16.3.3", "16.3.4"],
  ],
  "## PSD2 RTS, Article 5": [
    ...["5(1)(a)", "5(1)(b)", "5(1)(c)", "5(1)(d)", "5(2)(a)", "5(2)(b)", "5(3)(a)", "5(3)(b)"],
  ],
};

/**
 * `6.1.1`, `6.1.2` and so on.
 * @param {string} chapter
 * @param {number[]} sizes how many requirements each section has
 */
function numbered(chapter, sizes) {
  return sizes.flatMap((size, section) =>
    Array.from({ length: size }, (_, n) => `${chapter}.${section + 1}.${n + 1}`),
  );
}

/** `6.7.1–6.7.2` as both, `3.2.2, bound` as `3.2.2`. @param {string} cell */
function requirements(cell) {
  const [first, last] = cell.split(",")[0].split("–");
  if (last === undefined) return [first];
  const stem = first.replace(/\d+$/, "");
  const [from, to] = [first, last].map((one) => Number(one.slice(stem.length)));
  return Array.from({ length: to - from + 1 }, (_, n) => `${stem}${from + n}`);
}

const statuses = ["met", "partly", "not met", "issuer", "merchant", "does not apply"];

for (const [heading, demanded] of Object.entries(standards)) {
  const found = rows(page, heading).filter(([, , status]) => statuses.includes(status));

  test(`${heading.slice(3)}: every requirement has its row, once`, () => {
    const cells = found.map(([cell]) => cell);
    assert.equal(new Set(cells).size, cells.length);
    const told = cells.flatMap(requirements);
    assert.deepEqual(
      demanded.filter((one) => !told.includes(one)),
      [],
    );
  });

  test(`${heading.slice(3)}: what is met names its tests, and what is not says why`, () => {
    // A status that is misspelled would take its row out of these tests.
    const tables = rows(page, heading).filter(([first, , status]) => /^\d/.test(first) && status);
    assert.deepEqual(
      tables.map(([cell, , status]) => [cell, statuses.includes(status)]),
      tables.map(([cell]) => [cell, true]),
    );
    for (const [cell, asks, status, how, ...more] of found) {
      assert.deepEqual(more, [], cell);
      assert.ok(asks.length > 5, cell);
      const shown = namedTests(how).length > 0;
      if (status === "met" || status === "partly") assert.ok(shown, `${cell}: ${status}`);
      const said = how.replace(/`[^`]+`(: `[^`]+`(, `[^`]+`)*)?[.;]?/g, "").trim();
      if (status !== "met") assert.ok(said.length > 15, `${cell}: ${status}`);
    }
  });
}

test("what is not met is told in SECURITY.md too", () => {
  /** @type {Record<string, string>} */
  const told = {
    ...{
      "3.6.1.2": "hardware module",
      "3.1.3.1": "E-mail is outside",
      "6.3.6": "E-mail is outside",
    },
    ...{ "3.1.3.3, risk": "SIM swap", "3.2.5": "Live phishing" },
  };
  const unmet = Object.keys(standards)
    .flatMap((heading) => rows(page, heading))
    .filter(([, , status]) => status === "not met")
    .map(([cell]) => cell);
  assert.deepEqual(unmet.sort(), Object.keys(told).sort());
  const [, undefended] = read("SECURITY.md").split("\n## What is not defended\n");
  for (const word of Object.values(told)) assert.ok(undefended.includes(word), word);
});

test("the Tail Worker of the page passes on what was said, and no address", async () => {
  const [, sample] = /^ {3}```js\n([^]*?)^ {3}```$/m.exec(read(page)) ?? [];
  const { default: worker } = await import(`data:text/javascript,${encodeURIComponent(sample)}`);
  const url = "https://otp.example/challenge/ch_1_secret_2";
  const said = { level: "log", timestamp: 1, message: ['{"event":"code_sent"}'] };
  const broke = { name: "Error", timestamp: 2, message: "why" };
  const event = { request: { url } };
  /** @type {[unknown, { body: string }][]} */
  const posted = [];
  const { fetch } = globalThis;
  // @ts-expect-error what it answers is not looked at
  globalThis.fetch = async (...call) => posted.push(/** @type {any} */ (call));
  try {
    const nothing = { event, logs: [], exceptions: [] };
    await worker.tail([nothing], { ARCHIVE: "https://archive.example" });
    assert.equal(posted.length, 0);
    const invocation = { event, logs: [said], exceptions: [broke] };
    await worker.tail([nothing, invocation], { ARCHIVE: "https://archive.example" });
  } finally {
    globalThis.fetch = fetch;
  }
  const [[to, { body }]] = posted;
  assert.equal(to, "https://archive.example");
  assert.deepEqual(
    body.split("\n").map((line) => JSON.parse(line)),
    [said, broke],
  );
});
