// Certificates for servers and clients on this machine. Each is its own authority.
import { generate } from "selfsigned";

/**
 * A certificate, and its key.
 * @param {string} name whose it is
 * @returns {Promise<{ key: string, cert: string }>}
 */
export async function makeCertificate(name) {
  /** @type {import("selfsigned").SubjectAltNameExtension[]} */
  const extensions = [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }];
  const made = await generate([{ name: "commonName", value: name }], { keyType: "ec", extensions });
  return { key: made.private, cert: made.cert };
}
