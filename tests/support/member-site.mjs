// The example member site as a process of its own, for a Worker whose issuer it is.
import { issuerKey } from "./demo.mjs";
import { startProcess } from "./example.mjs";
import { quietPort } from "./worker.mjs";

/**
 * @typedef {object} MemberSite
 * @property {string} origin
 * @property {(cardholder: { id: string }, lang?: "ja" | "en") => string} home the page of a member,
 *   who may be any cardholder of the Worker: `#change` begins the enrollment, `#current` says what is
 *   registered, `#changed` or `#canceled` is there once they have come back
 * @property {string} terms its page for the setting TERMS_URL
 * @property {() => Promise<void>} stop
 */

/**
 * @param {import("./api.mjs").Api} api
 * @returns {Promise<MemberSite>}
 */
export async function startMemberSite(api) {
  const port = await quietPort();
  const origin = `http://localhost:${port}`;
  const stop = await startProcess("examples/member-site/server.mjs", {
    PORT: String(port),
    MEMBER_SITE_URL: origin,
    WARIFU_URL: api.origin,
    ISSUER_KEY: issuerKey(),
  });
  return {
    origin,
    home: ({ id }, lang = "ja") => `${origin}/?${new URLSearchParams({ member: id, lang })}`,
    terms: `${origin}/terms`,
    stop,
  };
}
