// A mailbox as a header writes it: a name, plain, quoted or in encoded words (RFC 2047), and an
// address in brackets.
import { Refused, line, mailAddress } from "./asked.mjs";

/**
 * @param {string} where
 * @param {string} text
 * @param {{ ascii: boolean }} rules whether the header must be 7 bit, as SES wants it
 * @returns {{ name: string, address: string }}
 */
export function mailbox(where, text, { ascii }) {
  const parts = /^(?:(.+) )?<([^<>]*)>$/s.exec(text);
  const [name, address] = parts ? [parts[1] ?? "", parts[2]] : ["", text];
  const bad = (/** @type {string} */ why) => new Refused(400, "400", `${where}: ${why}: ${text}`);
  if (!line.test(text)) throw bad("control characters");
  if (ascii && /[^\x20-\x7e]/.test(text)) throw bad("not 7 bit");
  if (!mailAddress.test(address)) throw bad("no address");
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(name);
  if (quoted) return { name: quoted[1].replace(/\\(.)/g, "$1"), address };
  if (name.startsWith("=?")) return { name: decodeWords(name, bad), address };
  // Specials of RFC 5322 stand only in quotes; a comma would begin another mailbox.
  if (/[()<>[\]:;@\\,."]/.test(name)) throw bad("specials without quotes");
  return { name, address };
}

/**
 * @param {string} words
 * @param {(why: string) => Refused} bad
 */
function decodeWords(words, bad) {
  return words
    .split(" ")
    .map((word) => {
      const parts = /^=\?utf-8\?b\?([A-Za-z0-9+/]+={0,2})\?=$/i.exec(word);
      if (!parts) throw bad("no encoded word");
      if (word.length > 75) throw bad("an encoded word of more than 75 characters");
      try {
        // Each word whole by itself: no character is split between two.
        return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(parts[1], "base64"));
      } catch {
        throw bad("an encoded word that is not UTF-8");
      }
    })
    .join("");
}
