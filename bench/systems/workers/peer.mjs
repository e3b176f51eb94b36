// What both peers have around them: the message to the gateway, and the rate limit.
import { env } from "cloudflare:workers";

/**
 * Posts a code to the gateway. The answer does not wait for it, as Warifu's does not.
 * @param {string} to
 * @param {string} code
 */
export async function sendLater(to, code) {
  const answer = await fetch(env.GATEWAY, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "message.send", data: { to, text: `Your code is ${code}.` } }),
  });
  await answer.text();
}

/**
 * Whether the rate limit refuses a request. Without the binding it refuses none.
 * @param {Request} request
 */
export async function limited(request) {
  if (!env.RATE) return false;
  const key = request.headers.get("cf-connecting-ip") ?? "unknown";
  return !(await env.RATE.limit({ key })).success;
}
