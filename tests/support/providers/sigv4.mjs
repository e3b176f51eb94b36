// AWS Signature Version 4, from the side that checks it. Written from its description, with
// nothing of the Worker's own.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Refused, header } from "./asked.mjs";

/** @typedef {import("./asked.mjs").Asked} Asked */

/**
 * @typedef {object} Scope
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 * @property {string} region
 * @property {string} service
 */

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** How far a request's time may be off. */
const SKEW_SECONDS = 300;

/**
 * Holds a request to be signed, now, by this account, for this region and service.
 * @param {Asked} asked
 * @param {Scope} scope
 * @param {number} now in milliseconds
 */
export function holdSignature(asked, scope, now) {
  const parts = AUTHORIZATION.exec(header(asked, "authorization") ?? "");
  if (!parts) throw new Refused(403, "IncompleteSignature", "no AWS4-HMAC-SHA256 authorization");
  const [, accessKeyId, day, region, service, signedList, signature] = parts;
  if (accessKeyId !== scope.accessKeyId) {
    throw new Refused(403, "InvalidClientTokenId", `access key ${accessKeyId} is unknown`);
  }
  if (region !== scope.region || service !== scope.service) {
    throw new Refused(403, "SignatureDoesNotMatch", `credential is for ${region}/${service}`);
  }
  const time = header(asked, "x-amz-date") ?? "";
  const at = seconds(time);
  if (at === null || !time.startsWith(day)) {
    throw new Refused(403, "SignatureDoesNotMatch", `x-amz-date ${time} is not of ${day}`);
  }
  if (Math.abs(at - now / 1000) > SKEW_SECONDS) {
    throw new Refused(403, "RequestExpired", `x-amz-date ${time} is not now`);
  }
  const signed = signedList.split(";");
  holdSignedHeaders(asked, signed);
  const payload = sha256(asked.body);
  if ((header(asked, "x-amz-content-sha256") ?? payload) !== payload) {
    throw new Refused(400, "XAmzContentSHA256Mismatch", "x-amz-content-sha256 is another body's");
  }
  const toSign = [
    "AWS4-HMAC-SHA256",
    time,
    `${day}/${region}/${service}/aws4_request`,
    sha256(canonicalRequest(asked, signed, payload)),
  ].join("\n");
  const steps = [day, region, service, "aws4_request", toSign];
  const start = Buffer.from(`AWS4${scope.secretAccessKey}`);
  const expected = steps.reduce(
    (key, step) => createHmac("sha256", key).update(step).digest(),
    start,
  );
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex"))) {
    throw new Refused(403, "SignatureDoesNotMatch", "the signature is not that of this request");
  }
}

/**
 * @param {Asked} asked
 * @param {string[]} signed
 */
function holdSignedHeaders(asked, signed) {
  const sorted = [...new Set(signed)].sort();
  if (sorted.join() !== signed.join()) {
    throw new Refused(403, "SignatureDoesNotMatch", "SignedHeaders are not in order");
  }
  const must = asked.headers
    .map(([name]) => name)
    .filter((name) => name === "host" || name === "content-type" || name.startsWith("x-amz-"));
  for (const name of must) {
    if (!signed.includes(name)) {
      throw new Refused(403, "SignatureDoesNotMatch", `header ${name} is not signed`);
    }
  }
}

/**
 * @param {Asked} asked
 * @param {string[]} signed
 * @param {string} payload
 */
function canonicalRequest(asked, signed, payload) {
  const headers = signed.map((name) => {
    const values = asked.headers.filter(([known]) => known === name).map(([, value]) => value);
    if (values.length === 0) {
      throw new Refused(403, "SignatureDoesNotMatch", `header ${name} is signed and not there`);
    }
    return `${name}:${values.map((value) => value.trim().replace(/ +/g, " ")).join(",")}\n`;
  });
  // Every service but S3: what is encoded in the path already is encoded once more.
  const path = asked.path.split("/").map(encode).join("/");
  return [
    asked.method,
    path,
    canonicalQuery(asked.query),
    headers.join(""),
    signed.join(";"),
    payload,
  ].join("\n");
}

/** @param {string} query */
function canonicalQuery(query) {
  const pairs = query === "" ? [] : query.split("&").map((pair) => pair.split(/=(.*)/s));
  return pairs
    .map(([name, value = ""]) => [name, value].map((part) => encode(decodeURIComponent(part))))
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map((pair) => pair.join("="))
    .join("&");
}

/** @param {string} part all but unreserved characters */
const encode = (part) =>
  encodeURIComponent(part).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** @param {string | Buffer} data */
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/**
 * @param {string} time such as 20150830T123600Z
 * @returns {number | null}
 */
function seconds(time) {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
  if (!parts) return null;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
