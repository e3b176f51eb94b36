// better-auth: a user has a code sent, signs in with it, and the session is read.
import { Cookies, expectStatus, send } from "../lib/http.mjs";
import { peerOrigin, startPeer } from "./peers.mjs";
import { CODE } from "./system.mjs";

/**
 * @param {import("./system.mjs").StartOptions} [options]
 * @returns {Promise<import("./system.mjs").System>}
 */
export async function start(options = {}) {
  const { worker, gateway } = await startPeer("better-auth", options);
  const { origin } = worker;
  let users = 0;
  return {
    name: options.name ?? (options.rateLimit ? "better-auth with a rate limit" : "better-auth"),
    worker,
    steps: ["send", CODE, "sign-in", "session"],
    health: "/healthz",
    async newcomer() {
      const email = `user-${++users}@mail.jp`;
      expectStatus(await send(origin, "POST", "/register", { json: { email } }), 204);
      return email;
    },
    begin: async (who) => begin(origin, gateway, who),
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
  /** @type {import("./system.mjs").Attempt | undefined} */
  let attempt;

  /** @param {string} path @param {object} json */
  const post = (path, json) =>
    send(origin, "POST", `/api/auth${path}`, { headers: { origin: peerOrigin }, json });

  /** @param {Cookies} cookies */
  const redeem = async (cookies) => {
    const path = "/api/auth/get-session";
    const { text } = expectStatus(await send(origin, "GET", path, { headers: cookies.header }));
    return JSON.parse(text)?.user?.email === email;
  };
  /** @param {string} otp @returns {Promise<import("./system.mjs").Attempt>} */
  const submit = async (otp) => {
    const answer = await post("/sign-in/email-otp", { email, otp });
    if (answer.status === 200) {
      const cookies = new Cookies();
      cookies.keep(answer);
      return { outcome: "right", redeem: () => redeem(cookies) };
    }
    // The same answer for a wrong code and for none that is kept any more.
    const wrong = JSON.parse(answer.text).code === "INVALID_OTP";
    return { outcome: wrong ? "wrong" : "refused", redeem: async () => false };
  };
  return {
    run: {
      async send() {
        expectStatus(await post("/email-otp/send-verification-otp", { email, type: "sign-in" }));
      },
      async [CODE]() {
        await code();
      },
      async "sign-in"() {
        attempt = await submit(await code());
        if (attempt.outcome !== "right") throw new Error("the code was refused");
      },
      async session() {
        if (!(await attempt?.redeem())) throw new Error("no session was found");
      },
    },
    code,
    submit,
  };
}
