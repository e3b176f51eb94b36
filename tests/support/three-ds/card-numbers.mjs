// The ways in which a card number can be written, and a search for all of them.
import { insideBase64 } from "../storage.mjs";

/** @param {string} digits */
const packed = (digits) => Buffer.from(digits.length % 2 ? `${digits}f` : digits, "hex");

/** Pairs of digits, the second before the first, as in the bytes of a magnetic stripe or a telephone. @param {string} digits */
const swapped = (digits) => digits.replaceAll(/(.)(.)/g, "$2$1");

/**
 * Each way of writing a number, by its name. What holds the whole number in that way holds these bytes.
 * @param {string} number
 * @returns {[string, Buffer][]}
 */
export function spellings(number) {
  const groups = number.replaceAll(/(.{4})(?=.)/g, "$1 ");
  const hex = Buffer.from(number).toString("hex");
  const little = Buffer.alloc(8);
  little.writeBigUInt64LE(BigInt(number));
  const texts = /** @type {[string, string][]} */ ([
    ["digits", number],
    ["groups of four", groups],
    ["groups with hyphens", groups.replaceAll(" ", "-")],
    ["groups with plus signs", groups.replaceAll(" ", "+")],
    ["escaped groups", groups.replaceAll(" ", "%20")],
    ["digits in reverse", [...number].toReversed().join("")],
    ["digits in hex", hex],
    ["digits in HEX", hex.toUpperCase()],
    ["digits with commas, as bytes are printed", [...Buffer.from(number)].join(", ")],
    ["digits without spaces, as bytes are printed", [...Buffer.from(number)].join(",")],
    ["full width", [...number].map((digit) => "０１２３４５６７８９"[Number(digit)]).join("")],
    ["pairs swapped", swapped(number)],
    ["a binary number in hex", BigInt(number).toString(16)],
  ]);
  return [
    ...texts.map(([what, text]) => /** @type {[string, Buffer]} */ ([what, Buffer.from(text)])),
    ["UTF-16", Buffer.from(number, "utf16le")],
    ["packed digits", packed(number)],
    ["packed digits, pairs swapped", packed(swapped(number))],
    ["a binary number, little end first", little],
    ["a binary number, big end first", Buffer.from(little).reverse()],
    ...[number, groups, packed(number)].flatMap((secret) =>
      insideBase64(secret).map(
        (text, index) =>
          /** @type {[string, Buffer]} */ ([
            `base64 of ${secret.length}, ${index}`,
            Buffer.from(text),
          ]),
      ),
    ),
  ];
}

/**
 * Where numbers are, and how they are written there.
 * @param {Map<string, Buffer>} places
 * @param {string[]} numbers
 */
export const findings = (places, numbers) =>
  numbers.flatMap((number) =>
    spellings(number).flatMap(([what, spelled]) =>
      [...places]
        .filter(([, bytes]) => bytes.includes(spelled))
        .map(([name]) => `${name}: ${what}`),
    ),
  );
