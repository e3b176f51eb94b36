// A certificate of its own making (X.509 in DER), as Amazon SNS publishes one for its signatures.
import { X509Certificate, generateKeyPairSync, sign } from "node:crypto";

/** A key and a certificate that holds its public half. */
export function certified() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const sha256WithRsa = sequence(oid(1, 2, 840, 113549, 1, 1, 11), der(0x05));
  const commonName = sequence(oid(2, 5, 4, 3), der(0x0c, Buffer.from("sns.amazonaws.com")));
  const name = sequence(der(0x31, commonName));
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    sha256WithRsa,
    name,
    sequence(utcTime("200101000000Z"), utcTime("490101000000Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(0x03, Buffer.of(0), sign("sha256", signed, privateKey));
  const certificate = new X509Certificate(sequence(signed, sha256WithRsa, signature));
  return { privateKey, pem: certificate.toString() };
}

/**
 * @param {number} tag
 * @param {...Buffer} contents
 */
function der(tag, ...contents) {
  const content = Buffer.concat(contents);
  const bytes = [];
  for (let rest = content.length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  const length = content.length < 0x80 ? [content.length] : [0x80 | bytes.length, ...bytes];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

/** @param {...Buffer} contents */
const sequence = (...contents) => der(0x30, ...contents);

/** @param {string} time */
const utcTime = (time) => der(0x17, Buffer.from(time));

/** @param {...number} parts */
function oid(...parts) {
  const [first, second, ...rest] = parts;
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.of(40 * first + second, ...bytes));
}
