// What an issuer runs to make digests of card numbers: the same digests as the Worker's, and never a card
// number where somebody could read it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { at } from "../scripts/lib/paths.mjs";
import { nodeTool } from "../scripts/lib/toolchain.mjs";

const tool = at("examples/card-digests/card-digests.mjs");
const zeroes = "A".repeat(43);
const number = "4111111111111111";
const digest = "86ea6580fa15124011d85c2531b13571e261826d1b2128b3b089c95677fd5026";

/**
 * @param {string | Buffer} input
 * @param {{ key?: string, args?: string[], open?: boolean, path?: string }} [given]
 *   `open`: the input has no end; `path`: to the tool
 */
async function run(input, { key = zeroes, args = [], open = false, path = tool } = {}) {
  const child = spawn(nodeTool("node"), [path, ...args], {
    env: { PATH: process.env.PATH, CARD_KEY: key },
  });
  const [output, errors] = [child.stdout, child.stderr].map((stream) => stream.toArray());
  // A tool that refuses its arguments reads nothing.
  child.stdin.on("error", () => {});
  child.stdin.write(input);
  if (!open) child.stdin.end();
  const status = await new Promise((resolve) => child.once("exit", resolve));
  child.stdin.destroy();
  return {
    status,
    output: Buffer.concat(await output).toString(),
    errors: Buffer.concat(await errors).toString(),
  };
}

/** @param {Awaited<ReturnType<typeof run>>} ran */
function lines({ status, output, errors }) {
  assert.deepEqual({ status, errors }, { status: 0, errors: "" });
  assert.ok(output.endsWith("\n"));
  return output.split("\n").slice(0, -1);
}

/** The digits of a text, in whatever way they are written. @param {string} text */
const digits = (text) => text.normalize("NFKC").replace(/[^0-9]/g, "");

test("the digests are those of the Worker's crate, and of the guide", async () => {
  const crate = readFileSync(at("three-ds/src/pan.rs"), "utf8");
  const vectors = [...crate.matchAll(/"([A-Z])",\s*"(\d+)",\s*"([0-9a-f]{64})"/g)];
  assert.ok(vectors.length >= 4);
  for (const [, letter, pan, expected] of vectors) {
    for (const key of [letter.repeat(43), `k1:${letter.repeat(43)}`, `${letter.repeat(43)}=`]) {
      assert.deepEqual(lines(await run(`${pan}\n`, { key })), [expected], `${letter} ${pan}`);
    }
  }
  const guide = readFileSync(at("docs/three-ds.md"), "utf8");
  assert.ok(guide.includes(`\`${number}\` has the digest \`${digest}\``));
  assert.deepEqual(lines(await run(number)), [digest]);
});

test("the tool runs by any path to it, and does nothing for who imports it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "digests "));
  try {
    const link = join(folder, "カード#1.mjs");
    symlinkSync(tool, link);
    const copy = join(folder, "a copy?.mjs");
    copyFileSync(tool, copy);
    for (const path of [link, copy, relative(process.cwd(), tool)]) {
      assert.deepEqual(lines(await run(number, { path })), [digest], path);
    }
    const importer = join(folder, "importer.mjs");
    const { href } = pathToFileURL(tool);
    const program = [
      `import { cardDigest, readKey } from ${JSON.stringify(href)};`,
      `console.log(cardDigest(readKey("k1:${zeroes}"), "${number}"));`,
    ];
    writeFileSync(importer, program.join("\n"));
    assert.deepEqual(lines(await run("no number", { path: importer })), [digest]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a number is read however people write it", async () => {
  const written = [
    ...[
      "4111 1111 1111 1111",
      "4111-1111-1111-1111",
      "  4111111111111111\t",
      "4111 - 1111 11111111",
    ],
    ...[
      "４１１１１１１１１１１１１１１１",
      "４１１１　１１１１－１１１１ー１１１１",
      "4111–1111−1111‐1111",
    ],
  ];
  for (const text of [...written, `\uFEFF${number}`]) {
    assert.deepEqual(lines(await run(`${text}\r\n`)), [digest], text);
  }
  const all = lines(await run(written.join("\n")));
  assert.deepEqual(
    all,
    written.map(() => digest),
  );
});

const bad = [
  ...["", "411111111111", "41111111111111111111", "4111 1111 1111 111x", "-4111111111111111"],
  ...[
    "4111111111111111;5500000000000004",
    "4111.1111.1111.1111",
    "①111111111111111",
    "٤١١١١١١١١١١١١١١١",
  ],
];
for (const text of bad) {
  test(`"${text}" is refused by its line and not by what is in it`, async () => {
    const { status, output, errors } = await run(`${number}\n${text}\n${number}\n`);
    assert.equal(status, 1);
    assert.equal(output, `${digest}\n`, "what was before it, and nothing after it");
    assert.equal(
      errors,
      "Line 2 must be one card number of 13 to 19 digits, with spaces or hyphens between them.\n",
    );
  });
}

test("a bad line ends the tool while more could come", async () => {
  assert.equal((await run("x\n", { open: true })).status, 1);
});

for (const arg of [
  number,
  "4111-1111-1111-1111",
  "４１１１１１１１１１１１１１１１",
  "--card=4111111111111111",
]) {
  test(`an argument as ${arg} is refused and not repeated`, async () => {
    const { status, output, errors } = await run(number, { args: [arg] });
    assert.deepEqual({ status, output }, { status: 1, output: "" });
    assert.match(errors, /^An argument looks like a card number\. .*standard input/);
    assert.equal(digits(errors), "");
  });
}

test("another argument, or a key that is none, is refused before anything is read", async () => {
  const other = await run(number, { args: ["--help"] });
  assert.deepEqual(other, {
    status: 1,
    output: "",
    errors: "The only argument is --json. Card numbers are read from standard input.\n",
  });
  const keys = [
    "",
    "A",
    "A".repeat(42),
    "A".repeat(44),
    `${"A".repeat(42)}B`,
    `${"A".repeat(42)}+`,
  ];
  for (const key of [...keys, `k1:${zeroes},k2:${zeroes}`]) {
    const { status, output, errors } = await run(number, { key });
    assert.deepEqual({ status, output }, { status: 1, output: "" }, key);
    assert.match(errors, /^CARD_KEY must be one entry of the deployment's CARD_KEYS: 32 bytes/);
  }
});

test("lines of an import get digests in place of card numbers, and nothing else is changed", async () => {
  const holder = {
    id: "taro",
    email: "taro@mail.jp",
    personal_message: "ハワイ大好き",
    channel: "email",
  };
  const input = [
    JSON.stringify({ ...holder, cards: [number, "４１１１ 1111 1111 1"] }),
    "",
    JSON.stringify(holder),
    JSON.stringify({ ...holder, cards: [] }),
  ];
  const output = lines(await run(input.join("\n"), { args: ["--json"] }));
  const second = "9aff0a10b970c3e5a3e59bfc185aea697dc0272c7270436bbcd11a5d8172cfed";
  assert.deepEqual(output, [
    JSON.stringify({ ...holder, cards: [digest, second] }),
    ...input.slice(1),
  ]);
});

/** @type {[string, string][]} */
const badLines = [
  [`{"id":"taro","cards":["${number}"]`, "must be a JSON object"],
  [`["${number}"]`, "must be a JSON object"],
  [`${number}`, "must be a JSON object"],
  [`{"id":"taro","cards":[${number}]}`, "must have a list of card numbers as texts in cards"],
  [`{"id":"taro","cards":"${number}"}`, "must have a list of card numbers as texts in cards"],
  [`{"id":"taro","cards":["${number}","${digest}"]}`, "must have a list of card numbers as texts"],
  [`{"id":"taro","cards":null}`, "must have a list of card numbers as texts in cards"],
];
for (const [line, must] of badLines) {
  test(`of an import ${line} is refused without what is in it`, async () => {
    const { status, output, errors } = await run(`\n${line}\n`, { args: ["--json"] });
    assert.deepEqual({ status, output }, { status: 1, output: "\n" });
    assert.ok(errors.startsWith(`Line 2 ${must}`), errors);
    assert.ok(!errors.includes("4111") && !errors.includes(digest) && !errors.includes("taro"));
  });
}
