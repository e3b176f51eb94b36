// Many cardholders in one request: an answer for each line, and nothing done that is not answered.
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { assertProblem, assertStatus, undeclared } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { issuerKey, uniqueId } from "./support/demo.mjs";
import { enroll, readCardholder } from "./support/enrollment.mjs";

const { api } = await startApi({ onDisk: true });
const key = issuerKey();
const type = "application/x-ndjson";

/** @typedef {{ line: number, id: string | null, status: number, code?: string, field?: string, detail?: string }} LineAnswer */
/** @typedef {{ done: true, lines: number, imported: number, refused: number }} Summary */

/**
 * @param {BodyInit} body
 * @returns {Promise<{ lines: LineAnswer[], summary: Summary }>}
 */
async function imported(body) {
  const answer = assertStatus(await api.post("/v1/cardholders", { key, body, type }));
  assert.ok(answer.text.endsWith("\n"));
  const lines = answer.body.slice(0, -1);
  return { lines, summary: answer.body.at(-1) };
}

/** @param {unknown[]} values */
const ndjson = (values) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** @param {string} id */
const facts = (id) => ({ id, email: `${id}@mail.jp`, phone: "+819012341234", channel: "email" });

/** @param {string} id */
const isUnknown = async (id) =>
  (await api.get(`/v1/cardholders/${id}`, { key })).body.code === "cardholder_not_found";

/** @type {[string, (id: string) => string, string | undefined][]} a fault, its line, the field */
const faults = [
  ["no JSON", () => "not json", undefined],
  ["cut-off JSON", (id) => JSON.stringify(facts(id)).slice(0, -1), undefined],
  ["two values", (id) => `${JSON.stringify(facts(id))} {}`, undefined],
  ["an array", (id) => JSON.stringify([facts(id)]), undefined],
  ["no id", () => JSON.stringify({ email: "taro@mail.jp" }), "id"],
  ["an id that is none", () => JSON.stringify(facts("a b")), "id"],
  ["an id of one dot", () => JSON.stringify(facts(".")), "id"],
  ["an id of two dots", () => JSON.stringify(facts("..")), "id"],
  ["an id of many dots", () => JSON.stringify(facts("....")), "id"],
  [
    "a full-width address",
    (id) => JSON.stringify({ ...facts(id), email: "ｔａｒｏ@mail.jp" }),
    "email",
  ],
  [
    "an address of a number",
    (id) => JSON.stringify({ ...facts(id), email: "taro@192.0.2.1" }),
    "email",
  ],
  ["an id of another type", () => JSON.stringify({ ...facts("x"), id: 5 }), "id"],
  ["no address", (id) => JSON.stringify({ ...facts(id), email: "taro" }), "email"],
  ["a land line", (id) => JSON.stringify({ ...facts(id), phone: "+81312341234" }), "phone"],
  ["a toll-free number", (id) => JSON.stringify({ ...facts(id), phone: "+818001234567" }), "phone"],
  ["a 050 number", (id) => JSON.stringify({ ...facts(id), phone: "+815012341234" }), "phone"],
  ["a 020 number", (id) => JSON.stringify({ ...facts(id), phone: "+812012341234" }), "phone"],
  ["an app", (id) => JSON.stringify({ ...facts(id), channel: "app" }), "channel"],
  ["no destination", (id) => JSON.stringify({ id, channel: "sms" }), "channel"],
  ["a field too many", (id) => JSON.stringify({ ...facts(id), pan: "3528000000000000" }), "pan"],
];

for (const [what, lineOf, field] of faults) {
  test(`a line with ${what} is refused, and the lines around it are not`, async () => {
    const [before, bad, after] = [uniqueId("holder"), uniqueId("holder"), uniqueId("holder")];
    const body = `${JSON.stringify(facts(before))}\n${lineOf(bad)}\n${JSON.stringify(facts(after))}`;
    const { lines, summary } = await imported(body);
    const [first, refused, last] = lines;
    assert.deepEqual(
      [first, last],
      [
        { line: 1, id: before, status: 201 },
        { line: 3, id: after, status: 201 },
      ],
    );
    const { line, status, code, field: named } = refused;
    assert.deepEqual(
      { line, status, code, named },
      { line: 2, status: 400, code: "invalid_request", named: field },
    );
    assert.deepEqual(summary, { done: true, lines: 3, imported: 2, refused: 1 });
    assert.ok(await isUnknown(bad));
    await readCardholder(api, { id: after });
  });
}

test("old carriers' addresses are imported, and a broken one is refused with the reason", async () => {
  const [first, second] = [uniqueId("holder"), uniqueId("holder")];
  const { lines } = await imported(
    ndjson([
      { ...facts(first), email: "sample..name@docomo.ne.jp" },
      { ...facts(second), email: '"sample."@ezweb.ne.jp' },
      { ...facts("x"), email: "sample..name,@docomo.ne.jp" },
    ]),
  );
  assert.deepEqual(
    lines.map(({ status }) => status),
    [201, 201, 400],
  );
  assert.equal(lines[2].detail, "email must be one e-mail address such as taro@mail.example.");
  assert.equal((await readCardholder(api, { id: first })).email, "***@docomo.ne.jp");
});

test("a number that takes no text messages is refused with what it is", async () => {
  /** @type {[string, RegExp][]} */
  const refused = [
    ["+818001234567", /0800 are toll-free/],
    ["+812041234567", /0204 is for pagers/],
    ["+812012341234", /020 is for machines/],
    ["+815012341234", /050 is IP telephony/],
    ["+819001234567", /0 after 060, 070 or 090/],
    ["+8109012345678", /no 0 after \+81/],
  ];
  const { lines } = await imported(ndjson(refused.map(([phone]) => ({ ...facts("x"), phone }))));
  for (const [index, [phone, why]] of refused.entries()) {
    const { status, field, detail } = lines[index];
    assert.deepEqual([status, field], [400, "phone"], phone);
    assert.match(detail ?? "", why);
  }
});

test("10,000 cardholders, bad lines among them", async () => {
  const run = uniqueId("bulk");
  const id = (/** @type {number} */ n) => `${run}-${n}`;
  const isBad = (/** @type {number} */ n) => n % 7 === 3;
  const body = Array.from({ length: 10_000 }, (_, n) =>
    isBad(n + 1) ? faults[n % faults.length][1](id(n + 1)) : JSON.stringify(facts(id(n + 1))),
  ).join("\n");
  const { lines, summary } = await imported(body);
  assert.equal(lines.length, 10_000);
  lines.forEach((answer, index) => {
    const n = index + 1;
    assert.equal(answer.line, n);
    if (isBad(n)) assert.equal(answer.status, 400, JSON.stringify(answer));
    else assert.deepEqual(answer, { line: n, id: id(n), status: 201 });
  });
  const refused = lines.filter(({ status }) => status === 400).length;
  assert.deepEqual(summary, { done: true, lines: 10_000, imported: 10_000 - refused, refused });

  for (const n of [1, 2, 4, 4999, 5000, 9998, 9999, 10_000].filter((n) => !isBad(n))) {
    const { email, channel, enrolled } = await readCardholder(api, { id: id(n) });
    assert.deepEqual(
      { email, channel, enrolled },
      { email: "***@mail.jp", channel: "email", enrolled: true },
    );
  }
  for (const n of [3, 10, 9995].filter(isBad)) assert.ok(await isUnknown(id(n)), `${n}`);
});

test("of two lines for one cardholder the later one stays", async () => {
  const [once, often] = [uniqueId("holder"), uniqueId("holder")];
  const versions = Array.from({ length: 120 }, (_, n) => ({
    id: often,
    email: `taro@v${n}.example`,
  }));
  const { lines, summary } = await imported(ndjson([...versions, facts(once)]));
  assert.deepEqual(
    lines.map(({ status }) => status),
    [201, ...Array.from({ length: 119 }, () => 200), 201],
  );
  assert.deepEqual(summary, { done: true, lines: 121, imported: 121, refused: 0 });
  assert.equal((await readCardholder(api, { id: often })).email, "***@v119.example");
});

test("a cardholder that is there is replaced, and keeps what they chose", async () => {
  const id = uniqueId("holder");
  const line = { id, email: "taro@mail.jp", phone: "+819012341234" };
  assert.equal((await imported(ndjson([line]))).lines[0].status, 201);
  await enroll(api, { id }, "sms");
  const { lines } = await imported(ndjson([{ ...line, email: "taro@new.example" }]));
  assert.deepEqual(lines, [{ line: 1, id, status: 200 }]);
  const { email, channel, terms } = await readCardholder(api, { id });
  assert.deepEqual([email, channel], ["***@new.example", "sms"]);
  assert.ok(terms);
});

test("empty lines, CRLF and a missing last line break are no fault", async () => {
  const [one, two, three] = [uniqueId("holder"), uniqueId("holder"), uniqueId("holder")];
  const json = [one, two, three].map((id) => JSON.stringify(facts(id)));
  const body = `\r\n${json[0]}\r\n\n  \n${json[1]}\n\r\n${json[2]}`;
  const { lines, summary } = await imported(body);
  assert.deepEqual(lines, [
    { line: 2, id: one, status: 201 },
    { line: 5, id: two, status: 201 },
    { line: 7, id: three, status: 201 },
  ]);
  assert.deepEqual(summary, { done: true, lines: 3, imported: 3, refused: 0 });
});

test("nothing to import is done at once", async () => {
  for (const body of ["", "\n", "\r\n \n"]) {
    const { lines, summary } = await imported(body);
    assert.deepEqual(lines, []);
    assert.deepEqual(summary, { done: true, lines: 0, imported: 0, refused: 0 });
  }
});

test("a line that is not UTF-8 is refused, and the others are not", async () => {
  const [bad, good] = [uniqueId("holder"), uniqueId("holder")];
  const line = Buffer.from(`{"id":"${bad}","personal_message":"\xff\xfe"}\n`, "latin1");
  const { lines } = await imported(Buffer.concat([line, Buffer.from(ndjson([facts(good)]))]));
  const [refused, taken] = lines;
  assert.deepEqual([refused.status, refused.code], [400, "invalid_request"]);
  assert.deepEqual(taken, { line: 2, id: good, status: 201 });
  assert.ok(await isUnknown(bad));
});

test("what is too much is refused as a whole", async () => {
  const [many, large] = [uniqueId("many"), uniqueId("large")];
  const lines = Array.from({ length: 10_001 }, (_, n) => ({ id: `${many}-${n}` }));
  const body = ndjson(lines);
  const refused = await api.post("/v1/cardholders", { key, body, type });
  assertProblem(refused, 413, "body_too_large");
  assert.ok(await isUnknown(`${many}-0`));

  const padded = `${JSON.stringify(facts(large))}\n${"\n".repeat(4 * 1024 * 1024)}`;
  const long = await api.post("/v1/cardholders", { key, body: undeclared(padded), type });
  assertProblem(long, 413, "body_too_large");
  assert.ok(await isUnknown(large));
});

test("4 MiB in long lines is not too much", async () => {
  const id = uniqueId("holder");
  const long = JSON.stringify({ ...facts(id), personal_message: "x".repeat(1_000_000) });
  const body = `${long}\n`.repeat(4) + JSON.stringify(facts(id));
  const { lines, summary } = await imported(body);
  assert.deepEqual(
    lines.map(({ status, field }) => field ?? status),
    [...Array.from({ length: 4 }, () => "personal_message"), 201],
  );
  assert.deepEqual(summary, { done: true, lines: 5, imported: 1, refused: 4 });
});

test("another content type is refused", async () => {
  const id = uniqueId("holder");
  const body = ndjson([facts(id)]);
  for (const type of ["application/json", "text/plain", "application/ndjson", undefined]) {
    const answer = await api.post("/v1/cardholders", { key, body: Buffer.from(body), type });
    assertProblem(answer, 415, "unsupported_media_type");
  }
  assert.ok(await isUnknown(id));
  const charset = `${type}; charset=utf-8`;
  assertStatus(await api.post("/v1/cardholders", { key, body, type: charset }));
  await readCardholder(api, { id });
});

for (const [how, framing] of /** @type {const} */ ([
  ["with a length", { "content-length": 1_000_000 }],
  ["in chunks", {}],
])) {
  test(`of an upload that breaks off, ${how}, nothing is done, and it can be sent again`, async () => {
    const ids = Array.from({ length: 200 }, () => uniqueId("holder"));
    const body = ndjson(ids.map(facts));
    const headers = { authorization: `Bearer ${key}`, "content-type": type, ...framing };
    const broken = request(`${api.origin}/v1/cardholders`, { method: "POST", headers });
    const closed = new Promise((resolve) => broken.on("error", resolve).on("close", resolve));
    await new Promise((resolve) => broken.write(body, resolve));
    broken.destroy();
    await closed;
    for (const id of [ids[0], ids[199]]) assert.ok(await isUnknown(id));

    const { summary } = await imported(body);
    assert.deepEqual(summary, { done: true, lines: 200, imported: 200, refused: 0 });
    const again = await imported(body);
    assert.ok(again.lines.every(({ status }) => status === 200));
  });
}
