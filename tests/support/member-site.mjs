// The example member site as a process of its own, for a Worker whose issuer it is.
import { spawn } from "node:child_process";
import { at } from "../../scripts/lib/paths.mjs";
import { nodeTool } from "../../scripts/lib/toolchain.mjs";
import { issuerKey } from "./demo.mjs";
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
  const child = spawn(nodeTool("node"), [at("examples/member-site/server.mjs")], {
    env: {
      ...process.env,
      PORT: String(port),
      MEMBER_SITE_URL: origin,
      WARIFU_URL: api.origin,
      ISSUER_KEY: issuerKey(),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = () => void child.kill("SIGKILL");
  process.once("exit", end);
  // Its one line of output says that it listens.
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", () => reject(new Error("the member site did not start")));
  });
  return {
    origin,
    home: ({ id }, lang = "ja") => `${origin}/?${new URLSearchParams({ member: id, lang })}`,
    terms: `${origin}/terms`,
    async stop() {
      process.off("exit", end);
      const ended = new Promise((resolve) => child.once("close", resolve));
      end();
      await ended;
    },
  };
}
