// OpenAuth: a client begins, the user enters an address and the code, the client gets tokens. What the
// user proves is kept in cookies; KV keeps the keys, the authorization code and the refresh token.
import { Cookies, expectStatus, send } from "../lib/http.mjs";
import { startPeer } from "./peers.mjs";
import { CODE } from "./system.mjs";

const client = { client_id: "shop", redirect_uri: "http://localhost/callback" };

/**
 * @param {import("./system.mjs").StartOptions} [options]
 * @returns {Promise<import("./system.mjs").System>}
 */
export async function start(options = {}) {
  const { worker, gateway } = await startPeer("openauth", options);
  let users = 0;
  return {
    name: options.name ?? (options.rateLimit ? "OpenAuth with a rate limit" : "OpenAuth"),
    worker,
    steps: ["authorize", "form", "email", CODE, "verify", "token"],
    health: "/healthz",
    // It knows no users before they prove an address.
    newcomer: async () => `user-${++users}@mail.jp`,
    begin: async (who) => begin(worker.origin, gateway, who),
  };
}

/**
 * @param {string} origin
 * @param {import("../lib/gateway.mjs").Gateway} gateway
 * @param {string} email
 * @returns {import("./system.mjs").Flow}
 */
function begin(origin, gateway, email) {
  const code = gateway.nextCode(email);
  const cookies = new Cookies();
  /** @type {import("./system.mjs").Attempt | undefined} */
  let attempt;

  /** @param {Record<string, string>} form */
  const post = (form) => send(origin, "POST", "/code/authorize", { headers: cookies.header, form });

  /** @param {string} granted */
  const redeem = async (granted) => {
    const form = { grant_type: "authorization_code", code: granted, ...client };
    const answer = await send(origin, "POST", "/token", { form });
    return answer.status === 200 && JSON.parse(answer.text).access_token !== undefined;
  };
  /** @param {string} code @returns {Promise<import("./system.mjs").Attempt>} */
  const submit = async (code) => {
    const { status, headers } = await post({ action: "verify", code });
    const granted = status === 302 && new URL(headers.location ?? "").searchParams.get("code");
    if (granted) return { outcome: "right", redeem: () => redeem(granted) };
    return { outcome: status === 200 ? "wrong" : "refused", redeem: async () => false };
  };
  return {
    run: {
      async authorize() {
        const query = new URLSearchParams({ ...client, response_type: "code", state: "s" });
        const answer = await send(origin, "GET", `/authorize?${query}`);
        cookies.keep(expectStatus(answer, 302));
      },
      async form() {
        const answer = await send(origin, "GET", "/code/authorize", { headers: cookies.header });
        cookies.keep(expectStatus(answer));
      },
      async email() {
        cookies.keep(expectStatus(await post({ action: "request", email })));
      },
      async [CODE]() {
        await code();
      },
      async verify() {
        attempt = await submit(await code());
        if (attempt.outcome !== "right") throw new Error("the code was refused");
      },
      async token() {
        if (!(await attempt?.redeem())) throw new Error("no token was given");
      },
    },
    code,
    submit,
  };
}
