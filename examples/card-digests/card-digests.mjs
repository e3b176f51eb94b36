// Digests of card numbers, by which an issuer registers cards: docs/three-ds.md#cards. Needs Node 20 or
// newer and nothing else. It runs where card numbers may be, on the issuer's side, and sends nothing.
//
//   CARD_KEY=k1:… node card-digests.mjs < numbers.txt              a number a line; a digest a line
//   CARD_KEY=k1:… node card-digests.mjs --json < holders.ndjson    lines of an import, card numbers in
//                                                                  their "cards"; the same with digests
//
// CARD_KEY is the first entry of the deployment's CARD_KEYS. An error names the line and never what is
// in it, and ends the output there.
//
// A program of yours can import cardDigest and readKey instead; nothing is read or written then.
import { createHmac } from "node:crypto";
import { realpathSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

const LABEL = "warifu/card/v1";

// What people, keyboards and exports write between the digits.
const SEPARATORS = /(?<=\d)[\s\u200B-\u200D\u2010-\u2015\u2212\uFF0D\u30FC\uFF70-]+(?=\d)/gu;

/** What is wrong, in words without a card number. */
class Refused extends Error {}

/** @param {string[]} args whether lines of an import are read */
function readsJson(args) {
  if (args.length === 0) return false;
  if (args.length === 1 && args[0] === "--json") return true;
  // Nothing of an argument is repeated: it may be a card number in another spelling.
  if (args.some((arg) => /\p{Nd}{4}/u.test(arg))) {
    throw new Refused(
      "An argument looks like a card number. Card numbers are read from standard input alone: other " +
        "users see arguments, and the shell's history keeps them. Remove this one from the history.",
    );
  }
  throw new Refused("The only argument is --json. Card numbers are read from standard input.");
}

/** @param {string | undefined} setting `<id>:<32 bytes in base64url>`, or the key alone */
export function readKey(setting = "") {
  const text = setting.trim().replace(/^[^:,]*:/, "");
  const key = Buffer.from(text, "base64url");
  const bare = text.replace(/=+$/, "");
  if (key.length !== 32 || key.toString("base64url") !== bare) {
    throw new Refused(
      "CARD_KEY must be one entry of the deployment's CARD_KEYS: 32 bytes in base64url, with or without " +
        "its id and a colon before it.",
    );
  }
  return key;
}

/**
 * @param {string} written
 * @returns {string | undefined} the digits of a card number; nothing for another text
 */
function cardNumber(written) {
  const ascii = (/** @type {string} */ digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0);
  const number = written
    .trim()
    .replace(/[０-９]/g, ascii)
    .replace(SEPARATORS, "");
  return /^\d{13,19}$/.test(number) ? number : undefined;
}

/**
 * Each part has its length before it, as 8 bytes.
 * @param {Buffer} key
 * @param {string} number 13 to 19 digits, and nothing between them
 */
export function cardDigest(key, number) {
  const hmac = createHmac("sha256", key);
  for (const part of [LABEL, number]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hmac.update(length).update(part, "ascii");
  }
  return hmac.digest("hex");
}

/**
 * @param {Buffer} key
 * @param {string} line
 */
function ofNumber(key, line) {
  const number = cardNumber(line);
  if (number === undefined) {
    throw new Refused(
      "must be one card number of 13 to 19 digits, with spaces or hyphens between them",
    );
  }
  return cardDigest(key, number);
}

/**
 * @param {Buffer} key
 * @param {string} line
 */
function ofImported(key, line) {
  if (line.trim() === "") return line;
  let holder;
  try {
    holder = JSON.parse(line);
  } catch {
    // The parser's own message quotes the line.
    throw new Refused("must be a JSON object");
  }
  if (typeof holder !== "object" || holder === null || Array.isArray(holder)) {
    throw new Refused("must be a JSON object");
  }
  if (holder.cards === undefined) return line;
  const numbers = Array.isArray(holder.cards)
    ? holder.cards.map(
        (/** @type {unknown} */ text) => typeof text === "string" && cardNumber(text),
      )
    : [undefined];
  if (!numbers.every(Boolean)) {
    throw new Refused(
      "must have a list of card numbers as texts in cards, each of 13 to 19 digits",
    );
  }
  const cards = numbers.map((/** @type {string} */ number) => cardDigest(key, number));
  return JSON.stringify({ ...holder, cards });
}

/** @param {(line: string) => string} convert */
async function* eachLine(convert) {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    number++;
    try {
      yield `${convert(number === 1 ? line.replace(/^\uFEFF/, "") : line)}\n`;
    } catch (error) {
      if (error instanceof Refused) throw new Refused(`Line ${number} ${error.message}.`);
      throw error;
    }
  }
}

async function run() {
  const json = readsJson(process.argv.slice(2));
  const key = readKey(process.env.CARD_KEY);
  const convert = json ? ofImported : ofNumber;
  const lines = Readable.from(eachLine((line) => convert(key, line)));
  await pipeline(lines, process.stdout, { end: false });
}

/** @param {unknown} error */
function fail(error) {
  // Of another error only its code: its message could quote what was read.
  const code = /** @type {NodeJS.ErrnoException} */ (error).code;
  console.error(error instanceof Refused ? error.message : `Failed: ${code ?? "no reason known"}.`);
  process.exitCode = 1;
  // Whoever writes may not have ended.
  process.stdin.destroy();
}

// By whatever path, also a link's, the program that Node was given is this file.
const [, program] = process.argv;
if (program && realpathSync(program) === fileURLToPath(import.meta.url)) await run().catch(fail);
